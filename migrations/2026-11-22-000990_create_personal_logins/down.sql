drop table personal_logins;

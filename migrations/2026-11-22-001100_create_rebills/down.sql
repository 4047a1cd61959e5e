drop table rebills;

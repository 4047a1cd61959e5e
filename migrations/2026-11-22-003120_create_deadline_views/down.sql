drop view denials_expiring;
drop view claims_to_file;

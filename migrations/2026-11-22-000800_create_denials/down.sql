drop table denials;

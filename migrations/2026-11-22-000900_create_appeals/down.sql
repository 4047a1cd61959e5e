drop table appeals;

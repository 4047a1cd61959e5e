drop table payers;

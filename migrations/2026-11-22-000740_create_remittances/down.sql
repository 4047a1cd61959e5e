drop table remittances;

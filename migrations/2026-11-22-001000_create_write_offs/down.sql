drop table write_offs;

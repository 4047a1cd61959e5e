drop table remittance_files;

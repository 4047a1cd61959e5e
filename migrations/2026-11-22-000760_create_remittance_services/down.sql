drop table remittance_services;

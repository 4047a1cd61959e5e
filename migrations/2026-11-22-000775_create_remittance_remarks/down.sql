drop table remittance_remarks;

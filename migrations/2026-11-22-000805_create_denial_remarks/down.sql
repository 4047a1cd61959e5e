drop table denial_remarks;

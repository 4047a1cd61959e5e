drop table claim_details;

drop table claim_line_details;

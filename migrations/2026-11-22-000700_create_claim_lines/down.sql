drop table claim_lines;

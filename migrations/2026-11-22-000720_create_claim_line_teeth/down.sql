drop table claim_line_teeth;

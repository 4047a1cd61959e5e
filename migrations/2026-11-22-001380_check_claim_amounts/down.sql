drop trigger claims_amount_is_sum_of_lines on claim_lines;
drop trigger claims_amount_is_sum_of_lines on claims;
drop function check_claim_amount();

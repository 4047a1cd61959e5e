drop trigger claims_totals_follow_denials on claims;
drop trigger claims_totals_start_at_zero on claims;
drop trigger claims_status_follows_denials on claims;
drop trigger keep_claim_totals_of_changed_denials on denials;
drop trigger keep_claim_totals_of_new_denials on denials;
drop function follow_denials();
drop function keep_claim_totals();

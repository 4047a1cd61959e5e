drop trigger denials_totals_follow_ledger on denials;
drop trigger denials_totals_start_at_zero on denials;
drop trigger keep_denial_totals on denial_transactions;
drop function keep_denial_totals();

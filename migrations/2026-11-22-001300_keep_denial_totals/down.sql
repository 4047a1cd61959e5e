drop trigger keep_denial_totals on denial_transactions;
drop function keep_denial_totals();

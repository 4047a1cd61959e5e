drop trigger check_ledger_sources on denial_transactions;
drop function check_ledger_sources();
drop trigger denial_transactions_are_append_only on denial_transactions;

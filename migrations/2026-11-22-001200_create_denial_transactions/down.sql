drop table denial_transactions;

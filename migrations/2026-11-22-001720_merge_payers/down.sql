drop table payer_merges;
drop function merge_payers();

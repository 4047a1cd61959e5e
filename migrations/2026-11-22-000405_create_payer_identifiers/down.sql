drop table payer_identifiers;

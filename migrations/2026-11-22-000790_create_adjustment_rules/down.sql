drop function disposition_of(uuid, text, text);
drop table adjustment_rules;

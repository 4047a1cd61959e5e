drop table adjustment_rules;

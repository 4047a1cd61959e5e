drop table coding_rules;

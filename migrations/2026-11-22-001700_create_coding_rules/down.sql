drop table coding_rule_diagnoses;
drop table coding_rules;

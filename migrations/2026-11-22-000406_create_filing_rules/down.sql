drop function appeal_deadline_of(uuid, text, text, date);
drop function deadline_by_rule(uuid, text, text, date, date, date, date);
drop table filing_rules;

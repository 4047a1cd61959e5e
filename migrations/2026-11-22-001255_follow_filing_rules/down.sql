drop trigger follow_filing_rules_when_taken_out on filing_rules;
drop trigger follow_filing_rules_when_changed on filing_rules;
drop trigger follow_filing_rules_when_made on filing_rules;
drop function follow_filing_rules();

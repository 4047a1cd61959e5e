drop function triage(denial_to_triage);
drop function steps_for(text, text, date, text, text, text, text, date, date);
drop function reason_of(text, text, integer, text, text, date);
drop type triaged_denial;
drop type denial_to_triage;
drop function category_of(text);

drop function triage(denial_to_triage);
drop type triaged_denial;
drop type denial_to_triage;
drop function category_of(text);

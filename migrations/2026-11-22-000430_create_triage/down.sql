drop function triage(denial_to_triage);
drop function steps_for(text, text, remark_code_library, denial_code_library, date);
drop function reason_of(text, text, integer, text, text, date);
drop type triaged_denial;
drop type denial_to_triage;
drop function category_of(text);

drop view denial_codes_to_add;
drop view denial_triage;
drop function triage_of(uuid);

drop view denial_codes_to_add;
drop view denial_work_list;
drop view denial_triage;

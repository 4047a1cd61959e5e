drop trigger rebills_status_path on rebills;
drop trigger rebills_initial_status on rebills;
drop trigger write_offs_status_path on write_offs;
drop trigger write_offs_initial_status on write_offs;
drop trigger appeals_status_path on appeals;
drop trigger appeals_initial_status on appeals;
drop function check_status_path();
drop trigger status_transitions_are_fixed on status_transitions;
drop table status_transitions;

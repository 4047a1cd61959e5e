drop trigger fill_due_day on appeals;
drop function fill_due_day();
drop function last_day_to_act(denial_to_triage, text, boolean, boolean);
drop function next_appeal_deadline(uuid);
drop function appeal_deadline(uuid, text);
drop function filing_deadline(uuid);
drop function filing_deadline_of(uuid, text, date, date, uuid);

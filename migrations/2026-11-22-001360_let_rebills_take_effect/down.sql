drop trigger check_new_claim on rebills;
drop trigger let_rebills_take_effect_when_changed on rebills;
drop trigger let_rebills_take_effect_when_made on rebills;
drop trigger fill_day_to_submit on rebills;
drop function fill_day_to_submit();
drop function check_new_claim();
drop function let_rebills_take_effect();

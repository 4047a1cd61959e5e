drop trigger let_appeals_take_effect_when_changed on appeals;
drop trigger let_appeals_take_effect_when_made on appeals;
drop trigger fill_from_denial on rebills;
drop trigger fill_from_denial on write_offs;
drop trigger fill_from_denial on appeals;
drop function let_appeals_take_effect();
drop function fill_from_denial();

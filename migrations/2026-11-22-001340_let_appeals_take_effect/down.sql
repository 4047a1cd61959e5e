drop trigger let_appeals_take_effect_when_changed on appeals;
drop trigger let_appeals_take_effect_when_made on appeals;
drop function let_appeals_take_effect();

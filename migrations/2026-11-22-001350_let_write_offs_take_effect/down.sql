drop trigger let_write_offs_take_effect_when_changed on write_offs;
drop trigger let_write_offs_take_effect_when_made on write_offs;
drop function let_write_offs_take_effect();

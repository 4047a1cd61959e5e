drop function keep_to_triggers();
drop function refuse_change();
drop function refuse(text, text, text);

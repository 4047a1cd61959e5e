drop function refuse_change();
drop function refuse(text, text, text);

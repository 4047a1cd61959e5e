drop table audit_log;
drop table audit_keys;
drop function audit(regclass, text[], text[], text[]);
drop function record_change();
drop function audit_digest(text);

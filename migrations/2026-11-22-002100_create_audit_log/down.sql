drop table audit_log;
drop table audit_keys;
drop function act_as_recorded();
drop function audit(regclass, text[], text[]);
drop function record_change();
drop function without_patient(jsonb, text);
drop function audit_digest(text);

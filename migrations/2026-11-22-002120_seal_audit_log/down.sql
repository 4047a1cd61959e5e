drop table audit_seals;
drop function prune_audit_log();
drop function seal_audit_log();

alter table audit_log disable trigger audit_log_is_fixed;
update audit_log set seal = null where seal is not null;
alter table audit_log enable trigger audit_log_is_fixed;

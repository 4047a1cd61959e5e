drop trigger act_as_recorded on denial_remarks;
drop trigger act_as_recorded on patient_corrections;
drop trigger act_as_recorded on write_offs;

do $$
declare
    audited regclass;
begin
    for audited in select tgrelid from pg_trigger where tgfoid = cast('record_change' as regproc) and tgname = 'audit'
    loop
        execute format('drop trigger audit on %s', audited);
        execute format('drop trigger audit_truncation on %s', audited);
    end loop;
end
$$;

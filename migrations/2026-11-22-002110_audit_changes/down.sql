do $$
declare
    audited regclass;
begin
    for audited in select tgrelid from pg_trigger where tgfoid = cast('record_change' as regproc) and tgname = 'audit'
    loop
        execute format('drop trigger audit on %s', audited);
        execute format('drop trigger if exists audit_truncation on %s', audited);
    end loop;
end
$$;

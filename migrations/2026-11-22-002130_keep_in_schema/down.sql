do $$
declare
    kept regclass;
begin
    for kept in select tgrelid from pg_trigger where tgfoid = cast('refuse_elsewhere' as regproc)
    loop
        execute format('drop trigger are_in_their_schema on %s', kept);
    end loop;
end
$$;

drop function keep_in_schema(regclass);
drop function refuse_elsewhere();

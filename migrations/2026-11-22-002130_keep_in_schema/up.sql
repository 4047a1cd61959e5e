-- Functions look for tables by the name of their schema, which pin_search_path() writes into them. Where the schema was renamed,
-- or copied with its functions, that name is another's, and what is written here would be counted, checked and recorded there. So a
-- statement is refused before anything else happens. `migrate repin` writes the new name into the functions.

create function refuse_elsewhere() returns trigger
    language plpgsql
as $$
begin
    -- By itself: the function of the other rules might be missing where this looks.
    if tg_table_schema <> all (current_schemas(false)) then
        raise check_violation using
            message = 'schema_is_pinned: the schema was renamed or copied; `migrate repin` has its functions look into it',
            table = tg_table_name,
            constraint = 'schema_is_pinned';
    end if;
    return null;
end
$$;

comment on function refuse_elsewhere() is
    'Trigger: refuses every change in a schema that isn''t the one which functions look into.';

create function keep_in_schema(kept regclass) returns void
    language plpgsql
as $$
begin
    execute format(
        'create trigger are_in_their_schema before insert or update or delete on %s '
        'for each statement execute function refuse_elsewhere()',
        kept
    );
    execute format(
        'comment on trigger are_in_their_schema on %s is %L', kept, 'Its other triggers look into the schema that they are in.'
    );
end
$$;

comment on function keep_in_schema(regclass) is
    'Has changes of a table refused where its triggers would look into another schema; for each whose triggers look for tables: select keep_in_schema(cast(''claims'' as regclass)).';

select pin_search_path(cast('refuse_elsewhere()' as regprocedure));
select pin_search_path(cast('keep_in_schema(regclass)' as regprocedure));

do $$
declare
    kept regclass;
begin
    for kept in
        select distinct tgrelid
        from pg_trigger
        join pg_class on pg_class.oid = tgrelid
        join pg_namespace on pg_namespace.oid = relnamespace and nspname = current_schema()
        join pg_proc on pg_proc.oid = tgfoid
        where array_to_string(proconfig, ' ') like '%search\_path=pg\_catalog, %, pg\_temp%'
        order by tgrelid
    loop
        perform keep_in_schema(kept);
    end loop;
end
$$;

-- Who a row names as acting is what a client says; who recorded it is what the database knows. Changes are in audit_log, and
-- postings have the same columns, which keep_totals checks.

create function keep_recorder(recorded regclass) returns void
    language plpgsql
as $$
declare
    rule text := (select relname from pg_class where oid = recorded) || '_recorded_by_database';
begin
    execute format(
        'alter table %s add column recorded_login text not null default session_user, '
        'add column recorded_role text not null default coalesce(nullif(current_setting(''role''), ''none''), session_user)',
        recorded
    );
    execute format('comment on column %s.recorded_login is %L', recorded, 'The login that wrote the row. Set by the database.');
    execute format('comment on column %s.recorded_role is %L', recorded, 'The role that it had taken on. Set by the database.');
    execute format(
        'create trigger %I before insert on %s for each row '
        'when (new.recorded_login <> session_user '
        'or new.recorded_role <> coalesce(nullif(current_setting(''role''), ''none''), session_user)) '
        'execute function refuse_change(%L, %L)',
        rule, recorded, rule, 'the database says who recorded it; leave it out'
    );
    execute format('comment on trigger %I on %s is %L', rule, recorded, 'Nobody says that another login recorded a row.');
end
$$;

select pin_search_path(cast('keep_recorder(regclass)' as regprocedure));

comment on function keep_recorder(regclass) is
    'Has a new table tell which login and role recorded each row: select keep_recorder(cast(''write_offs'' as regclass)).';

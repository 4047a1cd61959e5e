-- Some rules ask whether a row was written by their own transaction: whether its created_at is now(). On Citus the default comes
-- from the coordinator, whose transaction began earlier than that of the node, where the rules are asked.

create function set_created_at() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    new.created_at := now();
    return new;
end
$$;

comment on function set_created_at() is 'Trigger: the row is written now, whatever its writer says.';

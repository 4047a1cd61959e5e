-- The two functions that `diesel setup` gives every project, with a pinned search_path, and what pins it.

-- With its caller's rights: it alters what the caller owns. So everybody may call it, as every function but those that
-- run with their owner's rights.
create function pin_search_path(pinned regprocedure) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    -- Not "from current": that would keep whatever the session that migrates has besides.
    execute format(
        'alter function %s set search_path = pg_catalog, %I, pg_temp',
        pinned, (select nspname from pg_proc join pg_namespace on pg_namespace.oid = pronamespace where pg_proc.oid = pinned)
    );
end
$$;

comment on function pin_search_path(regprocedure) is
    'Has a function look for tables and functions in its own schema, whoever calls it; one that trusts its caller''s search_path can be led to other tables: select pin_search_path(cast(''keep_totals()'' as regprocedure)).';

create function diesel_set_updated_at() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    if new is distinct from old then
        new.updated_at := current_timestamp;
    end if;
    return new;
end
$$;

comment on function diesel_set_updated_at() is
    'Trigger: sets updated_at unless the statement sets it itself or changes nothing; a row with generated columns always counts as changed.';

create function diesel_manage_updated_at(managed_table regclass) returns void
    language plpgsql
as $$
begin
    execute format(
        'create trigger set_updated_at before update on %s for each row '
        'when (new.updated_at is not distinct from old.updated_at) execute function diesel_set_updated_at()',
        managed_table
    );
end
$$;

select pin_search_path(cast('diesel_manage_updated_at(regclass)' as regprocedure));

comment on function diesel_manage_updated_at(regclass) is
    'Keeps updated_at of a table: select diesel_manage_updated_at(cast(''claims'' as regclass)).';

-- A trigger before an update has PostgreSQL lock each row first. Tables whose rows every posting updates take this one,
-- and what posts sets updated_at itself.
create function set_updated_at_afterwards() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    if new.updated_at is not distinct from old.updated_at then
        execute format('update %I.%I set updated_at = now() where id = $1', tg_table_schema, tg_table_name) using new.id;
    end if;
    return null;
end
$$;

comment on function set_updated_at_afterwards() is
    'Trigger: sets updated_at of a row that a client has changed, after the change.';

revoke execute on function set_updated_at_afterwards() from public;

create function manage_updated_at_afterwards(managed_table regclass) returns void
    language plpgsql
as $$
begin
    execute format(
        'create trigger set_updated_at after update on %s for each row '
        'when (pg_trigger_depth() = 0) '
        'execute function set_updated_at_afterwards()',
        managed_table
    );
end
$$;

select pin_search_path(cast('manage_updated_at_afterwards(regclass)' as regprocedure));

comment on function manage_updated_at_afterwards(regclass) is
    'Keeps updated_at of a table whose rows triggers update often: select manage_updated_at_afterwards(cast(''claims'' as regclass)).';

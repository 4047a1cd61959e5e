-- The two functions that `diesel setup` gives every project, with a pinned search_path.

create function diesel_set_updated_at() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    if new is distinct from old and new.updated_at is not distinct from old.updated_at then
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
        'create trigger set_updated_at before update on %s for each row execute function diesel_set_updated_at()',
        managed_table
    );
end
$$;

-- Not "from current": that would keep whatever the session that migrates has besides.
do $$
begin
    execute format(
        'alter function diesel_manage_updated_at(regclass) set search_path = pg_catalog, %I, pg_temp', current_schema()
    );
end
$$;

comment on function diesel_manage_updated_at(regclass) is
    'Keeps updated_at of a table: select diesel_manage_updated_at(''claims'').';

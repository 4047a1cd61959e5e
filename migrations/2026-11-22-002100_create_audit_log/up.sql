-- Who changed what, when, and from which value. A row that was never changed is its own record, the ledger is only added
-- to, and what a remittance says is fixed; so this holds changes and deletions of what people write.

-- The seal is no foreign key: each row would be read once more when it is sealed, and what has no seal is found by who verifies.
create table audit_log (
    id audit_entry_key not null default uuidv7(),
    seal integer,
    changed_table text not null,
    operation text not null,
    -- Compared as bytes, which is cheaper where every change writes an index.
    row_key text collate "C",
    old_values jsonb,
    new_values jsonb,
    actor actor,
    recorded_login text not null default session_user,
    recorded_role text not null default coalesce(nullif(current_setting('role'), 'none'), session_user),
    transaction_number bigint not null default cast(cast(pg_current_xact_id() as text) as bigint),
    created_at timestamptz not null default now(),
    constraint audit_log_pkey primary key (id)
);

create index audit_log_by_seal on audit_log (seal, id);
create index audit_log_by_row on audit_log (row_key, id);

comment on table audit_log is
    'What was changed or taken out: a row for each row of a table that audit() watches. Written by triggers alone, read with access audit.';
comment on column audit_log.id is 'Primary key; of one transaction in the order of its changes.';
comment on column audit_log.seal is 'The row of audit_seals that covers it; empty until the next seal.';
comment on column audit_log.changed_table is 'The table.';
comment on column audit_log.operation is 'UPDATE, DELETE, or TRUNCATE, which has no values.';
comment on column audit_log.row_key is 'Primary key of the changed row, its columns with a space between them.';
comment on column audit_log.old_values is
    'What the changed columns held, of a deleted row all. Where a column bears patients, audit_digest() of it.';
comment on column audit_log.new_values is 'What the changed columns hold since; empty of a deleted row.';
comment on column audit_log.actor is
    'Who did it, as the application says (setting rcm.actor, or the column that names who decided); empty where it doesn''t.';
comment on column audit_log.recorded_login is 'The login that did it. Set by the database.';
comment on column audit_log.recorded_role is 'The role that it had taken on. Set by the database.';
comment on column audit_log.transaction_number is 'PostgreSQL''s number of the transaction, by which changes made together are found.';
comment on column audit_log.created_at is 'When the transaction began.';
comment on index audit_log_by_seal is 'The rows of a seal in their order, those without a seal last.';
comment on index audit_log_by_row is 'What became of a row.';

-- Without a key, whoever reads the log could try all references of patients until one has the digest.
create table audit_keys (
    singleton boolean not null default true,
    digest_key bytea not null default uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()),
    created_at timestamptz not null default now(),
    constraint audit_keys_pkey primary key (singleton),
    constraint audit_keys_has_one_row check (singleton),
    constraint audit_keys_digest_key_length check (octet_length(digest_key) = 32)
);

insert into audit_keys default values;

comment on table audit_keys is 'One row, made at random by the migration and read by no access: the key of audit_digest().';
comment on column audit_keys.singleton is 'Always true, so there is one row.';
comment on column audit_keys.digest_key is '32 bytes.';
comment on column audit_keys.created_at is 'When the row was written.';

create function audit_digest(value text) returns text
    language plpgsql
    stable
    strict
as $$
begin
    return 'sha256:' || encode(sha256((select digest_key from audit_keys) || convert_to(value, 'UTF8')), 'hex');
end
$$;

comment on function audit_digest(text) is
    'What the log holds of a value that bears a patient: equal for equal values of one database, and told by nobody who hasn''t the key in audit_keys. It works for the owner of the tables.';

create function record_change() returns trigger
    language plpgsql
    security definer
as $$
declare
    -- The database's own name is nobody's to take.
    acting text := nullif(nullif(current_setting('rcm.actor', true), ''), 'database');
    whole jsonb;
    old_values jsonb;
    new_values jsonb;
    key text;
    name text;
begin
    if tg_op <> 'TRUNCATE' then
        whole := to_jsonb(old);
        old_values := whole;
        foreach name in array cast(tg_argv[1] as text[])
        loop
            key := concat_ws(' ', key, whole ->> name);
        end loop;
    elsif tg_table_schema <> all (current_schemas(false)) then
        -- Other changes of a schema that was renamed are refused before; on Citus a trigger for TRUNCATE is made on no node.
        perform refuse('schema_is_pinned', cast(tg_argv[0] as text), 'the schema was renamed or copied; run migrate repin');
    end if;
    if tg_op = 'UPDATE' then
        select jsonb_object_agg(part.name, whole -> part.name), jsonb_object_agg(part.name, part.value)
        into old_values, new_values
        from jsonb_each(to_jsonb(new)) as part (name, value)
        where whole -> part.name <> part.value and part.name <> all (cast(tg_argv[2] as text[]));
        if new_values is null then
            return null;
        end if;
    end if;
    if old_values ?| cast(tg_argv[3] as text[]) then
        foreach name in array cast(tg_argv[3] as text[])
        loop
            if old_values ? name then
                old_values := old_values || jsonb_build_object(name, audit_digest(old_values ->> name));
                new_values := new_values || jsonb_build_object(name, audit_digest(new_values ->> name));
            end if;
        end loop;
    end if;
    if acting is null and tg_nargs > 4 then
        foreach name in array cast(tg_argv[4] as text[])
        loop
            acting := coalesce(acting, new_values ->> name);
        end loop;
    end if;

    insert into audit_log (changed_table, operation, row_key, old_values, new_values, actor)
    values (tg_argv[0], tg_op, key, old_values, new_values, acting);
    return null;
end
$$;

comment on function record_change() is
    'Trigger: writes a change into audit_log. Told the table (on a shard of Citus it has another name), the columns of its key, those that the database keeps, those that bear patients, and those that name who decided: where the application doesn''t say who acts, whoever is put there does.';

create function audit(
    audited regclass,
    kept text[] default '{}',
    of_patients text[] default '{}',
    deciders text[] default '{}'
) returns void
    language plpgsql
as $$
declare
    name text := (select relname from pg_class where oid = audited);
    key text[] := array(
        select attname
        from pg_index
        join pg_attribute on attrelid = indrelid and attnum = any (indkey)
        where indrelid = audited and indisprimary
        order by array_position(cast(indkey as smallint[]), attnum)
    );
    all_kept text[] := array(
        select attname
        from pg_attribute
        where attrelid = audited and attnum > 0
            and (attgenerated <> '' or attname in ('created_at', 'updated_at') or attname = any (kept))
        order by attnum
    );
    -- Where the database keeps columns, whoever writes those alone pays nothing.
    watched text := (
        select ' of ' || string_agg(quote_ident(attname), ', ' order by attnum)
        from pg_attribute
        where attrelid = audited and attnum > 0 and not attisdropped and attname <> all (all_kept) and kept <> '{}'
    );
begin
    execute format(
        'create or replace trigger audit after update%s or delete on %s for each row '
        'execute function record_change(%L, %L, %L, %L%s)',
        watched, audited, name, key, all_kept, of_patients, ', ' || quote_literal(nullif(cast(deciders as text), '{}'))
    );
    execute format(
        'create or replace trigger audit_truncation after truncate on %s for each statement '
        'execute function record_change(%L)',
        audited, name
    );
    execute format('comment on trigger audit on %s is %L', audited, 'Changes and deletions are written into audit_log.');
    execute format('comment on trigger audit_truncation on %s is %L', audited, 'That all was taken out is written into audit_log.');
end
$$;

comment on function audit(regclass, text[], text[], text[]) is
    'Has changes of a table written into audit_log, but of generated columns and of those that the database keeps, which are named first; again, where some are, after a column was added. Then those that bear patients, and those that name who decided: select audit(cast(''rebills'' as regclass), ''{}'', ''{changes}'').';

select pin_search_path(cast('audit_digest(text)' as regprocedure));
select pin_search_path(cast('record_change()' as regprocedure));
select pin_search_path(cast('audit(regclass, text[], text[], text[])' as regprocedure));

revoke execute on function record_change() from public;

create trigger audit_log_is_fixed
    before insert or update or delete on audit_log
    for each statement
    when (pg_trigger_depth() = 0)
    execute function refuse_change('audit_log_is_fixed', 'only triggers write it; prune what is old by migrate audit prune');

comment on trigger audit_log_is_fixed on audit_log is 'A record is never changed or taken out, but by seals and their pruning.';

create trigger audit_log_are_not_truncated
    before truncate on audit_log
    for each statement
    execute function refuse_change('audit_log_is_fixed', 'only triggers write it; prune what is old by migrate audit prune');

comment on trigger audit_log_are_not_truncated on audit_log is 'The same for TRUNCATE.';

create trigger audit_keys_are_fixed
    before update or delete on audit_keys
    for each statement
    execute function refuse_change('audit_keys_are_fixed', 'digests of another key are other ones');

comment on trigger audit_keys_are_fixed on audit_keys is 'What was equal stays equal.';

create trigger audit_keys_are_not_truncated
    before truncate on audit_keys
    for each statement
    execute function refuse_change('audit_keys_are_fixed', 'digests of another key are other ones');

comment on trigger audit_keys_are_not_truncated on audit_keys is 'The same for TRUNCATE.';

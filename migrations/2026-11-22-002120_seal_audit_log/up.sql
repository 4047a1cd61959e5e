-- Seals make tampering evident: each has a digest over its rows and the seal before it, so whoever keeps the last one
-- elsewhere notices a change of any row under it, by whomever. Writers never wait: a seal takes what it sees, and what
-- commits later falls into the next. How digests are computed is said again in rcm_schema::audit, which asks no function of
-- the database.

create table audit_seals (
    number integer not null,
    entries bigint not null,
    content_sha256 bytea not null,
    sha256 bytea not null,
    pruned_at timestamptz,
    created_at timestamptz not null,
    constraint audit_seals_pkey primary key (number),
    constraint audit_seals_pruned_later check (pruned_at > created_at)
);

comment on table audit_seals is
    'Digests over the rows of audit_log, each over the one before it. Adding a row seals all that has no seal yet; setting pruned_at takes the rows of a seal out.';
comment on column audit_seals.number is 'Counts from 1 without a gap; 0 stands before the first.';
comment on column audit_seals.entries is 'How many rows of audit_log it covers.';
comment on column audit_seals.content_sha256 is 'SHA-256 of the digests of these rows in the order of their ids.';
comment on column audit_seals.sha256 is 'SHA-256 of the digest of the seal before, of this one''s number, entries, content and time.';
comment on column audit_seals.pruned_at is 'When its rows were taken out, six years or more after they were sealed; empty while they are there.';
comment on column audit_seals.created_at is 'When it was made; its rows are older.';

insert into audit_seals (number, entries, content_sha256, sha256, created_at) values (0, 0, sha256(''), sha256(''), now());

create function seal_audit_log() returns trigger
    language plpgsql
    security definer
as $$
declare
    previous record;
begin
    -- One at a time. What is read afterwards is read anew.
    perform 1 from audit_seals where number = 0 for update;
    select number, sha256 into previous from audit_seals order by number desc limit 1;
    new.number := previous.number + 1;
    new.created_at := clock_timestamp();
    new.pruned_at := null;

    update audit_log set seal = new.number where seal is null;
    select
        count(*),
        sha256(string_agg(
            sha256(convert_to(cast(jsonb_build_array(
                id, changed_table, operation, row_key, old_values, new_values, actor, recorded_login, recorded_role,
                transaction_number, to_char(created_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')
            ) as text), 'UTF8')),
            '' order by id
        ))
    into new.entries, new.content_sha256
    from audit_log
    where seal = new.number;
    if new.entries = 0 then
        return null;
    end if;

    new.sha256 := sha256(convert_to(cast(jsonb_build_array(
        encode(previous.sha256, 'hex'), new.number, new.entries, encode(new.content_sha256, 'hex'),
        to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')
    ) as text), 'UTF8'));
    return new;
end
$$;

comment on function seal_audit_log() is
    'Trigger: puts all rows of audit_log that have no seal, and are committed, under the new one. Where there are none, there is no seal.';

create function prune_audit_log() returns trigger
    language plpgsql
    security definer
as $$
begin
    -- HIPAA, 45 CFR 164.316(b)(2)(i).
    if old.created_at > now() - interval '6 years' then
        perform refuse('audit_log_young_rows_are_kept', 'audit_seals', 'choose an earlier day');
    end if;
    delete from audit_log where seal = old.number;
    return new;
end
$$;

comment on function prune_audit_log() is
    'Trigger: takes out the rows of a seal that is marked as pruned, and refuses where they are younger than six years.';

select pin_search_path(cast('seal_audit_log()' as regprocedure));
select pin_search_path(cast('prune_audit_log()' as regprocedure));

revoke execute on function seal_audit_log() from public;
revoke execute on function prune_audit_log() from public;

create trigger seal_audit_log
    before insert on audit_seals
    for each row
    execute function seal_audit_log();

comment on trigger seal_audit_log on audit_seals is 'A row seals what has no seal.';

create trigger audit_seals_are_fixed
    before update on audit_seals
    for each row
    when (
        (new.number, new.entries, new.content_sha256, new.sha256, new.created_at)
        is distinct from (old.number, old.entries, old.content_sha256, old.sha256, old.created_at)
        or old.pruned_at is not null or new.pruned_at is null or old.number = 0
    )
    execute function refuse_change('audit_seals_are_fixed', 'a seal is pruned once, and stays');

comment on trigger audit_seals_are_fixed on audit_seals is 'A seal stays as it was made.';

create trigger audit_seals_are_kept
    before delete on audit_seals
    for each statement
    execute function refuse_change('audit_seals_are_kept', 'prune the rows; their seals stay');

comment on trigger audit_seals_are_kept on audit_seals is 'Without it the later ones prove nothing.';

create trigger audit_seals_are_not_truncated
    before truncate on audit_seals
    for each statement
    execute function refuse_change('audit_seals_are_kept', 'prune the rows; their seals stay');

comment on trigger audit_seals_are_not_truncated on audit_seals is 'The same for TRUNCATE.';

create trigger prune_audit_log
    before update of pruned_at on audit_seals
    for each row
    execute function prune_audit_log();

comment on trigger prune_audit_log on audit_seals is 'The rows of a seal go, the seal stays.';

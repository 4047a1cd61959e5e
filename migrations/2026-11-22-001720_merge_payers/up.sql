create table payer_merges (
    id payer_merge_key not null default uuidv7(),
    from_payer_id payer_key not null,
    into_payer_id payer_key not null,
    from_business_id business_id not null,
    from_name text_given not null,
    merged_by actor not null,
    created_at timestamptz not null default now(),
    constraint payer_merges_pkey primary key (id),
    constraint payer_merges_into_payer_id_exists foreign key (into_payer_id) references payers (id) on delete restrict,
    constraint payer_merges_two_payers check (from_payer_id <> into_payer_id)
);

create index payer_merges_by_payer on payer_merges (into_payer_id);

select keep_recorder(cast('payer_merges' as regclass));

comment on table payer_merges is
    'Payers that turned out to be one. Adding a row gives all that one payer has to the other and takes it out.';
comment on column payer_merges.id is 'Primary key.';
comment on column payer_merges.from_payer_id is 'The payer that is taken out.';
comment on column payer_merges.into_payer_id is 'The payer that gets what it had.';
comment on column payer_merges.from_business_id is 'What the first was called, such as BCBS-CA-001. Filled in.';
comment on column payer_merges.from_name is 'Its name. Filled in.';
comment on column payer_merges.merged_by is 'Role or user id that decided it.';
comment on column payer_merges.created_at is 'When the row was written.';
comment on index payer_merges_by_payer is 'What was merged into a payer; also serves the foreign key.';

create function merge_payers() returns trigger
    language plpgsql
    security definer
as $$
declare
    acting text := coalesce(current_setting('rcm.actor', true), '');
begin
    -- For the audit log of what follows.
    if acting = '' then
        perform set_config('rcm.actor', new.merged_by, true);
    end if;

    -- Whoever records something for the payer waits, and is then refused, because it is gone.
    perform 1 from payers where id in (new.from_payer_id, new.into_payer_id) order by id for update;
    select payer_id, name into new.from_business_id, new.from_name from payers where id = new.from_payer_id;
    if not found or not exists (select from payers where id = new.into_payer_id) then
        raise foreign_key_violation using
            message = 'payer_merges_into_payer_id_exists: a payer to merge is not there',
            table = 'payer_merges',
            constraint = 'payer_merges_into_payer_id_exists';
    end if;
    -- The CHECK refuses it.
    if new.from_payer_id = new.into_payer_id then
        return new;
    end if;

    -- What carries the payer along follows by its foreign keys, and the work list by its triggers.
    update claims set payer_id = new.into_payer_id where payer_id = new.from_payer_id;
    update org_policies set payer_id = new.into_payer_id where payer_id = new.from_payer_id;
    update coding_rules set payer_id = new.into_payer_id where payer_id = new.from_payer_id;
    update remittances set payer_id = new.into_payer_id where payer_id = new.from_payer_id;
    -- Of two rules for one thing that of the payer that stays holds.
    delete from adjustment_rules as own
    using adjustment_rules as kept
    where own.payer_id = new.from_payer_id
        and kept.payer_id = new.into_payer_id
        and kept.group_code = own.group_code
        and kept.reason_code is not distinct from own.reason_code;
    update adjustment_rules set payer_id = new.into_payer_id where payer_id = new.from_payer_id;
    delete from filing_rules as own
    using filing_rules as kept
    where own.payer_id = new.from_payer_id
        and kept.payer_id = new.into_payer_id
        and kept.step = own.step
        and kept.claim_type is not distinct from own.claim_type
        and kept.valid_from is not distinct from own.valid_from;
    update filing_rules set payer_id = new.into_payer_id where payer_id = new.from_payer_id;
    update payer_identifiers set payer_id = new.into_payer_id where payer_id = new.from_payer_id;
    update payer_merges set into_payer_id = new.into_payer_id where into_payer_id = new.from_payer_id;
    delete from payers where id = new.from_payer_id;
    perform set_config('rcm.actor', acting, true);
    return new;
end
$$;

comment on function merge_payers() is 'Trigger: gives what one payer has to the other and takes it out.';

select pin_search_path(cast('merge_payers()' as regprocedure));

revoke execute on function merge_payers() from public;

create trigger merge_payers
    before insert on payer_merges
    for each row
    execute function merge_payers();

comment on trigger merge_payers on payer_merges is 'A row merges the payers. Fires before payer_merges_recorded_by_database.';

create trigger payer_merges_are_kept
    before update or delete on payer_merges
    for each statement
    when (pg_trigger_depth() = 0)
    execute function refuse_change('payer_merges_are_kept', 'a merge is not undone; record the payer anew');

comment on trigger payer_merges_are_kept on payer_merges is 'The history stays.';

create trigger payer_merges_are_not_truncated
    before truncate on payer_merges
    for each statement
    when (pg_trigger_depth() = 0)
    execute function refuse_change('payer_merges_are_kept', 'a merge is not undone; record the payer anew');

comment on trigger payer_merges_are_not_truncated on payer_merges is 'The same for TRUNCATE.';

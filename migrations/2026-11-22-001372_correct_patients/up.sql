create table patient_corrections (
    id patient_correction_key not null default uuidv7(),
    from_reference patient_reference not null,
    to_reference patient_reference not null,
    claim_ids uuid[] not null default '{}',
    corrected_by actor not null,
    created_at timestamptz not null default now(),
    constraint patient_corrections_pkey primary key (id),
    constraint patient_corrections_two_references check (from_reference <> to_reference)
);

create index patient_corrections_by_reference on patient_corrections (from_reference, id);
create index patient_corrections_by_corrected_reference on patient_corrections (to_reference, id);

select keep_recorder(cast('patient_corrections' as regclass));

comment on table patient_corrections is
    'Claims that stood under the wrong reference: two references of one patient, or one claim filed with another. Adding a row moves the claims; a mistake is mended by another row.';
comment on column patient_corrections.id is 'Primary key.';
comment on column patient_corrections.from_reference is 'The reference that was wrong.';
comment on column patient_corrections.to_reference is 'The reference that the claims have from then on.';
comment on column patient_corrections.claim_ids is
    'The claims that were moved. Given: only these; left out: all of the wrong reference, filled in.';
comment on column patient_corrections.corrected_by is 'Role or user id that decided it.';
comment on column patient_corrections.created_at is 'When the row was written.';
comment on index patient_corrections_by_reference is 'What became of a reference.';
comment on index patient_corrections_by_corrected_reference is 'What a patient''s claims were called before.';

create function correct_patient() returns trigger
    language plpgsql
    security definer
as $$
declare
    moved uuid[];
    acting text := coalesce(current_setting('rcm.actor', true), '');
begin
    -- For the audit log of what follows.
    if acting = '' then
        perform set_config('rcm.actor', new.corrected_by, true);
    end if;

    -- Whoever relates a claim to one of these waits, and then sees whose it is.
    perform 1
    from claims
    where patient_reference = new.from_reference
        and (cardinality(new.claim_ids) = 0 or id = any (new.claim_ids))
    order by id
    for update;

    with changed as (
        update claims
        set patient_reference = new.to_reference
        where patient_reference = new.from_reference
            and (cardinality(new.claim_ids) = 0 or id = any (new.claim_ids))
        returning id
    )
    select array_agg(id order by id) into moved from changed;

    if moved is null or cardinality(moved) < cardinality(new.claim_ids) then
        perform refuse('patient_corrections_claims_of_reference', 'patient_corrections', 'no claim, or not each of these, stands under the wrong reference');
    end if;

    if exists (
        select
        from claims
        join claims as earlier on earlier.id = claims.replaces_claim_id
        where (claims.id = any (moved) or earlier.id = any (moved))
            and claims.patient_reference <> earlier.patient_reference
        union all
        select
        from rebills
        join claims on claims.id = rebills.new_claim_id
        join claims as earlier on earlier.id = rebills.original_claim_id
        where (claims.id = any (moved) or earlier.id = any (moved))
            and claims.patient_reference <> earlier.patient_reference
        union all
        select
        from claim_details
        join claims on claims.id = claim_details.claim_id
        join claims as earlier on earlier.id = claim_details.prior_claim_id
        where (claims.id = any (moved) or earlier.id = any (moved))
            and claims.patient_reference <> earlier.patient_reference
    ) then
        perform refuse('patient_corrections_related_claims_together', 'patient_corrections', 'correct the claims that replace, answer or follow each other together');
    end if;

    perform set_config('rcm.actor', acting, true);
    new.claim_ids := moved;
    return new;
end
$$;

comment on function correct_patient() is
    'Trigger: moves the claims of a wrong reference, those that relate to each other together.';

select pin_search_path(cast('correct_patient()' as regprocedure));

revoke execute on function correct_patient() from public;

create trigger correct_patient
    before insert on patient_corrections
    for each row
    execute function correct_patient();

comment on trigger correct_patient on patient_corrections is 'A row moves the claims.';

create trigger patient_corrections_are_kept
    before update or delete on patient_corrections
    for each statement
    execute function refuse_change('patient_corrections_are_kept', 'what was corrected stays known; add another correction');

comment on trigger patient_corrections_are_kept on patient_corrections is 'The history stays.';

create trigger patient_corrections_are_not_truncated
    before truncate on patient_corrections
    for each statement
    execute function refuse_change('patient_corrections_are_kept', 'what was corrected stays known; add another correction');

comment on trigger patient_corrections_are_not_truncated on patient_corrections is 'The same for TRUNCATE.';

-- What a rebill means for its denial. Of two sessions that appeal and rebill at once one is refused, as in
-- let_appeals_take_effect.

create function let_rebills_take_effect() returns trigger
    language plpgsql
    security definer
as $$
declare
    ids uuid[];
    denial_ids uuid[];
    statuses text[];
    paid numeric[];
    adjusted numeric[];
    resolved_on date[];
begin
    if tg_op = 'INSERT' then
        select array_agg(denial_id) into denial_ids from new_rebills;
    else
        select
            array_agg(new_rebills.id),
            array_agg(new_rebills.denial_id),
            array_agg(cast(new_rebills.paid_amount as numeric)),
            array_agg(cast(new_rebills.adjusted_amount as numeric)),
            array_agg(cast(new_rebills.resolved_on as date))
        into ids, denial_ids, paid, adjusted, resolved_on
        from new_rebills
        join old_rebills on old_rebills.id = new_rebills.id
        where new_rebills.resolved_on is not null and old_rebills.resolved_on is null;
    end if;

    if denial_ids is null then
        return null;
    end if;

    perform 1 from denials where id = any (denial_ids) order by id for no key update;

    if tg_op = 'INSERT' then
        if exists (select from denials where id = any (denial_ids) and open_amount = 0) then
            perform refuse('rebills_need_an_open_amount', 'rebills', 'nothing of the denial is open');
        end if;
        if exists (select from denials where id = any (denial_ids) and open_action in ('appeal', 'filed_appeal')) then
            perform refuse('rebills_wait_for_appeal', 'rebills', 'an appeal of the denial is open; decide or withdraw it first');
        end if;
        update denials set open_action = 'rebill' where id = any (denial_ids);
        return null;
    end if;

    insert into denial_transactions (denial_id, kind, amount, posted_on, posted_by, rebill_id)
    select resolution.denial_id, posting.kind, posting.amount, resolution.resolved_on, 'database', resolution.id
    from unnest(ids, denial_ids, paid, adjusted, resolved_on)
        as resolution (id, denial_id, paid, adjusted, resolved_on)
    cross join lateral (
        values ('recovery', resolution.paid), ('contractual_adjustment', resolution.adjusted)
    ) as posting (kind, amount)
    where posting.amount > 0;

    update denials set open_action = null where id = any (denial_ids);

    return null;
end
$$;

comment on function let_rebills_take_effect() is
    'Trigger: checks rebills against their denials (open amount, no open appeal), posts what is paid and keeps denials.open_action.';

create function check_new_claim() returns trigger
    language plpgsql
    security definer
as $$
declare
    original record;
    corrected record;
begin
    select patient_reference, payer_id into original from claims where id = new.original_claim_id;
    select patient_reference, payer_id, frequency_code, paid_amount + recovered_amount as paid
    into corrected
    from claims where id = new.new_claim_id;

    if corrected.patient_reference <> original.patient_reference then
        perform refuse('rebills_new_claim_of_same_patient', 'rebills', 'the new claim is of another patient');
    end if;
    if corrected.frequency_code = '7' and corrected.payer_id <> original.payer_id then
        perform refuse('rebills_new_claim_of_same_payer', 'rebills', 'a replacement claim goes to the same payer');
    end if;
    if new.paid_amount > corrected.paid then
        perform refuse('rebills_new_claim_was_paid', 'rebills', 'the new claim was paid less; post its payment first');
    end if;
    return new;
end
$$;

comment on function check_new_claim() is
    'Trigger: the new claim of a rebill is of the same patient, as a replacement of the same payer, and was paid what the rebill recovers.';

-- Functions that trust the caller's search_path can be led to other tables.
do $$
begin
    execute format('alter function let_rebills_take_effect() set search_path = pg_catalog, %I, pg_temp', current_schema());
    execute format('alter function check_new_claim() set search_path = pg_catalog, %I, pg_temp', current_schema());
end
$$;

revoke execute on function let_rebills_take_effect() from public;
revoke execute on function check_new_claim() from public;

create trigger let_rebills_take_effect_when_made
    after insert on rebills
    referencing new table as new_rebills
    for each statement
    execute function let_rebills_take_effect();

comment on trigger let_rebills_take_effect_when_made on rebills is 'Checks new rows against their denials.';

create trigger let_rebills_take_effect_when_changed
    after update on rebills
    referencing old table as old_rebills new table as new_rebills
    for each statement
    execute function let_rebills_take_effect();

comment on trigger let_rebills_take_effect_when_changed on rebills is 'Posts what follows from a change of status.';

create trigger check_new_claim
    before insert or update of new_claim_id, paid_amount on rebills
    for each row
    when (new.new_claim_id is not null)
    execute function check_new_claim();

comment on trigger check_new_claim on rebills is 'The new claim fits the original one.';

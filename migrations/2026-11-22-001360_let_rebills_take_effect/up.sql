-- What a rebill means for its denial. Of two sessions that appeal and rebill at once one is refused, as in
-- let_appeals_take_effect.

create function let_rebills_take_effect() returns trigger
    language plpgsql
    security definer
as $$
declare
    ids uuid[];
    denial_ids uuid[];
    submitted_denial_ids uuid[];
    new_claim_ids uuid[];
    paid numeric[];
    adjusted numeric[];
    resolved_on date[];
begin
    if tg_op = 'INSERT' then
        select array_agg(denial_id), array_agg(denial_id) into denial_ids, submitted_denial_ids from new_rebills;
    else
        select
            array_agg(new_rebills.id),
            array_agg(new_rebills.denial_id),
            array_agg(new_rebills.denial_id) filter (where new_rebills.resolved_on is null),
            array_agg(new_rebills.new_claim_id) filter (where new_rebills.paid_amount is not null),
            array_agg(cast(new_rebills.paid_amount as numeric)),
            array_agg(cast(new_rebills.adjusted_amount as numeric)),
            array_agg(cast(new_rebills.resolved_on as date))
        into ids, denial_ids, submitted_denial_ids, new_claim_ids, paid, adjusted, resolved_on
        from new_rebills
        join old_rebills on old_rebills.id = new_rebills.id
        where (old_rebills.resolved_on is null and new_rebills.resolved_on is not null)
            or (old_rebills.submitted_on is null and new_rebills.submitted_on is not null);
    end if;

    if denial_ids is null then
        return null;
    end if;

    perform 1 from denials where id = any (denial_ids) order by id for no key update;

    if exists (select from denials where id = any (submitted_denial_ids) and open_amount = 0) then
        perform refuse('rebills_need_an_open_amount', 'rebills', 'the denial has no open amount');
    end if;
    if tg_op = 'INSERT' then
        if exists (
            select
            from appeals
            where denial_id = any (denial_ids) and status in ('pending', 'in_progress', 'submitted', 'under_review')
        ) then
            perform refuse('rebills_wait_for_appeal', 'rebills', 'an appeal of the denial is open; decide or withdraw it first');
        end if;
    end if;

    if new_claim_ids is not null then
        -- Written, not only locked: of two sessions that resolve rebills of one new claim, one then sees the other.
        perform 1
        from claims
        where id = any (new_claim_ids) or id in (select claim_id from denials where denials.id = any (denial_ids))
        order by id
        for no key update;
        update claims set filed_appeals = filed_appeals where id = any (new_claim_ids);
        if exists (
            select
            from claims
            where id = any (new_claim_ids)
                and paid_amount + recovered_amount
                    < (select sum(rebills.paid_amount) from rebills where rebills.new_claim_id = claims.id)
        ) then
            perform refuse('rebills_new_claim_was_paid', 'rebills', 'the rebill recovers more than its new claim was paid; post that payment first');
        end if;
    end if;

    insert into denial_transactions (denial_id, kind, amount, posted_on, posted_by, rebill_id)
    select resolution.denial_id, posting.kind, posting.amount, resolution.resolved_on, 'database', resolution.id
    from unnest(ids, denial_ids, paid, adjusted, resolved_on)
        as resolution (id, denial_id, paid, adjusted, resolved_on)
    cross join lateral (
        values ('recovery', resolution.paid), ('contractual_adjustment', resolution.adjusted)
    ) as posting (kind, amount)
    where posting.amount > 0;

    update denials set open_action = open_action_of(id) where id = any (denial_ids);

    return null;
end
$$;

comment on function let_rebills_take_effect() is
    'Trigger: checks rebills against their denials (open amount, no open appeal) and new claims (paid that much), posts what is paid and keeps denials.open_action.';

create function check_new_claim() returns trigger
    language plpgsql
    security definer
as $$
declare
    original record;
    corrected record;
begin
    select patient_reference, payer_id into original from claims where id = new.original_claim_id;
    select patient_reference, payer_id, frequency_code into corrected from claims where id = new.new_claim_id;

    if corrected.patient_reference <> original.patient_reference then
        perform refuse('rebills_new_claim_of_same_patient', 'rebills', 'the new claim is for another patient');
    end if;
    if corrected.frequency_code = '7' and corrected.payer_id <> original.payer_id then
        perform refuse('rebills_new_claim_of_same_payer', 'rebills', 'a replacement claim goes to the same payer');
    end if;
    return null;
end
$$;

comment on function check_new_claim() is
    'Trigger: the new claim of a rebill is of the same patient and, as a replacement, of the same payer.';

select pin_search_path('let_rebills_take_effect()');
select pin_search_path('check_new_claim()');

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

-- After the statement, which may write the claims, too.
create trigger check_new_claim
    after insert or update of new_claim_id on rebills
    for each row
    when (new.new_claim_id is not null)
    execute function check_new_claim();

comment on trigger check_new_claim on rebills is 'The new claim fits the original one.';

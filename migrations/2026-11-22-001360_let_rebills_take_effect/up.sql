-- What a rebill means for its denial. Of two sessions that appeal and rebill at once one is refused, as in
-- let_appeals_take_effect.

create function let_rebills_take_effect() returns trigger
    language plpgsql
    security definer
as $$
declare
    ids uuid[];
    denial_ids uuid[];
    submitted_ids uuid[];
    new_claim_ids uuid[];
begin
    if tg_op = 'INSERT' then
        select array_agg(id), array_agg(denial_id), array_agg(id) filter (where submitted_on is not null)
        into ids, denial_ids, submitted_ids
        from new_rebills;
    else
        select
            array_agg(new_rebills.id),
            array_agg(new_rebills.denial_id),
            array_agg(new_rebills.id) filter (where old_rebills.submitted_on is null and new_rebills.submitted_on is not null)
        into ids, denial_ids, submitted_ids
        from new_rebills
        join old_rebills on old_rebills.id = new_rebills.id
        where new_rebills.status <> old_rebills.status;
    end if;

    if denial_ids is null then
        return null;
    end if;

    -- Written before the denials are locked, as whoever voids a new claim does, so that of the two one sees the other, at
    -- every isolation level.
    if submitted_ids is not null then
        select array_agg(new_claim_id) into new_claim_ids from rebills where id = any (submitted_ids);
        perform 1 from claims where id = any (new_claim_ids) order by id for no key update;
        update claims set updated_at = now() where id = any (new_claim_ids);
    end if;
    perform 1 from denials where id = any (denial_ids) order by id for no key update;

    -- A replacement that was submitted has moved the money already.
    if (tg_op = 'INSERT' or submitted_ids is not null) and exists (
        select
        from rebills
        join denials on denials.id = rebills.denial_id
        where rebills.id = any (case tg_op when 'INSERT' then ids else submitted_ids end)
            and denials.open_amount = 0
            and not exists (
                select
                from postings
                where postings.denial_id = denials.id and postings.kind = 'rebilled'
                    and postings.moved_to_claim_id = rebills.new_claim_id
            )
    ) then
        perform refuse('rebills_need_an_open_amount', 'rebills', 'the denial has no open amount');
    end if;
    if tg_op = 'INSERT' and exists (
        select
        from appeals
        where denial_id = any (denial_ids) and status in ('pending', 'in_progress', 'submitted', 'under_review')
    ) then
        perform refuse('rebills_wait_for_appeal', 'rebills', 'an appeal of the denial is open; decide or withdraw it first');
    end if;
    if exists (
        select
        from rebills
        join claims on claims.id = rebills.new_claim_id
        where rebills.id = any (submitted_ids) and (claims.submitted_on is null or claims.voided_on is not null)
    ) then
        perform refuse('rebills_new_claim_is_submitted', 'rebills', 'the new claim was not submitted; submit it first');
    end if;
    if exists (
        select
        from rebills
        join claims on claims.id = rebills.new_claim_id
        where rebills.id = any (ids) and rebills.status in ('paid', 'partially_paid') and claims.paid_amount <= 0
    ) then
        perform refuse('rebills_new_claim_was_paid', 'rebills', 'the new claim was not paid; post the payment first');
    end if;

    insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by, rebill_id, moved_to_claim_id)
    select
        denials.claim_id, denials.id, 'rebilled', denials.open_amount - denials.granted_amount, rebills.submitted_on,
        'database', rebills.id, rebills.new_claim_id
    from rebills
    join denials on denials.id = rebills.denial_id
    where rebills.id = any (submitted_ids) and denials.open_amount > denials.granted_amount;

    perform keep_open_actions(denial_ids);

    return null;
end
$$;

comment on function let_rebills_take_effect() is
    'Trigger: checks rebills against their denials (open amount, no open appeal) and new claims, moves what is submitted to the new claim and keeps denials.open_action.';

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

create function fill_day_to_submit() returns trigger
    language plpgsql
    security definer
as $$
begin
    new.due_on := (
        select
            last_day_to_act(
                cast(row(denials.payer_id, denials.denial_code, denials.denied_on, denials.open_amount, null, denials.id) as denial_to_triage),
                'rebill',
                false,
                exists (
                    select
                    from denial_remarks
                    join remark_code_library using (remark_code)
                    where denial_remarks.denial_id = denials.id and withdrawn_by is null and asks_for_new_claim
                )
            )
        from denials
        where denials.id = new.denial_id
    );
    return new;
end
$$;

comment on function fill_day_to_submit() is
    'Trigger: a rebill is due on the last day that filing_rules allow for a corrected claim, or for a new one where a remark asks for that.';

select pin_search_path(cast('fill_day_to_submit()' as regprocedure));
select pin_search_path(cast('let_rebills_take_effect()' as regprocedure));
select pin_search_path(cast('check_new_claim()' as regprocedure));

revoke execute on function fill_day_to_submit() from public;
revoke execute on function let_rebills_take_effect() from public;
revoke execute on function check_new_claim() from public;

create trigger fill_day_to_submit
    before insert on rebills
    for each row
    when (new.due_on is null)
    execute function fill_day_to_submit();

comment on trigger fill_day_to_submit on rebills is 'The last day may be left out.';

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

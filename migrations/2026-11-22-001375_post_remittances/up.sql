-- What is posted of a remittance is what it says, to the cent, when the transaction commits; and each of its claims that is
-- posted answers the claim, also where nothing is paid.

create function open_for_posting() returns trigger
    language plpgsql
as $$
begin
    new.being_posted := true;
    return new;
end
$$;

comment on function open_for_posting() is
    'Trigger: what is posted or taken back may have postings and denials written, until check_remittance_posting compares them.';

create function check_remittance_posting() returns trigger
    language plpgsql
    security definer
    set plan_cache_mode = force_generic_plan
as $$
declare
    answer record;
    said record;
    posted record;
    denied numeric;
    paid_in_parts numeric;
begin
    -- What stands at the commit, which isn't always what this row said.
    select * into answer from remittance_claims where id = new.id;
    if not answer.being_posted then
        return null;
    end if;
    update remittance_claims set being_posted = false where id = new.id;

    select
        coalesce(sum(amount) filter (where kind = 'payment'), 0) as paid,
        coalesce(sum(amount) filter (where kind = 'contractual_adjustment'), 0) as contractual,
        coalesce(sum(amount) filter (where kind = 'patient_responsibility'), 0) as patient,
        coalesce(sum(amount) filter (where kind = 'other_payer'), 0) as other_payer,
        coalesce(sum(amount) filter (where kind = 'denial_withdrawn' and adjustment_number is not null), 0) as offset_amount,
        coalesce(bool_or(stands and claim_id is distinct from answer.claim_id), false) as elsewhere,
        -- A row that is more, and another that takes as much off, are a sum that fits.
        coalesce(sum(abs(amount)) filter (where stands and kind = 'payment'), 0) as moved_payment,
        coalesce(sum(abs(amount)) filter (
            where stands and kind in ('contractual_adjustment', 'patient_responsibility', 'other_payer')
        ), 0) as moved
    into posted
    from (
        select
            *,
            reverses_id is null
                and not exists (select from postings as undone where undone.reverses_id = postings.id) as stands
        from postings
        where remittance_claim_id = new.id
    ) as written;

    if answer.posted_on is null then
        if posted.moved_payment + posted.moved <> 0 then
            perform refuse('remittance_claims_posted_when_matched', 'remittance_claims', 'what is posted of a remittance claim says so, or is reversed');
        end if;
        return null;
    end if;

    select
        coalesce(sum(amount), 0) as adjusted,
        coalesce(sum(amount) filter (where disposition = 'contractual'), 0) as contractual,
        coalesce(sum(amount) filter (where disposition = 'patient'), 0) as patient,
        coalesce(sum(amount) filter (where disposition = 'other_payer'), 0) as other_payer,
        coalesce(sum(abs(amount)) filter (where disposition in ('contractual', 'patient', 'other_payer')), 0) as moved,
        coalesce(sum(amount) filter (where disposition = 'denial' and amount > 0), 0) as denied,
        coalesce(sum(amount) filter (where disposition = 'denial' and amount < 0), 0) as offset_amount,
        coalesce(bool_or(disposition is null), false) as unclassified
    into said
    from remittance_adjustments
    where remittance_claim_id = new.id;

    if exists (select from remittances where id = answer.remittance_id and is_dismissed) then
        perform refuse('remittances_dismissed_is_unposted', 'remittances', 'it is dismissed; accept it first');
    end if;
    if said.unclassified then
        perform refuse('remittance_claims_are_classified', 'remittance_claims', 'say what its adjustments are first');
    end if;
    if answer.charge_amount - said.adjusted <> answer.paid_amount or exists (
        select
        from remittance_services as service
        left join (
            select service_number, sum(amount) as amount
            from remittance_adjustments
            where remittance_claim_id = new.id
            group by service_number
        ) as adjusted on adjusted.service_number = service.service_number
        where service.remittance_claim_id = new.id
            and service.charge_amount - coalesce(adjusted.amount, 0) <> service.paid_amount
    ) then
        perform refuse('remittance_claims_balance', 'remittance_claims', 'charge less adjustments is not what was paid; ask the payer');
    end if;

    select coalesce(sum(abs(paid_amount)), 0) + abs(answer.paid_amount - coalesce(sum(paid_amount), 0))
    into paid_in_parts
    from remittance_services
    where remittance_claim_id = new.id;

    select coalesce(sum(denial_amount), 0)
    into denied
    from denials
    where remittance_claim_id = new.id and claim_id = answer.claim_id;
    if exists (
        select
        from remittance_services
        where remittance_claim_id = new.id and claim_id <> answer.claim_id
    ) then
        perform refuse('remittance_services_of_claim', 'remittance_services', 'a service is matched with a line of another claim');
    end if;
    if answer.is_reversal and answer.charge_amount > 0 then
        perform refuse('remittance_claims_reversal_is_negative', 'remittance_claims', 'it reverses, and its charge is above zero; ask the payer');
    end if;
    if posted.elsewhere
        or (posted.paid, posted.contractual, posted.patient, posted.other_payer)
            <> (answer.paid_amount, said.contractual, said.patient, said.other_payer)
        or (posted.moved_payment, posted.moved) <> (paid_in_parts, said.moved)
        or denied <> (case when answer.is_reversal then 0 else said.denied end)
        or posted.offset_amount <> (case when answer.is_reversal then 0 else -said.offset_amount end)
    then
        perform refuse('remittance_claims_post_what_they_say', 'remittance_claims', 'post what was paid and what the adjustments are, no more and no less');
    end if;
    perform follow_prior_claim(answer.claim_id, answer.posted_on);
    return null;
end
$$;

comment on function check_remittance_posting() is
    'Trigger: postings and denials of a remittance claim are what it pays and what its adjustments are, or there are none.';

create function add_up_remittance() returns trigger
    language plpgsql
    security definer
as $$
declare
    remittance_ids uuid[];
    amounts numeric[];
begin
    if tg_argv[0] = 'claims' then
        select array_agg(remittance_id), array_agg(amount)
        into remittance_ids, amounts
        from (
            select remittance_id, coalesce(sum(paid_amount) filter (where not is_prediction), 0) as amount
            from new_parts
            group by remittance_id
        ) as added;
    else
        select array_agg(remittance_id), array_agg(amount)
        into remittance_ids, amounts
        from (select remittance_id, -sum(amount) as amount from new_parts group by remittance_id) as added;
    end if;
    if exists (select from remittances where id = any (remittance_ids) and created_at <> now()) then
        perform refuse('remittances_parts_are_fixed', 'remittances', 'what came stays as it came');
    end if;
    update remittances
    set explained_amount = remittances.explained_amount + added.amount
    from unnest(remittance_ids, amounts) as added (remittance_id, amount)
    where remittances.id = added.remittance_id and added.amount <> 0;
    return null;
end
$$;

comment on function add_up_remittance() is
    'Trigger: adds up the claims and provider adjustments of a remittance while they come.';

create function count_remittance_answers() returns trigger
    language plpgsql
    security definer
    set plan_cache_mode = force_generic_plan
as $$
declare
    claim_ids uuid[];
    numbers integer[];
begin
    select array_agg(claim_id), array_agg(number)
    into claim_ids, numbers
    from (
        select claim_id, cast(sum(number) as integer) as number
        from (
            select claim_id, 1 as number from new_answers where posted_on is not null
            union all
            select claim_id, -1 from old_answers where posted_on is not null
        ) as answer
        group by claim_id
        having sum(number) <> 0
        order by claim_id
    ) as change;
    if claim_ids is null then
        return null;
    end if;

    perform 1 from claims where id = any (claim_ids) order by id for no key update;
    update claims
    set answers = claims.answers + change.number
    from unnest(claim_ids, numbers) as change (id, number)
    where claims.id = change.id;
    return null;
end
$$;

comment on function count_remittance_answers() is 'Trigger: a remittance claim that is posted answers its claim, also with nothing paid.';

create function check_taken_back() returns trigger
    language plpgsql
    security definer
as $$
begin
    if not exists (
        select
        from remittance_claims as reversal
        join remittance_adjustments as adjustment on adjustment.remittance_claim_id = reversal.id
        where reversal.id = new.taken_back_in_id
            and reversal.is_reversal
            and reversal.claim_id = new.claim_id
            and adjustment.adjustment_number = new.taken_back_adjustment_number
            and adjustment.denial_code = new.denial_code
            and adjustment.amount = -new.denial_amount
    ) then
        perform refuse('denials_taken_back_by_reversal', 'denials', 'the reversal is of another claim, code or amount');
    end if;
    return null;
end
$$;

comment on function check_taken_back() is 'Trigger: what takes a denial back is a reversal of the same claim, code and amount.';

create function check_denied_adjustment() returns trigger
    language plpgsql
    security definer
as $$
begin
    if not exists (
        select
        from remittance_claims as answer
        join remittance_adjustments as adjustment on adjustment.remittance_claim_id = answer.id
        where answer.id = new.remittance_claim_id
            and answer.claim_id = new.claim_id
            and answer.being_posted
            and adjustment.adjustment_number = new.adjustment_number
            and adjustment.denial_code = new.denial_code
            and adjustment.disposition = 'denial'
    ) then
        perform refuse('denials_of_their_adjustment', 'denials', 'the adjustment is of another claim or code, or is no denial; post the claim of the remittance');
    end if;
    return null;
end
$$;

comment on function check_denied_adjustment() is 'Trigger: a denial of a remittance is of the claim and the code of its adjustment.';

create function check_remittance_parts() returns trigger
    language plpgsql
    security definer
as $$
declare
    is_settled boolean := false;
begin
    if tg_op = 'INSERT' then
        -- What is posted was compared; transactions that one message sends have one now().
        if exists (
            select
            from remittance_claims
            where id = new.remittance_claim_id and (created_at <> now() or posted_on is not null)
        ) then
            perform refuse('remittances_parts_are_fixed', tg_argv[0], 'what came stays as it came');
        end if;
        return null;
    end if;
    if tg_argv[0] = 'remittance_adjustments' then
        is_settled := coalesce(old.disposition = 'denial' and new.disposition = 'none', false);
    end if;
    if exists (
        select
        from remittance_claims
        -- What a reversal took back before it was denied is settled with that, later.
        where id = new.remittance_claim_id and posted_on is not null and not (is_reversal and is_settled)
    ) then
        perform refuse('remittance_claims_parts_are_fixed', 'remittance_claims', 'it is posted; unmatch it first');
    end if;
    return null;
end
$$;

comment on function check_remittance_parts() is 'Trigger: what came has all its parts; and no service or adjustment of what is posted becomes another.';

select pin_search_path(cast('add_up_remittance()' as regprocedure));
select pin_search_path(cast('open_for_posting()' as regprocedure));
select pin_search_path(cast('check_remittance_posting()' as regprocedure));
select pin_search_path(cast('check_remittance_parts()' as regprocedure));
select pin_search_path(cast('count_remittance_answers()' as regprocedure));
select pin_search_path(cast('check_taken_back()' as regprocedure));
select pin_search_path(cast('check_denied_adjustment()' as regprocedure));

revoke execute on function add_up_remittance() from public;
revoke execute on function check_remittance_posting() from public;
revoke execute on function check_remittance_parts() from public;
revoke execute on function count_remittance_answers() from public;
revoke execute on function check_taken_back() from public;
revoke execute on function check_denied_adjustment() from public;

create trigger open_for_posting
    before update of posted_on on remittance_claims
    for each row
    when (new.posted_on is distinct from old.posted_on)
    execute function open_for_posting();

comment on trigger open_for_posting on remittance_claims is
    'What is posted is compared with what it says. Fires before set_updated_at.';

create trigger remittance_claims_being_posted_is_kept
    before update of being_posted on remittance_claims
    for each statement
    when (pg_trigger_depth() = 0)
    execute function refuse_change('remittance_claims_being_posted_is_kept', 'the database keeps it');

comment on trigger remittance_claims_being_posted_is_kept on remittance_claims is
    'Nobody opens a remittance claim for postings but by posting it.';

create constraint trigger check_remittance_posting
    after update on remittance_claims
    deferrable initially deferred
    for each row
    when (new.being_posted)
    execute function check_remittance_posting();

comment on trigger check_remittance_posting on remittance_claims is 'What is posted of a remittance is what it says, at commit.';

create trigger add_up_remittance
    after insert on remittance_claims
    referencing new table as new_parts
    for each statement
    execute function add_up_remittance('claims');

comment on trigger add_up_remittance on remittance_claims is 'Does the remittance add up?';

create trigger add_up_remittance
    after insert on provider_adjustments
    referencing new table as new_parts
    for each statement
    execute function add_up_remittance('provider_adjustments');

comment on trigger add_up_remittance on provider_adjustments is 'Does the remittance add up?';

create trigger remittances_explained_amount_is_kept
    before update of explained_amount on remittances
    for each statement
    when (pg_trigger_depth() = 0)
    execute function refuse_change('remittances_explained_amount_is_kept', 'the database keeps it');

comment on trigger remittances_explained_amount_is_kept on remittances is 'It is the sum of its claims and provider adjustments.';

create trigger remittance_claims_come_unposted
    before insert on remittance_claims
    for each row
    when (new.posted_on is not null)
    execute function refuse_change('remittance_claims_come_unposted', 'store it, then post it');

comment on trigger remittance_claims_come_unposted on remittance_claims is 'What is posted was stored before, so that it is counted.';

create trigger set_created_at
    before insert on remittances
    for each row
    when (new.created_at <> now())
    execute function set_created_at();

comment on trigger set_created_at on remittances is 'Its parts are written by the same transaction.';

create trigger set_created_at
    before insert on remittance_claims
    for each row
    when (new.created_at <> now())
    execute function set_created_at();

comment on trigger set_created_at on remittance_claims is 'Its parts are written by the same transaction.';

create trigger check_remittance_parts
    after insert or update of claim_id, line_number on remittance_services
    for each row
    execute function check_remittance_parts('remittance_services');

comment on trigger check_remittance_parts on remittance_services is
    'Nothing is added to what came, and no service of what is posted becomes another line.';

create trigger check_remittance_parts
    after insert or update of disposition on remittance_adjustments
    for each row
    execute function check_remittance_parts('remittance_adjustments');

comment on trigger check_remittance_parts on remittance_adjustments is
    'Nothing is added to what came, and no adjustment of what is posted becomes another.';

create trigger check_remittance_parts
    after insert on remittance_remarks
    for each row
    execute function check_remittance_parts('remittance_remarks');

comment on trigger check_remittance_parts on remittance_remarks is 'Nothing is added to what came.';

create trigger count_remittance_answers
    after update on remittance_claims
    referencing old table as old_answers new table as new_answers
    for each statement
    execute function count_remittance_answers();

comment on trigger count_remittance_answers on remittance_claims is 'A remittance answers its claims.';

create trigger check_taken_back
    after update of taken_back_in_id, taken_back_adjustment_number on denials
    for each row
    when (new.taken_back_in_id is not null)
    execute function check_taken_back();

comment on trigger check_taken_back on denials is 'A reversal takes back what it reverses.';

create trigger check_denied_adjustment
    after insert on denials
    for each row
    when (new.remittance_claim_id is not null)
    execute function check_denied_adjustment();

comment on trigger check_denied_adjustment on denials is 'A denial of a remittance says what its adjustment says.';

create trigger denials_adjustment_is_fixed
    after update of remittance_claim_id, adjustment_number on denials
    for each row
    when (
        (new.remittance_claim_id, new.adjustment_number) is distinct from (old.remittance_claim_id, old.adjustment_number)
    )
    execute function refuse_change('denials_adjustment_is_fixed', 'a denial stays with what the payer said');

comment on trigger denials_adjustment_is_fixed on denials is 'A denial stays with its adjustment.';

-- A payer that says something else sends another remittance.
create trigger remittance_files_are_kept
    before delete on remittance_files
    for each statement
    execute function refuse_change('remittance_files_are_kept', 'what came stays');

comment on trigger remittance_files_are_kept on remittance_files is 'What came stays.';

create trigger remittance_files_are_not_truncated
    before truncate on remittance_files
    for each statement
    execute function refuse_change('remittance_files_are_kept', 'what came stays');

comment on trigger remittance_files_are_not_truncated on remittance_files is 'The same for TRUNCATE.';

create trigger remittances_are_kept
    before delete on remittances
    for each statement
    execute function refuse_change('remittances_are_kept', 'dismiss the remittance instead');

comment on trigger remittances_are_kept on remittances is 'What came stays.';

create trigger remittances_are_not_truncated
    before truncate on remittances
    for each statement
    execute function refuse_change('remittances_are_kept', 'dismiss the remittance instead');

comment on trigger remittances_are_not_truncated on remittances is 'The same for TRUNCATE.';

create function check_dismissed() returns trigger
    language plpgsql
    security definer
as $$
begin
    if exists (select from remittance_claims where remittance_id = new.id and posted_on is not null) then
        perform refuse('remittances_dismissed_is_unposted', 'remittances', 'something of it is posted; unmatch that first');
    end if;
    return null;
end
$$;

comment on function check_dismissed() is 'Trigger: nothing is posted of a remittance that counts nowhere.';

select pin_search_path(cast('check_dismissed()' as regprocedure));

revoke execute on function check_dismissed() from public;

create trigger check_dismissed
    after update of is_dismissed on remittances
    for each row
    when (new.is_dismissed)
    execute function check_dismissed();

comment on trigger check_dismissed on remittances is 'Nothing is posted of a remittance that counts nowhere.';

create trigger remittances_content_is_fixed
    before update of id, file_id, transaction_number, content_sha256, trace_number, originator, handling, method, total_amount,
        paid_on, produced_on, payee_npi, other_segments on remittances
    for each statement
    execute function refuse_change('remittances_content_is_fixed', 'what came stays as it came');

comment on trigger remittances_content_is_fixed on remittances is 'What came stays as it came.';

create trigger remittances_payer_is_fixed
    before update of payer_id on remittances
    for each statement
    when (pg_trigger_depth() = 0)
    execute function refuse_change('remittances_payer_is_fixed', 'merge the payers');

comment on trigger remittances_payer_is_fixed on remittances is 'A remittance stays with its payer, unless payers are merged.';

create trigger remittance_claims_are_kept
    before delete on remittance_claims
    for each statement
    execute function refuse_change('remittance_claims_are_kept', 'what came stays');

comment on trigger remittance_claims_are_kept on remittance_claims is 'What came stays.';

create trigger remittance_claims_are_not_truncated
    before truncate on remittance_claims
    for each statement
    execute function refuse_change('remittance_claims_are_kept', 'what came stays');

comment on trigger remittance_claims_are_not_truncated on remittance_claims is 'The same for TRUNCATE.';

create trigger remittance_claims_content_is_fixed
    before update of id, remittance_id, claim_number, patient_control_number, payer_claim_control_number, claim_status,
        charge_amount, paid_amount, patient_amount, filing_indicator, facility_code, frequency_code, drg, rendering_npi,
        service_from, service_to, received_on, other_segments on remittance_claims
    for each statement
    execute function refuse_change('remittance_claims_content_is_fixed', 'what came stays as it came');

comment on trigger remittance_claims_content_is_fixed on remittance_claims is 'What came stays as it came.';

create trigger remittance_claims_posting_is_fixed
    before update on remittance_claims
    for each row
    when (old.posted_on is not null and new.posted_on is not null and (new.claim_id, new.posted_on) <> (old.claim_id, old.posted_on))
    execute function refuse_change('remittance_claims_posting_is_fixed', 'it is posted; unmatch it first');

comment on trigger remittance_claims_posting_is_fixed on remittance_claims is 'What is posted stays with its claim.';

create trigger remittance_services_are_kept
    before delete on remittance_services
    for each statement
    execute function refuse_change('remittance_services_are_kept', 'what came stays');

comment on trigger remittance_services_are_kept on remittance_services is 'What came stays.';

create trigger remittance_services_are_not_truncated
    before truncate on remittance_services
    for each statement
    execute function refuse_change('remittance_services_are_kept', 'what came stays');

comment on trigger remittance_services_are_not_truncated on remittance_services is 'The same for TRUNCATE.';

create trigger remittance_services_content_is_fixed
    before update of remittance_claim_id, service_number, code_qualifier, code, modifier_1, modifier_2, modifier_3, modifier_4, revenue_code, billed_code,
        charge_amount, paid_amount, allowed_amount, units_paid, units_billed, service_from, service_to, line_control_number
    on remittance_services
    for each statement
    execute function refuse_change('remittance_services_content_is_fixed', 'what came stays as it came');

comment on trigger remittance_services_content_is_fixed on remittance_services is 'What came stays as it came.';

create trigger remittance_adjustments_are_kept
    before delete on remittance_adjustments
    for each statement
    execute function refuse_change('remittance_adjustments_are_kept', 'what came stays');

comment on trigger remittance_adjustments_are_kept on remittance_adjustments is 'What came stays.';

create trigger remittance_adjustments_are_not_truncated
    before truncate on remittance_adjustments
    for each statement
    execute function refuse_change('remittance_adjustments_are_kept', 'what came stays');

comment on trigger remittance_adjustments_are_not_truncated on remittance_adjustments is 'The same for TRUNCATE.';

create trigger remittance_adjustments_content_is_fixed
    before update of remittance_claim_id, adjustment_number, service_number, group_code, reason_code, amount, quantity
    on remittance_adjustments
    for each statement
    execute function refuse_change('remittance_adjustments_content_is_fixed', 'what came stays as it came');

comment on trigger remittance_adjustments_content_is_fixed on remittance_adjustments is 'What came stays as it came.';

create trigger remittance_remarks_are_kept
    before update or delete on remittance_remarks
    for each statement
    execute function refuse_change('remittance_remarks_are_kept', 'what came stays as it came');

comment on trigger remittance_remarks_are_kept on remittance_remarks is 'What came stays as it came.';

create trigger remittance_remarks_are_not_truncated
    before truncate on remittance_remarks
    for each statement
    execute function refuse_change('remittance_remarks_are_kept', 'what came stays as it came');

comment on trigger remittance_remarks_are_not_truncated on remittance_remarks is 'The same for TRUNCATE.';

create trigger provider_adjustments_are_kept
    before update or delete on provider_adjustments
    for each statement
    execute function refuse_change('provider_adjustments_are_kept', 'what came stays as it came');

comment on trigger provider_adjustments_are_kept on provider_adjustments is 'What came stays as it came.';

create trigger provider_adjustments_are_not_truncated
    before truncate on provider_adjustments
    for each statement
    execute function refuse_change('provider_adjustments_are_kept', 'what came stays as it came');

comment on trigger provider_adjustments_are_not_truncated on provider_adjustments is 'The same for TRUNCATE.';

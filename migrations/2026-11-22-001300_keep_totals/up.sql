-- The totals of a claim and of a denial are the sums of their postings. One statement trigger adds them up: it locks
-- appeals, then denials, then claims, each in the order of their ids, so that two batches can't wait for each other, and
-- the CHECKs of the rows then refuse what is too much, at every isolation level. The new rows are read into arrays first,
-- because Citus can't join a transition table with a table.

create function remaining_amount(posting uuid) returns numeric
    language plpgsql
    stable
as $$
begin
    return (
        select taken.amount + coalesce(sum(taker.amount + coalesce(mistake.amount, 0)), 0)
        from postings as taken
        left join postings as taker on taken.id in (taker.reverses_id, taker.takes_back_id)
        left join postings as mistake on mistake.reverses_id = taker.id
        where taken.id = posting
        group by taken.id
    );
end
$$;

comment on function remaining_amount(uuid) is
    'What is left of a posting once reversals and take-backs are off it, US dollars, with its own sign.';

-- A payer that pays for what was written off, moved to the patient or rebilled has changed its mind; nobody shall have to
-- undo that by hand before the money can be posted.
create function take_back_for_payment(denial uuid, needed numeric, day date) returns void
    language plpgsql
as $$
begin
    insert into postings (
        claim_id, denial_id, kind, amount, posted_on, posted_by, write_off_id, rebill_id, moved_to_claim_id, takes_back_id
    )
    select
        claim_id, denial_id, kind, -least(remaining, needed - before), day, 'database', write_off_id, rebill_id,
        moved_to_claim_id, id
    from (
        select
            *,
            coalesce(sum(remaining) over (
                order by preference, id desc rows between unbounded preceding and 1 preceding
            ), 0) as before
        from (
            select
                *,
                remaining_amount(id) as remaining,
                array_position(array['write_off', 'patient_responsibility', 'rebilled'], cast(kind as text)) as preference
            from postings
            where denial_id = denial and kind in ('write_off', 'patient_responsibility', 'rebilled')
                and amount > 0 and reverses_id is null
        ) as settled
        where remaining > 0
    ) as candidate
    where before < needed;
end
$$;

comment on function take_back_for_payment(uuid, numeric, date) is
    'Takes back what settled a denial, write-offs first, then the patient''s part, then what was rebilled, the newest first, up to an amount.';

-- Under the claim's lock: of two sessions that deny a line, or open a denial of it again, one sees the other.
create function check_denied_lines(claim_ids uuid[]) returns void
    language plpgsql
as $$
begin
    if exists (
        select
        from (
            select claim_id, line_number, sum(open_amount) as open_amount
            from denials
            where claim_id = any (claim_ids) and line_number is not null
            group by claim_id, line_number
        ) as denied
        join claim_lines
            on claim_lines.claim_id = denied.claim_id and claim_lines.line_number = denied.line_number
        where denied.open_amount > claim_lines.charge_amount
    ) then
        perform refuse('denials_within_line', 'denials', 'the open denials of the line exceed its charge');
    end if;
end
$$;

comment on function check_denied_lines(uuid[]) is 'Refuses where the open denials of a line exceed its charge.';

create function keep_totals() returns trigger
    language plpgsql
    security definer
as $$
declare
    last_closed date;
    first_day date;
    last_day date;
    appeal_ids uuid[];
    appeal_paid numeric[];
    -- In the order of their ids, as they are locked.
    denial_ids uuid[];
    recovered numeric[];
    written_off numeric[];
    transferred numeric[];
    adjusted numeric[];
    rebilled numeric[];
    withdrawn numeric[];
    denial_day date[];
    claim_ids uuid[];
    paid numeric[];
    contractual numeric[];
    responsibility numeric[];
    other_payer numeric[];
    claim_written_off numeric[];
    claim_rebilled numeric[];
    patient_paid numeric[];
    patient_written_off numeric[];
    settled numeric[];
    answer_counts integer[];
    earliest date[];
    untied boolean[];
    position integer := 0;
    settling numeric;
    held record;
begin
    -- The search_path is pinned; in a schema that was renamed it would lead elsewhere, and nothing would be counted.
    if tg_table_schema <> all (current_schemas(false)) then
        perform refuse('schema_is_pinned', 'postings', 'the schema was renamed; pin its functions to the new name');
    end if;

    select
        array_agg(claim_id), array_agg(change.paid), array_agg(change.contractual), array_agg(change.responsibility),
        array_agg(change.other_payer), array_agg(change.written_off), array_agg(change.rebilled),
        array_agg(change.patient_paid), array_agg(change.patient_written_off), array_agg(change.settled),
        array_agg(change.answers), array_agg(change.earliest), array_agg(change.untied), min(change.first_day), max(change.last_day)
    into
        claim_ids, paid, contractual, responsibility, other_payer, claim_written_off, claim_rebilled, patient_paid,
        patient_written_off, settled, answer_counts, earliest, untied, first_day, last_day
    from (
        select
            claim_id,
            coalesce(sum(amount) filter (where kind = 'payment'), 0) as paid,
            coalesce(sum(amount) filter (where kind = 'contractual_adjustment'), 0) as contractual,
            coalesce(sum(amount) filter (where kind = 'patient_responsibility'), 0) as responsibility,
            coalesce(sum(amount) filter (where kind = 'other_payer'), 0) as other_payer,
            coalesce(sum(amount) filter (where kind = 'write_off'), 0) as written_off,
            coalesce(sum(amount) filter (where kind = 'rebilled'), 0) as rebilled,
            coalesce(sum(amount) filter (where kind = 'patient_payment'), 0) as patient_paid,
            coalesce(sum(amount) filter (where kind = 'patient_write_off'), 0) as patient_written_off,
            coalesce(sum(amount) filter (where denial_id is not null), 0) as settled,
            cast(coalesce(sum(case when reverses_id is null then 1 else -1 end) filter (where kind in (
                'payment', 'contractual_adjustment', 'patient_responsibility', 'other_payer', 'denial_withdrawn'
            )), 0) as integer) as answers,
            min(posted_on) filter (where kind <> 'patient_payment') as earliest,
            bool_or(reverses_id is null and takes_back_id is null) as untied,
            min(posted_on) as first_day,
            max(posted_on) as last_day
        from new_postings
        group by claim_id
        order by claim_id
    ) as change;

    if claim_ids is null then
        return null;
    end if;

    if current_setting('transaction_isolation') = 'read committed' then
        select closed_through into last_closed from period_closings where is_last;
    else
        select closed_through into last_closed from period_closings where is_last for share;
    end if;
    if first_day <= last_closed then
        perform refuse('postings_period_is_open', 'postings', 'the day is closed; post on the first open day');
    end if;
    if last_day > current_date + 1 then
        perform refuse('postings_not_in_the_future', 'postings', 'the day is after tomorrow');
    end if;

    select
        array_agg(denial_id), array_agg(change.recovered), array_agg(change.written_off), array_agg(change.transferred),
        array_agg(change.adjusted), array_agg(change.rebilled), array_agg(change.withdrawn), array_agg(change.day)
    into denial_ids, recovered, written_off, transferred, adjusted, rebilled, withdrawn, denial_day
    from (
        select
            denial_id,
            coalesce(sum(amount) filter (where kind = 'payment'), 0) as recovered,
            coalesce(sum(amount) filter (where kind = 'write_off'), 0) as written_off,
            coalesce(sum(amount) filter (where kind = 'patient_responsibility'), 0) as transferred,
            coalesce(sum(amount) filter (where kind in ('contractual_adjustment', 'other_payer')), 0) as adjusted,
            coalesce(sum(amount) filter (where kind = 'rebilled'), 0) as rebilled,
            coalesce(sum(amount) filter (where kind = 'denial_withdrawn'), 0) as withdrawn,
            max(posted_on) as day
        from new_postings
        where denial_id is not null
        group by denial_id
        order by denial_id
    ) as change;

    if denial_ids is not null then
        select array_agg(appeal_id), array_agg(change.paid)
        into appeal_ids, appeal_paid
        from (
            select appeal_id, sum(amount) as paid
            from new_postings
            where appeal_id is not null
            group by appeal_id
        ) as change;
        if appeal_ids is not null then
            perform 1 from appeals where id = any (appeal_ids) order by id for no key update;
        end if;

        for held in select id, open_amount from denials where id = any (denial_ids) order by id for no key update
        loop
            position := position + 1;
            settling := recovered[position] + written_off[position] + transferred[position] + adjusted[position]
                + rebilled[position] + withdrawn[position];
            if recovered[position] > 0 and settling > held.open_amount then
                perform take_back_for_payment(
                    held.id, least(settling - held.open_amount, recovered[position]), denial_day[position]
                );
            end if;
        end loop;

        update denials
        set
            recovered_amount = denials.recovered_amount + change.recovered,
            written_off_amount = denials.written_off_amount + change.written_off,
            transferred_amount = denials.transferred_amount + change.transferred,
            adjusted_amount = denials.adjusted_amount + change.adjusted,
            rebilled_amount = denials.rebilled_amount + change.rebilled,
            withdrawn_amount = denials.withdrawn_amount + change.withdrawn
        from unnest(denial_ids, recovered, written_off, transferred, adjusted, rebilled, withdrawn)
            as change (id, recovered, written_off, transferred, adjusted, rebilled, withdrawn)
        where denials.id = change.id;
    end if;

    position := 0;
    for held in
        select voided_on, service_from from claims where id = any (claim_ids) order by id for no key update
    loop
        position := position + 1;
        if held.voided_on is not null and untied[position] then
            perform refuse('claims_voided_takes_nothing', 'claims', 'the claim is voided; only what takes earlier postings back counts');
        end if;
        if earliest[position] < held.service_from then
            perform refuse('postings_not_before_service', 'postings', 'the day is before the service');
        end if;
    end loop;

    update claims
    set
        paid_amount = claims.paid_amount + change.paid,
        contractual_amount = claims.contractual_amount + change.contractual,
        patient_responsibility_amount = claims.patient_responsibility_amount + change.responsibility,
        other_payer_amount = claims.other_payer_amount + change.other_payer,
        written_off_amount = claims.written_off_amount + change.written_off,
        rebilled_amount = claims.rebilled_amount + change.rebilled,
        patient_paid_amount = claims.patient_paid_amount + change.patient_paid,
        patient_written_off_amount = claims.patient_written_off_amount + change.patient_written_off,
        open_denied_amount = claims.open_denied_amount - change.settled,
        answers = claims.answers + change.answers
    from unnest(
        claim_ids, paid, contractual, responsibility, other_payer, claim_written_off, claim_rebilled, patient_paid,
        patient_written_off, settled, answer_counts
    ) as change (
        id, paid, contractual, responsibility, other_payer, written_off, rebilled, patient_paid, patient_written_off,
        settled, answers
    )
    where claims.id = change.id;

    -- Only what opens again can be too much.
    if 0 > any (settled) then
        perform check_denied_lines(claim_ids);
    end if;

    if appeal_ids is not null then
        update appeals
        set paid_amount = appeals.paid_amount + change.paid
        from unnest(appeal_ids, appeal_paid) as change (id, paid)
        where appeals.id = change.id;
    end if;

    if denial_ids is not null then
        perform settle_work_items(denial_ids);
    end if;

    return null;
end
$$;

comment on function keep_totals() is
    'Trigger: adds new postings to the totals of their claims, denials and appeals, and refuses closed days, days before the service and voided claims.';

select pin_search_path('remaining_amount(uuid)');
select pin_search_path('take_back_for_payment(uuid, numeric, date)');
select pin_search_path('check_denied_lines(uuid[])');
select pin_search_path('keep_totals()');

revoke execute on function take_back_for_payment(uuid, numeric, date) from public;
revoke execute on function check_denied_lines(uuid[]) from public;
revoke execute on function keep_totals() from public;

create trigger keep_totals
    after insert on postings
    referencing new table as new_postings
    for each statement
    execute function keep_totals();

comment on trigger keep_totals on postings is 'Keeps the totals of claims, denials and appeals. Fires before match_sources.';

-- Only inside a trigger, where the ledger's own run with the rights of the owner: clients have no right to these columns.
create trigger claims_totals_start_at_zero
    before insert on claims
    for each row
    when ((
        new.paid_amount, new.contractual_amount, new.patient_responsibility_amount, new.other_payer_amount,
        new.written_off_amount, new.rebilled_amount, new.patient_paid_amount, new.patient_written_off_amount,
        new.open_denied_amount, new.answers, new.filed_appeals
    ) <> (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
    execute function refuse_change('claims_totals_start_at_zero', 'the totals follow the postings; leave them out');

comment on trigger claims_totals_start_at_zero on claims is 'A new claim has no postings.';

create trigger claims_totals_follow_postings
    before update on claims
    for each row
    when (
        pg_trigger_depth() = 0
        and (
            new.paid_amount, new.contractual_amount, new.patient_responsibility_amount, new.other_payer_amount,
            new.written_off_amount, new.rebilled_amount, new.patient_paid_amount, new.patient_written_off_amount,
            new.open_denied_amount, new.answers, new.filed_appeals
        ) is distinct from (
            old.paid_amount, old.contractual_amount, old.patient_responsibility_amount, old.other_payer_amount,
            old.written_off_amount, old.rebilled_amount, old.patient_paid_amount, old.patient_written_off_amount,
            old.open_denied_amount, old.answers, old.filed_appeals
        )
    )
    execute function refuse_change('claims_totals_follow_postings', 'the totals follow the postings; post instead');

comment on trigger claims_totals_follow_postings on claims is 'Nobody else writes the totals of a claim.';

create trigger denials_totals_start_at_zero
    before insert on denials
    for each row
    when (
        (
            new.recovered_amount, new.written_off_amount, new.transferred_amount, new.adjusted_amount,
            new.rebilled_amount, new.withdrawn_amount, new.granted_amount
        ) <> (0, 0, 0, 0, 0, 0, 0)
        or new.open_action is not null
    )
    execute function refuse_change('denials_totals_start_at_zero', 'the totals follow the postings; leave them out');

comment on trigger denials_totals_start_at_zero on denials is 'A new denial has no postings.';

create trigger denials_totals_follow_postings
    before update on denials
    for each row
    when (
        pg_trigger_depth() = 0
        and (
            new.recovered_amount, new.written_off_amount, new.transferred_amount, new.adjusted_amount,
            new.rebilled_amount, new.withdrawn_amount, new.granted_amount, new.open_action
        ) is distinct from (
            old.recovered_amount, old.written_off_amount, old.transferred_amount, old.adjusted_amount,
            old.rebilled_amount, old.withdrawn_amount, old.granted_amount, old.open_action
        )
    )
    execute function refuse_change('denials_totals_follow_postings', 'the totals follow the postings, and open_action follows the appeals and rebills');

comment on trigger denials_totals_follow_postings on denials is 'Nobody else writes the totals of a denial.';

create trigger appeals_payments_start_at_zero
    before insert on appeals
    for each row
    when (new.paid_amount <> 0)
    execute function refuse_change('appeals_payments_start_at_zero', 'payments are posted; leave them out');

comment on trigger appeals_payments_start_at_zero on appeals is 'A new appeal has no payments.';

create trigger appeals_payments_follow_postings
    before update on appeals
    for each row
    when (pg_trigger_depth() = 0 and new.paid_amount is distinct from old.paid_amount)
    execute function refuse_change('appeals_payments_follow_postings', 'payments are posted; name the appeal there');

comment on trigger appeals_payments_follow_postings on appeals is 'Nobody else writes what was paid for an appeal.';

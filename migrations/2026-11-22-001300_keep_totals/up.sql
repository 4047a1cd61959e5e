-- The totals of a claim and of a denial are the sums of their postings. One statement trigger adds them up: it
-- locks appeals, denials and claims, each in the order of their ids, so that two batches can't wait for each other, and the
-- CHECKs of the rows refuse what is too much, at every isolation level. One row at a time: Citus can't join a transition
-- table with a table, and a plan with nothing but the key is the fastest for the single posting.

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

create function last_closed_day() returns date
    language plpgsql
as $$
declare
    day date;
begin
    if current_setting('transaction_isolation') = 'read committed' then
        select closed_through into day from period_closings where is_last;
    else
        select closed_through into day from period_closings where is_last for share;
    end if;
    return day;
end
$$;

comment on function last_closed_day() is
    'The last day whose books are closed; above READ COMMITTED it locks the closing, so that one that was added meanwhile is noticed.';

-- Called by keep_totals alone, with its search_path and its way of planning.
create function post_one(posted_claim uuid, posted_denial uuid, posted_kind text, posted numeric, posted_day date) returns boolean
    language plpgsql
as $$
declare
    held record;
begin
    if posted_denial is not null then
        update denials
        set
            recovered_amount = recovered_amount + case posted_kind when 'payment' then posted else 0 end,
            transferred_amount = transferred_amount + case posted_kind when 'patient_responsibility' then posted else 0 end,
            adjusted_amount = adjusted_amount
                + case when posted_kind in ('contractual_adjustment', 'other_payer') then posted else 0 end,
            withdrawn_amount = withdrawn_amount + case posted_kind when 'denial_withdrawn' then posted else 0 end,
            updated_at = now()
        where id = posted_denial and open_amount >= posted and granted_amount = 0
        returning open_amount, open_action into held;

        if not found then
            return false;
        end if;
        if held.open_amount = 0 then
            delete from denial_work_items where denial_id = posted_denial;
        elsif held.open_action is null then
            -- Mostly triage says the same, and only the amount of the work changes.
            update denial_work_items
            set open_amount = held.open_amount
            where denial_id = posted_denial
                and amount_from <= held.open_amount and (amount_below is null or amount_below > held.open_amount);
            if not found then
                perform keep_work_items(array[posted_denial]);
            end if;
        end if;
    end if;

    update claims
    set
        paid_amount = paid_amount + case posted_kind when 'payment' then posted else 0 end,
        contractual_amount = contractual_amount + case posted_kind when 'contractual_adjustment' then posted else 0 end,
        patient_responsibility_amount = patient_responsibility_amount
            + case posted_kind when 'patient_responsibility' then posted else 0 end,
        other_payer_amount = other_payer_amount + case posted_kind when 'other_payer' then posted else 0 end,
        patient_paid_amount = patient_paid_amount + case posted_kind when 'patient_payment' then posted else 0 end,
        patient_written_off_amount = patient_written_off_amount
            + case posted_kind when 'patient_write_off' then posted else 0 end,
        open_denied_amount = open_denied_amount - case when posted_denial is null then 0 else posted end,
        answers = answers + case when posted_kind in ('patient_payment', 'patient_write_off') then 0 else 1 end,
        updated_at = now()
    where id = posted_claim
    returning voided_on, service_from into held;

    if held.voided_on is not null then
        perform refuse('claims_voided_takes_nothing', 'claims', 'the claim is voided; only what takes earlier postings back counts');
    end if;
    if posted_day < held.service_from and posted_kind <> 'patient_payment' then
        perform refuse('postings_not_before_service', 'postings', 'the day is before the service');
    end if;
    return true;
end
$$;

comment on function post_one(uuid, uuid, text, numeric, date) is
    'Adds one posting to the totals of its claim and denial, where the denial has that much open; else says false.';

create function keep_totals() returns trigger
    language plpgsql
    security definer
    set plan_cache_mode = force_generic_plan
as $$
declare
    batch record;
    posting record;
    change record;
    held record;
    last_closed date;
    number integer := 0;
    retriaged_ids uuid[];
    reopened_ids uuid[];
begin
    -- The search_path is pinned; in a schema that was renamed it would lead elsewhere, and nothing would be counted.
    if tg_table_schema <> all (current_schemas(false)) then
        perform refuse('schema_is_pinned', 'postings', 'the schema was renamed; pin its functions to the new name');
    end if;

    if current_setting('transaction_isolation') = 'read committed' then
        select closed_through into last_closed from period_closings where is_last;
    else
        last_closed := last_closed_day();
    end if;

    for posting in select * from new_postings
    loop
        number := number + 1;
        if posting.recorded_login <> session_user
            or posting.recorded_role <> coalesce(nullif(current_setting('role'), 'none'), session_user)
        then
            perform refuse('postings_recorded_by_database', 'postings', 'the database says who recorded it; leave it out');
        end if;
        if posting.posted_on <= last_closed then
            perform refuse('postings_period_is_open', 'postings', 'the day is closed; post on the first open day');
        end if;
        if posting.posted_on > current_date + 1 then
            perform refuse('postings_not_in_the_future', 'postings', 'the day is after tomorrow');
        end if;
    end loop;

    if number = 0 then
        return null;
    end if;

    -- What is posted all day: one row that adds to what is open enough. The same as below, without sums and sorting.
    if number = 1 and posting.amount > 0 and posting.appeal_id is null and posting.reverses_id is null
        and posting.takes_back_id is null and posting.write_off_id is null and posting.moved_to_claim_id is null
        and post_one(posting.claim_id, posting.denial_id, posting.kind, posting.amount, posting.posted_on)
    then
        return null;
    end if;

    select
        bool_or(denial_id is not null) as on_denials,
        bool_or(appeal_id is not null) as on_appeals,
        bool_or(
            reverses_id is not null or takes_back_id is not null or write_off_id is not null
            or moved_to_claim_id is not null
        ) as sourced
    into batch
    from new_postings;

    if batch.on_appeals then
        perform 1
        from appeals
        where id = any (array(select appeal_id from new_postings where appeal_id is not null))
        order by id
        for no key update;
    end if;

    if batch.on_denials then
        for change in
            select
                denial_id as id,
                sum(amount) as settled,
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
        loop
            update denials
            set
                recovered_amount = recovered_amount + change.recovered,
                written_off_amount = written_off_amount + change.written_off,
                transferred_amount = transferred_amount + change.transferred,
                adjusted_amount = adjusted_amount + change.adjusted,
                rebilled_amount = rebilled_amount + change.rebilled,
                withdrawn_amount = withdrawn_amount + change.withdrawn,
                updated_at = now()
            where id = change.id and (change.recovered <= 0 or open_amount >= change.settled)
            returning open_amount, granted_amount, open_action into held;

            if not found then
                select open_amount into held from denials where id = change.id for no key update;
                perform take_back_for_payment(
                    change.id, least(change.settled - held.open_amount, change.recovered), change.day
                );
                update denials
                set
                    recovered_amount = recovered_amount + change.recovered,
                    written_off_amount = written_off_amount + change.written_off,
                    transferred_amount = transferred_amount + change.transferred,
                    adjusted_amount = adjusted_amount + change.adjusted,
                    rebilled_amount = rebilled_amount + change.rebilled,
                    withdrawn_amount = withdrawn_amount + change.withdrawn,
                    updated_at = now()
                where id = change.id
                returning open_amount, granted_amount, open_action into held;
            end if;

            if change.settled < 0 then
                reopened_ids := reopened_ids || cast(change.id as uuid);
            end if;

            -- Mostly triage says the same, and only the amount of the work changes.
            if held.open_amount > 0 and held.granted_amount = 0 and held.open_action is null then
                update denial_work_items
                set open_amount = held.open_amount
                where denial_id = change.id and action <> 'follow_up'
                    and amount_from <= held.open_amount and (amount_below is null or amount_below > held.open_amount);
                continue when found;
            end if;
            retriaged_ids := retriaged_ids || cast(change.id as uuid);
        end loop;
    end if;

    for change in
        select
            claim_id as id,
            coalesce(sum(amount) filter (where kind = 'payment'), 0) as paid,
            coalesce(sum(amount) filter (where kind = 'contractual_adjustment'), 0) as contractual,
            coalesce(sum(amount) filter (where kind = 'patient_responsibility'), 0) as responsibility,
            coalesce(sum(amount) filter (where kind = 'other_payer'), 0) as other_payer,
            coalesce(sum(amount) filter (where kind = 'write_off'), 0) as written_off,
            coalesce(sum(amount) filter (where kind = 'rebilled'), 0) as rebilled,
            coalesce(sum(amount) filter (where kind = 'patient_payment'), 0) as patient_paid,
            coalesce(sum(amount) filter (where kind = 'patient_write_off'), 0) as patient_written_off,
            coalesce(sum(amount) filter (where denial_id is not null), 0) as settled,
            coalesce(sum(case when reverses_id is null then 1 else -1 end) filter (where kind in (
                'payment', 'contractual_adjustment', 'patient_responsibility', 'other_payer', 'denial_withdrawn'
            )), 0) as answers,
            bool_or(reverses_id is null and takes_back_id is null) as untied,
            min(posted_on) filter (where kind <> 'patient_payment') as earliest
        from new_postings
        group by claim_id
        order by claim_id
    loop
        update claims
        set
            paid_amount = paid_amount + change.paid,
            contractual_amount = contractual_amount + change.contractual,
            patient_responsibility_amount = patient_responsibility_amount + change.responsibility,
            other_payer_amount = other_payer_amount + change.other_payer,
            written_off_amount = written_off_amount + change.written_off,
            rebilled_amount = rebilled_amount + change.rebilled,
            patient_paid_amount = patient_paid_amount + change.patient_paid,
            patient_written_off_amount = patient_written_off_amount + change.patient_written_off,
            open_denied_amount = open_denied_amount - change.settled,
            answers = answers + change.answers,
            updated_at = now()
        where id = change.id
        returning voided_on, service_from into held;
        if held.voided_on is not null and change.untied then
            perform refuse('claims_voided_takes_nothing', 'claims', 'the claim is voided; only what takes earlier postings back counts');
        end if;
        if change.earliest < held.service_from then
            perform refuse('postings_not_before_service', 'postings', 'the day is before the service');
        end if;
    end loop;

    if batch.on_appeals then
        for change in
            select appeal_id as id, sum(amount) as paid
            from new_postings
            where appeal_id is not null
            group by appeal_id
            order by appeal_id
        loop
            update appeals set paid_amount = paid_amount + change.paid where id = change.id;
        end loop;
    end if;
    if retriaged_ids is not null then
        perform keep_work_items(retriaged_ids);
    end if;
    if reopened_ids is not null then
        perform check_denied_lines(array(select claim_id from denials where id = any (reopened_ids)));
    end if;
    if batch.sourced then
        perform match_sources(array(select id from new_postings));
    end if;

    return null;
end
$$;

comment on function keep_totals() is
    'Trigger: adds new postings to the totals of their claims, denials and appeals, and refuses closed days, days before the service and voided claims.';

select pin_search_path('remaining_amount(uuid)');
select pin_search_path('take_back_for_payment(uuid, numeric, date)');
select pin_search_path('check_denied_lines(uuid[])');
select pin_search_path('last_closed_day()');
select pin_search_path('keep_totals()');

revoke execute on function take_back_for_payment(uuid, numeric, date) from public;
revoke execute on function check_denied_lines(uuid[]) from public;
revoke execute on function last_closed_day() from public;
revoke execute on function post_one(uuid, uuid, text, numeric, date) from public;
revoke execute on function keep_totals() from public;

create trigger keep_totals
    after insert on postings
    referencing new table as new_postings
    for each statement
    execute function keep_totals();

comment on trigger keep_totals on postings is 'Keeps the totals of claims, denials and appeals.';

-- Only inside a trigger, where the ledger's own run with the rights of the owner: clients have no right to these columns.
-- The guards of claims and denials name the columns that they watch, so that a posting, which writes others, doesn't pay
-- for their conditions.
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
    after update of paid_amount, contractual_amount, patient_responsibility_amount, other_payer_amount,
        written_off_amount, rebilled_amount, patient_paid_amount, patient_written_off_amount, open_denied_amount, answers,
        filed_appeals
    on claims
    for each row
    when (pg_trigger_depth() = 0)
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
    after update of recovered_amount, written_off_amount, transferred_amount, adjusted_amount, rebilled_amount,
        withdrawn_amount, granted_amount, open_action
    on denials
    for each row
    when (pg_trigger_depth() = 0)
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

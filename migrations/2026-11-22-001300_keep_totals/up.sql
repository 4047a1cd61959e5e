-- The totals of a claim and of a denial are the sums of their postings. One statement trigger adds them up: it
-- locks appeals, denials and claims, each in the order of their ids, so that two batches can't wait for each other, and the
-- CHECKs of the rows refuse what is too much, at every isolation level. The new rows are read into an array first,
-- because Citus can't join a transition table with a table. Generic plans go by key for one row and for thousands; plans
-- for each call would cost more than they save.

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

-- A payer that pays for what was written off, moved to the patient or rebilled, or answers it on a remittance in another way,
-- has changed its mind; nobody shall have to undo that by hand before the answer can be posted.
create function take_back_for_payment(denial uuid, needed numeric, day date) returns void
    language plpgsql
    -- Citus has no generic plan for an INSERT of a SELECT, and post_many is planned so.
    set plan_cache_mode = auto
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
                postings.*,
                -- A payer may have taken the patient's part back without saying of which row.
                least(
                    remaining_amount(postings.id),
                    case postings.kind when 'patient_responsibility' then denials.transferred_amount end
                ) as remaining,
                array_position(array['write_off', 'patient_responsibility', 'rebilled'], cast(postings.kind as text)) as preference
            from postings
            join denials on denials.id = postings.denial_id
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

-- Of the claim of a later payer the database has posted what the payer before should have taken; what that payer did, or
-- an answer that the rest doesn't leave room for, takes its place. Whoever calls holds the lock of the claim.
create function take_back_expected(claim uuid, day date) returns void
    language plpgsql
    set plan_cache_mode = auto
as $$
begin
    insert into postings (claim_id, kind, amount, posted_on, posted_by, takes_back_id)
    select claim_id, kind, -remaining, day, 'database', id
    from (
        select *, remaining_amount(id) as remaining
        from postings
        where claim_id = claim and kind = 'other_payer' and amount > 0 and posted_by = 'database'
            and moved_to_claim_id is null and takes_back_id is null
    ) as expected
    where remaining > 0;
end
$$;

comment on function take_back_expected(uuid, date) is
    'Takes back what was expected of the payer before, on the claim of a later payer.';

-- Under the claim's lock: of two sessions that deny a line, or open a denial of it again, one sees the other.
create function check_denied_lines(claim_ids uuid[]) returns void
    language plpgsql
as $$
begin
    if exists (
        select
        from (
            select denials.claim_id, denials.line_number, sum(denials.open_amount) as open_amount
            from unnest(claim_ids) as changed (id)
            join denials on denials.claim_id = changed.id
            where denials.line_number is not null
            group by denials.claim_id, denials.line_number
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

-- What a person says by hand settles a denial as a write-off does, so from some amount on somebody else approves it. Asked
-- once the denials are locked, of all such rows together: many small ones are one large one, and what takes another row back
-- counts for the denial that it names itself. What takes a row off says what the row said: it counts where a person said
-- that, whoever posts it, so that room which somebody approved, or a payer gave, is nobody's to fill by hand.
create function check_approval(denial_ids uuid[]) returns void
    language plpgsql
as $$
declare
    -- The zone of a session is its client's to set.
    today date := cast(now() at time zone 'UTC' as date);
begin
    if exists (
        select
        from (
            select denial_id, sum(greatest(amount, 0)) as amount
            from (
                select posted.denial_id, posted.kind, sum(posted.amount) as amount
                from postings as posted
                left join postings as mistake on mistake.id = posted.reverses_id
                join postings as said on said.id = coalesce(
                    case
                        when coalesce(mistake.amount, posted.amount) < 0
                            then coalesce(mistake.takes_back_id, posted.takes_back_id)
                    end,
                    mistake.id,
                    posted.id
                )
                where posted.denial_id = any (denial_ids)
                    and posted.kind in ('contractual_adjustment', 'other_payer', 'patient_responsibility')
                    and said.posted_by <> 'database' and said.remittance_claim_id is null and said.write_off_id is null
                group by posted.denial_id, posted.kind
            ) as of_kind
            group by denial_id
        ) as by_hand
        join denials on denials.id = by_hand.denial_id
        join payers on payers.id = denials.payer_id
        cross join lateral (
            select min_amount
            from org_policies
            where active and policy_type = 'approval_threshold'
                and (payer_id is null or payer_id = payers.id)
                and (payer_types is null or cast(payers.payer_type as text) = any (payer_types))
                and (denial_category is null or denial_category = category_of(denials.denial_code))
                and (denial_code is null or denial_code = denials.denial_code)
                and (except_group is null or except_group <> split_part(denials.denial_code, '-', 1))
                and (valid_from is null or valid_from <= today)
                and (valid_to is null or valid_to >= today)
            order by priority_rank, payer_id is null, denial_code is null, denial_category is null, name collate "C"
            limit 1
        ) as threshold
        where by_hand.amount >= threshold.min_amount
    ) then
        perform refuse('postings_need_approval', 'postings', 'request it as a write-off of this kind, which somebody else approves');
    end if;
end
$$;

comment on function check_approval(uuid[]) is
    'Refuses what was posted by hand to settle denials where it comes to what the first approval_threshold that fits says.';

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

-- Called by keep_totals alone, with its search_path and its way of planning. No simple CASE stands in an UPDATE: Citus sends
-- WHEN as true or false.
create function post_one(posted_claim uuid, posted_denial uuid, posted_kind text, posted numeric, posted_day date) returns boolean
    language plpgsql
as $$
declare
    held record;
    -- What the payer owes less for it.
    settled numeric := case when posted_kind in ('patient_payment', 'patient_write_off', 'denial_withdrawn') then 0 else posted end;
    denied numeric := case when posted_denial is null then 0 else posted end;
    expected boolean := true;
begin
    if posted_denial is not null then
        update denials
        set
            recovered_amount = recovered_amount + case when posted_kind = 'payment' then posted else 0 end,
            transferred_amount = transferred_amount + case when posted_kind = 'patient_responsibility' then posted else 0 end,
            adjusted_amount = adjusted_amount
                + case when posted_kind in ('contractual_adjustment', 'other_payer') then posted else 0 end,
            withdrawn_amount = withdrawn_amount + case when posted_kind = 'denial_withdrawn' then posted else 0 end,
            updated_at = now()
        where id = posted_denial and claim_id = posted_claim and open_amount >= posted and granted_amount = 0
        returning open_amount, open_action, taken_back_in_id into held;

        if not found then
            return false;
        end if;
        if held.open_amount = 0 then
            delete from denial_work_items where denial_id = posted_denial;
        elsif held.open_action is null and held.taken_back_in_id is null then
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

    loop
        update claims
        set
            paid_amount = paid_amount + case when posted_kind = 'payment' then posted else 0 end,
            contractual_amount = contractual_amount + case when posted_kind = 'contractual_adjustment' then posted else 0 end,
            patient_responsibility_amount = patient_responsibility_amount
                + case when posted_kind = 'patient_responsibility' then posted else 0 end,
            other_payer_amount = other_payer_amount + case when posted_kind = 'other_payer' then posted else 0 end,
            patient_paid_amount = patient_paid_amount + case when posted_kind = 'patient_payment' then posted else 0 end,
            patient_written_off_amount = patient_written_off_amount
                + case when posted_kind = 'patient_write_off' then posted else 0 end,
            open_denied_amount = open_denied_amount - denied,
            answers = answers + case when posted_kind in ('patient_payment', 'patient_write_off') then 0 else 1 end,
            updated_at = now()
        where id = posted_claim
            and (
                not expected or other_payer_amount <= 0
                or payer_balance_amount - settled >= open_denied_amount - denied
            )
        returning voided_on, service_from into held;
        exit when found;
        if not expected then
            return false;
        end if;
        perform take_back_expected(posted_claim, posted_day);
        expected := false;
    end loop;

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

-- Called by keep_totals alone, as post_one.
create function post_many(posted postings[]) returns void
    language plpgsql
as $$
declare
    -- Of appeals, denials and claims in the order of their ids, in which they are locked.
    appeal record;
    denial record;
    claim record;
    held record;
    position integer := 0;
    locked bigint;
    -- Reversals of what the database posted, which was no answer.
    undone_ids uuid[];
    sourced_ids uuid[];
    overpaid_ids uuid[] := array[]::uuid[];
    overpaid numeric[] := array[]::numeric[];
begin
    select array_agg(id) as ids, array_agg(paid) as paid
    into appeal
    from (
        select appeal_id as id, sum(amount) as paid
        from unnest(posted)
        where appeal_id is not null
        group by appeal_id
        order by appeal_id
    ) as change;
    if appeal.ids is not null then
        perform 1 from appeals where id = any (appeal.ids) order by id for no key update;
    end if;

    select
        array_agg(id) as ids,
        array_agg(claim_id) as claim_ids,
        array_agg(settled) as settled,
        array_agg(recovered) as recovered,
        array_agg(written_off) as written_off,
        array_agg(transferred) as transferred,
        array_agg(adjusted) as adjusted,
        array_agg(rebilled) as rebilled,
        array_agg(withdrawn) as withdrawn,
        array_agg(taken_back) as taken_back,
        array_agg(answered) as answered,
        array_agg(day) as days
    into denial
    from (
        select
            denial_id as id,
            claim_id,
            sum(amount) as settled,
            coalesce(sum(amount) filter (where kind = 'payment'), 0) as recovered,
            coalesce(sum(amount) filter (where kind = 'write_off'), 0) as written_off,
            coalesce(sum(amount) filter (where kind = 'patient_responsibility'), 0) as transferred,
            coalesce(sum(amount) filter (where kind in ('contractual_adjustment', 'other_payer')), 0) as adjusted,
            coalesce(sum(amount) filter (where kind = 'rebilled'), 0) as rebilled,
            coalesce(sum(amount) filter (where kind = 'denial_withdrawn'), 0) as withdrawn,
            bool_or(amount < 0) and bool_and(reverses_id is null) as taken_back,
            bool_or(remittance_claim_id is not null) as answered,
            max(posted_on) as day
        from unnest(posted)
        where denial_id is not null
        group by denial_id, claim_id
        order by denial_id
    ) as change;

    if exists (select from unnest(posted) where reverses_id is not null) then
        select array_agg(id)
        into undone_ids
        from postings
        where id = any (array(select reverses_id from unnest(posted))) and posted_by = 'database';

        -- As rebills and replacements do: written before the denials are locked, so that of a reversal and of whoever voids
        -- the new claim one sees the other, at every isolation level.
        update claims
        set updated_at = now()
        where id in (
            select moved_to_claim_id
            from unnest(posted)
            where moved_to_claim_id is not null and amount > 0 and reverses_id is not null
        );
    end if;

    select
        array_agg(id) as ids,
        array_agg(paid) as paid,
        array_agg(contractual) as contractual,
        array_agg(responsibility) as responsibility,
        array_agg(other_payer) as other_payer,
        array_agg(written_off) as written_off,
        array_agg(rebilled) as rebilled,
        array_agg(patient_paid) as patient_paid,
        array_agg(patient_written_off) as patient_written_off,
        array_agg(settled) as settled,
        array_agg(answers) as answers,
        array_agg(taken) as taken,
        array_agg(told) as told,
        array_agg(day) as days,
        array_agg(untied) as untied,
        array_agg(earliest) as earliest
    into claim
    from (
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
            cast(coalesce(sum(case when reverses_id is null then 1 else -1 end) filter (where kind in (
                'payment', 'contractual_adjustment', 'patient_responsibility', 'other_payer', 'denial_withdrawn'
            ) and posted_by <> 'database' and reverses_id = any (undone_ids) is not true), 0) as integer) as answers,
            coalesce(sum(amount) filter (where kind not in ('patient_payment', 'patient_write_off', 'denial_withdrawn')), 0) as taken,
            bool_or(kind = 'other_payer' and posted_by <> 'database') as told,
            max(posted_on) as day,
            bool_or(reverses_id is null and takes_back_id is null) as untied,
            min(posted_on) filter (where kind <> 'patient_payment') as earliest
        from unnest(posted)
        group by claim_id
        order by claim_id
    ) as change;

    perform 1
    from unnest(denial.ids, denial.claim_ids) as posted_to (id, claim_id)
    join denials on denials.id = posted_to.id and denials.claim_id = posted_to.claim_id
    order by denials.id
    for no key update of denials;
    get diagnostics locked = row_count;

    for held in
        select id, voided_on, service_from, payer_balance_amount, open_denied_amount, other_payer_amount
        from claims
        where id = any (claim.ids)
        order by id
        for no key update
    loop
        position := position + 1;
        if held.voided_on is not null and claim.untied[position] then
            perform refuse('claims_voided_takes_nothing', 'claims', 'the claim is voided; only what takes earlier postings back counts');
        end if;
        if claim.earliest[position] < held.service_from then
            perform refuse('postings_not_before_service', 'postings', 'the day is before the service');
        end if;
        if held.other_payer_amount > 0 and (
            claim.told[position]
            or held.payer_balance_amount - claim.taken[position] < held.open_denied_amount - claim.settled[position]
        ) then
            perform take_back_expected(held.id, claim.days[position]);
        end if;
    end loop;
    if locked < cardinality(denial.ids) or position < cardinality(claim.ids) then
        -- Says which of them there isn't.
        set constraints postings_claim_id_exists, postings_denial_of_claim immediate;
    end if;

    if denial.ids is not null then
        position := 0;
        for held in
            select
                denials.id, denials.open_amount, denials.recovered_amount, denials.transferred_amount,
                denials.adjusted_amount, claims.id as claim_id, claims.payer_balance_amount
            from denials
            join claims on claims.id = denials.claim_id
            where denials.id = any (denial.ids)
            order by denials.id
        loop
            position := position + 1;
            if denial.taken_back[position] and least(
                held.recovered_amount + denial.recovered[position],
                held.transferred_amount + denial.transferred[position],
                held.adjusted_amount + denial.adjusted[position]
            ) < 0 then
                -- Else prepare_posting had seen it.
                raise serialization_failure using message = 'somebody took back from the same denial; run the transaction again';
            end if;
            if (denial.recovered[position] > 0 or denial.answered[position])
                and denial.settled[position] > held.open_amount then
                -- What is taken back is open until the payment below; on an overpaid claim only beside a loan.
                if held.payer_balance_amount < 0 then
                    update claims set paid_amount = paid_amount + held.payer_balance_amount where id = held.claim_id;
                    overpaid_ids := overpaid_ids || held.claim_id;
                    overpaid := overpaid || held.payer_balance_amount;
                end if;
                perform take_back_for_payment(
                    held.id, denial.settled[position] - held.open_amount, denial.days[position]
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
            withdrawn_amount = denials.withdrawn_amount + change.withdrawn,
            updated_at = now()
        from unnest(
            denial.ids, denial.recovered, denial.written_off, denial.transferred, denial.adjusted, denial.rebilled,
            denial.withdrawn
        ) as change (id, recovered, written_off, transferred, adjusted, rebilled, withdrawn)
        where denials.id = change.id;
    end if;

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
        answers = claims.answers + change.answers,
        updated_at = now()
    from unnest(
        claim.ids, claim.paid, claim.contractual, claim.responsibility, claim.other_payer, claim.written_off,
        claim.rebilled, claim.patient_paid, claim.patient_written_off, claim.settled, claim.answers
    ) as change (
        id, paid, contractual, responsibility, other_payer, written_off, rebilled, patient_paid, patient_written_off,
        settled, answers
    )
    where claims.id = change.id;

    if cardinality(overpaid_ids) > 0 then
        update claims
        set paid_amount = claims.paid_amount - loan.amount
        from (
            select unnested.id, sum(unnested.amount) as amount
            from unnest(overpaid_ids, overpaid) as unnested (id, amount)
            group by unnested.id
        ) as loan
        where claims.id = loan.id;
    end if;

    if appeal.ids is not null then
        update appeals
        set paid_amount = appeals.paid_amount + change.paid
        from unnest(appeal.ids, appeal.paid) as change (id, paid)
        where appeals.id = change.id;
    end if;
    if denial.ids is not null then
        perform settle_work_items(denial.ids);
        -- Only what opens again can be too much for its line.
        if 0 > any (denial.settled) then
            perform check_denied_lines(claim.ids);
        end if;
    end if;
    sourced_ids := array(
        select id
        from unnest(posted)
        where coalesce(reverses_id, takes_back_id, write_off_id, moved_to_claim_id, remittance_claim_id) is not null
    );
    if cardinality(sourced_ids) > 0 then
        perform match_sources(sourced_ids);
    end if;
end
$$;

comment on function post_many(postings[]) is
    'Adds postings to the totals of their claims, denials and appeals, and has the work list follow.';

create function keep_totals() returns trigger
    language plpgsql
    security definer
    set plan_cache_mode = force_generic_plan
as $$
declare
    posting record;
    last_closed date;
    number integer := 0;
    by_hand uuid[];
begin
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
        if posting.posted_by = 'database' and pg_trigger_depth() = 1 then
            perform refuse('postings_posted_by_a_caller', 'postings', 'what the database posts alone has this name; say who posts');
        end if;
        if posting.posted_on <= last_closed then
            perform refuse('postings_period_is_open', 'postings', 'the day is closed; post on the first open day');
        end if;
        -- The zone of a session is its client's to set.
        if posting.posted_on > cast(now() at time zone 'UTC' as date) + 1 then
            perform refuse('postings_not_in_the_future', 'postings', 'the day is after tomorrow (UTC)');
        end if;
        if posting.denial_id is not null and posting.amount > 0
            and posting.kind in ('contractual_adjustment', 'other_payer', 'patient_responsibility')
            and posting.remittance_claim_id is null and posting.write_off_id is null
        then
            by_hand := by_hand || posting.denial_id;
        end if;
    end loop;

    if number = 0 then
        return null;
    end if;

    -- What is posted all day: one row that adds to what is open enough. The same as post_many, without sums and sorting.
    if number = 1 and posting.amount > 0 and posting.appeal_id is null and posting.reverses_id is null
        and posting.takes_back_id is null and posting.write_off_id is null and posting.moved_to_claim_id is null
        and posting.kind <> 'other_payer' and posting.posted_by <> 'database'
        and posting.remittance_claim_id is null
        and coalesce(posting.idempotency_ordinal, 1) = 1
        and post_one(posting.claim_id, posting.denial_id, posting.kind, posting.amount, posting.posted_on)
    then
        if by_hand is not null then
            perform check_approval(by_hand);
        end if;
        return null;
    end if;

    -- The first row of the key was left out, because it is there: ON CONFLICT DO NOTHING.
    if exists (
        select
        from new_postings
        where idempotency_key is not null
        group by idempotency_key
        having min(idempotency_ordinal) <> 1
    ) then
        perform refuse('postings_key_used_otherwise', 'postings', 'the key has posted something else; take a new key');
    end if;

    perform post_many(array(select cast(row(added.*) as postings) from new_postings as added));
    if by_hand is not null then
        perform check_approval(by_hand);
    end if;
    return null;
end
$$;

comment on function keep_totals() is
    'Trigger: adds new postings to the totals of their claims, denials and appeals, and refuses closed days, days before the service and voided claims.';

select pin_search_path(cast('remaining_amount(uuid)' as regprocedure));
select pin_search_path(cast('take_back_for_payment(uuid, numeric, date)' as regprocedure));
select pin_search_path(cast('take_back_expected(uuid, date)' as regprocedure));
select pin_search_path(cast('check_denied_lines(uuid[])' as regprocedure));
select pin_search_path(cast('check_approval(uuid[])' as regprocedure));
select pin_search_path(cast('last_closed_day()' as regprocedure));
select pin_search_path(cast('keep_totals()' as regprocedure));

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

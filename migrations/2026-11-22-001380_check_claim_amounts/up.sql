-- A claim's billed amount is the sum of its lines when the transaction commits; until then they may differ. That is asked
-- once per claim, not once per line. Lines and diagnoses are written by the transaction that records the claim, or
-- while it is pending.

create function check_claim_amount() returns trigger
    language plpgsql
    security definer
as $$
begin
    if exists (
        select
        from claims
        where id = new.id
            and amount is distinct from (select sum(charge_amount) from claim_lines where claim_id = claims.id)
    ) then
        perform refuse(
            'claims_amount_is_sum_of_lines', 'claims', 'the amount must equal the sum of the line charges; write the claim and its lines in one transaction'
        );
    end if;
    return null;
end
$$;

comment on function check_claim_amount() is 'Trigger: a claim''s amount is the sum of the charges of its lines.';

create function check_claim_parts() returns trigger
    language plpgsql
    security definer
    set plan_cache_mode = force_generic_plan
as $$
declare
    claim_ids uuid[];
    found_parts record;
begin
    if tg_op = 'DELETE' then
        select array_agg(distinct claim_id) into claim_ids from old_parts;
    elsif tg_op = 'INSERT' then
        select array_agg(distinct claim_id) into claim_ids from new_parts;
    else
        select array_agg(distinct claim_id)
        into claim_ids
        from (select claim_id from old_parts union all select claim_id from new_parts) as part;
    end if;

    -- One query for all that is asked: it is paid for by every claim. now() is when the transaction began: the default of
    -- created_at.
    if tg_argv[0] = 'claim_lines' then
        select
            bool_or(claims.submitted_on is not null and claims.created_at <> now()) as fixed,
            bool_or(lines.first_day < claims.service_from or lines.last_day > claims.service_to) as outside,
            bool_or(lines.charges > claims.amount) as exceeding,
            array_agg(claims.id) filter (where claims.created_at <> now()) as pending_ids
        into found_parts
        from unnest(claim_ids) as changed (id)
        join claims on claims.id = changed.id
        cross join lateral (
            select min(service_date) as first_day, max(coalesce(service_to, service_date)) as last_day, sum(charge_amount) as charges
            from claim_lines
            where claim_lines.claim_id = changed.id
        ) as lines;
    else
        select bool_or(claims.submitted_on is not null and claims.created_at <> now()) as fixed
        into found_parts
        from unnest(claim_ids) as changed (id)
        join claims on claims.id = changed.id;
    end if;

    if found_parts.fixed then
        perform refuse('claims_parts_are_fixed', 'claims', 'the claim is submitted; void it and record another');
    end if;

    if tg_argv[0] = 'claim_lines' then
        if found_parts.outside then
            perform refuse('claim_lines_within_service', 'claim_lines', 'the line is outside of its claim''s days of service');
        end if;
        -- So that nothing is added to a claim whose amount was checked before the end of the transaction.
        if found_parts.exceeding then
            perform refuse('claims_amount_is_sum_of_lines', 'claims', 'the lines exceed the amount; set the amount first');
        end if;
        if found_parts.pending_ids is not null then
            perform 1 from claims where id = any (found_parts.pending_ids) order by id for no key update;
            update claims set amount = amount where id = any (found_parts.pending_ids);
        end if;
    end if;

    return null;
end
$$;

comment on function check_claim_parts() is
    'Trigger: lines and diagnoses of a submitted claim stay, lines are within its days and its amount; its argument names the table.';

create function check_claim_dates() returns trigger
    language plpgsql
    security definer
as $$
begin
    if exists (
        select
        from claim_lines
        where claim_id = new.id and (service_date < new.service_from or coalesce(claim_lines.service_to, service_date) > new.service_to)
    ) then
        perform refuse('claim_lines_within_service', 'claim_lines', 'a line is outside of its claim''s days of service');
    end if;
    return null;
end
$$;

comment on function check_claim_dates() is 'Trigger: the days of service hold those of the lines.';

select pin_search_path(cast('check_claim_amount()' as regprocedure));
select pin_search_path(cast('check_claim_parts()' as regprocedure));
select pin_search_path(cast('check_claim_dates()' as regprocedure));

revoke execute on function check_claim_amount() from public;
revoke execute on function check_claim_parts() from public;
revoke execute on function check_claim_dates() from public;

create trigger set_created_at
    before insert on claims
    for each row
    when (new.created_at <> now())
    execute function set_created_at();

comment on trigger set_created_at on claims is 'Its parts are written by the same transaction.';

create constraint trigger claims_amount_is_sum_of_lines
    after insert or update of amount on claims
    deferrable initially deferred
    for each row
    execute function check_claim_amount();

comment on trigger claims_amount_is_sum_of_lines on claims is 'Billed is the sum of the lines, at commit.';

create trigger check_claim_dates
    after update of service_from, service_to on claims
    for each row
    when ((new.service_from, new.service_to) is distinct from (old.service_from, old.service_to))
    execute function check_claim_dates();

comment on trigger check_claim_dates on claims is 'The days of service hold those of the lines.';

create trigger check_new_lines
    after insert on claim_lines
    referencing new table as new_parts
    for each statement
    execute function check_claim_parts('claim_lines');

comment on trigger check_new_lines on claim_lines is 'Lines are written with their claim.';

create trigger check_changed_lines
    after update on claim_lines
    referencing old table as old_parts new table as new_parts
    for each statement
    execute function check_claim_parts('claim_lines');

comment on trigger check_changed_lines on claim_lines is 'Lines are written with their claim.';

create trigger check_deleted_lines
    after delete on claim_lines
    referencing old table as old_parts
    for each statement
    execute function check_claim_parts('claim_lines');

comment on trigger check_deleted_lines on claim_lines is 'Lines are written with their claim.';

create trigger check_new_diagnoses
    after insert on claim_diagnoses
    referencing new table as new_parts
    for each statement
    execute function check_claim_parts('claim_diagnoses');

comment on trigger check_new_diagnoses on claim_diagnoses is 'Diagnoses are written with their claim.';

create trigger check_changed_diagnoses
    after update on claim_diagnoses
    referencing old table as old_parts new table as new_parts
    for each statement
    execute function check_claim_parts('claim_diagnoses');

comment on trigger check_changed_diagnoses on claim_diagnoses is 'Diagnoses are written with their claim.';

create trigger check_deleted_diagnoses
    after delete on claim_diagnoses
    referencing old table as old_parts
    for each statement
    execute function check_claim_parts('claim_diagnoses');

comment on trigger check_deleted_diagnoses on claim_diagnoses is 'Diagnoses are written with their claim.';

create trigger check_new_claim_line_details
    after insert on claim_line_details
    referencing new table as new_parts
    for each statement
    execute function check_claim_parts('claim_line_details');

comment on trigger check_new_claim_line_details on claim_line_details is 'What lines say is written with the claim.';

create trigger check_changed_claim_line_details
    after update on claim_line_details
    referencing old table as old_parts new table as new_parts
    for each statement
    execute function check_claim_parts('claim_line_details');

comment on trigger check_changed_claim_line_details on claim_line_details is 'What lines say is written with the claim.';

create trigger check_deleted_claim_line_details
    after delete on claim_line_details
    referencing old table as old_parts
    for each statement
    execute function check_claim_parts('claim_line_details');

comment on trigger check_deleted_claim_line_details on claim_line_details is 'What lines say is written with the claim.';

create trigger check_new_claim_line_teeth
    after insert on claim_line_teeth
    referencing new table as new_parts
    for each statement
    execute function check_claim_parts('claim_line_teeth');

comment on trigger check_new_claim_line_teeth on claim_line_teeth is 'Teeth are written with the claim.';

create trigger check_changed_claim_line_teeth
    after update on claim_line_teeth
    referencing old table as old_parts new table as new_parts
    for each statement
    execute function check_claim_parts('claim_line_teeth');

comment on trigger check_changed_claim_line_teeth on claim_line_teeth is 'Teeth are written with the claim.';

create trigger check_deleted_claim_line_teeth
    after delete on claim_line_teeth
    referencing old table as old_parts
    for each statement
    execute function check_claim_parts('claim_line_teeth');

comment on trigger check_deleted_claim_line_teeth on claim_line_teeth is 'Teeth are written with the claim.';

create trigger check_new_institutional_claims
    after insert on institutional_claims
    referencing new table as new_parts
    for each statement
    execute function check_claim_parts('institutional_claims');

comment on trigger check_new_institutional_claims on institutional_claims is 'What institutions say is written with the claim.';

create trigger check_changed_institutional_claims
    after update on institutional_claims
    referencing old table as old_parts new table as new_parts
    for each statement
    execute function check_claim_parts('institutional_claims');

comment on trigger check_changed_institutional_claims on institutional_claims is 'What institutions say is written with the claim.';

create trigger check_deleted_institutional_claims
    after delete on institutional_claims
    referencing old table as old_parts
    for each statement
    execute function check_claim_parts('institutional_claims');

comment on trigger check_deleted_institutional_claims on institutional_claims is 'What institutions say is written with the claim.';

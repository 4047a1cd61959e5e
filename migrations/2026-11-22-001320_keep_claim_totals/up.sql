-- The totals of a claim are the sums of its denials, and once a claim has a denial, its status follows from them. As in
-- keep_denial_totals: arrays first, then the claims locked in the order of their ids, always after the denials.

create function keep_claim_totals() returns trigger
    language plpgsql
    security definer
as $$
declare
    claim_ids uuid[];
    denied numeric[];
    recovered numeric[];
    written_off numeric[];
    transferred numeric[];
    adjusted numeric[];
    filed bigint[];
begin
    -- As in keep_denial_totals.
    if tg_table_schema <> all (current_schemas(false)) then
        perform refuse('schema_is_pinned', 'denials', 'the schema was renamed; pin its functions to the new name');
    end if;

    if tg_op = 'INSERT' then
        select array_agg(claim_id), array_agg(amount) into claim_ids, denied
        from (select claim_id, sum(denial_amount) as amount from new_denials group by claim_id) as change;
    else
        select
            array_agg(claim_id), array_agg(change.denied), array_agg(change.recovered), array_agg(change.written_off),
            array_agg(change.transferred), array_agg(change.adjusted), array_agg(change.filed)
        into claim_ids, denied, recovered, written_off, transferred, adjusted, filed
        from (
            select
                claim_id,
                sum(sign * denial_amount) as denied,
                sum(sign * recovered_amount) as recovered,
                sum(sign * written_off_amount) as written_off,
                sum(sign * transferred_amount) as transferred,
                sum(sign * adjusted_amount) as adjusted,
                sum(sign) filter (where open_action = 'filed_appeal') as filed
            from (
                select
                    1 as sign, claim_id, denial_amount, recovered_amount, written_off_amount, transferred_amount,
                    adjusted_amount, open_action
                from new_denials
                union all
                select
                    -1, claim_id, denial_amount, recovered_amount, written_off_amount, transferred_amount,
                    adjusted_amount, open_action
                from old_denials
            ) as signed
            group by claim_id
        ) as change
        where (change.denied, change.recovered, change.written_off, change.transferred, change.adjusted,
            coalesce(change.filed, 0)) <> (0, 0, 0, 0, 0, 0);
    end if;

    if claim_ids is null then
        return null;
    end if;

    perform 1 from claims where id = any (claim_ids) order by id for no key update;

    update claims
    set
        denied_amount = claims.denied_amount + change.denied,
        recovered_amount = claims.recovered_amount + coalesce(change.recovered, 0),
        written_off_amount = claims.written_off_amount + coalesce(change.written_off, 0),
        transferred_amount = claims.transferred_amount + coalesce(change.transferred, 0),
        denial_adjusted_amount = claims.denial_adjusted_amount + coalesce(change.adjusted, 0),
        filed_appeals = claims.filed_appeals + coalesce(change.filed, 0)
    from unnest(claim_ids, denied, recovered, written_off, transferred, adjusted, filed)
        as change (claim_id, denied, recovered, written_off, transferred, adjusted, filed)
    where claims.id = change.claim_id;

    return null;
end
$$;

comment on function keep_claim_totals() is 'Trigger: adds what changed on denials to the totals of their claims.';

create function follow_denials() returns trigger
    language plpgsql
as $$
declare
    paid numeric := new.paid_amount + new.recovered_amount;
    settled numeric :=
        new.recovered_amount + new.written_off_amount + new.transferred_amount + new.denial_adjusted_amount;
    balance numeric := new.amount - new.paid_amount - new.adjusted_amount - settled;
    follows text := case
        -- Their CHECKs say what they allow.
        when new.status in ('pending', 'voided') then new.status
        when new.denied_amount = 0 then null
        when new.denied_amount > settled and new.filed_appeals > 0 then 'appealed'
        when new.denied_amount > settled and paid > 0 then 'partially_paid'
        when new.denied_amount > settled then 'denied'
        -- The denials are settled, the payer owes an answer about the rest.
        when balance > 0 and paid > 0 then 'partially_paid'
        when balance > 0 then 'submitted'
        when paid + new.transferred_amount = 0 and new.written_off_amount > 0 then 'written_off'
        else 'paid'
    end;
begin
    if follows is null then
        if new.status in ('denied', 'appealed', 'written_off') then
            perform refuse(
                'claims_status_follows_denials', 'claims', 'record the denial, its appeal or its write-off; the status follows'
            );
        end if;
    elsif new.status = old.status then
        new.status := follows;
    elsif new.status <> follows then
        perform refuse('claims_status_follows_denials', 'claims', 'the status follows from the denials; leave it out');
    end if;
    return new;
end
$$;

comment on function follow_denials() is
    'Trigger: sets the status of a claim that has denials, and refuses another one; a claim without denials is not denied, appealed or written off.';

select pin_search_path('keep_claim_totals()');
select pin_search_path('follow_denials()');

revoke execute on function keep_claim_totals() from public;

create trigger keep_claim_totals_of_new_denials
    after insert on denials
    referencing new table as new_denials
    for each statement
    execute function keep_claim_totals();

comment on trigger keep_claim_totals_of_new_denials on denials is 'Keeps the totals of the claims.';

create trigger keep_claim_totals_of_changed_denials
    after update on denials
    referencing old table as old_denials new table as new_denials
    for each statement
    execute function keep_claim_totals();

comment on trigger keep_claim_totals_of_changed_denials on denials is 'Keeps the totals of the claims.';

-- Triggers of one moment fire in the order of their names: the status is set before claims_status_path looks at it.
create trigger claims_status_follows_denials
    before update on claims
    for each row
    when (new.denied_amount > 0 or new.status is distinct from old.status)
    execute function follow_denials();

comment on trigger claims_status_follows_denials on claims is
    'The status of a claim with denials follows from them. Fires before claims_status_path and set_updated_at.';

create trigger claims_totals_start_at_zero
    before insert on claims
    for each row
    when ((
        new.denied_amount, new.recovered_amount, new.written_off_amount, new.transferred_amount,
        new.denial_adjusted_amount, new.filed_appeals
    ) <> (0, 0, 0, 0, 0, 0))
    execute function keep_to_triggers('claims_totals_start_at_zero', 'the totals follow the denials; leave them out');

comment on trigger claims_totals_start_at_zero on claims is 'A new claim has no denials.';

create trigger claims_totals_follow_denials
    before update on claims
    for each row
    when ((
        new.denied_amount, new.recovered_amount, new.written_off_amount, new.transferred_amount,
        new.denial_adjusted_amount, new.filed_appeals
    ) is distinct from (
        old.denied_amount, old.recovered_amount, old.written_off_amount, old.transferred_amount,
        old.denial_adjusted_amount, old.filed_appeals
    ))
    execute function keep_to_triggers('claims_totals_follow_denials', 'the totals follow the denials');

comment on trigger claims_totals_follow_denials on claims is 'Nobody else writes the totals of a claim.';

-- What a denial means for its claim. As in keep_totals: arrays first, then the claims locked in the order of their ids.

create function fill_payer() returns trigger
    language plpgsql
    security definer
as $$
begin
    select payer_id into new.payer_id from claims where id = new.claim_id;
    if not found then
        raise foreign_key_violation using
            message = format('%s: the claim is not there', tg_argv[0]),
            table = tg_table_name,
            constraint = tg_argv[0];
    end if;
    return new;
end
$$;

comment on function fill_payer() is 'Trigger: takes the payer from the claim; its argument names the foreign key.';

create function record_denials() returns trigger
    language plpgsql
    security definer
    set plan_cache_mode = force_generic_plan
as $$
declare
    denial_ids uuid[];
    remitted boolean;
    remarked_ids uuid[];
    remark_codes text[];
    claim_ids uuid[];
    denied numeric[];
    counts integer[];
    earliest date[];
    position integer := 0;
    held record;
begin
    select array_agg(claim_id), array_agg(amount), array_agg(number), array_agg(day)
    into claim_ids, denied, counts, earliest
    from (
        select claim_id, sum(denial_amount) as amount, cast(count(*) as integer) as number, min(denied_on) as day
        from new_denials
        group by claim_id
        order by claim_id
    ) as change;

    if claim_ids is null then
        return null;
    end if;
    select array_agg(id), bool_or(remittance_claim_id is not null) into denial_ids, remitted from new_denials;

    if last_closed_day() >= any (earliest) then
        perform refuse('denials_period_is_open', 'denials', 'the day is closed; record it on the first open day');
    end if;

    for held in
        select id, voided_on, service_from, payer_balance_amount, open_denied_amount, other_payer_amount
        from claims
        where id = any (claim_ids)
        order by id
        for no key update
    loop
        position := position + 1;
        if held.voided_on is not null then
            perform refuse('claims_voided_takes_nothing', 'claims', 'the claim is voided; a denial of it counts for nothing');
        end if;
        if earliest[position] < held.service_from then
            perform refuse('denials_not_before_service', 'denials', 'the day is before the service');
        end if;
        if held.other_payer_amount > 0
            and held.open_denied_amount + denied[position] > held.payer_balance_amount
        then
            perform take_back_expected(held.id, earliest[position]);
        end if;
    end loop;

    update claims
    set
        open_denied_amount = claims.open_denied_amount + change.denied,
        answers = claims.answers + change.number
    from unnest(claim_ids, denied, counts) as change (id, denied, number)
    where claims.id = change.id;

    perform check_denied_lines(claim_ids);

    if remitted then
        -- What is remarked on the refused service and on the claim as a whole; the codes of pharmacies are others.
        select array_agg(denial_id), array_agg(code)
        into remarked_ids, remark_codes
        from (
            select distinct recorded.id as denial_id, remark.code
            from denials as recorded
            join remittance_adjustments as adjustment
                on adjustment.remittance_claim_id = recorded.remittance_claim_id
                and adjustment.adjustment_number = recorded.adjustment_number
            join remittance_remarks as remark
                on remark.remittance_claim_id = adjustment.remittance_claim_id
                and (remark.service_number is null or remark.service_number = adjustment.service_number)
            where recorded.id = any (denial_ids)
                and remark.code_list is distinct from 'RX'
                and remark.code ~ '^(M[1-9][0-9]{0,2}|MA[0-9]{2,3}|N[1-9][0-9]{0,3})$'
        ) as remark;
        -- As in take_back_for_payment.
        set local plan_cache_mode = auto;
        insert into denial_remarks (denial_id, remark_code)
        select remark.denial_id, remark.code
        from unnest(remarked_ids, remark_codes) as remark (denial_id, code);
    end if;
    -- follow_remarks does it for those that were remarked on.
    perform keep_work_items(array(select unnest(denial_ids) except select unnest(remarked_ids)));

    return null;
end
$$;

comment on function record_denials() is
    'Trigger: adds new denials to the totals of their claims, and refuses closed days and days before the service.';

create function correct_denial() returns trigger
    language plpgsql
    security definer
as $$
begin
    update claims
    set open_denied_amount = open_denied_amount + new.denial_amount - old.denial_amount
    where id = new.claim_id;
    perform check_denied_lines(array[new.claim_id]);
    return null;
end
$$;

comment on function correct_denial() is 'Trigger: has the claim follow a corrected amount.';

select pin_search_path(cast('fill_payer()' as regprocedure));
select pin_search_path(cast('record_denials()' as regprocedure));
select pin_search_path(cast('correct_denial()' as regprocedure));

revoke execute on function fill_payer() from public;
revoke execute on function record_denials() from public;
revoke execute on function correct_denial() from public;

create trigger fill_payer
    before insert on denials
    for each row
    when (new.payer_id is null)
    execute function fill_payer('denials_claim_of_payer');

comment on trigger fill_payer on denials is 'The payer may be left out.';

create trigger record_denials
    after insert on denials
    referencing new table as new_denials
    for each statement
    execute function record_denials();

comment on trigger record_denials on denials is 'Keeps the totals of the claims.';

create trigger correct_denial
    after update of denial_amount on denials
    for each row
    when (new.denial_amount is distinct from old.denial_amount)
    execute function correct_denial();

comment on trigger correct_denial on denials is 'Keeps the totals of the claims.';

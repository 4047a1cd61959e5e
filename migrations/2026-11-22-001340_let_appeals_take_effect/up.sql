-- What an appeal means for its denial and its claim. A decision grants; only a payment recovers. The denial's row is
-- locked and written, so that of two sessions that appeal and rebill at once one waits and is then refused, at every
-- isolation level.

create function fill_from_denial() returns trigger
    language plpgsql
    security definer
as $$
begin
    select
        coalesce(new.payer_id, payer_id), coalesce(new.denial_code, denial_code)
    into new.payer_id, new.denial_code
    from denials
    where id = new.denial_id;
    if not found then
        raise foreign_key_violation using
            message = format('%s: the denial is not there', tg_argv[0]),
            table = tg_table_name,
            constraint = tg_argv[0];
    end if;
    return new;
end
$$;

comment on function fill_from_denial() is 'Trigger: takes payer and code from the denial; its argument names the foreign key.';

create function let_appeals_take_effect() returns trigger
    language plpgsql
    security definer
as $$
declare
    denial_ids uuid[];
    levels integer[];
    -- Amounts that must fit what is open and not granted yet: of new appeals, of changes before the filing, of filings.
    asked numeric[];
    granted numeric[];
    claim_ids uuid[];
    filed integer[];
begin
    if tg_op = 'INSERT' then
        select
            array_agg(denial_id),
            array_agg(array_position(
                array['first_level', 'second_level', 'third_level', 'external_review'], cast(appeal_level as text)
            )),
            array_agg(cast(appealed_amount as numeric))
        into denial_ids, levels, asked
        from new_appeals;

        select array_agg(claim_id), array_agg(number)
        into claim_ids, filed
        from (
            select claim_id, cast(count(*) as integer) as number
            from new_appeals
            where status in ('submitted', 'under_review')
            group by claim_id
        ) as change;
    else
        select
            array_agg(new_appeals.denial_id),
            array_agg(case
                when new_appeals.appealed_amount <> old_appeals.appealed_amount
                    or (old_appeals.filed_on is null and new_appeals.filed_on is not null)
                    then cast(new_appeals.appealed_amount as numeric)
            end),
            array_agg(new_appeals.granted_amount - old_appeals.granted_amount)
        into denial_ids, asked, granted
        from new_appeals
        join old_appeals on old_appeals.id = new_appeals.id
        where (new_appeals.status, new_appeals.appealed_amount, new_appeals.granted_amount)
                <> (old_appeals.status, old_appeals.appealed_amount, old_appeals.granted_amount)
            -- Also where all that was granted is paid: the next step is another.
            or new_appeals.released_on is distinct from old_appeals.released_on;

        select array_agg(claim_id), array_agg(number)
        into claim_ids, filed
        from (
            select claim_id, cast(sum(sign) as integer) as number
            from (
                select claim_id, 1 as sign
                from new_appeals
                where status in ('submitted', 'under_review') or granted_amount > 0
                union all
                select claim_id, -1
                from old_appeals
                where status in ('submitted', 'under_review') or granted_amount > 0
            ) as signed
            group by claim_id
        ) as change
        where number <> 0;
    end if;

    if denial_ids is null then
        return null;
    end if;

    perform 1 from denials where id = any (denial_ids) order by id for no key update;

    if tg_op = 'INSERT' then
        if exists (select from denials where id = any (denial_ids) and open_amount <= granted_amount) then
            perform refuse('appeals_need_an_open_amount', 'appeals', 'the denial has no open amount, or all of it is granted');
        end if;
        if exists (
            select
            from rebills
            where denial_id = any (denial_ids) and status in ('pending', 'submitted', 'accepted')
        ) then
            perform refuse('appeals_wait_for_rebill', 'appeals', 'a rebill of the denial is open; resolve it first');
        end if;
        if exists (
            select
            from unnest(denial_ids, levels) as made (denial_id, level)
            where made.level <> 1 + (
                select count(*)
                from appeals
                where appeals.denial_id = made.denial_id
                    and (status in ('denied', 'partially_approved') or released_on is not null)
            )
        ) then
            perform refuse(
                'appeals_levels_in_order', 'appeals',
                'the next level comes after the last was denied, partially approved or released'
            );
        end if;
    end if;

    if exists (
        select
        from appeals
        join denials on denials.id = appeals.denial_id
        where appeals.denial_id = any (denial_ids) and appeals.filed_on < denials.denied_on
    ) then
        perform refuse('appeals_filed_after_denial', 'appeals', 'the appeal would be filed before its denial');
    end if;

    if exists (
        select
        from unnest(denial_ids, asked) as made (denial_id, amount)
        join denials on denials.id = made.denial_id
        where made.amount > denials.open_amount - denials.granted_amount
    ) then
        perform refuse('appeals_within_open_amount', 'appeals', 'the appeal asks for more than is open and not granted yet');
    end if;

    update denials
    set granted_amount = denials.granted_amount + change.granted
    from (
        select made.denial_id, sum(made.granted) as granted
        from unnest(denial_ids, granted) as made (denial_id, granted)
        group by made.denial_id
    ) as change
    where denials.id = change.denial_id and change.granted <> 0;

    -- From what is open now, whatever this statement changed.
    perform keep_open_actions(denial_ids);

    if claim_ids is not null then
        perform 1 from claims where id = any (claim_ids) order by id for no key update;
        update claims
        set filed_appeals = claims.filed_appeals + change.number
        from unnest(claim_ids, filed) as change (id, number)
        where claims.id = change.id;
    end if;

    return null;
end
$$;

comment on function let_appeals_take_effect() is
    'Trigger: checks appeals against their denials (open amount, no open rebill, levels in order) and keeps what is granted, denials.open_action and claims.filed_appeals.';

select pin_search_path(cast('fill_from_denial()' as regprocedure));
select pin_search_path(cast('let_appeals_take_effect()' as regprocedure));

revoke execute on function fill_from_denial() from public;
revoke execute on function let_appeals_take_effect() from public;

create trigger fill_from_denial
    before insert on appeals
    for each row
    when (new.payer_id is null or new.denial_code is null)
    execute function fill_from_denial('appeals_denial_of_claim');

comment on trigger fill_from_denial on appeals is 'Payer and code may be left out.';

create trigger fill_from_denial
    before insert on write_offs
    for each row
    when (new.payer_id is null or new.denial_code is null)
    execute function fill_from_denial('write_offs_denial_of_claim');

comment on trigger fill_from_denial on write_offs is 'Payer and code may be left out.';

create trigger fill_from_denial
    before insert on rebills
    for each row
    when (new.payer_id is null or new.denial_code is null)
    execute function fill_from_denial('rebills_denial_of_claim');

comment on trigger fill_from_denial on rebills is 'Payer and code may be left out.';

create trigger let_appeals_take_effect_when_made
    after insert on appeals
    referencing new table as new_appeals
    for each statement
    execute function let_appeals_take_effect();

comment on trigger let_appeals_take_effect_when_made on appeals is 'Checks new rows against their denials.';

create trigger let_appeals_take_effect_when_changed
    after update on appeals
    referencing old table as old_appeals new table as new_appeals
    for each statement
    execute function let_appeals_take_effect();

comment on trigger let_appeals_take_effect_when_changed on appeals is 'Keeps what follows from a change.';

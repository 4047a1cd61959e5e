-- What an appeal means for its denial. The denial's row is locked and written, so that of two sessions that appeal and
-- rebill at once one waits and is then refused, at every isolation level.

create function let_appeals_take_effect() returns trigger
    language plpgsql
    security definer
as $$
declare
    denial_ids uuid[];
    levels integer[];
    -- Amounts that must fit the open amount now: of new appeals, of changes before the filing, of filings.
    asked numeric[];
    approved_ids uuid[];
    approved numeric[];
    decided_on date[];
begin
    if tg_op = 'INSERT' then
        select
            array_agg(denial_id),
            array_agg(array_position(
                array['first_level', 'second_level', 'third_level', 'external_review'], appeal_level
            )),
            array_agg(cast(appealed_amount as numeric))
        into denial_ids, levels, asked
        from new_appeals;
    else
        select
            array_agg(new_appeals.denial_id),
            array_agg(case
                when new_appeals.appealed_amount <> old_appeals.appealed_amount
                    or (old_appeals.filed_on is null and new_appeals.filed_on is not null)
                    then cast(new_appeals.appealed_amount as numeric)
            end),
            array_agg(case when new_appeals.approved_amount is not null and old_appeals.approved_amount is null then new_appeals.id end),
            array_agg(cast(new_appeals.approved_amount as numeric)),
            array_agg(cast(new_appeals.decided_on as date))
        into denial_ids, asked, approved_ids, approved, decided_on
        from new_appeals
        join old_appeals on old_appeals.id = new_appeals.id
        where (new_appeals.status, new_appeals.appealed_amount) <> (old_appeals.status, old_appeals.appealed_amount);
    end if;

    if denial_ids is null then
        return null;
    end if;

    perform 1 from denials where id = any (denial_ids) order by id for no key update;

    if tg_op = 'INSERT' then
        if exists (select from denials where id = any (denial_ids) and open_amount = 0) then
            perform refuse('appeals_need_an_open_amount', 'appeals', 'the denial has no open amount');
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
                where appeals.denial_id = made.denial_id and status in ('denied', 'partially_approved')
            )
        ) then
            perform refuse(
                'appeals_levels_in_order', 'appeals',
                'the next level comes after the last was denied or partially approved'
            );
        end if;
    end if;

    if exists (
        select
        from unnest(denial_ids, asked) as made (denial_id, amount)
        join denials on denials.id = made.denial_id
        where made.amount > denials.open_amount
    ) then
        perform refuse('appeals_within_open_amount', 'appeals', 'the appeal asks for more than the denial''s open amount');
    end if;

    insert into denial_transactions (denial_id, kind, amount, posted_on, posted_by, appeal_id)
    select decision.denial_id, 'recovery', decision.amount, decision.decided_on, 'database', decision.appeal_id
    from unnest(denial_ids, approved_ids, approved, decided_on) as decision (denial_id, appeal_id, amount, decided_on)
    where decision.appeal_id is not null;

    -- From what is open now, whatever this statement changed.
    update denials set open_action = open_action_of(id) where id = any (denial_ids);

    return null;
end
$$;

comment on function let_appeals_take_effect() is
    'Trigger: checks appeals against their denials (open amount, no open rebill, levels in order), posts what is approved and keeps denials.open_action.';

select pin_search_path('let_appeals_take_effect()');

revoke execute on function let_appeals_take_effect() from public;

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

comment on trigger let_appeals_take_effect_when_changed on appeals is 'Posts what follows from a change of status.';

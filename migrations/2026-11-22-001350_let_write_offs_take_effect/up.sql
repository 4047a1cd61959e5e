-- What a write-off means for its denial: nothing until it is approved.

create function let_write_offs_take_effect() returns trigger
    language plpgsql
    security definer
as $$
declare
    ids uuid[];
    denial_ids uuid[];
    kinds text[];
    amounts numeric[];
    policy_ids uuid[];
    statuses text[];
    actors text[];
    days date[];
begin
    if tg_op = 'INSERT' then
        select array_agg(id), array_agg(denial_id), array_agg(cast(kind as text)), array_agg(cast(amount as numeric)), array_agg(policy_id)
        into ids, denial_ids, kinds, amounts, policy_ids
        from new_write_offs;
    else
        select
            array_agg(new_write_offs.id),
            array_agg(new_write_offs.denial_id),
            array_agg(cast(new_write_offs.amount as numeric)),
            array_agg(cast(new_write_offs.status as text)),
            array_agg(cast(coalesce(new_write_offs.reversed_by, new_write_offs.approved_by) as text)),
            array_agg(cast(coalesce(new_write_offs.reversed_on, new_write_offs.approved_on) as date))
        into ids, denial_ids, amounts, statuses, actors, days
        from new_write_offs
        join old_write_offs on old_write_offs.id = new_write_offs.id
        where new_write_offs.status <> old_write_offs.status and new_write_offs.status in ('approved', 'rejected', 'reversed');
    end if;

    if denial_ids is null then
        return null;
    end if;

    perform 1 from denials where id = any (denial_ids) order by id for no key update;

    if tg_op = 'INSERT' then
        if exists (select from denials where id = any (denial_ids) and open_amount = 0) then
            perform refuse('write_offs_need_an_open_amount', 'write_offs', 'the denial has no open amount');
        end if;
        if exists (
            select
            from unnest(denial_ids, kinds) as made (denial_id, kind)
            join denials on denials.id = made.denial_id
            where made.kind = 'write_off'
                and denials.denial_code not like 'PR-%'
                and category_of(denials.denial_code) = 'contractual_adjustment'
        ) then
            perform refuse('write_offs_not_contractual', 'write_offs', 'a contractual adjustment is no loss; post it');
        end if;
        if exists (
            select
            from unnest(denial_ids, amounts) as made (denial_id, amount)
            join denials on denials.id = made.denial_id
            where made.amount > denials.open_amount
        ) then
            perform refuse('write_offs_within_open_amount', 'write_offs', 'the write-off exceeds the denial''s open amount');
        end if;
        -- The work list says what its policy does by itself, within its limits.
        if array_remove(policy_ids, null) <> '{}' then
            if exists (
                select
                from unnest(denial_ids, kinds, policy_ids) as made (denial_id, kind, policy_id)
                left join denial_work_items as item
                    on item.denial_id = made.denial_id
                    and item.policy_id = made.policy_id
                    and item.automatic
                    and cast(item.action as text)
                        = case when made.kind = 'patient_responsibility' then 'transfer_to_patient' else made.kind end
                where made.policy_id is not null and item.denial_id is null
            ) then
                perform refuse(
                    'write_offs_policy_says_so', 'write_offs',
                    'the work list has no such automatic policy for the denial; leave the policy out, and have somebody approve'
                );
            end if;
            -- A part that is paid and a rest that is small, again and again, would be all of it.
            if exists (
                select
                from org_policies
                join write_offs on write_offs.policy_id = org_policies.id and write_offs.status in ('pending_approval', 'approved')
                where org_policies.id = any (policy_ids) and write_offs.denial_id = any (denial_ids)
                group by write_offs.denial_id, org_policies.id
                having sum(write_offs.amount) >= org_policies.max_amount
            ) then
                perform refuse(
                    'write_offs_policy_says_so', 'write_offs',
                    'with what it approved before, the denial is beyond its policy''s limit; leave the policy out, and have somebody approve'
                );
            end if;
            update write_offs
            set status = 'approved', approved_by = 'database', approved_on = requested_on
            where id = any (ids) and policy_id is not null;
        end if;
        perform keep_work_items(denial_ids);
        return null;
    end if;

    -- Names are what the client says; of two logins that are people the database knows that they are two.
    if exists (
        select
        from write_offs
        join personal_logins on personal_logins.login = write_offs.recorded_login
        where write_offs.id = any (ids) and write_offs.status = 'approved' and write_offs.policy_id is null
            and write_offs.recorded_login = session_user
    ) then
        perform refuse(
            'write_offs_approver_is_not_requester', 'write_offs',
            'this login requested it; have another person approve it, with a login of their own'
        );
    end if;

    insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by, write_off_id)
    select
        write_offs.claim_id, write_offs.denial_id, write_offs.kind, decision.amount, decision.day, decision.actor, decision.id
    from unnest(ids, amounts, statuses, actors, days) as decision (id, amount, status, actor, day)
    join write_offs on write_offs.id = decision.id
    where decision.status = 'approved';

    -- Less what a later payment took back.
    insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by, write_off_id, takes_back_id)
    select posted.claim_id, posted.denial_id, posted.kind, -posted.remaining, decision.day, decision.actor, decision.id, posted.id
    from unnest(ids, statuses, actors, days) as decision (id, status, actor, day)
    join (
        select *, remaining_amount(id) as remaining
        from postings
        where write_off_id = any (ids) and amount > 0
    ) as posted on posted.write_off_id = decision.id
    where decision.status = 'reversed' and posted.remaining > 0;

    perform keep_work_items(denial_ids);

    return null;
end
$$;

comment on function let_write_offs_take_effect() is
    'Trigger: checks write-offs against the open amount of their denials, approves what an automatic policy does by itself, and posts what is approved or reversed.';

select pin_search_path(cast('let_write_offs_take_effect()' as regprocedure));

revoke execute on function let_write_offs_take_effect() from public;

create trigger let_write_offs_take_effect_when_made
    after insert on write_offs
    referencing new table as new_write_offs
    for each statement
    execute function let_write_offs_take_effect();

comment on trigger let_write_offs_take_effect_when_made on write_offs is 'Checks new rows against their denials.';

create trigger let_write_offs_take_effect_when_changed
    after update on write_offs
    referencing old table as old_write_offs new table as new_write_offs
    for each statement
    execute function let_write_offs_take_effect();

comment on trigger let_write_offs_take_effect_when_changed on write_offs is 'Posts what follows from a change of status.';

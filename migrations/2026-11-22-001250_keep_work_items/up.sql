-- The work list follows denials, their remarks, appeals, rebills, write-offs, policies and the library in the same transaction. Whoever
-- calls keep_work_items holds the locks of the denials.

create function expected_work_items(denial_ids uuid[]) returns setof denial_work_items
    language plpgsql
    stable
    set plan_cache_mode = force_generic_plan
as $$
begin
    return query
    select
        denials.id,
        denials.claim_id,
        denials.payer_id,
        denials.denial_code,
        denials.denied_on,
        denials.denial_amount,
        cast(waiting.amount as usd),
        cast(case when granted.listed_from is null then decision.action else 'follow_up' end as denial_action),
        granted.listed_from is null and decision.automatic,
        cast(case
            when granted.listed_from is not null or decision.priority = 'medium' then 2
            when decision.priority = 'high' then 1
            else 3
        end as smallint),
        cast(coalesce(granted.listed_from, denials.denied_on) as calendar_date),
        cast(coalesce(granted.listed_from, decision.act_by) as calendar_date),
        cast(case when granted.listed_from is null then decision.last_day end as calendar_date),
        cast(case when granted.listed_from is null then decision.policy_id end as org_policy_key),
        decision.appealable,
        decision.remark_code,
        decision.decided_by,
        denials.assigned_to,
        cast(decision.amount_from as usd),
        cast(decision.amount_below as usd)
    from unnest(denial_ids) as worked (id)
    join denials on denials.id = worked.id
    left join lateral (
        -- All that is open was granted: ask the payer where it stays.
        select max(decided_on) + 30 as listed_from
        from appeals
        where appeals.denial_id = denials.id and appeals.granted_amount > 0
            and denials.granted_amount >= denials.open_amount
    ) as granted on true
    cross join lateral (
        select
            case when granted.listed_from is null then denials.open_amount - denials.granted_amount
                else denials.open_amount end as amount
    ) as waiting
    cross join lateral triage(
        cast(
            row(
                denials.payer_id, denials.denial_code, denials.denied_on, waiting.amount,
                array(
                    select cast(remark_code as text)
                    from denial_remarks
                    where denial_remarks.denial_id = denials.id and withdrawn_by is null
                ),
                denials.id
            ) as denial_to_triage
        )
    ) as decision
    where denials.open_amount > 0
        and denials.open_action is null
        and denials.taken_back_in_id is null
        and not exists (
            select from write_offs where write_offs.denial_id = denials.id and write_offs.status = 'pending_approval'
        );
end
$$;

comment on function expected_work_items(uuid[]) is
    'What denial_work_items should hold for these denials: nothing where nothing is open, or something is under way (an appeal, a rebill, a write-off that waits for approval, a reversal that waits for its correction).';

create function keep_work_items(denial_ids uuid[]) returns void
    language plpgsql
    set plan_cache_mode = force_generic_plan
as $$
declare
    expected denial_work_items[];
    kept denial_work_items;
begin
    select array_agg(item) into expected from expected_work_items(denial_ids) as item;

    delete from denial_work_items
    using (
        select unnest(denial_ids) as id
        except
        select item.denial_id from unnest(expected) as item
    ) as done
    where denial_work_items.denial_id = done.id;

    -- One by one: Citus plans an INSERT of a SELECT anew for each call, and only outside of generic plans.
    foreach kept in array coalesce(expected, '{}')
    loop
        insert into denial_work_items
        values (kept.*)
        on conflict (denial_id) do update
        set
            denied_on = excluded.denied_on,
            denial_amount = excluded.denial_amount,
            open_amount = excluded.open_amount,
            action = excluded.action,
            automatic = excluded.automatic,
            priority_order = excluded.priority_order,
            listed_from = excluded.listed_from,
            act_by = excluded.act_by,
            last_day = excluded.last_day,
            policy_id = excluded.policy_id,
            appealable = excluded.appealable,
            remark_code = excluded.remark_code,
            decided_by = excluded.decided_by,
            assigned_to = excluded.assigned_to,
            amount_from = excluded.amount_from,
            amount_below = excluded.amount_below;
    end loop;
end
$$;

comment on function keep_work_items(uuid[]) is 'Has the work list follow these denials, whose rows the caller has locked.';

-- After postings the answer mostly stays and only the amount changes.
create function settle_work_items(denial_ids uuid[]) returns void
    language plpgsql
as $$
declare
    worked_ids uuid[];
    amounts numeric[];
    kept_ids uuid[];
begin
    select array_agg(denials.id), array_agg(denials.open_amount)
    into worked_ids, amounts
    from unnest(denial_ids) as settled (id)
    join denials on denials.id = settled.id
    where denials.open_amount > 0 and denials.granted_amount = 0 and denials.open_action is null
        and denials.taken_back_in_id is null;

    with kept as (
        update denial_work_items
        set open_amount = worked.amount
        from unnest(worked_ids, amounts) as worked (id, amount)
        where denial_work_items.denial_id = worked.id
            and denial_work_items.action <> 'follow_up'
            and denial_work_items.amount_from <= worked.amount
            and (denial_work_items.amount_below is null or denial_work_items.amount_below > worked.amount)
        returning denial_work_items.denial_id
    )
    select array_agg(denial_id) into kept_ids from kept;

    if kept_ids is null or cardinality(kept_ids) < cardinality(denial_ids) then
        perform keep_work_items(array(select unnest(denial_ids) except select unnest(kept_ids)));
    end if;
end
$$;

comment on function settle_work_items(uuid[]) is
    'Has the work list follow denials to which something was posted: triages anew only where the amount left the bounds of the answer.';

create function follow_policies() returns trigger
    language plpgsql
    security definer
as $$
declare
    payer_ids uuid[];
    for_all boolean;
begin
    -- A denial that is recorded meanwhile would keep the old answer.
    lock table denials in share row exclusive mode;

    if tg_op = 'INSERT' then
        select array_agg(payer_id), bool_or(payer_id is null) into payer_ids, for_all from new_policies;
    elsif tg_op = 'DELETE' then
        select array_agg(payer_id), bool_or(payer_id is null) into payer_ids, for_all from old_policies;
    else
        select array_agg(payer_id), bool_or(payer_id is null)
        into payer_ids, for_all
        from (select payer_id from old_policies union all select payer_id from new_policies) as policy;
    end if;

    perform keep_work_items(array(
        select denial_id from denial_work_items where for_all or payer_id = any (payer_ids)
    ));
    return null;
end
$$;

comment on function follow_policies() is 'Trigger: triages anew what a changed policy may concern.';

create function release_policy() returns trigger
    language plpgsql
    security definer
as $$
begin
    update denial_work_items set policy_id = null where policy_id = old.id;
    return old;
end
$$;

comment on function release_policy() is 'Trigger: frees a policy that is taken out; follow_policies then finds the next.';

create function follow_library() returns trigger
    language plpgsql
    security definer
as $$
declare
    reasons text[];
begin
    lock table denials in share row exclusive mode;

    if tg_op = 'INSERT' then
        select array_agg(split_part(denial_code, '-', 2)) into reasons from new_entries;
    elsif tg_op = 'DELETE' then
        select array_agg(split_part(denial_code, '-', 2)) into reasons from old_entries;
    else
        select array_agg(split_part(denial_code, '-', 2))
        into reasons
        from (select denial_code from old_entries union all select denial_code from new_entries) as entry;
    end if;

    perform keep_work_items(array(
        select denial_id from denial_work_items where split_part(denial_code, '-', 2) = any (reasons)
    ));
    return null;
end
$$;

comment on function follow_library() is 'Trigger: triages anew what a changed entry of the library may concern.';

create function follow_remark_library() returns trigger
    language plpgsql
    security definer
as $$
declare
    codes text[];
begin
    lock table denials in share row exclusive mode;

    if tg_op = 'INSERT' then
        select array_agg(remark_code) into codes from new_entries;
    elsif tg_op = 'DELETE' then
        select array_agg(remark_code) into codes from old_entries;
    else
        select array_agg(remark_code)
        into codes
        from (select remark_code from old_entries union all select remark_code from new_entries) as entry;
    end if;

    perform keep_work_items(array(
        select item.denial_id
        from denial_work_items as item
        where exists (
            select from denial_remarks
            where denial_remarks.denial_id = item.denial_id and denial_remarks.remark_code = any (codes)
        )
    ));
    return null;
end
$$;

comment on function follow_remark_library() is 'Trigger: triages anew what a changed entry of the remark library concerns.';

create function follow_remarks() returns trigger
    language plpgsql
    security definer
as $$
declare
    denial_ids uuid[];
begin
    -- Waits for whoever changes policies or the libraries, as a new denial does.
    lock table denials in row exclusive mode;
    select array_agg(distinct denial_id) into denial_ids from new_remarks;
    perform 1 from denials where id = any (denial_ids) order by id for no key update;
    perform keep_work_items(denial_ids);
    return null;
end
$$;

comment on function follow_remarks() is 'Trigger: triages anew what a payer remarked on.';

create function follow_denial() returns trigger
    language plpgsql
    security definer
as $$
begin
    perform keep_work_items(array[new.id]);
    return null;
end
$$;

comment on function follow_denial() is 'Trigger: triages a corrected denial anew.';

create function follow_assignment() returns trigger
    language plpgsql
    security definer
as $$
begin
    update denial_work_items set assigned_to = new.assigned_to where denial_id = new.id;
    return null;
end
$$;

comment on function follow_assignment() is 'Trigger: has the work list show who works a denial.';

create function follow_payer() returns trigger
    language plpgsql
    security definer
as $$
begin
    lock table denials in share row exclusive mode;
    perform keep_work_items(array(select denial_id from denial_work_items where payer_id = new.id));
    return null;
end
$$;

comment on function follow_payer() is 'Trigger: triages anew what is open at a payer whose type was corrected.';

create function reconcile_work_list() returns table (denial_id uuid, difference text)
    language plpgsql
    stable
as $$
begin
    return query
    select
        cast(coalesce(kept.denial_id, expected.denial_id) as uuid),
        case
            when kept.denial_id is null then 'missing'
            when expected.denial_id is null then 'not to be worked'
            else 'differs'
        end
    from denial_work_items as kept
    full join expected_work_items(array(select id from denials where denials.open_amount > 0)) as expected
        on expected.denial_id = kept.denial_id
    where row(kept.*) is distinct from row(expected.*)
    order by 1;
end
$$;

comment on function reconcile_work_list() is
    'Every denial that the work list lacks, has without need or has otherwise than triage says: empty, always.';

create function repair_work_list() returns bigint
    language plpgsql
as $$
declare
    denial_ids uuid[];
begin
    lock table denials in share row exclusive mode;
    select array_agg(differing.denial_id) into denial_ids from reconcile_work_list() as differing;
    perform keep_work_items(denial_ids);
    return coalesce(cardinality(denial_ids), 0);
end
$$;

comment on function repair_work_list() is
    'Has the work list say what triage says, and tells how many denials differed. For the owner of the schema, after a restore without triggers.';

select pin_search_path(cast('expected_work_items(uuid[])' as regprocedure));
select pin_search_path(cast('keep_work_items(uuid[])' as regprocedure));
select pin_search_path(cast('settle_work_items(uuid[])' as regprocedure));
select pin_search_path(cast('follow_policies()' as regprocedure));
select pin_search_path(cast('release_policy()' as regprocedure));
select pin_search_path(cast('follow_library()' as regprocedure));
select pin_search_path(cast('follow_remark_library()' as regprocedure));
select pin_search_path(cast('follow_remarks()' as regprocedure));
select pin_search_path(cast('follow_denial()' as regprocedure));
select pin_search_path(cast('follow_assignment()' as regprocedure));
select pin_search_path(cast('follow_payer()' as regprocedure));
select pin_search_path(cast('reconcile_work_list()' as regprocedure));
select pin_search_path(cast('repair_work_list()' as regprocedure));

revoke execute on function follow_policies() from public;
revoke execute on function release_policy() from public;
revoke execute on function follow_library() from public;
revoke execute on function follow_remark_library() from public;
revoke execute on function follow_remarks() from public;
revoke execute on function follow_denial() from public;
revoke execute on function follow_assignment() from public;
revoke execute on function follow_payer() from public;

create trigger follow_policies_when_made
    after insert on org_policies
    referencing new table as new_policies
    for each statement
    execute function follow_policies();

comment on trigger follow_policies_when_made on org_policies is 'The work list follows policies.';

create trigger follow_policies_when_changed
    after update on org_policies
    referencing old table as old_policies new table as new_policies
    for each statement
    execute function follow_policies();

comment on trigger follow_policies_when_changed on org_policies is 'The work list follows policies.';

create trigger follow_policies_when_taken_out
    after delete on org_policies
    referencing old table as old_policies
    for each statement
    execute function follow_policies();

comment on trigger follow_policies_when_taken_out on org_policies is 'The work list follows policies.';

create trigger follow_library_when_made
    after insert on denial_code_library
    referencing new table as new_entries
    for each statement
    execute function follow_library();

comment on trigger follow_library_when_made on denial_code_library is 'The work list follows the library.';

create trigger follow_library_when_changed
    after update on denial_code_library
    referencing old table as old_entries new table as new_entries
    for each statement
    execute function follow_library();

comment on trigger follow_library_when_changed on denial_code_library is 'The work list follows the library.';

create trigger follow_library_when_taken_out
    after delete on denial_code_library
    referencing old table as old_entries
    for each statement
    execute function follow_library();

comment on trigger follow_library_when_taken_out on denial_code_library is 'The work list follows the library.';

create trigger follow_remark_library_when_made
    after insert on remark_code_library
    referencing new table as new_entries
    for each statement
    execute function follow_remark_library();

comment on trigger follow_remark_library_when_made on remark_code_library is 'The work list follows the remark library.';

create trigger follow_remark_library_when_changed
    after update on remark_code_library
    referencing old table as old_entries new table as new_entries
    for each statement
    execute function follow_remark_library();

comment on trigger follow_remark_library_when_changed on remark_code_library is 'The work list follows the remark library.';

create trigger follow_remark_library_when_taken_out
    after delete on remark_code_library
    referencing old table as old_entries
    for each statement
    execute function follow_remark_library();

comment on trigger follow_remark_library_when_taken_out on remark_code_library is 'The work list follows the remark library.';

create trigger follow_remarks
    after insert on denial_remarks
    referencing new table as new_remarks
    for each statement
    execute function follow_remarks();

comment on trigger follow_remarks on denial_remarks is 'The work list follows remarks.';

create trigger follow_withdrawn_remarks
    after update on denial_remarks
    referencing new table as new_remarks
    for each statement
    execute function follow_remarks();

comment on trigger follow_withdrawn_remarks on denial_remarks is 'The work list follows remarks that are withdrawn.';

create trigger release_policy
    before delete on org_policies
    for each row
    execute function release_policy();

comment on trigger release_policy on org_policies is 'A policy may be taken out.';

create trigger follow_denial
    after update of denial_code, denied_on, denial_amount, payer_id, taken_back_in_id on denials
    for each row
    when (
        (new.denial_code, new.denied_on, new.denial_amount, new.payer_id, new.taken_back_in_id)
        is distinct from (old.denial_code, old.denied_on, old.denial_amount, old.payer_id, old.taken_back_in_id)
    )
    execute function follow_denial();

comment on trigger follow_denial on denials is 'The work list follows corrections and reversals.';

create trigger follow_assignment
    after update of assigned_to on denials
    for each row
    when (new.assigned_to is distinct from old.assigned_to)
    execute function follow_assignment();

comment on trigger follow_assignment on denials is 'The work list shows who works a denial.';

create trigger follow_payer
    after update on payers
    for each row
    when (new.payer_type is distinct from old.payer_type)
    execute function follow_payer();

comment on trigger follow_payer on payers is 'The work list follows corrections.';

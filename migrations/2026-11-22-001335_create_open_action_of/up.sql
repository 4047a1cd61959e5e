-- Read at the moment, not kept: denials.open_action is kept from it. Two at a time, which the guards prevent, are told
-- together; the CHECK of the column then refuses them.

create function open_action_of(denial uuid) returns text
    language plpgsql
    stable
as $$
begin
    return (
        select string_agg(action, ' and ' order by action)
        from (
            select case when filed_on is null then 'appeal' else 'filed_appeal' end as action
            from appeals
            where denial_id = denial and status in ('pending', 'in_progress', 'submitted', 'under_review')
            union all
            select 'rebill'
            from rebills
            where denial_id = denial and status in ('pending', 'submitted', 'accepted')
        ) as under_way
    );
end
$$;

comment on function open_action_of(uuid) is
    'What is under way for a denial, from its appeals and rebills: appeal, filed_appeal or rebill; null when nothing is.';

create function keep_open_actions(denial_ids uuid[]) returns void
    language plpgsql
as $$
declare
    changed_ids uuid[];
    actions text[];
begin
    -- Computed first: Citus takes no such function in an UPDATE. Materialized, so that each is asked once.
    with denial as materialized (
        select id, open_action_of(id) as action, cast(open_action as text) as kept from denials where id = any (denial_ids)
    )
    select array_agg(id), array_agg(action) into changed_ids, actions from denial where action is distinct from kept;

    update denials
    set open_action = change.action
    from unnest(changed_ids, actions) as change (id, action)
    where denials.id = change.id;

    perform keep_work_items(denial_ids);
end
$$;

comment on function keep_open_actions(uuid[]) is
    'Has the open_action of denials, and the work list, follow their appeals and rebills.';

select pin_search_path(cast('open_action_of(uuid)' as regprocedure));
select pin_search_path(cast('keep_open_actions(uuid[])' as regprocedure));


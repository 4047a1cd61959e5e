-- Read at the moment, not kept: denials.open_action is kept from it. Two at a time, which the guards prevent, are told
-- together; the CHECK of the column then refuses them. Each column has a name and a type, so that the body is the same
-- after a dump and restore.

create function open_action_of(denial denial_key) returns text
    language sql
    stable
begin atomic
    select string_agg(under_way.action, ' and ' order by under_way.action)
    from (
        select case when filed_on is null then 'appeal' else 'filed_appeal' end as action
        from appeals
        where denial_id = denial and status in ('pending', 'in_progress', 'submitted', 'under_review')
        union all
        select cast('rebill' as text) as action
        from rebills
        where denial_id = denial and status in ('pending', 'submitted', 'accepted')
    ) as under_way;
end;

comment on function open_action_of(denial_key) is
    'What is under way for a denial, from its appeals and rebills: appeal, filed_appeal or rebill; null when nothing is.';

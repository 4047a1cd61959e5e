create view denial_work_list as
select
    item.denial_id,
    item.claim_id,
    item.payer_id,
    item.denial_code,
    item.denied_on,
    item.denial_amount,
    item.open_amount,
    cast(coalesce(entry.category, same_reason.category, 'unknown') as denial_category) as category,
    item.appealable,
    item.action,
    item.automatic and coalesce(item.last_day >= current_date, true) as automatic,
    cast(case item.priority_order when 1 then 'high' when 2 then 'medium' else 'low' end as priority) as priority,
    item.priority_order,
    item.act_by - item.denied_on as days,
    item.act_by,
    item.act_by < current_date as expired,
    item.last_day,
    item.policy_id,
    policy.name as policy_name,
    item.remark_code,
    item.decided_by,
    case
        when item.action = 'follow_up' then 'The payer granted it and has not paid.'
        else reason_of(
            item.decided_by, policy.name, policy.priority_rank, item.remark_code, item.action, item.last_day
        )
    end as reason,
    case
        when item.action = 'follow_up' then 'Ask the payer for what it granted.'
        else steps_for(
            item.action, item.decided_by, item.denied_on, remark.recommended_action, remark.next_steps,
            entry.recommended_action, entry.usual_resolution, entry.valid_from, entry.valid_to
        )
    end as next_steps,
    item.assigned_to
from denial_work_items as item
left join denial_code_library as entry on entry.denial_code = item.denial_code
left join (
    select distinct on (split_part(denial_code, '-', 2)) split_part(denial_code, '-', 2) as reason, category
    from denial_code_library
    order by split_part(denial_code, '-', 2), denial_code collate "C"
) as same_reason on same_reason.reason = split_part(item.denial_code, '-', 2)
left join remark_code_library as remark on remark.remark_code = item.remark_code
left join org_policies as policy on policy.id = item.policy_id
where item.listed_from <= current_date;

comment on view denial_work_list is
    'The denials that wait for an action today (nothing under way, not all of it granted), with what to do. Work them by priority_order, act_by, denial_amount from the largest, denial_id.';
comment on column denial_work_list.denial_id is 'The denial.';
comment on column denial_work_list.claim_id is 'Its claim.';
comment on column denial_work_list.payer_id is 'The payer of the claim.';
comment on column denial_work_list.denial_code is 'Group and reason, such as CO-197.';
comment on column denial_work_list.denied_on is 'Day of the payer''s decision.';
comment on column denial_work_list.denial_amount is 'Refused, US dollars.';
comment on column denial_work_list.open_amount is
    'To be worked, US dollars: what is open and not granted; for a follow_up what was granted.';
comment on column denial_work_list.category is
    'What the library says of the code, else of the same reason under another group, else unknown.';
comment on column denial_work_list.appealable is
    'Does an appeal make sense? Only if the library says so of this very code, and neither the type of the payer nor a remark takes the appeal away, and a level is left.';
comment on column denial_work_list.action is
    'appeal, rebill, write_off, transfer_to_patient, post_adjustment, investigate, or follow_up where the payer granted it and has not paid.';
comment on column denial_work_list.automatic is 'May a program act without asking? Not once the last day is over.';
comment on column denial_work_list.priority is
    'high for a rebill or an automatic appeal, low for a write-off, else medium.';
comment on column denial_work_list.priority_order is 'The priority for sorting: 1 high, 2 medium, 3 low.';
comment on column denial_work_list.days is 'Days from the denial by which to act.';
comment on column denial_work_list.act_by is 'Day by which to act, never after the last day.';
comment on column denial_work_list.expired is 'Is that day over?';
comment on column denial_work_list.last_day is
    'Last day to file the corrected claim of a rebill, or to appeal what is to be appealed or investigated, by filing_rules; empty where there is none.';
comment on column denial_work_list.policy_id is 'The policy that decides; empty when none fits.';
comment on column denial_work_list.policy_name is 'Its name.';
comment on column denial_work_list.remark_code is 'The remark that counts; empty when none does.';
comment on column denial_work_list.decided_by is 'Which rule of triage decides.';
comment on column denial_work_list.reason is 'The same in a sentence.';
comment on column denial_work_list.next_steps is
    'How to do it, from the remark that counts, else from the library; empty where neither speaks of that action.';
comment on column denial_work_list.assigned_to is 'Who works it; empty for whoever comes next.';

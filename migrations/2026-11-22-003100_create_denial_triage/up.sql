-- What to do about each denial, by the organization's policies. `workflow::triage` gives the same answer for a denial
-- that is not stored yet; a test compares the two.

create view denial_triage as
select
    denials.id as denial_id,
    denials.claim_id,
    claims.payer_id,
    denials.denial_code,
    denials.denied_on,
    denials.open_amount,
    denials.open_action,
    class.category,
    class.appealable,
    decision.action,
    decision.automatic,
    cast(
        case
            when decision.action = 'rebill' or (decision.action = 'appeal' and decision.automatic) then 'high'
            when decision.action = 'write_off' then 'low'
            when decision.action is not null then 'medium'
        end as priority
    ) as priority,
    decision.days,
    denials.denied_on + decision.days as act_by,
    policy.id as policy_id,
    policy.name as policy_name,
    case
        when decision.action is null then 'Nothing is open.'
        when policy.id is not null
            then format('Policy "%s" (rank %s) is the first that fits.', policy.name, policy.priority_rank)
        when library.id is null then 'No policy fits; the library lacks the code.'
        when not class.appealable then 'No policy fits; the code is not appealable.'
        else 'No policy fits.'
    end as reason
from denials
join claims on claims.id = denials.claim_id
left join denial_code_library as library on library.denial_code = denials.denial_code
-- As in classified_denials, which would read denials a second time here; a test compares the two. The category of a
-- reason, whatever the group; of several, that of the group that comes first.
left join (
    select distinct on (split_part(denial_code, '-', 2))
        split_part(denial_code, '-', 2) as reason,
        category
    from denial_code_library
    order by split_part(denial_code, '-', 2), denial_code collate "C"
) as same_reason on same_reason.reason = split_part(denials.denial_code, '-', 2)
cross join lateral (
    select
        cast(coalesce(library.category, same_reason.category, 'unknown') as denial_category) as category,
        coalesce(library.appealable, false) as appealable
) as class
left join lateral (
    select id, name, policy_type, days_to_act, automatic, priority_rank
    from org_policies
    where
        denials.open_amount > 0
        and active
        and (payer_id is null or payer_id = claims.payer_id)
        and (denial_category is null or denial_category = class.category)
        and min_amount <= denials.open_amount
        and (max_amount is null or max_amount > denials.open_amount)
        and (valid_from is null or valid_from <= denials.denied_on)
        and (valid_to is null or valid_to >= denials.denied_on)
        and (policy_type <> 'appeal_threshold' or class.appealable)
        -- A contractual obligation is never billed to the patient.
        and (policy_type <> 'transfer_to_patient' or denials.denial_code not like 'CO-%')
    order by priority_rank, payer_id is null, denial_category is null, name collate "C"
    limit 1
) as policy on true
cross join lateral (
    select
        cast(
            case
                when denials.open_amount = 0 then null
                when policy.policy_type = 'appeal_threshold' then 'appeal'
                when policy.policy_type = 'write_off_threshold' then 'write_off'
                when policy.policy_type = 'rebill_threshold' then 'rebill'
                when policy.policy_type = 'transfer_to_patient' then 'transfer_to_patient'
                else 'investigate'
            end as denial_action
        ) as action,
        coalesce(policy.automatic, false) as automatic,
        case when denials.open_amount > 0 then coalesce(policy.days_to_act, 30) end as days
) as decision;

comment on view denial_triage is
    'What to do about each denial, and which policy says so.';
comment on column denial_triage.denial_id is 'The denial.';
comment on column denial_triage.claim_id is 'Its claim.';
comment on column denial_triage.payer_id is 'The payer of the claim.';
comment on column denial_triage.denial_code is 'Group and reason, such as CO-197.';
comment on column denial_triage.denied_on is 'Day of the payer''s decision.';
comment on column denial_triage.open_amount is 'Still to be worked, US dollars.';
comment on column denial_triage.open_action is
    'What is under way: appeal (not yet filed), filed_appeal or rebill; empty when nothing is.';
comment on column denial_triage.category is
    'What the library says of the code, else of the same reason under another group, else unknown.';
comment on column denial_triage.appealable is
    'Does an appeal make sense? Only if the library says so of this very code.';
comment on column denial_triage.action is
    'appeal, rebill, write_off, transfer_to_patient or investigate; empty when nothing is open.';
comment on column denial_triage.automatic is 'May a program act without asking?';
comment on column denial_triage.priority is
    'high for a rebill or an automatic appeal, low for a write-off, else medium; empty when nothing is open.';
comment on column denial_triage.days is 'Days from the denial by which to act; empty when nothing is open.';
comment on column denial_triage.act_by is 'Day by which to act; empty when nothing is open.';
comment on column denial_triage.policy_id is 'The policy that decides; empty when none fits.';
comment on column denial_triage.policy_name is 'Its name.';
comment on column denial_triage.reason is 'Why, in a sentence.';

create view denial_work_list as
select
    denial_id,
    claim_id,
    payer_id,
    denial_code,
    denied_on,
    open_amount,
    category,
    appealable,
    action,
    automatic,
    priority,
    case priority when 'high' then 1 when 'medium' then 2 else 3 end as priority_order,
    days,
    act_by,
    policy_id,
    policy_name,
    reason
from denial_triage
-- A constant, so that the index denials_to_work serves it.
where open_amount > 0
    and open_action is null
    and not exists (
        select from write_offs where write_offs.denial_id = denial_triage.denial_id and status = 'pending_approval'
    );

comment on view denial_work_list is
    'The denials with anything open and nothing under way (no open appeal or rebill, no write-off that waits for approval), with what to do. Work them by priority_order, act_by, open_amount from the largest, denial_id.';
comment on column denial_work_list.denial_id is 'The denial.';
comment on column denial_work_list.claim_id is 'Its claim.';
comment on column denial_work_list.payer_id is 'The payer of the claim.';
comment on column denial_work_list.denial_code is 'Group and reason, such as CO-197.';
comment on column denial_work_list.denied_on is 'Day of the payer''s decision.';
comment on column denial_work_list.open_amount is 'Still to be worked, US dollars.';
comment on column denial_work_list.category is
    'What the library says of the code, else of the same reason under another group, else unknown.';
comment on column denial_work_list.appealable is
    'Does an appeal make sense? Only if the library says so of this very code.';
comment on column denial_work_list.action is 'appeal, rebill, write_off, transfer_to_patient or investigate.';
comment on column denial_work_list.automatic is 'May a program act without asking?';
comment on column denial_work_list.priority is
    'high for a rebill or an automatic appeal, low for a write-off, else medium.';
comment on column denial_work_list.priority_order is 'The priority for sorting: 1 high, 2 medium, 3 low.';
comment on column denial_work_list.days is 'Days from the denial by which to act.';
comment on column denial_work_list.act_by is 'Day by which to act.';
comment on column denial_work_list.policy_id is 'The policy that decides; empty when none fits.';
comment on column denial_work_list.policy_name is 'Its name.';
comment on column denial_work_list.reason is 'Why, in a sentence.';

create view denial_codes_to_add as
select
    lacking.denial_code,
    cast(
        coalesce(
            (
                select category
                from denial_code_library
                where split_part(denial_code, '-', 2) = split_part(lacking.denial_code, '-', 2)
                order by denial_code collate "C"
                limit 1
            ),
            'unknown'
        ) as denial_category
    ) as guessed_category,
    lacking.denial_count,
    lacking.denied_amount,
    lacking.first_denied_on,
    lacking.last_denied_on
from (
    select
        denial_code,
        count(*) as denial_count,
        sum(denial_amount) as denied_amount,
        min(denied_on) as first_denied_on,
        max(denied_on) as last_denied_on
    from denials
    where not exists (
        select from denial_code_library where denial_code_library.denial_code = denials.denial_code
    )
    group by denial_code
) as lacking;

comment on view denial_codes_to_add is 'The codes of denials that denial_code_library lacks.';
comment on column denial_codes_to_add.denial_code is 'Group and reason, such as CO-999.';
comment on column denial_codes_to_add.guessed_category is
    'The category of the same reason under another group, else unknown.';
comment on column denial_codes_to_add.denial_count is 'Denials with the code.';
comment on column denial_codes_to_add.denied_amount is 'Refused by them, US dollars.';
comment on column denial_codes_to_add.first_denied_on is 'Day of the first.';
comment on column denial_codes_to_add.last_denied_on is 'Day of the last.';

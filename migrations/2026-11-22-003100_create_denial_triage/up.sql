-- As steps_for: a view that named triage's types would keep Citus from adding a node.
create function triage_of(denial uuid)
    returns table (
        category denial_category,
        appealable boolean,
        action denial_action,
        automatic boolean,
        priority priority,
        days integer,
        act_by date,
        last_day date,
        policy_id org_policy_key,
        policy_name text,
        remark_code remark_code,
        decided_by triage_rule,
        reason text,
        next_steps text
    )
    language plpgsql
    stable
as $$
begin
    return query
    select
        decision.category, decision.appealable, decision.action,
        decision.automatic and coalesce(decision.last_day >= current_date, true), decision.priority, decision.days,
        decision.act_by, decision.last_day, decision.policy_id, decision.policy_name, decision.remark_code,
        decision.decided_by, decision.reason, decision.next_steps
    from denials
    cross join lateral triage(
        cast(
            row(
                denials.payer_id, denials.denial_code, denials.denied_on, denials.open_amount,
                array(
                    select cast(denial_remarks.remark_code as text)
                    from denial_remarks
                    where denial_remarks.denial_id = denials.id and denial_remarks.withdrawn_by is null
                ),
                denials.id
            ) as denial_to_triage
        )
    ) as decision
    where denials.id = denial;
end
$$;

comment on function triage_of(uuid) is 'What triage says of a denial that is stored; automatic until its last day is over.';

select pin_search_path(cast('triage_of(uuid)' as regprocedure));

create view denial_triage as
select
    denials.id as denial_id,
    denials.claim_id,
    denials.payer_id,
    denials.denial_code,
    denials.denied_on,
    denials.open_amount,
    denials.open_action,
    decision.category,
    decision.appealable,
    decision.action,
    decision.automatic,
    decision.priority,
    decision.days,
    decision.act_by,
    decision.last_day,
    decision.policy_id,
    decision.policy_name,
    decision.remark_code,
    decision.decided_by,
    decision.reason,
    decision.next_steps
from denials
cross join lateral triage_of(denials.id) as decision;

comment on view denial_triage is
    'What to do about each denial, and which rule says so. Asks the policies anew for each row; what waits for an action stands in denial_work_list.';
comment on column denial_triage.denial_id is 'The denial.';
comment on column denial_triage.claim_id is 'Its claim.';
comment on column denial_triage.payer_id is 'The payer of the claim.';
comment on column denial_triage.denial_code is 'Group and reason, such as CO-197.';
comment on column denial_triage.denied_on is 'Day of the payer''s decision.';
comment on column denial_triage.open_amount is 'Still open, US dollars.';
comment on column denial_triage.open_action is
    'What is under way: appeal (not yet filed), filed_appeal or rebill; empty when nothing is.';
comment on column denial_triage.category is
    'What the library says of the code, else of the same reason under another group, else unknown.';
comment on column denial_triage.appealable is
    'Does an appeal make sense? Only if the library says so of this very code, and neither the type of the payer nor a remark takes the appeal away, and a level is left.';
comment on column denial_triage.action is
    'appeal, rebill, write_off, transfer_to_patient, post_adjustment or investigate; empty when nothing is open.';
comment on column denial_triage.automatic is 'May a program act without asking? Not once the last day is over.';
comment on column denial_triage.priority is
    'high for a rebill or an automatic appeal, low for a write-off, else medium; empty when nothing is open.';
comment on column denial_triage.days is 'Days from the denial by which to act; empty when nothing is open.';
comment on column denial_triage.act_by is 'Day by which to act, never after the last day; empty when nothing is open.';
comment on column denial_triage.last_day is
    'Last day to file the corrected claim of a rebill, or to appeal what is to be appealed or investigated, by filing_rules; empty where there is none.';
comment on column denial_triage.policy_id is 'The policy that decides; empty when none fits.';
comment on column denial_triage.policy_name is 'Its name.';
comment on column denial_triage.remark_code is 'The remark that counts; empty when none does.';
comment on column denial_triage.decided_by is 'Which rule decides; empty when nothing is open.';
comment on column denial_triage.reason is 'The same in a sentence.';
comment on column denial_triage.next_steps is
    'How to do it, from the remark that counts, else from the library; empty where neither speaks of that action.';

create view denial_codes_to_add as
select
    lacking.denial_code,
    cast(category_of(lacking.denial_code) as denial_category) as guessed_category,
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

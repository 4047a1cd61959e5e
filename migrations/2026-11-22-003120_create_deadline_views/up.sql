create view claims_to_file as
select
    claims.id as claim_id,
    claims.claim_id as claim,
    claims.payer_id,
    claims.claim_type,
    claims.replaces_claim_id is not null as is_correction,
    claims.service_from,
    claims.service_to,
    claims.amount,
    deadline.file_by,
    deadline.file_by - current_date as days_left
from claims
cross join lateral (
    select
        filing_deadline_of(
            claims.payer_id, claims.claim_type, claims.service_from, claims.service_to, claims.replaces_claim_id
        ) as file_by
) as deadline
where claims.status = 'pending' and deadline.file_by is not null;

comment on view claims_to_file is
    'Pending claims with their last day to file, counted anew for each of them. Work them by file_by, claim_id. A last day on a weekend stays.';
comment on column claims_to_file.claim_id is 'The claim.';
comment on column claims_to_file.claim is 'Its business identifier.';
comment on column claims_to_file.payer_id is 'The payer that it goes to.';
comment on column claims_to_file.claim_type is 'professional, institutional or dental.';
comment on column claims_to_file.is_correction is 'Does it replace or void an earlier claim?';
comment on column claims_to_file.service_from is 'First day of service.';
comment on column claims_to_file.service_to is 'Last day of service.';
comment on column claims_to_file.amount is 'Billed, US dollars.';
comment on column claims_to_file.file_by is 'Last day to file, by filing_rules.';
comment on column claims_to_file.days_left is 'Days until then: 0 on the last day, below zero once it is over.';

-- Each part has no condition of its own: so PostgreSQL merges the parts in the order of their indexes, and a page of the list
-- reads no more than it shows. The denial is looked up only where something is begun.
create view denials_expiring as
select
    expiring.denial_id,
    expiring.claim_id,
    expiring.payer_id,
    expiring.denial_code,
    coalesce(expiring.denied_on, begun.denied_on) as denied_on,
    cast(coalesce(expiring.open_amount, begun.open_amount) as usd) as open_amount,
    expiring.action,
    expiring.is_begun,
    coalesce(expiring.assigned_to, begun.assigned_to) as assigned_to,
    expiring.last_day,
    expiring.last_day - current_date as days_left
from (
    select
        denial_id,
        claim_id,
        payer_id,
        denial_code,
        denied_on,
        open_amount,
        action,
        false as is_begun,
        assigned_to,
        last_day
    from denial_work_items
    union all
    select
        denial_id,
        claim_id,
        payer_id,
        denial_code,
        cast(null as calendar_date),
        cast(null as usd),
        cast('appeal' as denial_action),
        true,
        assigned_to,
        file_by
    from appeals
    union all
    select
        denial_id,
        original_claim_id,
        payer_id,
        denial_code,
        cast(null as calendar_date),
        cast(null as usd),
        cast('rebill' as denial_action),
        true,
        assigned_to,
        submit_by
    from rebills
) as expiring
left join denials as begun on begun.id = case when expiring.is_begun then expiring.denial_id end
where expiring.last_day is not null;

comment on view denials_expiring is
    'Denials of which the payer has nothing yet, with the last day to file the corrected claim where that is to be done, else to appeal at the next level. Work them by last_day, denial_id, from today on. A last day on a weekend stays. What waits for the approval of a write-off is given up and not here.';
comment on column denials_expiring.denial_id is 'The denial.';
comment on column denials_expiring.claim_id is 'Its claim.';
comment on column denials_expiring.payer_id is 'The payer of the claim.';
comment on column denials_expiring.denial_code is 'Group and reason, such as CO-197.';
comment on column denials_expiring.denied_on is 'Day of the payer''s decision.';
comment on column denials_expiring.open_amount is 'Not settled yet, US dollars.';
comment on column denials_expiring.action is 'What triage says; once it is begun appeal or rebill, whichever it is.';
comment on column denials_expiring.is_begun is
    'Does an appeal wait to be filed, or a rebill to be submitted? Else nothing is under way.';
comment on column denials_expiring.assigned_to is
    'Who works it: the appeal''s or the rebill''s assignee, else the denial''s; empty for whoever comes next.';
comment on column denials_expiring.last_day is 'Last day, by filing_rules; of an appeal or rebill its due_on.';
comment on column denials_expiring.days_left is 'Days until then: 0 on the last day, below zero once it is over.';

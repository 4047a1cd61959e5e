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

create view denials_expiring as
select
    item.denial_id,
    item.claim_id,
    item.payer_id,
    item.denial_code,
    item.denied_on,
    item.open_amount,
    item.action,
    item.assigned_to,
    item.last_day,
    item.last_day - current_date as days_left
from denial_work_items as item
where item.last_day is not null;

comment on view denials_expiring is
    'Denials with nothing under way, with the last day to file the corrected claim where that is to be done, else to appeal at the next level. Work them by last_day, denial_id, from today on. A last day on a weekend stays.';
comment on column denials_expiring.denial_id is 'The denial.';
comment on column denials_expiring.claim_id is 'Its claim.';
comment on column denials_expiring.payer_id is 'The payer of the claim.';
comment on column denials_expiring.denial_code is 'Group and reason, such as CO-197.';
comment on column denials_expiring.denied_on is 'Day of the payer''s decision.';
comment on column denials_expiring.open_amount is 'To be worked, US dollars.';
comment on column denials_expiring.action is 'What triage says.';
comment on column denials_expiring.assigned_to is 'Who works it; empty for whoever comes next.';
comment on column denials_expiring.last_day is 'Last day, by filing_rules.';
comment on column denials_expiring.days_left is 'Days until then: 0 on the last day, below zero once it is over.';

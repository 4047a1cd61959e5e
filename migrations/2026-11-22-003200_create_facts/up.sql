-- One row per thing that happened, with what people group by in plain columns, for reports and BI tools. Nothing here
-- tells who the patient is: a role that may read these views and no table can do every analysis.

create view denial_facts as
select
    denials.id,
    claims.claim_id as claim,
    payers.payer_id as payer,
    denials.denial_code,
    classified_denials.category,
    claim_lines.procedure_code,
    denials.denied_on,
    denials.preventable,
    denials.denial_amount,
    denials.recovered_amount,
    denials.written_off_amount,
    denials.transferred_amount,
    denials.adjusted_amount,
    denials.open_amount,
    denials.resolution_status
from denials
join claims on claims.id = denials.claim_id
join payers on payers.id = claims.payer_id
join classified_denials on classified_denials.denial_id = denials.id
left join claim_lines
    on claim_lines.claim_id = denials.claim_id and claim_lines.line_number = denials.line_number;

comment on view denial_facts is 'One row per denial, without the patient.';
comment on column denial_facts.id is 'Id of the denial.';
comment on column denial_facts.claim is 'Business identifier of the denied claim.';
comment on column denial_facts.payer is 'Business identifier of the payer.';
comment on column denial_facts.denial_code is 'Group and reason, such as CO-197.';
comment on column denial_facts.category is 'What it is about; see classified_denials.';
comment on column denial_facts.procedure_code is 'Procedure of the denied line; empty when the whole claim was denied.';
comment on column denial_facts.denied_on is 'Day of the payer''s decision.';
comment on column denial_facts.preventable is 'Could the practice have prevented it? Empty until someone has looked.';
comment on column denial_facts.denial_amount is 'Refused, US dollars.';
comment on column denial_facts.recovered_amount is 'Paid after all, US dollars.';
comment on column denial_facts.written_off_amount is 'Given up, US dollars.';
comment on column denial_facts.transferred_amount is 'Moved to the patient, US dollars.';
comment on column denial_facts.adjusted_amount is 'Contractual adjustment, US dollars.';
comment on column denial_facts.open_amount is 'Still to be worked, US dollars.';
comment on column denial_facts.resolution_status is 'pending, resolved or abandoned.';

create view posting_facts as
select
    id,
    denial_id,
    kind,
    posted_on,
    case when reverses_id is null then cast(amount as numeric) else -amount end as amount,
    appeal_id,
    rebill_id,
    write_off_id
from denial_transactions;

comment on view posting_facts is 'One row per posting to the ledger, with its sign: sums are right for any period.';
comment on column posting_facts.id is 'Id of the posting.';
comment on column posting_facts.denial_id is 'The denial.';
comment on column posting_facts.kind is 'recovery, write_off, patient_transfer or contractual_adjustment.';
comment on column posting_facts.posted_on is 'Day it counts for.';
comment on column posting_facts.amount is 'US dollars; below zero when it takes an earlier posting back.';
comment on column posting_facts.appeal_id is 'The appeal that recovered it, if one did.';
comment on column posting_facts.rebill_id is 'The rebill that recovered or adjusted it, if one did.';
comment on column posting_facts.write_off_id is 'The write-off, if it is one.';

create view appeal_facts as
select
    appeals.id,
    appeals.denial_id,
    denials.claim,
    denials.payer,
    denials.denial_code,
    denials.category as denial_category,
    appeals.appeal_level,
    appeals.status,
    appeals.priority,
    appeals.due_on,
    appeals.filed_on,
    appeals.decided_on,
    appeals.decided_on - appeals.filed_on as days_to_decision,
    appeals.appealed_amount,
    appeals.approved_amount
from appeals
join denial_facts as denials on denials.id = appeals.denial_id;

comment on view appeal_facts is 'One row per appeal, without the patient.';
comment on column appeal_facts.id is 'Id of the appeal.';
comment on column appeal_facts.denial_id is 'The denial that is appealed.';
comment on column appeal_facts.claim is 'Business identifier of the denied claim.';
comment on column appeal_facts.payer is 'Business identifier of the payer.';
comment on column appeal_facts.denial_code is 'Code of the denial, such as CO-197.';
comment on column appeal_facts.denial_category is 'What the denial is about; see classified_denials.';
comment on column appeal_facts.appeal_level is 'first_level, second_level, third_level or external_review.';
comment on column appeal_facts.status is
    'pending, in_progress, submitted, under_review, approved, partially_approved, denied or withdrawn.';
comment on column appeal_facts.priority is 'high, medium or low.';
comment on column appeal_facts.due_on is 'Last day to file.';
comment on column appeal_facts.filed_on is 'Day it went to the payer; empty before.';
comment on column appeal_facts.decided_on is 'Day of the payer''s decision; empty before.';
comment on column appeal_facts.days_to_decision is 'Days from filing to decision; empty before the decision.';
comment on column appeal_facts.appealed_amount is 'Asked for, US dollars.';
comment on column appeal_facts.approved_amount is 'Granted, US dollars; empty when nothing was.';

create view write_off_facts as
select
    write_offs.id,
    write_offs.denial_id,
    denials.claim,
    denials.payer,
    denials.denial_code,
    denials.category as denial_category,
    write_offs.reason,
    write_offs.category,
    write_offs.status,
    write_offs.preventable,
    write_offs.requested_on,
    write_offs.approved_on,
    write_offs.amount
from write_offs
join denial_facts as denials on denials.id = write_offs.denial_id;

comment on view write_off_facts is 'One row per write-off, without the patient. Money is lost by approved ones alone.';
comment on column write_off_facts.id is 'Id of the write-off.';
comment on column write_off_facts.denial_id is 'The denial that is given up.';
comment on column write_off_facts.claim is 'Business identifier of the denied claim.';
comment on column write_off_facts.payer is 'Business identifier of the payer.';
comment on column write_off_facts.denial_code is 'Code of the denial, such as CO-197.';
comment on column write_off_facts.denial_category is 'What the denial is about; see classified_denials.';
comment on column write_off_facts.reason is
    'below_threshold, timely_filing_expired, non_covered_service, patient_responsibility, contract_adjustment, uncollectible or other.';
comment on column write_off_facts.category is 'administrative, clinical, financial or patient_responsibility.';
comment on column write_off_facts.status is 'pending_approval, approved, rejected or reversed.';
comment on column write_off_facts.preventable is 'Could the practice have prevented the loss? Empty until someone has looked.';
comment on column write_off_facts.requested_on is 'Day it was asked for.';
comment on column write_off_facts.approved_on is 'Day of the approval; empty without one.';
comment on column write_off_facts.amount is 'Asked for, US dollars; lost where the status is approved.';

create view rebill_facts as
select
    rebills.id,
    rebills.denial_id,
    denials.claim,
    denials.payer,
    denials.denial_code,
    denials.category as denial_category,
    rebills.reason,
    rebills.status,
    rebills.submitted_on,
    rebills.resolved_on,
    rebills.resolved_on - rebills.submitted_on as days_to_resolution,
    denials.denial_amount,
    coalesce(posted.recovered_amount, 0) as recovered_amount
from rebills
join denial_facts as denials on denials.id = rebills.denial_id
left join (
    select rebill_id, sum(amount) as recovered_amount
    from posting_facts
    where kind = 'recovery'
    group by rebill_id
) as posted on posted.rebill_id = rebills.id;

comment on view rebill_facts is 'One row per rebill, without the patient.';
comment on column rebill_facts.id is 'Id of the rebill.';
comment on column rebill_facts.denial_id is 'The denial that the correction answers.';
comment on column rebill_facts.claim is 'Business identifier of the denied claim.';
comment on column rebill_facts.payer is 'Business identifier of the payer.';
comment on column rebill_facts.denial_code is 'Code of the denial, such as CO-4.';
comment on column rebill_facts.denial_category is 'What the denial is about; see classified_denials.';
comment on column rebill_facts.reason is
    'corrected_coding, added_modifier, updated_diagnosis, corrected_info, resubmit_timely, provider_change or other.';
comment on column rebill_facts.status is 'pending, submitted, accepted, paid, partially_paid or denied_again.';
comment on column rebill_facts.submitted_on is 'Day the corrected claim went to the payer; empty before.';
comment on column rebill_facts.resolved_on is 'Day the payer paid or denied it again; empty before.';
comment on column rebill_facts.days_to_resolution is 'Days from submission to resolution; empty before it.';
comment on column rebill_facts.denial_amount is 'Refused by the denial, US dollars.';
comment on column rebill_facts.recovered_amount is 'Recovered by the rebill, US dollars: the sum of its ledger.';

create view variance_facts as
select
    payment_variances.id,
    claims.claim_id as claim,
    payers.payer_id as payer,
    payment_variances.paid_on,
    payment_variances.expected_amount,
    payment_variances.actual_amount,
    payment_variances.variance_amount,
    payment_variances.variance_percentage,
    payment_variances.variance_type,
    payment_variances.variance_reason,
    payment_variances.needs_appeal,
    payment_variances.resolved_on
from payment_variances
join claims on claims.id = payment_variances.claim_id
join payers on payers.id = claims.payer_id;

comment on view variance_facts is 'One row per payment variance, without the patient.';
comment on column variance_facts.id is 'Id of the payment variance.';
comment on column variance_facts.claim is 'Business identifier of the claim that was paid.';
comment on column variance_facts.payer is 'Business identifier of the payer.';
comment on column variance_facts.paid_on is 'Day of the payment.';
comment on column variance_facts.expected_amount is 'What the contract says, US dollars.';
comment on column variance_facts.actual_amount is 'What was paid, US dollars.';
comment on column variance_facts.variance_amount is 'Actual less expected, US dollars; below zero for an underpayment.';
comment on column variance_facts.variance_percentage is 'Variance in percent of the expected amount.';
comment on column variance_facts.variance_type is 'underpayment, overpayment, or expected when within one cent.';
comment on column variance_facts.variance_reason is 'Why it differs; empty until known.';
comment on column variance_facts.needs_appeal is 'Is it worth an appeal?';
comment on column variance_facts.resolved_on is 'Day it was settled; empty before.';

-- One row per thing that happened, with what people group by in plain columns, for reports and BI tools. Nothing here
-- tells who the patient is: a role that may read these views and no table can do every analysis. Every join is a left join on a key,
-- so that PostgreSQL leaves out those whose columns nobody asks for. They are barriers: a function in a query never sees a
-- row that a view leaves out. Ids are digests, because those of the tables tell when a row was entered.

create function fact_id(id uuid) returns text
    language sql
    immutable
    parallel safe
return left(encode(sha256(uuid_send(id)), 'hex'), 32);

comment on function fact_id(uuid) is
    'What the fact views have for an id: equal for equal ids, and without their time. The random bits of an id keep it from being guessed.';

create view claim_facts with (security_barrier) as
select
    fact_id(claims.id) as id,
    claims.claim_id as claim,
    payers.payer_id as payer,
    payers.payer_type,
    claims.claim_type,
    claims.status,
    claims.service_from,
    claims.submitted_on,
    claims.amount,
    cast(
        case
            when claims.voided_on is not null or claims.frequency_code = '8' or claim_details.prior_claim_id is not null then 0
            else claims.amount - claims.rebilled_amount
        end
        as signed_usd
    ) as charge_amount,
    claims.paid_amount,
    claims.contractual_amount,
    claims.patient_responsibility_amount,
    claims.other_payer_amount,
    claims.written_off_amount,
    claims.rebilled_amount,
    claims.patient_paid_amount,
    claims.patient_written_off_amount,
    claims.payer_balance_amount,
    claims.patient_balance_amount,
    coalesce(claim_details.payer_sequence, cast(1 as smallint)) as payer_sequence,
    claim_details.billing_provider,
    claim_details.rendering_provider
from claims
left join payers on payers.id = claims.payer_id
left join claim_details on claim_details.claim_id = claims.id;

comment on view claim_facts is 'One row per claim, without the patient.';
comment on column claim_facts.id is 'fact_id() of the claim.';
comment on column claim_facts.claim is 'Business identifier.';
comment on column claim_facts.payer is 'Business identifier of the payer.';
comment on column claim_facts.payer_type is 'commercial, medicare, medicaid, tricare, workers_comp or other.';
comment on column claim_facts.claim_type is 'professional, institutional or dental.';
comment on column claim_facts.status is 'Where it stands.';
comment on column claim_facts.service_from is 'First day of service.';
comment on column claim_facts.submitted_on is 'Day it went to the payer; empty before.';
comment on column claim_facts.amount is 'What was billed on it, US dollars. Adding these up counts a service twice that was billed twice.';
comment on column claim_facts.charge_amount is
    'What counts as a charge, US dollars, so that each service counts once: the amount less what was rebilled; nothing for a voided claim, an 8, and a claim of a later payer.';
comment on column claim_facts.paid_amount is 'Paid by the payer, US dollars.';
comment on column claim_facts.contractual_amount is 'Taken off by the contract, US dollars.';
comment on column claim_facts.patient_responsibility_amount is 'Owed by the patient, US dollars.';
comment on column claim_facts.other_payer_amount is 'Settled by another payer, or billed to it, US dollars.';
comment on column claim_facts.written_off_amount is 'Given up, US dollars.';
comment on column claim_facts.rebilled_amount is 'Moved to a new claim, US dollars.';
comment on column claim_facts.patient_paid_amount is 'Paid by the patient, US dollars.';
comment on column claim_facts.patient_written_off_amount is 'Given up of what the patient owed, US dollars.';
comment on column claim_facts.payer_balance_amount is 'What the payer still owes, US dollars; below zero where it paid too much.';
comment on column claim_facts.patient_balance_amount is 'What the patient still owes, US dollars; below zero for a credit.';
comment on column claim_facts.payer_sequence is '1 the primary payer, 2 the secondary, up to 11.';
comment on column claim_facts.billing_provider is 'Who bills, by NPI.';
comment on column claim_facts.rendering_provider is 'Who rendered the services, by NPI.';

create view denial_facts with (security_barrier) as
select
    fact_id(denials.id) as id,
    claims.claim_id as claim,
    payers.payer_id as payer,
    denials.denial_code,
    cast(coalesce(entry.category, same_reason.category, 'unknown') as denial_category) as category,
    claim_lines.procedure_code,
    denials.denied_on,
    denials.preventable,
    denials.denial_amount,
    denials.recovered_amount,
    denials.written_off_amount,
    denials.transferred_amount,
    denials.adjusted_amount,
    denials.rebilled_amount,
    denials.withdrawn_amount,
    denials.open_amount,
    denials.resolution_status
from denials
left join claims on claims.id = denials.claim_id
left join payers on payers.id = denials.payer_id
left join denial_code_library as entry on entry.denial_code = denials.denial_code
left join (
    select distinct on (split_part(denial_code, '-', 2)) split_part(denial_code, '-', 2) as reason, category
    from denial_code_library
    order by split_part(denial_code, '-', 2), denial_code collate "C"
) as same_reason on same_reason.reason = split_part(denials.denial_code, '-', 2)
left join claim_lines on claim_lines.claim_id = denials.claim_id and claim_lines.line_number = denials.line_number;

comment on view denial_facts is 'One row per denial, without the patient.';
comment on column denial_facts.id is 'fact_id() of the denial.';
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
comment on column denial_facts.adjusted_amount is 'Taken off by the contract or settled by an earlier payer, US dollars.';
comment on column denial_facts.rebilled_amount is 'Moved to a new claim, US dollars.';
comment on column denial_facts.withdrawn_amount is 'Taken back by the payer, US dollars.';
comment on column denial_facts.open_amount is 'Still to be worked, US dollars.';
comment on column denial_facts.resolution_status is 'pending, resolved, rebilled or abandoned.';

create view posting_facts with (security_barrier) as
select
    fact_id(postings.id) as id,
    claims.claim_id as claim,
    payers.payer_id as payer,
    fact_id(postings.denial_id) as denial_id,
    postings.denial_id is not null as settles_denial,
    postings.kind,
    postings.posted_on,
    postings.amount,
    fact_id(postings.appeal_id) as appeal_id,
    fact_id(postings.rebill_id) as rebill_id,
    fact_id(postings.write_off_id) as write_off_id,
    target.claim_id as moved_to_claim
from postings
left join claims on claims.id = postings.claim_id
left join claims as target on target.id = postings.moved_to_claim_id
left join payers on payers.id = claims.payer_id;

comment on view posting_facts is 'One row per posting to the ledger, with its sign: sums are right for any period.';
comment on column posting_facts.id is 'fact_id() of the posting.';
comment on column posting_facts.claim is 'Business identifier of the claim.';
comment on column posting_facts.payer is 'Business identifier of its payer.';
comment on column posting_facts.denial_id is 'fact_id() of the denial that it settles, if it settles one.';
comment on column posting_facts.settles_denial is 'Whether it settles a denial: by this its index finds them, which fact_id() has none of.';
comment on column posting_facts.kind is
    'payment, contractual_adjustment, patient_responsibility, other_payer, write_off, rebilled or denial_withdrawn; of the patient: patient_payment or patient_write_off.';
comment on column posting_facts.posted_on is 'Business day that it counts for.';
comment on column posting_facts.amount is 'US dollars; below zero when it takes something back.';
comment on column posting_facts.appeal_id is 'fact_id() of the appeal that it pays, if it pays one.';
comment on column posting_facts.rebill_id is 'fact_id() of the rebill that moved it, if one did.';
comment on column posting_facts.write_off_id is 'fact_id() of the write-off, if it is one.';
comment on column posting_facts.moved_to_claim is 'Business identifier of the claim that it moved to, if it moved.';

-- For services and for what follows: with the ids of the tables.
create view rebilled_denials as
select
    moved.denial_id,
    moved.new_claim_id,
    moved.rebilled_amount,
    -- What the new claim was paid beyond its original's payments, between nothing and all that was rebilled; several denials share it.
    round(
        least(greatest(target.paid_amount - coalesce(earlier.paid_amount, 0), 0), together.amount) * moved.rebilled_amount
        / together.amount, 2
    ) as recovered_amount
from (
    select
        denial_id,
        moved_to_claim_id as new_claim_id,
        claim_id,
        sum(amount) as rebilled_amount
    from postings
    where moved_to_claim_id is not null and denial_id is not null
    group by denial_id, moved_to_claim_id, claim_id
) as moved
join claims as target on target.id = moved.new_claim_id
cross join lateral (
    select sum(amount) as amount
    from postings
    where moved_to_claim_id = moved.new_claim_id and denial_id is not null
) as together
left join lateral (
    select sum(amount) as paid_amount
    from postings
    where target.frequency_code = '7' and claim_id = moved.claim_id and kind = 'payment'
        and posted_on <= target.submitted_on
) as earlier on true
where moved.rebilled_amount > 0;

comment on view rebilled_denials is 'What was moved to new claims, and what came of it there.';
comment on column rebilled_denials.denial_id is 'The denial.';
comment on column rebilled_denials.new_claim_id is 'The claim on which the money lives.';
comment on column rebilled_denials.rebilled_amount is 'Moved to it, US dollars.';
comment on column rebilled_denials.recovered_amount is
    'Recovered there, US dollars: what the new claim was paid (a replacement: beyond what its original had been paid when it was submitted), at most what was rebilled, pro rata where it answers several denials.';

create view rebill_recoveries as
select rebills.id as rebill_id, coalesce(moved.recovered_amount, 0) as recovered_amount
from rebills
left join rebilled_denials as moved
    on moved.denial_id = rebills.denial_id and moved.new_claim_id = rebills.new_claim_id;

comment on view rebill_recoveries is 'What each rebill brought on its new claim, for services.';
comment on column rebill_recoveries.rebill_id is 'The rebill.';
comment on column rebill_recoveries.recovered_amount is 'Recovered on the new claim, US dollars; see rebilled_denials.';

create view rebilled_facts with (security_barrier) as
select
    fact_id(rebilled_denials.denial_id) as denial_id,
    claims.claim_id as new_claim,
    rebilled_denials.rebilled_amount,
    rebilled_denials.recovered_amount
from rebilled_denials
left join claims on claims.id = rebilled_denials.new_claim_id;

comment on view rebilled_facts is 'What was moved to new claims, and what came of it there, without the patient.';
comment on column rebilled_facts.denial_id is 'fact_id() of the denial.';
comment on column rebilled_facts.new_claim is 'Business identifier of the claim on which the money lives.';
comment on column rebilled_facts.rebilled_amount is 'Moved to it, US dollars.';
comment on column rebilled_facts.recovered_amount is 'Recovered there, US dollars; see rebilled_denials.';

create view appeal_facts with (security_barrier) as
select
    fact_id(appeals.id) as id,
    fact_id(appeals.denial_id) as denial_id,
    claims.claim_id as claim,
    payers.payer_id as payer,
    appeals.denial_code,
    cast(coalesce(entry.category, same_reason.category, 'unknown') as denial_category) as denial_category,
    appeals.appeal_level,
    appeals.status,
    appeals.priority,
    appeals.due_on,
    appeals.filed_on,
    appeals.decided_on,
    appeals.decided_on - appeals.filed_on as days_to_decision,
    appeals.appealed_amount,
    appeals.approved_amount,
    appeals.paid_amount
from appeals
left join claims on claims.id = appeals.claim_id
left join payers on payers.id = appeals.payer_id
left join denial_code_library as entry on entry.denial_code = appeals.denial_code
left join (
    select distinct on (split_part(denial_code, '-', 2)) split_part(denial_code, '-', 2) as reason, category
    from denial_code_library
    order by split_part(denial_code, '-', 2), denial_code collate "C"
) as same_reason on same_reason.reason = split_part(appeals.denial_code, '-', 2);

comment on view appeal_facts is 'One row per appeal, without the patient.';
comment on column appeal_facts.id is 'fact_id() of the appeal.';
comment on column appeal_facts.denial_id is 'fact_id() of the denial that is appealed.';
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
comment on column appeal_facts.paid_amount is 'Paid for it, US dollars.';

create view write_off_facts with (security_barrier) as
select
    fact_id(write_offs.id) as id,
    fact_id(write_offs.denial_id) as denial_id,
    claims.claim_id as claim,
    payers.payer_id as payer,
    write_offs.denial_code,
    cast(coalesce(entry.category, same_reason.category, 'unknown') as denial_category) as denial_category,
    write_offs.reason,
    write_offs.category,
    write_offs.status,
    write_offs.preventable,
    write_offs.requested_on,
    write_offs.approved_on,
    write_offs.amount,
    coalesce(posted.lost_amount, 0) as lost_amount
from write_offs
left join claims on claims.id = write_offs.claim_id
left join payers on payers.id = write_offs.payer_id
left join denial_code_library as entry on entry.denial_code = write_offs.denial_code
left join (
    select distinct on (split_part(denial_code, '-', 2)) split_part(denial_code, '-', 2) as reason, category
    from denial_code_library
    order by split_part(denial_code, '-', 2), denial_code collate "C"
) as same_reason on same_reason.reason = split_part(write_offs.denial_code, '-', 2)
left join (
    select write_off_id, sum(amount) as lost_amount from postings where write_off_id is not null group by write_off_id
) as posted on posted.write_off_id = write_offs.id
where write_offs.kind = 'write_off';

comment on view write_off_facts is 'One row per write-off, without the patient. Money is lost by approved ones alone.';
comment on column write_off_facts.id is 'fact_id() of the write-off.';
comment on column write_off_facts.denial_id is 'fact_id() of the denial that is given up.';
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
comment on column write_off_facts.amount is 'Asked for, US dollars.';
comment on column write_off_facts.lost_amount is 'Given up, US dollars: what the ledger has of it, less what was taken back.';

create view rebill_facts with (security_barrier) as
select
    fact_id(rebills.id) as id,
    fact_id(rebills.denial_id) as denial_id,
    claims.claim_id as claim,
    payers.payer_id as payer,
    rebills.denial_code,
    cast(coalesce(entry.category, same_reason.category, 'unknown') as denial_category) as denial_category,
    rebills.reason,
    rebills.status,
    rebills.submitted_on,
    rebills.resolved_on,
    rebills.resolved_on - rebills.submitted_on as days_to_resolution,
    denials.denial_amount,
    rebill_recoveries.recovered_amount
from rebills
left join claims on claims.id = rebills.original_claim_id
left join payers on payers.id = rebills.payer_id
left join denial_code_library as entry on entry.denial_code = rebills.denial_code
left join (
    select distinct on (split_part(denial_code, '-', 2)) split_part(denial_code, '-', 2) as reason, category
    from denial_code_library
    order by split_part(denial_code, '-', 2), denial_code collate "C"
) as same_reason on same_reason.reason = split_part(rebills.denial_code, '-', 2)
left join denials on denials.id = rebills.denial_id
left join rebill_recoveries on rebill_recoveries.rebill_id = rebills.id;

comment on view rebill_facts is 'One row per rebill, without the patient.';
comment on column rebill_facts.id is 'fact_id() of the rebill.';
comment on column rebill_facts.denial_id is 'fact_id() of the denial that the correction answers.';
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
comment on column rebill_facts.recovered_amount is 'Recovered on the new claim, US dollars; see rebilled_denials.';

create view variance_facts with (security_barrier) as
select
    fact_id(payment_variances.id) as id,
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
left join claims on claims.id = payment_variances.claim_id
left join payers on payers.id = payment_variances.payer_id;

comment on view variance_facts is 'One row per payment variance, without the patient.';
comment on column variance_facts.id is 'fact_id() of the payment variance.';
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

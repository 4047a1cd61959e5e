-- What came of the remittances, and what waits.

create view claim_control_numbers as
select claims.id as claim_id, cast(claims.claim_id as text) as control_number
from claims
left join claim_details on claim_details.claim_id = claims.id
where claim_details.patient_control_number is null
union all
select claim_id, cast(patient_control_number as text)
from claim_details
where patient_control_number is not null;

comment on view claim_control_numbers is 'The number that each claim was sent as, which payers echo (X12 CLM01).';
comment on column claim_control_numbers.claim_id is 'The claim.';
comment on column claim_control_numbers.control_number is 'claim_details.patient_control_number, else the claim''s claim_id.';

create view unposted as
select
    remittances.id as remittance_id,
    remittances.payer_id,
    remittances.trace_number,
    remittances.paid_on,
    answer.id as remittance_claim_id,
    answer.claim_number,
    answer.patient_control_number,
    answer.payer_claim_control_number,
    answer.claim_status,
    answer.charge_amount,
    answer.claim_id,
    cast(coalesce(answer.waits_for, 'claim') as wait_reason) as waits_for,
    answer.waits_for_rule,
    cast(answer.waiting_difference as numeric) as waiting_difference,
    cast(answer.paid_amount as numeric) as waiting_amount,
    array(
        select claim_control_numbers.claim_id
        from claim_control_numbers
        where claim_control_numbers.control_number = cast(answer.patient_control_number as text)
        order by claim_control_numbers.claim_id
    ) as candidate_ids
from remittance_claims as answer
join remittances on remittances.id = answer.remittance_id
where answer.posted_on is null and not answer.is_prediction and not remittances.is_dismissed
union all
select
    id, payer_id, trace_number, paid_on,
    cast(null as remittance_claim_key), null, null, null, null, null, cast(null as claim_key),
    cast(case when difference <> 0 then 'balanced_remittance' else 'review' end as wait_reason),
    null, difference, difference, cast('{}' as claim_key[])
from remittances
where (difference <> 0 or repeats_id is not null) and reviewed_by is null;

comment on view unposted is
    'What payers said and is not posted, each with its reason and the claims that it may be about; and each remittance that a person has to look at, with its difference.';
comment on column unposted.remittance_claim_id is 'The claim of the remittance; empty where the remittance itself waits.';
comment on column unposted.remittance_id is 'The remittance.';
comment on column unposted.payer_id is 'Who pays.';
comment on column unposted.trace_number is 'Number of the check or transfer.';
comment on column unposted.paid_on is 'Day of the payment.';
comment on column unposted.claim_number is 'Its place in the remittance, from 1.';
comment on column unposted.patient_control_number is 'The provider''s number of the claim, as the payer echoes it.';
comment on column unposted.payer_claim_control_number is 'The payer''s number of the claim.';
comment on column unposted.claim_status is 'X12 CLP02.';
comment on column unposted.charge_amount is 'Charged, US dollars.';
comment on column unposted.waiting_amount is 'What waits, US dollars: what is paid for the claim; of a remittance its difference.';
comment on column unposted.claim_id is 'The claim that it was matched to, if any.';
comment on column unposted.waits_for is 'Why it isn''t posted.';
comment on column unposted.waits_for_rule is 'The rule that refused its postings, where it waits for a rule.';
comment on column unposted.waiting_difference is 'By how much it doesn''t add up, US dollars, where it waits for that.';
comment on column unposted.candidate_ids is 'The claims that were sent under its number.';

create view remittance_report as
select
    remittances.id as remittance_id,
    remittances.payer_id,
    remittances.trace_number,
    remittances.paid_on,
    remittances.total_amount,
    provided.amount as provider_adjusted_amount,
    claimed.paid_amount,
    posted.amount as posted_amount,
    claimed.waiting_amount + own.waiting_amount as waiting_amount,
    remittances.difference,
    case
        when remittances.is_dismissed then 0
        else remittances.total_amount + provided.amount - posted.amount - claimed.waiting_amount - remittances.difference
    end as unaccounted_amount,
    claimed.claims,
    claimed.waiting_claims,
    remittances.repeats_id is not null and remittances.reviewed_by is null as needs_review,
    claimed.waiting_claims = 0 and not own.is_waiting as is_closed
from remittances
cross join lateral (
    select coalesce(sum(amount), 0) as amount from provider_adjustments where remittance_id = remittances.id
) as provided
cross join lateral (
    select
        coalesce(sum(paid_amount), 0) as paid_amount,
        count(*) as claims,
        coalesce(sum(paid_amount) filter (where posted_on is null and not remittances.is_dismissed), 0) as waiting_amount,
        count(*) filter (where posted_on is null and not remittances.is_dismissed) as waiting_claims
    from remittance_claims
    where remittance_id = remittances.id and not is_prediction
) as claimed
cross join lateral (
    select coalesce(sum(postings.amount), 0) as amount
    from remittance_claims
    join postings on postings.remittance_claim_id = remittance_claims.id
    where remittance_claims.remittance_id = remittances.id and postings.kind = 'payment'
) as posted
cross join lateral (
    select
        case when remittances.reviewed_by is null then remittances.difference else 0 end as waiting_amount,
        remittances.reviewed_by is null and (remittances.difference <> 0 or remittances.repeats_id is not null) as is_waiting
) as own;

comment on view remittance_report is 'Each remittance with what came of it: what is posted, what waits, and that nothing is lost.';
comment on column remittance_report.remittance_id is 'The remittance.';
comment on column remittance_report.payer_id is 'Who pays.';
comment on column remittance_report.trace_number is 'Number of the check or transfer.';
comment on column remittance_report.paid_on is 'Day of the payment.';
comment on column remittance_report.total_amount is 'The check, US dollars.';
comment on column remittance_report.provider_adjusted_amount is 'What the payer withholds beside the claims, less what it adds, US dollars.';
comment on column remittance_report.paid_amount is 'What its claims are paid, US dollars, predictions left out.';
comment on column remittance_report.posted_amount is 'Payments in the ledger that follow from it, US dollars.';
comment on column remittance_report.waiting_amount is 'What waits, US dollars: the sum of its rows of unposted.';
comment on column remittance_report.difference is
    'By how much it doesn''t add up, US dollars: the check and its provider adjustments, less what its claims are paid.';
comment on column remittance_report.unaccounted_amount is
    'The check and its provider adjustments, less what is posted, what waits, and a difference that a person accepted, US dollars: zero, always. A dismissed one counts nowhere.';
comment on column remittance_report.claims is 'Its claims, predictions left out.';
comment on column remittance_report.waiting_claims is 'Those that aren''t posted.';
comment on column remittance_report.needs_review is 'Does it repeat a payment with other content, and nobody decided yet?';
comment on column remittance_report.is_closed is
    'Does nothing of it wait?';

create view adjustments_to_classify as
select
    sent.denial_code,
    count(*) as adjustments,
    sum(sent.amount) as amount,
    bool_or(sent.is_waiting) as is_waiting
from (
    select remittances.payer_id, adjustment.group_code, adjustment.reason_code, adjustment.denial_code, adjustment.amount,
        false as is_waiting
    from remittance_adjustments as adjustment
    join remittance_claims as answer on answer.id = adjustment.remittance_claim_id
    join remittances on remittances.id = answer.remittance_id
    where adjustment.is_assumed
    union all
    select remittances.payer_id, adjustment.group_code, adjustment.reason_code, adjustment.denial_code, adjustment.amount,
        adjustment.group_code is null or adjustment.group_code not in ('CO', 'PR', 'OA', 'PI')
    from remittance_claims as answer
    join remittances on remittances.id = answer.remittance_id
    join remittance_adjustments as adjustment on adjustment.remittance_claim_id = answer.id
    where answer.posted_on is null and not answer.is_prediction and answer.waits_for = 'classification'
        and adjustment.disposition is null
) as sent
where disposition_of(sent.payer_id, sent.group_code, sent.reason_code) is null
group by sent.denial_code;

comment on view adjustments_to_classify is
    'Codes that payers sent and neither denial_code_library nor adjustment_rules knows. Money that they refuse is a denial meanwhile; group CR and groups that X12 doesn''t know wait.';
comment on column adjustments_to_classify.denial_code is 'Group and reason, such as CO-999.';
comment on column adjustments_to_classify.adjustments is 'How often it came.';
comment on column adjustments_to_classify.amount is 'Sum of the adjustments, US dollars.';
comment on column adjustments_to_classify.is_waiting is 'Does any of them wait for it?';

create view provider_adjustments_to_review as
select
    adjustment.remittance_id,
    adjustment.adjustment_number,
    remittances.payer_id,
    remittances.trace_number,
    remittances.paid_on,
    adjustment.reason_code,
    adjustment.reference,
    adjustment.amount
from provider_adjustments as adjustment
join remittances on remittances.id = adjustment.remittance_id
where not remittances.is_dismissed
    and (
        adjustment.reason_code = 'WO' and not exists (
            select
            from remittance_claims as reversal
            join remittances as reversing on reversing.id = reversal.remittance_id
            where reversing.payer_id = remittances.payer_id
                and reversal.is_reversal
                and reversal.posted_on is not null
                and reversal.patient_control_number = adjustment.reference
        )
        and not exists (
            select
            from remittance_claims as reversal
            join remittances as reversing on reversing.id = reversal.remittance_id
            where reversing.payer_id = remittances.payer_id
                and reversal.is_reversal
                and reversal.posted_on is not null
                and reversal.payer_claim_control_number = adjustment.reference
        )
        or adjustment.reason_code = 'FB' and not exists (
            select
            from provider_adjustments as counterpart
            join remittances as other on other.id = counterpart.remittance_id
            where other.payer_id = remittances.payer_id
                and other.id <> remittances.id
                and counterpart.reason_code = 'FB'
                and counterpart.amount = -adjustment.amount
                -- Both name the payment from which it is carried, where they name anything.
                and (
                    adjustment.reference is null
                    or counterpart.reference is null
                    or counterpart.reference in (adjustment.reference, cast(remittances.trace_number as text))
                    or adjustment.reference = cast(other.trace_number as text)
                )
        )
    );

comment on view provider_adjustments_to_review is
    'Money that a payer withheld for an overpayment (WO) whose reversal isn''t posted, and balances carried forward (FB) whose other side, of the same amount and reference, didn''t come.';
comment on column provider_adjustments_to_review.remittance_id is 'The remittance.';
comment on column provider_adjustments_to_review.adjustment_number is 'Its place in the remittance, from 1.';
comment on column provider_adjustments_to_review.payer_id is 'Who pays.';
comment on column provider_adjustments_to_review.trace_number is 'Number of the check or transfer.';
comment on column provider_adjustments_to_review.paid_on is 'Day of the payment.';
comment on column provider_adjustments_to_review.reason_code is 'WO or FB.';
comment on column provider_adjustments_to_review.reference is 'What it refers to.';
comment on column provider_adjustments_to_review.amount is 'How much less is paid, US dollars; below zero adds.';

-- What Medicare's regulations say. Of other payers the organization enters what its contracts say: a limit that is made up
-- would have people give up what can still be filed.

insert into filing_rules (payer_type, claim_type, step, basis, length, unit, receipt_days, source)
values
    (
        'medicare', null, 'original_claim', 'service_from', 1, 'years', 0,
        '42 CFR 424.44; Medicare Claims Processing Manual ch. 1 § 70: one calendar year from the service.'
    ),
    (
        'medicare', 'institutional', 'original_claim', 'service_through', 1, 'years', 0,
        'Medicare Claims Processing Manual ch. 1 § 70: a span of an institution counts by its Through date.'
    ),
    (
        'medicare', null, 'corrected_claim', 'remittance_receipt', 1, 'years', 0,
        '42 CFR 405.980; Medicare Claims Processing Manual ch. 34 § 10.6: reopening, one year from the initial determination.'
    ),
    (
        'medicare', 'institutional', 'corrected_claim', 'service_through', 1, 'years', 0,
        'Medicare Claims Processing Manual ch. 1 § 70: an adjustment within the limit of the claim.'
    ),
    (
        'medicare', null, 'first_level', 'remittance_receipt', 120, 'days', 5,
        '42 CFR 405.942: redetermination, receipt presumed 5 days after the notice.'
    ),
    (
        'medicare', null, 'second_level', 'decision', 180, 'days', 5,
        '42 CFR 405.962: reconsideration, receipt presumed 5 days after the redetermination.'
    ),
    (
        'medicare', null, 'third_level', 'decision', 60, 'days', 5,
        '42 CFR 405.1014: hearing, receipt presumed 5 days after the reconsideration.'
    ),
    (
        'medicare', null, 'external_review', 'decision', 60, 'days', 5,
        '42 CFR 405.1102: Medicare Appeals Council, receipt presumed 5 days after the decision.'
    );

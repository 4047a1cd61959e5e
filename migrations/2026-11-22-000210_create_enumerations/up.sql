-- The values that a column may have, once for all columns. A domain is checked when a value is assigned, not at every
-- update of the row. Not ENUMs: their values can't be taken out again. Rust has an enum for each; a test compares them.

create domain payer_type as text
    constraint payer_type_known
    check (value in ('commercial', 'medicare', 'medicaid', 'tricare', 'workers_comp', 'other'));
comment on domain payer_type is 'What kind of payer it is.';

create domain payer_identifier_qualifier as text
    constraint payer_identifier_qualifier_known check (value in ('PI', 'XV', '2U', 'EO', 'HI', 'NF', 'FI', 'TRN'));
comment on domain payer_identifier_qualifier is
    'Whose number it is: X12 NM108 PI (payer id) and XV (CMS plan id), REF01 2U, EO, HI and NF of a remittance''s payer, FI its tax id, TRN the company of its payments (TRN03).';

create domain claim_type as text
    constraint claim_type_known check (value in ('professional', 'institutional', 'dental'));
comment on domain claim_type is 'Which form of claim it is: X12 837P, 837I or 837D.';

create domain filing_step as text
    constraint filing_step_known check (
        value in (
            'original_claim', 'corrected_claim', 'first_level', 'second_level', 'third_level', 'external_review'
        )
    );
comment on domain filing_step is 'What is filed with a payer by a day: a claim, its correction, or an appeal of a level.';

create domain deadline_basis as text
    constraint deadline_basis_known
    check (value in ('service_from', 'service_through', 'remittance_receipt', 'decision'));
comment on domain deadline_basis is
    'What a time limit counts from: first or last day of service, receipt of the remittance that answered the claim, receipt of the decision before.';

create domain length_unit as text
    constraint length_unit_known check (value in ('days', 'months', 'years'));
comment on domain length_unit is 'What a time limit is counted in.';

create domain claim_status as text
    constraint claim_status_known check (
        value in (
            'pending', 'submitted', 'paid', 'partially_paid', 'denied', 'appealed', 'rebilled', 'written_off', 'voided'
        )
    );
comment on domain claim_status is 'Where a claim stands.';

create domain frequency_code as text
    constraint frequency_code_known check (value in ('0', '1', '2', '3', '4', '7', '8', '9'));
comment on domain frequency_code is
    'X12 CLM05-3, last digit of the type of bill: 1 the whole stay or visit, 2, 3 and 4 the first, a further and the last part of a stay, 7 replacement, 8 void, 9 final claim of a home health episode, 0 no payment is expected.';

create domain unit_basis as text
    constraint unit_basis_known check (value in ('UN', 'MJ', 'DA', 'F2'));
comment on domain unit_basis is 'What units count (X12 SV103, SV204): UN units, MJ minutes, DA days, F2 international units.';

create domain drug_unit as text
    constraint drug_unit_known check (value in ('F2', 'GR', 'ME', 'ML', 'UN'));
comment on domain drug_unit is 'What a quantity of a drug counts (X12 CTP05): F2 international units, GR grams, ME milligrams, ML millilitres, UN units.';

create domain present_on_admission as text
    constraint present_on_admission_known check (value in ('Y', 'N', 'U', 'W', '1'));
comment on domain present_on_admission is
    'Had the patient the diagnosis when admitted? Y yes, N no, U not documented, W can''t be told, 1 exempt (X12 HI).';

create domain disposition as text
    constraint disposition_known check (value in ('contractual', 'patient', 'other_payer', 'denial', 'none'));
comment on domain disposition is
    'What an adjustment of a remittance is: what the contract takes off, what the patient owes, what an earlier payer settled, a denial, or nothing that is posted.';

create domain wait_reason as text
    constraint wait_reason_known check (
        value in (
            'claim', 'one_of_several_claims', 'payer', 'submission', 'balanced_service', 'balanced_claim', 'balanced_remittance',
            'review', 'classification', 'what_it_offsets', 'match', 'rule'
        )
    );
comment on domain wait_reason is
    'What something of a remittance waits for: its claim, the choice of one of several claims, the merging of a payer, the submission of the claim, an addition that balances, a person''s review of the remittance, a disposition, the denial that it takes from, a person who matches it, or what a rule asks for.';

create domain denial_category as text
    constraint denial_category_known check (
        value in (
            'authorization', 'missing_info', 'coding_error', 'medical_necessity', 'non_covered',
            'coordination_of_benefits', 'bundling', 'patient_responsibility', 'timely_filing', 'duplicate',
            'eligibility', 'provider_enrollment', 'frequency', 'contractual_adjustment', 'other', 'unknown'
        )
    );
comment on domain denial_category is 'What a denial is about.';

create domain denial_action as text
    constraint denial_action_known
    check (
        value in ('appeal', 'rebill', 'write_off', 'transfer_to_patient', 'post_adjustment', 'follow_up', 'investigate')
    );
comment on domain denial_action is 'What to do about a denial.';

create domain triage_rule as text
    constraint triage_rule_known check (
        value in (
            'contractual', 'policy', 'remark', 'library', 'no_policy', 'not_appealable', 'code_not_valid', 'unknown_code'
        )
    );
comment on domain triage_rule is 'Which rule of triage decided.';

create domain open_action as text
    constraint open_action_known check (value in ('appeal', 'filed_appeal', 'rebill'));
comment on domain open_action is 'What is under way for a denial.';

create domain resolution_status as text
    constraint resolution_status_known check (value in ('pending', 'resolved', 'rebilled', 'abandoned'));
comment on domain resolution_status is 'Whether a denial is settled.';

create domain posting_kind as text
    constraint posting_kind_known check (
        value in (
            'payment', 'contractual_adjustment', 'patient_responsibility', 'other_payer', 'write_off', 'rebilled',
            'denial_withdrawn', 'patient_payment', 'patient_write_off'
        )
    );
comment on domain posting_kind is 'What became of billed money.';

create domain appeal_level as text
    constraint appeal_level_known check (value in ('first_level', 'second_level', 'third_level', 'external_review'));
comment on domain appeal_level is 'Which review of the denial an appeal asks for.';

create domain appeal_status as text
    constraint appeal_status_known check (
        value in (
            'pending', 'in_progress', 'submitted', 'under_review',
            'approved', 'partially_approved', 'denied', 'withdrawn'
        )
    );
comment on domain appeal_status is 'Where an appeal stands.';

create domain priority as text
    constraint priority_known check (value in ('high', 'medium', 'low'));
comment on domain priority is 'How urgent work is.';

create domain write_off_reason as text
    constraint write_off_reason_known check (
        value in (
            'below_threshold', 'timely_filing_expired', 'non_covered_service', 'patient_responsibility',
            'contract_adjustment', 'uncollectible', 'other'
        )
    );
comment on domain write_off_reason is 'Why an amount is written off.';

create domain write_off_category as text
    constraint write_off_category_known
    check (value in ('administrative', 'clinical', 'financial', 'patient_responsibility'));
comment on domain write_off_category is 'Which budget a write-off counts against.';

create domain write_off_status as text
    constraint write_off_status_known check (value in ('pending_approval', 'approved', 'rejected', 'reversed'));
comment on domain write_off_status is 'Where a write-off stands.';

create domain rebill_reason as text
    constraint rebill_reason_known check (
        value in (
            'corrected_coding', 'added_modifier', 'updated_diagnosis', 'corrected_info', 'resubmit_timely',
            'provider_change', 'other'
        )
    );
comment on domain rebill_reason is 'Why a claim is sent again.';

create domain rebill_status as text
    constraint rebill_status_known
    check (value in ('pending', 'submitted', 'accepted', 'paid', 'partially_paid', 'denied_again'));
comment on domain rebill_status is 'Where a rebill stands.';

create domain variance_reason as text
    constraint variance_reason_known check (
        value in (
            'contract_adjustment', 'bundling', 'non_covered_service', 'missing_authorization', 'credentialing_issue',
            'coordination_of_benefits', 'incorrect_coding', 'timely_filing', 'duplicate_claim', 'other'
        )
    );
comment on domain variance_reason is 'Why a payment differs from the contract.';

create domain variance_type as text
    constraint variance_type_known check (value in ('underpayment', 'overpayment', 'expected'));
comment on domain variance_type is 'Which way a payment differs.';

create domain policy_type as text
    constraint policy_type_known
    check (
        value in ('appeal_threshold', 'write_off_threshold', 'rebill_threshold', 'transfer_to_patient', 'approval_threshold')
    );
comment on domain policy_type is 'What an organization policy leads to.';

create domain coding_rule_type as text
    constraint coding_rule_type_known check (
        value in (
            'modifier_required', 'modifier_forbidden', 'diagnosis_required', 'diagnosis_not_specific',
            'incompatible_codes'
        )
    );
comment on domain coding_rule_type is 'What a coding rule demands.';

create domain global_days as text
    constraint global_days_known check (value in ('000', '010', '090', 'MMM', 'XXX', 'YYY', 'ZZZ'));
comment on domain global_days is
    'Global period of a procedure in Medicare''s fee schedule: 000, 010 or 090 days, MMM maternity, XXX does not apply, YYY set by the carrier, ZZZ as of the procedure that it is added to.';

create domain bilateral_indicator as text
    constraint bilateral_indicator_known check (value in ('0', '1', '2', '3', '9'));
comment on domain bilateral_indicator is
    'Bilateral indicator of a procedure in Medicare''s fee schedule: 1 takes modifier 50, 0 has no second side, 2 is priced for both sides, 3 is priced for each side, 9 does not apply.';

create domain global_period as text
    constraint global_period_known check (value in ('minor', 'major'));
comment on domain global_period is 'Surgery by its global days: minor 000 or 010, major 090.';

create domain severity as text
    constraint severity_known check (value in ('error', 'warning', 'info'));
comment on domain severity is 'How much a finding matters.';

-- Values that have the same shape wherever they stand. A domain refuses what it can't hold; a plain
-- numeric(12, 2) would round a third decimal away and take NaN.

create domain usd as numeric
    constraint usd_is_money check (value >= 0 and value < 10000000000 and scale(value) <= 2);
comment on domain usd is 'US dollars: 0.00 to 9999999999.99, at most two decimals, never NaN or infinite.';

create domain signed_usd as numeric
    constraint signed_usd_is_money check (value > -10000000000 and value < 10000000000 and scale(value) <= 2);
comment on domain signed_usd is 'US dollars, above or below zero, at most two decimals, never NaN or infinite.';

create domain calendar_date as date
    constraint calendar_date_is_plausible check (value >= date '1900-01-01' and value < date '2200-01-01');
comment on domain calendar_date is 'A day from 1900 to 2199; a mistyped century and infinity are refused.';

create domain actor as text
    constraint actor_has_no_space check (value ~ '^[^[:space:]]+$');
comment on domain actor is 'A role or user id, such as appeals.specialist.';

create domain business_id as text
    constraint business_id_shape check (value ~ '^[A-Z0-9]+(-[A-Z0-9]+)*$' and length(value) <= 38);
comment on domain business_id is
    'An identifier that people read aloud: capitals, digits and single hyphens, at most 38 characters (X12 CLM01).';

create domain denial_code as text
    constraint denial_code_shape check (value ~ '^(CO|PR|OA|PI)-([1-9][0-9]{0,2}|[A-Z][0-9]{1,2})$');
comment on domain denial_code is 'Claim adjustment group and reason (X12 CAS), such as CO-197.';

create domain diagnosis_code as text
    constraint diagnosis_code_shape check (value ~ '^[A-Z][0-9][0-9A-Z]([.][0-9A-Z]{1,4})?$');
comment on domain diagnosis_code is 'ICD-10-CM code with its point, such as Z12.11.';

create domain procedure_code as text
    constraint procedure_code_shape check (value ~ '^([0-9]{4}[0-9AFMTU]|[A-V][0-9]{4})$');
comment on domain procedure_code is 'CPT or HCPCS Level II code, such as 99213 or G0121.';

create domain procedure_modifier as text
    constraint procedure_modifier_shape check (value ~ '^[A-Z0-9]{2}$');
comment on domain procedure_modifier is 'CPT or HCPCS modifier, such as 25 or RT.';
create domain payer_key as uuid;
create domain claim_key as uuid;
create domain denial_key as uuid;
create domain posting_key as uuid;
create domain appeal_key as uuid;
create domain write_off_key as uuid;
create domain rebill_key as uuid;
create domain payment_variance_key as uuid;
create domain denial_code_entry_key as uuid;
create domain org_policy_key as uuid;
create domain coding_rule_key as uuid;
create domain payer_type as text constraint payer_type_known check (value in ('commercial', 'medicare', 'medicaid', 'tricare', 'workers_comp', 'other'));
create domain claim_type as text constraint claim_type_known check (value in ('professional', 'institutional', 'dental'));
create domain claim_status as text constraint claim_status_known check (value in ('pending', 'submitted', 'paid', 'partially_paid', 'denied', 'appealed', 'rebilled', 'written_off', 'voided'));
create domain frequency_code as text constraint frequency_code_known check (value in ('1', '7', '8'));
create domain resolution_status as text constraint resolution_status_known check (value in ('pending', 'resolved', 'rebilled', 'abandoned'));
create domain open_action as text constraint open_action_known check (value in ('appeal', 'filed_appeal', 'rebill'));
create domain priority as text constraint priority_known check (value in ('high', 'medium', 'low'));
create domain appeal_level as text constraint appeal_level_known check (value in ('first_level', 'second_level', 'third_level', 'external_review'));
create domain appeal_status as text constraint appeal_status_known check (value in ('pending', 'in_progress', 'submitted', 'under_review', 'approved', 'partially_approved', 'denied', 'withdrawn'));
create domain write_off_reason as text constraint write_off_reason_known check (value in ('below_threshold', 'timely_filing_expired', 'non_covered_service', 'patient_responsibility', 'contract_adjustment', 'uncollectible', 'other'));
create domain write_off_category as text constraint write_off_category_known check (value in ('administrative', 'clinical', 'financial', 'patient_responsibility'));
create domain write_off_status as text constraint write_off_status_known check (value in ('pending_approval', 'approved', 'rejected', 'reversed'));
create domain rebill_reason as text constraint rebill_reason_known check (value in ('corrected_coding', 'added_modifier', 'updated_diagnosis', 'corrected_info', 'resubmit_timely', 'provider_change', 'other'));
create domain rebill_status as text constraint rebill_status_known check (value in ('pending', 'submitted', 'accepted', 'paid', 'partially_paid', 'denied_again'));
create domain variance_reason as text constraint variance_reason_known check (value in ('contract_adjustment', 'bundling', 'non_covered_service', 'missing_authorization', 'credentialing_issue', 'coordination_of_benefits', 'incorrect_coding', 'timely_filing', 'duplicate_claim', 'other'));
create domain variance_type as text constraint variance_type_known check (value in ('underpayment', 'overpayment', 'expected'));
create domain posting_kind as text constraint posting_kind_known check (value in ('payment', 'contractual_adjustment', 'patient_responsibility', 'other_payer', 'write_off', 'rebilled', 'denial_withdrawn', 'patient_payment', 'patient_write_off'));
create domain patient_reference as text constraint patient_reference_shape check (value ~ '^[A-Za-z0-9._-]+$');
create domain place_of_service as text constraint place_of_service_shape check (value ~ '^[0-9]{2}$');
create domain control_number as text constraint control_number_given check (value ~ '[^[:space:]]');
create domain patient_control_number as text constraint patient_control_number_shape check (value ~ '^[ -~]{1,38}$');
create domain idempotency_key as text constraint idempotency_key_shape check (value ~ '^[!-~]{1,200}$');
create domain text_given as text constraint text_given_has_a_word check (value ~ '[^[:space:]]');
create domain denial_category as text constraint denial_category_known check (value in ('authorization', 'missing_info', 'coding_error', 'medical_necessity', 'non_covered','coordination_of_benefits', 'bundling', 'patient_responsibility', 'timely_filing', 'duplicate','eligibility', 'provider_enrollment', 'frequency', 'contractual_adjustment', 'other', 'unknown'));
create domain denial_action as text constraint denial_action_known check (value in ('appeal','rebill','write_off','transfer_to_patient','post_adjustment','follow_up','investigate'));

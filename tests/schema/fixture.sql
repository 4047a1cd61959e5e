-- A valid row or more per table, in the order of their references. The tests break one rule of one row at a time.
-- Two payers are merged, and the claims come under one reference of their patient.
-- CLM-1 is denied, appealed, partly recovered and to be written off in part; CLM-2 is denied and rebilled as CLM-3.
-- A remittance says of CLM-2 that it is paid and adjusted in part, and denied for the rest; what it says of another claim waits.
-- @ payers
insert into payers (id, payer_id, name, payer_type)
values
    ('00000000-0000-7000-8000-000000000001', 'TEST-001', 'Test payer', 'commercial'),
    ('00000000-0000-7000-8000-00000000000e', 'TEST-000', 'The same payer', 'commercial');
-- @ filing_rules
insert into filing_rules (id, payer_id, step, basis, length, source)
values ('00000000-0000-7000-8000-000000000011', '00000000-0000-7000-8000-000000000001', 'original_claim', 'service_through', 90, 'Test.');
-- @ payer_identifiers
insert into payer_identifiers (qualifier, value, payer_id) values ('PI', '00001', '00000000-0000-7000-8000-00000000000e');
-- @ payer_merges
insert into payer_merges (id, from_payer_id, into_payer_id, merged_by)
select '00000000-0000-7000-8000-00000000000f', '00000000-0000-7000-8000-00000000000e', '00000000-0000-7000-8000-000000000001', 'billing.manager'
where not exists (select from payer_merges);
-- @ claims
insert into claims (id, claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to, submitted_on)
values
    ('00000000-0000-7000-8000-000000000002', 'CLM-1', 'PATIENT-0', '00000000-0000-7000-8000-000000000001', 'professional', 1000, '2024-01-10', '2024-01-10', '2024-01-11'),
    ('00000000-0000-7000-8000-000000000012', 'CLM-2', 'PATIENT-0', '00000000-0000-7000-8000-000000000001', 'professional', 1200, '2024-01-10', '2024-01-10', '2024-01-11'),
    ('00000000-0000-7000-8000-000000000022', 'CLM-3', 'PATIENT-0', '00000000-0000-7000-8000-000000000001', 'professional', 1000, '2024-01-10', '2024-01-10', '2024-01-11');
-- @ patient_corrections
insert into patient_corrections (id, from_reference, to_reference, corrected_by)
select '00000000-0000-7000-8000-000000000010', 'PATIENT-0', 'PATIENT-1', 'registrar'
where not exists (select from patient_corrections);
-- @ claim_details
insert into claim_details (claim_id, place_of_service, billing_provider) values ('00000000-0000-7000-8000-000000000002', '11', '1234567893');
-- @ claim_diagnoses
insert into claim_diagnoses (claim_id, ordinal, diagnosis_code)
values
    ('00000000-0000-7000-8000-000000000002', 1, 'I10'),
    ('00000000-0000-7000-8000-000000000002', 2, 'L57.0');
-- @ claim_lines
insert into claim_lines (claim_id, line_number, procedure_code, charge_amount, service_date, diagnosis_pointer_1)
values
    ('00000000-0000-7000-8000-000000000002', 1, '99213', 1000, '2024-01-10', 1),
    ('00000000-0000-7000-8000-000000000012', 1, '99213', 1200, '2024-01-10', null),
    ('00000000-0000-7000-8000-000000000022', 1, '99213', 1000, '2024-01-10', null);
-- @ claim_line_details
insert into claim_line_details (claim_id, line_number, ndc, drug_quantity, drug_unit)
values ('00000000-0000-7000-8000-000000000002', 1, '00002751001', 2.5, 'ML');
-- @ claim_line_teeth
insert into claim_line_teeth (claim_id, line_number, tooth, surfaces)
values ('00000000-0000-7000-8000-000000000002', 1, '14', 'MOD'), ('00000000-0000-7000-8000-000000000002', 1, '15', null);
-- @ institutional_claims
insert into institutional_claims (claim_id, facility_code, admitted_on) values ('00000000-0000-7000-8000-000000000002', '11', '2024-01-10');
-- @ claim_sources
insert into claim_sources (claim_id, identity_sha256, content_sha256, pseudonym_key)
values ('00000000-0000-7000-8000-000000000002', sha256('identity'), sha256('content'), '0123abcd');
-- @ remittance_files
insert into remittance_files (id, sha256) values ('00000000-0000-7000-8000-000000000030', sha256('file'));
-- @ remittances
insert into remittances (id, file_id, transaction_number, content_sha256, payer_id, trace_number, total_amount, paid_on)
values ('00000000-0000-7000-8000-000000000031', '00000000-0000-7000-8000-000000000030', 1, sha256('content'), '00000000-0000-7000-8000-000000000001', 'TRACE-1', 140, '2024-01-15');
-- @ remittance_claims
insert into remittance_claims (id, remittance_id, claim_number, patient_control_number, claim_status, charge_amount, paid_amount, waits_for)
values
    ('00000000-0000-7000-8000-000000000033', '00000000-0000-7000-8000-000000000031', 1, 'CLM-2', '1', 1200, 100, null),
    ('00000000-0000-7000-8000-000000000034', '00000000-0000-7000-8000-000000000031', 2, 'CLM-9', '1', 50, 50, 'claim');
-- @ remittance_services
insert into remittance_services (remittance_claim_id, service_number, code_qualifier, code, charge_amount, paid_amount, allowed_amount, claim_id, line_number)
values ('00000000-0000-7000-8000-000000000033', 1, 'HC', '99213', 1200, 100, 100, '00000000-0000-7000-8000-000000000012', 1);
-- @ remittance_adjustments
insert into remittance_adjustments (remittance_claim_id, adjustment_number, service_number, group_code, reason_code, amount, disposition)
values
    ('00000000-0000-7000-8000-000000000033', 1, 1, 'CO', '45', 100, 'contractual'),
    ('00000000-0000-7000-8000-000000000033', 2, 1, 'CO', '50', 1000, 'denial');
-- @ remittance_remarks
insert into remittance_remarks (remittance_claim_id, remark_number, service_number, code_list, code)
values ('00000000-0000-7000-8000-000000000033', 1, 1, 'HE', 'N115');
-- @ provider_adjustments
insert into provider_adjustments (remittance_id, adjustment_number, reason_code, reference, amount)
values ('00000000-0000-7000-8000-000000000031', 1, 'L6', 'CLM-2', 10);
-- @ adjustment_rules
insert into adjustment_rules (id, group_code, reason_code, disposition) values ('00000000-0000-7000-8000-000000000035', 'CO', '253', 'none');
-- @ denials
update remittance_claims
set claim_id = '00000000-0000-7000-8000-000000000012', matched_by = 'payment.poster', posted_on = '2024-01-15', posted_by = 'payment.poster'
where claim_number = 1;
insert into denials (id, claim_id, payer_id, line_number, denial_code, denied_on, denial_amount, remittance_claim_id, adjustment_number)
values
    ('00000000-0000-7000-8000-000000000005', '00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000001', 1, 'CO-197', '2024-01-15', 1000, null, null),
    ('00000000-0000-7000-8000-000000000015', '00000000-0000-7000-8000-000000000012', '00000000-0000-7000-8000-000000000001', null, 'CO-50', '2024-01-15', 1000, '00000000-0000-7000-8000-000000000033', 2);
-- @ denial_notes
insert into denial_notes (id, denial_id, note, noted_by)
values ('00000000-0000-7000-8000-000000000041', '00000000-0000-7000-8000-000000000005', 'Called the payer.', 'biller');
-- @ denial_remarks
insert into denial_remarks (denial_id, remark_code)
values ('00000000-0000-7000-8000-000000000005', 'MA01'), ('00000000-0000-7000-8000-000000000015', 'N706');
-- @ appeals
insert into appeals (id, denial_id, claim_id, payer_id, denial_code, appeal_level, appealed_amount, due_on, reason)
values ('00000000-0000-7000-8000-000000000006', '00000000-0000-7000-8000-000000000005', '00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000001', 'CO-197', 'first_level', 500, '2024-03-01', 'Authorized.');
-- @ personal_logins
insert into personal_logins (login) values ('maria');
-- @ write_offs
insert into write_offs (id, denial_id, claim_id, payer_id, denial_code, amount, reason, category, requested_by, requested_on)
values ('00000000-0000-7000-8000-000000000007', '00000000-0000-7000-8000-000000000005', '00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000001', 'CO-197', 100, 'other', 'financial', 'billing.specialist', '2024-02-01');
-- @ rebills
insert into rebills (id, denial_id, original_claim_id, payer_id, denial_code, new_claim_id, reason, changes)
values ('00000000-0000-7000-8000-000000000008', '00000000-0000-7000-8000-000000000015', '00000000-0000-7000-8000-000000000012', '00000000-0000-7000-8000-000000000001', 'CO-50', '00000000-0000-7000-8000-000000000022', 'other', 'Something.');
-- @ postings
insert into postings (id, claim_id, denial_id, kind, amount, posted_on, posted_by, remittance_claim_id, service_number, adjustment_number)
values
    ('00000000-0000-7000-8000-000000000009', '00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000005', 'payment', 10, '2024-02-01', 'payment.poster', null, null, null),
    ('00000000-0000-7000-8000-000000000003', '00000000-0000-7000-8000-000000000012', null, 'payment', 100, '2024-01-15', 'payment.poster', '00000000-0000-7000-8000-000000000033', 1, null),
    ('00000000-0000-7000-8000-000000000004', '00000000-0000-7000-8000-000000000012', null, 'contractual_adjustment', 100, '2024-01-15', 'payment.poster', '00000000-0000-7000-8000-000000000033', 1, 1);
-- @ payment_variances
insert into payment_variances (id, claim_id, payer_id, paid_on, expected_amount, actual_amount)
values ('00000000-0000-7000-8000-00000000000a', '00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000001', '2024-02-01', 100, 80);
-- @ denial_code_library
insert into denial_code_library (id, denial_code, category, description, appealable, recommended_action, usual_resolution, prevention)
values ('00000000-0000-7000-8000-00000000000b', 'PI-999', 'other', 'Test.', true, 'investigate', 'Test.', 'Test.');
-- @ remark_code_library
insert into remark_code_library (remark_code, description, recommended_action, next_steps) values ('N9999', 'Test.', 'rebill', 'Test.');
-- @ org_policies
insert into org_policies (id, name, policy_type, days_to_act, priority_rank)
values ('00000000-0000-7000-8000-00000000000c', 'Test policy', 'appeal_threshold', 10, 5);
-- @ coding_rules
insert into coding_rules (id, name, rule_type, procedure_from, procedure_to, modifier, message, severity)
values ('00000000-0000-7000-8000-00000000000d', 'Test rule', 'modifier_required', '10004', '69990', '25', 'Test.', 'error');
-- @ coding_rule_diagnoses
insert into coding_rule_diagnoses (coding_rule_id, prefix) values ('00000000-0000-7000-8000-00000000000d', 'Z12');
-- @ procedure_indicators
insert into procedure_indicators (procedure_code, valid_from, global_days, bilateral_indicator) values ('11102', '2024-01-01', '000', '0');
-- @ required_versions
insert into required_versions (migration, crate_version, reason) values ('29990101000000', '9.0.0', 'Test.');
-- @ database_environment
insert into database_environment (environment) values ('development') on conflict do nothing;
-- @ audit_log
alter table audit_log disable trigger user;
insert into audit_log (id, changed_table, operation, row_key, old_values, new_values)
values ('00000000-0000-7000-8000-000000000041', 'payers', 'UPDATE', '00000000-0000-7000-8000-000000000001', '{"name": "Test"}', '{"name": "Test payer"}');
alter table audit_log enable trigger user;
-- @ audit_seals
insert into audit_seals default values;

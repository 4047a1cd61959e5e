-- What people change: what services work on, and what an administrator decides. Totals follow the ledger, which is its own
-- record.

select audit(
    cast('claims' as regclass),
    '{paid_amount, contractual_amount, patient_responsibility_amount, other_payer_amount, written_off_amount, rebilled_amount, patient_paid_amount, patient_written_off_amount, open_denied_amount, answers, filed_appeals}',
    '{patient_reference}'
);
select audit(cast('claim_details' as regclass), '{}', '{patient_control_number, payer_claim_control_number}');
select audit(
    cast('denials' as regclass),
    '{recovered_amount, written_off_amount, transferred_amount, adjusted_amount, rebilled_amount, withdrawn_amount, granted_amount, open_action}',
    '{root_cause}'
);
select audit(cast('denial_remarks' as regclass), '{}', '{}', '{withdrawn_by}');
select audit(cast('appeals' as regclass), '{paid_amount}', '{reason, supporting_documents, payer_response}');
select audit(cast('write_offs' as regclass), '{}', '{notes}', '{approved_by, rejected_by, reversed_by}');
select audit(cast('rebills' as regclass), '{}', '{changes}');
select audit(cast('payment_variances' as regclass), '{}', '{resolution}');

select audit(cast('payers' as regclass));
select audit(cast('payer_identifiers' as regclass));
select audit(cast('filing_rules' as regclass));
select audit(cast('adjustment_rules' as regclass));
select audit(cast('denial_code_library' as regclass));
select audit(cast('remark_code_library' as regclass));
select audit(cast('org_policies' as regclass));
select audit(cast('personal_logins' as regclass));
select audit(cast('coding_rules' as regclass));
select audit(cast('coding_rule_diagnoses' as regclass));
select audit(cast('procedure_indicators' as regclass));
select audit(cast('database_environment' as regclass));

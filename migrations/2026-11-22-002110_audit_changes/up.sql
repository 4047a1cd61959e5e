-- What people change: what services work on, and what an administrator decides. Totals follow the ledger, which is its own
-- record.

select audit(
    cast('claims' as regclass),
    '{paid_amount, contractual_amount, patient_responsibility_amount, other_payer_amount, written_off_amount, rebilled_amount, patient_paid_amount, patient_written_off_amount, open_denied_amount, answers, filed_appeals}',
    '{patient_reference}'
);
select audit(cast('claim_details' as regclass), '{}', '{patient_control_number, payer_claim_control_number}');
select audit(cast('claim_sources' as regclass));
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

-- What came stays, so of remittances only what people say of them is watched, and that they said it again: who matched and who
-- posted first stands in the row, and an import pays nothing.
create trigger audit
    after update of is_dismissed, reviewed_by, reviewed_on on remittances
    for each row
    execute function record_change('remittances', '{id}', '{updated_at}', '{}', '{reviewed_by}');

comment on trigger audit on remittances is 'Reviews are written into audit_log.';

create trigger audit
    after update of claim_id, matched_by, posted_on, posted_by on remittance_claims
    for each row
    when (
        (old.matched_by is not null and (new.claim_id, new.matched_by) is distinct from (old.claim_id, old.matched_by))
        or (old.posted_by is not null and (new.posted_on, new.posted_by) is distinct from (old.posted_on, old.posted_by))
    )
    execute function record_change('remittance_claims', '{id}', '{being_posted, updated_at}', '{}');

comment on trigger audit on remittance_claims is 'Matches and postings that are undone, or said to be another''s, are written into audit_log.';

create trigger audit
    after update of disposition, is_assumed, classified_by on remittance_adjustments
    for each row
    when (old.classified_by is not null or new.classified_by is not null)
    execute function record_change(
        'remittance_adjustments', '{remittance_claim_id, adjustment_number}', '{}', '{}', '{classified_by}'
    );

comment on trigger audit on remittance_adjustments is 'What people say that an adjustment is, is written into audit_log.';

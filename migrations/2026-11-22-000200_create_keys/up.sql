-- A domain for each table's id, so that a program whose types follow the schema can't take one id for another. A domain
-- is its base type on the wire and in indexes; these check nothing.

create domain payer_key as uuid;
comment on domain payer_key is 'Id of a row of payers.';

create domain payer_merge_key as uuid;
comment on domain payer_merge_key is 'Id of a row of payer_merges.';

create domain patient_correction_key as uuid;
comment on domain patient_correction_key is 'Id of a row of patient_corrections.';

create domain filing_rule_key as uuid;
comment on domain filing_rule_key is 'Id of a row of filing_rules.';

create domain claim_key as uuid;
comment on domain claim_key is 'Id of a row of claims.';

create domain remittance_file_key as uuid;
comment on domain remittance_file_key is 'Id of a row of remittance_files.';

create domain remittance_key as uuid;
comment on domain remittance_key is 'Id of a row of remittances.';

create domain remittance_claim_key as uuid;
comment on domain remittance_claim_key is 'Id of a row of remittance_claims.';

create domain adjustment_rule_key as uuid;
comment on domain adjustment_rule_key is 'Id of a row of adjustment_rules.';

create domain denial_key as uuid;
comment on domain denial_key is 'Id of a row of denials.';

create domain denial_note_key as uuid;
comment on domain denial_note_key is 'Id of a row of denial_notes.';

create domain posting_key as uuid;
comment on domain posting_key is 'Id of a row of postings.';

create domain appeal_key as uuid;
comment on domain appeal_key is 'Id of a row of appeals.';

create domain write_off_key as uuid;
comment on domain write_off_key is 'Id of a row of write_offs.';

create domain rebill_key as uuid;
comment on domain rebill_key is 'Id of a row of rebills.';

create domain payment_variance_key as uuid;
comment on domain payment_variance_key is 'Id of a row of payment_variances.';

create domain denial_code_entry_key as uuid;
comment on domain denial_code_entry_key is 'Id of a row of denial_code_library.';

create domain org_policy_key as uuid;
comment on domain org_policy_key is 'Id of a row of org_policies.';

create domain coding_rule_key as uuid;
comment on domain coding_rule_key is 'Id of a row of coding_rules.';

create domain audit_entry_key as uuid;
comment on domain audit_entry_key is 'Id of a row of audit_log.';

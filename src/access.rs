//! What the roles of services, analysts and reports may do: give it with `migrate grant` or
//! [`Runner::grant`](postgres_migrate::Runner::grant).

pub use postgres_migrate::{Access, Reads, Writes};

/// For services: reads everything but the audit log, inserts what the commands of [`workflow`](crate::workflow) insert and updates the
/// columns that they update. No DELETE, no TRUNCATE, no column that the database keeps itself; the ledger is added to
/// only. It requests write-offs and decides none. Closing the books and merging payers stay with the owner of the tables.
pub const APP: Access = Access { name: "app", reads: ALL_BUT_AUDIT, writes: WRITES };

/// For who approves: reads what [`APP`] reads, and decides on write-offs, adjustments and transfers that were requested.
pub const APPROVER: Access = Access {
    name: "approver",
    reads: ALL_BUT_AUDIT,
    writes: &[writes(
        "write_offs",
        "",
        "status, approved_by, approved_on, rejected_by, rejected_on, reversed_by, reversed_on",
    )],
};

/// For people who look: reads every table and view but the audit log.
pub const READONLY: Access = Access { name: "readonly", reads: ALL_BUT_AUDIT, writes: &[] };

/// For reports and BI tools: reads the fact views, which hold no patient reference, and through them runs every
/// report. A claim's number with its days is individual data all the same.
pub const REPORTING: Access = Access { name: "reporting", reads: Reads::Only(FACTS), writes: &[] };

/// For people who may learn nothing of a single case: reads figures of months, of groups of eleven patients or more.
pub const STATISTICS: Access = Access {
    name: "statistics",
    reads: Reads::Only(&["claim_statistics", "denial_statistics", "appeal_statistics"]),
    writes: &[],
};

/// For auditors: reads the audit log, its seals and the ledger of migrations, and nothing else.
pub const AUDIT: Access = Access {
    name: "audit",
    reads: Reads::Only(&["__diesel_schema_migrations", "audit_log", "audit_seals"]),
    writes: &[],
};

/// All of them.
pub const ALL: &[Access] = &[APP, APPROVER, READONLY, REPORTING, STATISTICS, AUDIT];

/// Who works here doesn't see what is recorded of it, and nobody the key of its digests.
const ALL_BUT_AUDIT: Reads = Reads::EverythingBut(&["audit_keys", "audit_log", "audit_seals"]);

/// The views that tell nothing about a patient and read their tables with the owner's rights.
const FACTS: &[&str] = &[
    "claim_facts",
    "denial_facts",
    "posting_facts",
    "rebilled_facts",
    "appeal_facts",
    "write_off_facts",
    "rebill_facts",
    "variance_facts",
];

const fn writes(table: &'static str, insert: &'static str, update: &'static str) -> Writes {
    Writes { table, insert, update }
}

/// What the commands write: table, columns of their INSERTs, columns of their UPDATEs. Where a trigger sets a column, no
/// client needs a right to it. The libraries, the policies and the rules of coding, filing and adjustments are the
/// organization's own: their administrator writes them, as the owner of the tables.
const WRITES: &[Writes] = &[
    writes("payers", "id, payer_id, name, payer_type, contact_details, is_provisional", ""),
    writes("payer_identifiers", "qualifier, value, payer_id", ""),
    writes("patient_corrections", "id, from_reference, to_reference, claim_ids, corrected_by", ""),
    writes(
        "claims",
        "id, claim_id, patient_reference, payer_id, claim_type, frequency_code, replaces_claim_id, amount, service_from, \
         service_to, submitted_on",
        "submitted_on, voided_on",
    ),
    writes(
        "claim_details",
        "claim_id, patient_control_number, payer_claim_control_number, place_of_service, payer_sequence, prior_claim_id, \
         billing_provider, rendering_provider",
        "patient_control_number, payer_claim_control_number, place_of_service, payer_sequence, prior_claim_id, \
         billing_provider, rendering_provider",
    ),
    writes("claim_sources", "claim_id, identity_sha256, content_sha256, pseudonym_key", "pseudonym_key"),
    writes("claim_diagnoses", "claim_id, ordinal, diagnosis_code, present_on_admission", ""),
    writes(
        "claim_lines",
        "claim_id, line_number, procedure_code, revenue_code, modifier_1, modifier_2, modifier_3, modifier_4, units, \
         charge_amount, service_date, service_to, diagnosis_pointer_1, diagnosis_pointer_2, diagnosis_pointer_3, diagnosis_pointer_4",
        "",
    ),
    writes(
        "claim_line_details",
        "claim_id, line_number, unit_basis, place_of_service, rendering_provider, line_control_number, rate_code, ndc, \
         drug_quantity, drug_unit",
        "",
    ),
    writes("claim_line_teeth", "claim_id, line_number, tooth, surfaces", ""),
    writes(
        "institutional_claims",
        "claim_id, facility_code, admitted_on, admission_hour, admission_type, admission_source, discharge_hour, \
         patient_status, admitting_diagnosis, drg",
        "",
    ),
    writes("remittance_files", "id, sha256, stored_at", ""),
    writes(
        "remittances",
        "id, file_id, transaction_number, content_sha256, payer_id, payee_npi, trace_number, originator, handling, method, \
         total_amount, paid_on, produced_on, repeats_id, other_segments",
        "is_dismissed, reviewed_by, reviewed_on",
    ),
    writes(
        "remittance_claims",
        "id, remittance_id, claim_number, patient_control_number, payer_claim_control_number, claim_status, charge_amount, \
         paid_amount, patient_amount, filing_indicator, facility_code, frequency_code, drg, rendering_npi, service_from, \
         service_to, received_on, other_segments",
        "claim_id, matched_by, posted_on, posted_by, waits_for, waits_for_rule, waiting_difference",
    ),
    writes(
        "remittance_services",
        "remittance_claim_id, service_number, code_qualifier, code, modifier_1, modifier_2, modifier_3, modifier_4, revenue_code, billed_code, charge_amount, \
         paid_amount, allowed_amount, units_paid, units_billed, service_from, service_to, line_control_number",
        "claim_id, line_number",
    ),
    writes(
        "remittance_adjustments",
        "remittance_claim_id, adjustment_number, service_number, group_code, reason_code, amount, quantity",
        "disposition, is_assumed, classified_by",
    ),
    writes("remittance_remarks", "remittance_claim_id, remark_number, service_number, code_list, code", ""),
    writes(
        "provider_adjustments",
        "remittance_id, adjustment_number, provider, fiscal_period_ends_on, reason_code, reference, amount",
        "",
    ),
    writes(
        "denials",
        "id, claim_id, line_number, denial_code, denied_on, denial_amount, root_cause, preventable, assigned_to, \
         remittance_claim_id, adjustment_number",
        "root_cause, preventable, assigned_to, taken_back_in_id, taken_back_adjustment_number",
    ),
    writes("denial_remarks", "denial_id, remark_code", "withdrawn_by"),
    writes("denial_notes", "id, denial_id, note, noted_by", ""),
    writes(
        "postings",
        "id, claim_id, denial_id, kind, amount, posted_on, posted_by, appeal_id, write_off_id, rebill_id, \
         moved_to_claim_id, reverses_id, takes_back_id, remittance_claim_id, service_number, adjustment_number, \
         idempotency_key, idempotency_ordinal",
        "",
    ),
    writes(
        "appeals",
        "id, denial_id, claim_id, appeal_level, status, priority, appealed_amount, due_on, filed_on, reason, \
         supporting_documents, assigned_to",
        "status, priority, appealed_amount, approved_amount, due_on, filed_on, decided_on, reason, supporting_documents, \
         assigned_to, payer_response, released_on",
    ),
    writes(
        "write_offs",
        "id, denial_id, claim_id, kind, amount, reason, category, preventable, requested_by, requested_on, policy_id, notes",
        "",
    ),
    writes(
        "rebills",
        "id, denial_id, original_claim_id, new_claim_id, reason, changes, status, due_on, submitted_on, assigned_to",
        "status, new_claim_id, due_on, submitted_on, resolved_on",
    ),
    writes(
        "payment_variances",
        "id, claim_id, paid_on, expected_amount, actual_amount, variance_reason, needs_appeal, appeal_id, resolution, \
         resolved_on",
        "needs_appeal, appeal_id, resolution, resolved_on",
    ),
];

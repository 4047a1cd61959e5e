//! What the roles of services, analysts and reports may do: give it with `migrate grant` or
//! [`Runner::grant`](postgres_migrate::Runner::grant).

use postgres_migrate::{Access, Reads, Writes};

/// For services: reads everything, inserts what the commands of [`workflow`](crate::workflow) insert and updates the
/// columns that they update. No DELETE, no TRUNCATE, no column that the database keeps itself; the ledger is added to
/// only. Closing the books and merging payers stay with the owner of the tables.
pub const APP: Access = Access { name: "app", reads: Reads::Everything, writes: WRITES };

/// For people who look: reads every table and view.
pub const READONLY: Access = Access { name: "readonly", reads: Reads::Everything, writes: &[] };

/// For reports and BI tools: reads the fact views, which hold no patient reference, and through them runs every
/// report.
pub const REPORTING: Access = Access { name: "reporting", reads: Reads::Only(FACTS), writes: &[] };

/// All of them.
pub const ALL: &[Access] = &[APP, READONLY, REPORTING];

/// The views that tell nothing about a patient and read their tables with the owner's rights.
const FACTS: &[&str] = &[
    "claim_facts",
    "denial_facts",
    "posting_facts",
    "rebilled_denials",
    "appeal_facts",
    "write_off_facts",
    "rebill_facts",
    "variance_facts",
];

const fn writes(table: &'static str, insert: &'static str, update: &'static str) -> Writes {
    Writes { table, insert, update }
}

/// What the commands write: table, columns of their INSERTs, columns of their UPDATEs. Where a trigger sets a column, no
/// client needs a right to it. The library, the policies and the coding rules are the organization's own: their
/// administrator writes them, as the owner of the tables.
const WRITES: &[Writes] = &[
    writes("payers", "id, payer_id, name, payer_type, contact_details, timely_filing_days, appeal_filing_days", ""),
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
    writes("claim_diagnoses", "claim_id, ordinal, diagnosis_code", ""),
    writes(
        "claim_lines",
        "claim_id, line_number, procedure_code, modifier_1, modifier_2, modifier_3, modifier_4, units, charge_amount, \
         service_date, diagnosis_pointer_1, diagnosis_pointer_2, diagnosis_pointer_3, diagnosis_pointer_4",
        "",
    ),
    writes(
        "denials",
        "id, claim_id, line_number, denial_code, denied_on, denial_amount, root_cause, preventable",
        "root_cause, preventable",
    ),
    writes(
        "postings",
        "id, claim_id, denial_id, kind, amount, posted_on, posted_by, appeal_id, write_off_id, rebill_id, \
         moved_to_claim_id, reverses_id, takes_back_id, idempotency_key, idempotency_ordinal",
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
        "id, denial_id, claim_id, amount, reason, category, preventable, requested_by, requested_on, notes",
        "status, approved_by, approved_on, rejected_by, rejected_on, reversed_by, reversed_on",
    ),
    writes(
        "rebills",
        "id, denial_id, original_claim_id, new_claim_id, reason, changes, status, submitted_on, assigned_to",
        "status, new_claim_id, submitted_on, resolved_on",
    ),
    writes(
        "payment_variances",
        "id, claim_id, paid_on, expected_amount, actual_amount, variance_reason, needs_appeal, appeal_id, resolution, \
         resolved_on",
        "needs_appeal, appeal_id, resolution, resolved_on",
    ),
];

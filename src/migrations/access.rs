//! What the roles of services, analysts and reports may do.

/// What a role may do with the schema.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
    strum::VariantNames,
)]
#[strum(serialize_all = "snake_case")]
pub enum Access {
    /// For services: reads everything, inserts what the commands of [`workflow`](crate::workflow) insert and updates the
    /// columns that they update. No DELETE, no TRUNCATE, no column that the database keeps itself; the ledger is added to
    /// only.
    App,
    /// For people who look: reads every table and view.
    Readonly,
    /// For reports and BI tools: reads the fact views, which hold no patient reference, and through them runs every
    /// report.
    Reporting,
}

/// What the commands write: table, columns of their INSERTs, columns of their UPDATEs. Where a trigger sets a column, no
/// client needs a right to it. The library, the policies and the coding rules are the organization's own: their
/// administrator writes them, as the owner of the tables.
pub(super) const WRITES: &[(&str, &str, &str)] = &[
    ("payers", "id, payer_id, name, payer_type, contact_details, timely_filing_days, appeal_filing_days", ""),
    (
        "claims",
        "id, claim_id, patient_reference, payer_id, claim_type, status, amount, service_from, service_to, submitted_on, \
         place_of_service, frequency_code, payer_claim_control_number, replaces_claim_id",
        "status, submitted_on, paid_amount, adjusted_amount",
    ),
    ("claim_diagnoses", "id, claim_id, ordinal, diagnosis_code", ""),
    (
        "claim_lines",
        "id, claim_id, line_number, procedure_code, modifier_1, modifier_2, modifier_3, modifier_4, units, charge_amount, \
         service_date, diagnosis_pointer_1, diagnosis_pointer_2, diagnosis_pointer_3, diagnosis_pointer_4",
        "",
    ),
    (
        "denials",
        "id, claim_id, claim_line_id, denial_code, denied_on, denial_amount, root_cause, preventable",
        "root_cause, preventable",
    ),
    (
        "denial_transactions",
        "id, denial_id, kind, amount, posted_on, posted_by, appeal_id, rebill_id, write_off_id, reverses_id",
        "",
    ),
    (
        "appeals",
        "id, denial_id, claim_id, appeal_level, status, priority, appealed_amount, due_on, filed_on, reason, \
         supporting_documents, assigned_to",
        "status, priority, appealed_amount, approved_amount, due_on, filed_on, decided_on, reason, supporting_documents, \
         assigned_to, payer_response",
    ),
    (
        "write_offs",
        "id, denial_id, claim_id, amount, reason, category, preventable, requested_by, requested_on, notes",
        "status, approved_by, approved_on, rejected_by, rejected_on, reversed_by, reversed_on",
    ),
    (
        "rebills",
        "id, denial_id, original_claim_id, new_claim_id, reason, changes, status, submitted_on, assigned_to",
        "status, new_claim_id, submitted_on, paid_amount, adjusted_amount, resolved_on",
    ),
    (
        "payment_variances",
        "id, claim_id, paid_on, expected_amount, actual_amount, variance_reason, needs_appeal, appeal_id, resolution, \
         resolved_on",
        "needs_appeal, appeal_id, resolution, resolved_on",
    ),
];

/// The views that tell nothing about a patient and read their tables with the owner's rights.
pub(super) const FACTS: &[&str] =
    &["denial_facts", "posting_facts", "appeal_facts", "write_off_facts", "rebill_facts", "variance_facts"];

/// The tables that tell nothing about a patient or a payer. Who verifies, reads some of them.
pub(super) const BOOKKEEPING: [&str; 4] =
    ["__diesel_schema_migrations", "database_environment", "required_versions", "status_transitions"];

/// A right to a table, a view or a column.
pub(super) struct Right<'a> {
    pub privilege: &'static str,
    pub relation: &'a str,
    pub column: Option<&'static str>,
}

impl Right<'_> {
    /// As messages call it: `UPDATE (status) on claims`.
    pub fn name(&self) -> String {
        let column = self.column.map(|column| format!(" ({column})")).unwrap_or_default();
        format!("{}{column} on {}", self.privilege, self.relation)
    }
}

impl Access {
    /// Its rights in a schema with these tables and views.
    pub(super) fn rights<'a>(self, relations: impl Iterator<Item = &'a str>) -> Vec<Right<'a>> {
        let select = |relation| Right { privilege: "SELECT", relation, column: None };
        if self == Self::Reporting {
            return FACTS.iter().copied().map(select).collect();
        }
        let mut rights: Vec<Right<'a>> = relations.map(select).collect();
        if self == Self::App {
            for &(relation, insert, update) in WRITES {
                for (privilege, columns) in [("INSERT", insert), ("UPDATE", update)] {
                    let columns = columns.split(", ").filter(|column| !column.is_empty());
                    rights.extend(columns.map(|column| Right { privilege, relation, column: Some(column) }));
                }
            }
        }
        rights
    }
}

//! What the Diesel CLI can't derive from the foreign keys: joins by the first column of a composite key, by the first of
//! two keys to one table, and by a code that is no foreign key; views beside tables, and columns to group by together.
//!
//! A denial and its line share two columns, so their join is written out:
//! `on(claim_lines::claim_id.eq(denials::claim_id).and(claim_lines::line_number.nullable().eq(denials::line_number)))`.

use crate::schema::{
    appeals, claim_details, claim_diagnoses, claim_line_details, claim_line_teeth, claim_lines, claim_sources, claims,
    coding_rules, denial_code_library, denial_notes, denial_remarks, denial_work_items, denials, filing_rules,
    institutional_claims, org_policies, payer_identifiers, payer_merges, payers, payment_variances, postings, rebills,
    remark_code_library, remittance_claims, remittances, write_offs,
};
use crate::views::{
    claim_control_numbers, claims_to_file, classified_denials, denial_triage, denial_work_list, denials_expiring,
    patient_work_list, postings_to_review, provider_adjustments_to_review, rebill_recoveries, rebilled_denials,
    remittance_report, unposted,
};

diesel::joinable!(appeals -> denials (denial_id));
// The claim that they are of; join the one of the payer before with `on`.
diesel::joinable!(claim_details -> claims (claim_id));
diesel::joinable!(claim_line_details -> claims (claim_id));
diesel::joinable!(claim_line_teeth -> claims (claim_id));
diesel::joinable!(denial_work_items -> denials (denial_id));
diesel::joinable!(denials -> claims (claim_id));
diesel::joinable!(payment_variances -> appeals (appeal_id));
diesel::joinable!(payment_variances -> claims (claim_id));
diesel::joinable!(postings -> appeals (appeal_id));
// The claim whose money it is; join the one that it moved to with `on`.
diesel::joinable!(postings -> claims (claim_id));
diesel::joinable!(postings -> denials (denial_id));
diesel::joinable!(postings -> rebills (rebill_id));
diesel::joinable!(postings -> write_offs (write_off_id));
// The original claim; join the new one with `on`.
diesel::joinable!(rebills -> claims (original_claim_id));
diesel::joinable!(rebills -> denials (denial_id));
diesel::joinable!(write_offs -> denials (denial_id));

/// Lets a table of a crate of one's own stand in a query beside tables and views of this one:
/// `rcm_schema::allow_beside!(notes: claims, denials)`, where all of these are in scope.
///
/// It is [`diesel::allow_tables_to_appear_in_same_query!`], which doesn't compile across crates, without its implementations
/// for ONLY and TABLESAMPLE: Rust's orphan rule leaves those of one's own table to Diesel.
#[macro_export]
macro_rules! allow_beside {
    ($table:ident: $($other:ident),+ $(,)?) => {$(
        impl $crate::diesel::query_source::TableNotEqual<$other::table> for $table::table {}
        impl $crate::diesel::query_source::TableNotEqual<$table::table> for $other::table {}
    )+};
}

// The keys above leave them out of the list in schema.rs.
allow_beside!(claim_details: appeals, claim_diagnoses, claim_lines, claim_sources, claims, coding_rules,
    denial_work_items, denials, filing_rules, institutional_claims, org_policies, payer_identifiers, payer_merges, payers,
    payment_variances, postings, rebills, remittance_claims, remittances, write_offs);
allow_beside!(claim_line_details: claim_details, claim_diagnoses, claim_lines, claims, denials, institutional_claims, payers, postings);
allow_beside!(claim_line_teeth: claim_details, claim_diagnoses, claims, denials, institutional_claims, payers, postings);
// Join it with `on(denials::denial_code.eq(denial_code_library::denial_code))`: a denial's code need not be in it.
allow_beside!(denial_code_library: appeals, claim_details, claim_diagnoses, claim_lines, claims, coding_rules,
    denial_work_items, denials, filing_rules, org_policies, payers, payment_variances, postings, rebills, write_offs);
// Join it with `on(denial_remarks::remark_code.eq(remark_code_library::remark_code))`: a remark need not be in it.
allow_beside!(remark_code_library: claims, denial_remarks, denial_work_items, denials, payers);

/// Joins a view to the tables that its rows point to.
macro_rules! joins {
    ($($view:ident: $($table:ident $key:ident),+;)+) => {$($(
        diesel::joinable!($view -> $table ($key));
        allow_beside!($view: $table);
    )+)+};
}

joins! {
    claim_control_numbers: claims claim_id;
    claims_to_file: claims claim_id, payers payer_id;
    classified_denials: denials denial_id;
    denial_triage: denials denial_id, claims claim_id, payers payer_id;
    denial_work_list: denial_work_items denial_id, denials denial_id, claims claim_id, payers payer_id;
    denials_expiring: denials denial_id, claims claim_id, payers payer_id;
    patient_work_list: claims claim_id, payers payer_id;
    postings_to_review: postings id, denials denial_id, claims claim_id;
    provider_adjustments_to_review: remittances remittance_id, payers payer_id;
    rebill_recoveries: rebills rebill_id;
    rebilled_denials: denials denial_id, claims new_claim_id;
    remittance_report: remittances remittance_id, payers payer_id;
    unposted: remittances remittance_id, remittance_claims remittance_claim_id, claims claim_id, payers payer_id;
}

// By an id that both have: `on(denial_triage::denial_id.eq(appeals::denial_id))`.
allow_beside!(claim_control_numbers: claim_details, denials, payers);
allow_beside!(claims_to_file: claim_details);
allow_beside!(classified_denials: appeals, claims, payers, rebills, write_offs);
allow_beside!(denial_triage: appeals, claim_details, denial_notes, denial_work_items, org_policies, rebills, write_offs);
allow_beside!(denial_work_list: appeals, claim_details, denial_notes, org_policies, rebills, write_offs);
allow_beside!(denials_expiring: appeals, claim_details, denial_notes);
allow_beside!(patient_work_list: claim_details, org_policies);

// What people count by together. Nobody can allow it outside: both columns are of this crate.
diesel::allow_columns_to_appear_in_same_group_by_clause!(
    payers::id,
    payers::payer_id,
    payers::name,
    payers::payer_type,
    claims::id,
    claims::claim_id,
    claims::claim_type,
    claims::status,
    denials::id,
    denials::denial_code,
    denials::denied_on,
    denials::open_action,
    denials::resolution_status,
    denials::assigned_to,
    denial_code_library::category,
    classified_denials::category,
    classified_denials::appealable,
    denial_triage::action,
    denial_triage::category,
    denial_work_list::action,
    denial_work_list::assigned_to,
    denial_work_list::category,
    appeals::appeal_level,
    appeals::status,
    write_offs::reason,
    write_offs::status,
    rebills::reason,
    rebills::status,
    postings::kind,
    postings::posted_on,
    claim_lines::procedure_code,
    claim_details::billing_provider,
    remittances::id,
    remittances::paid_on,
);

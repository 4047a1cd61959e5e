//! What the Diesel CLI can't derive from the foreign keys: joins by the first column of a composite key, by the first of
//! two keys to one table, and by a code that is no foreign key.
//!
//! A denial and its line share two columns, so their join is written out:
//! `on(claim_lines::claim_id.eq(denials::claim_id).and(claim_lines::line_number.nullable().eq(denials::line_number)))`.

use crate::schema::{
    appeals, claim_details, claim_diagnoses, claim_line_details, claim_line_teeth, claim_lines, claim_sources, claims,
    coding_rules, denial_code_library, denial_remarks, denial_work_items, denials, filing_rules, institutional_claims,
    org_policies, payer_identifiers, payer_merges, payers, payment_variances, postings, rebills, remark_code_library,
    remittance_claims, remittances, write_offs,
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

/// Lets one table stand in a query beside each of the others.
macro_rules! allow_beside {
    ($table:ident: $($other:ident),+ $(,)?) => {
        $(diesel::allow_tables_to_appear_in_same_query!($table, $other);)+
    };
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

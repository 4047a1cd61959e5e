//! The database's views: Diesel's `table!` of each, and a row. A field is the column of the same name, which the
//! database's own comments document (`\d+ denial_triage` in psql).

mod expiring;
mod filing;
mod patients;
mod recovery;
mod remittances;
mod reports;
mod review;
mod triage;

pub use expiring::{DenialExpiring, denials_expiring};
pub use filing::{ClaimToFile, claims_to_file};
pub use patients::{PatientBalance, patient_work_list};
pub use recovery::EstimatedRecovery;
pub use remittances::{
    AdjustmentToClassify, ProviderAdjustmentToReview, RemittanceReport, Unposted, adjustments_to_classify,
    claim_control_numbers, provider_adjustments_to_review, remittance_report, unposted,
};
pub use reports::{
    AppealFact, ClaimFact, ClassifiedDenial, DenialFact, PostingFact, RebillFact, RebilledDenial, VarianceFact,
    WriteOffFact, appeal_facts, appeal_statistics, claim_facts, claim_statistics, classified_denials, denial_facts,
    denial_statistics, posting_facts, rebill_facts, rebill_recoveries, rebilled_denials, rebilled_facts,
    variance_facts, write_off_facts,
};
pub use review::{PostingToReview, postings_to_review};
pub use triage::{
    Assigned, DenialCodeToAdd, DenialToWork, DenialTriage, Triage, WorkListFilter, denial_codes_to_add, denial_triage,
    denial_work_list,
};

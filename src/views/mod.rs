//! The database's views: Diesel's `table!` of each, and a row. A field is the column of the same name, which the
//! database's own comments document (`\d+ denial_triage` in psql).

mod expiring;
mod facts;
mod filing;
mod patients;
mod rebilled;
mod recovery;
mod remittances;
mod review;
mod statistics;
mod triage;

pub use expiring::{DenialExpiring, denials_expiring};
pub use facts::{
    AppealFact, ClaimFact, ClassifiedDenial, DenialFact, PostingFact, RebillFact, VarianceFact, WriteOffFact,
    appeal_facts, claim_facts, classified_denials, denial_facts, posting_facts, rebill_facts, variance_facts,
    write_off_facts,
};
pub use filing::{ClaimToFile, claims_to_file};
pub use patients::{PatientBalance, patient_work_list};
pub use rebilled::{RebilledDenial, rebill_recoveries, rebilled_denials, rebilled_facts};
pub use recovery::EstimatedRecovery;
pub use remittances::{
    AdjustmentToClassify, ProviderAdjustmentToReview, RemittanceReport, Unposted, adjustments_to_classify,
    claim_control_numbers, provider_adjustments_to_review, remittance_report, unposted,
};
pub use review::{PostingToReview, postings_to_review};
pub use statistics::{appeal_statistics, claim_statistics, denial_statistics};
pub use triage::{
    Assigned, DenialCodeToAdd, DenialToWork, DenialTriage, Triage, WorkListFilter, denial_codes_to_add, denial_triage,
    denial_work_list,
};

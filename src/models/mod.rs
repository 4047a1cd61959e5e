//! One file per table: the row, the insertable, and the queries that belong to the table.
//!
//! A field is the column of the same name; [`crate::schema`] documents it, from the database's own comments.
//! `Debug` of whatever belongs to a patient's claim shows the id alone.
//!
//! An insertable has a builder, which doesn't compile without what the table requires. The rest may be left out: it is
//! then the column's default, or empty.
//!
//! ```
//! use rcm_schema::models::{Denial, NewRebill};
//! use rcm_schema::types::RebillReason;
//!
//! fn with_modifier(denial: &Denial) -> NewRebill {
//!     NewRebill::builder(denial).reason(RebillReason::AddedModifier).changes("Modifier 25 on the visit.").build()
//! }
//! ```
//!
//! ```compile_fail,E0277
//! # use rcm_schema::models::{Denial, NewRebill};
//! fn without_a_reason(denial: &Denial) -> NewRebill {
//!     NewRebill::builder(denial).changes("Modifier 25 on the visit.").build()
//! }
//! ```

mod adjustment_rule;
mod appeal;
mod appeal_list;
mod audit_entry;
mod by_id;
mod claim;
mod claim_details;
mod claim_diagnosis;
mod claim_line;
mod claim_line_details;
mod claim_list;
mod claim_source;
mod coding_rule;
pub(crate) mod cursor;
mod database_environment;
mod denial;
mod denial_code;
mod denial_list;
mod denial_note;
mod filing_rule;
mod institutional_claim;
mod org_policy;
mod patient_correction;
mod payer;
mod payer_identifier;
mod payer_merge;
mod payment_variance;
mod payment_variance_list;
mod period_closing;
mod posting;
mod procedure_indicators;
mod provider_adjustment;
mod rebill;
mod rebill_list;
mod remark_code;
mod remittance;
mod remittance_claim;
mod remittance_service;
mod totals;
mod write_off;
mod write_off_list;

pub use adjustment_rule::{AdjustmentRule, NewAdjustmentRule};
pub use appeal::{Appeal, NewAppeal};
pub use appeal_list::AppealFilter;
pub use audit_entry::AuditEntry;
pub use claim::{Claim, NewClaim};
pub use claim_details::{ClaimDetails, NewClaimDetails};
pub use claim_diagnosis::{ClaimDiagnosis, NewClaimDiagnosis};
pub use claim_line::{ClaimLine, NewClaimLine};
pub use claim_line_details::{ClaimLineDetails, ClaimLineTooth, NewClaimLineDetails};
pub use claim_list::ClaimFilter;
pub use claim_source::ClaimSource;
pub use coding_rule::{CodingRule, CodingRuleDiagnosis, NewCodingRule};
pub use cursor::Cursor;
pub use database_environment::DatabaseEnvironment;
pub use denial::{Denial, NewDenial};
pub use denial_code::{DenialCodeEntry, NewDenialCodeEntry};
pub use denial_list::DenialFilter;
pub use denial_note::{DenialNote, NewDenialNote};
pub use filing_rule::{FilingRule, NewFilingRule};
pub use institutional_claim::InstitutionalClaim;
pub use org_policy::{NewOrgPolicy, OrgPolicy};
pub use patient_correction::{NewPatientCorrection, PatientCorrection};
pub use payer::{NewPayer, Payer};
pub use payer_identifier::{NewPayerIdentifier, PayerIdentifier};
pub use payer_merge::PayerMerge;
pub use payment_variance::{NewPaymentVariance, PaymentVariance};
pub use payment_variance_list::PaymentVarianceFilter;
pub use period_closing::PeriodClosing;
pub use posting::{NewPosting, Posting};
pub use procedure_indicators::ProcedureIndicators;
pub use provider_adjustment::{NewProviderAdjustment, ProviderAdjustment};
pub use rebill::{NewRebill, Rebill};
pub use rebill_list::RebillFilter;
pub use remark_code::{DenialRemark, NewDenialRemark, NewRemarkCodeEntry, RemarkCodeEntry};
pub use remittance::{NewRemittance, Remittance, RemittanceFile};
pub use remittance_claim::{NewRemittanceClaim, RemittanceClaim};
pub use remittance_service::{
    NewRemittanceAdjustment, NewRemittanceRemark, NewRemittanceService, RemittanceAdjustment, RemittanceRemark,
    RemittanceService,
};
pub use totals::Totals;
pub use write_off::{NewWriteOff, WriteOff};
pub use write_off_list::WriteOffFilter;

/// `Debug` that shows the id, or the columns of the key that are named, and no other value of the row.
macro_rules! debug_shows_id {
    ($($name:ident),+) => { $crate::models::debug_shows_id! { $($name { id }),+ } };
    ($($name:ident { $($key:ident),+ }),+) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter
                    .debug_struct(stringify!($name))
                    $(.field(stringify!($key), &self.$key))+
                    .finish_non_exhaustive()
            }
        }
    )+};
}
pub(crate) use debug_shows_id;

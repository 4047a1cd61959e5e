//! The database's domains of ids, enumerations and idempotency keys as Diesel's SQL types: what [`schema`](crate::schema) says a column is.
//!
//! Nobody compares a claim's id with a denial's, or a status with any text: the two are different types. The values are
//! in [`types`](crate::types), whose names many of these share, so name one of these by its module where a query needs
//! it: `sql_types::ClaimStatus`. On the wire a domain is its base type, whose number is fixed: no connection asks for it.

use diesel::query_builder::QueryId;
use diesel::sql_types::{SqlOrd, SqlType};

macro_rules! domains {
    ($($base:tt, $oid:literal, $array_oid:literal: $($name:ident)+;)+) => {$($(
        #[doc = concat!("The domain of this name, in snake_case, over `", $base, "`.")]
        #[derive(Debug, Clone, Copy, SqlType, QueryId)]
        #[diesel(postgres_type(oid = $oid, array_oid = $array_oid))]
        pub struct $name;
        domains! { $base $name }
    )+)+};
    // Before version 18 PostgreSQL has no `max` of a uuid.
    ("uuid" $name:ident) => {};
    ("text" $name:ident) => { impl SqlOrd for $name {} };
}

domains! {
    "uuid", 2950, 2951:
        PayerKey PayerMergeKey PatientCorrectionKey FilingRuleKey ClaimKey RemittanceFileKey RemittanceKey RemittanceClaimKey AdjustmentRuleKey DenialKey DenialNoteKey PostingKey AppealKey WriteOffKey RebillKey PaymentVarianceKey DenialCodeEntryKey
        OrgPolicyKey CodingRuleKey AuditEntryKey;
    "text", 25, 1009:
        PayerType PayerIdentifierQualifier ClaimType FilingStep DeadlineBasis LengthUnit ClaimStatus FrequencyCode UnitBasis DrugUnit PresentOnAdmission Disposition WaitReason DenialCategory DenialAction OpenAction ResolutionStatus PostingKind
        AppealLevel AppealStatus Priority WriteOffReason WriteOffCategory WriteOffStatus RebillReason RebillStatus
        VarianceReason VarianceType PolicyType CodingRuleType GlobalDays BilateralIndicator GlobalPeriod Severity TriageRule
        IdempotencyKey
        DenialGrouping AppealGrouping WriteOffGrouping RebillGrouping VarianceGrouping;
}

//! One newtype per table's id, so that a denial's id can't be passed for a claim's, nor compared with it in a query.

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::sql_types;
use crate::types::as_text::as_text;

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident: $key:ident)*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
        #[diesel(sql_type = sql_types::$key)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id (UUID version 7): greater than every earlier one of this process. Those of several processes
            /// and of the server sort by the clocks of their machines.
            #[expect(clippy::new_without_default, reason = "a default would be equal each time")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(formatter)
            }
        }

        impl std::str::FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self> {
                text.parse().map(Self).map_err(|_| Error::Invalid { what: stringify!($name), rule: "a UUID" })
            }
        }

        as_text!($name);

        impl ToSql<sql_types::$key, Pg> for $name {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                ToSql::<diesel::sql_types::Uuid, Pg>::to_sql(&self.0, out)
            }
        }

        impl FromSql<sql_types::$key, Pg> for $name {
            fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
                FromSql::<diesel::sql_types::Uuid, Pg>::from_sql(value).map(Self)
            }
        }
    )*};
}

ids! {
    /// Primary key of `payers`.
    PayerId: PayerKey
    /// Primary key of `payer_merges`.
    PayerMergeId: PayerMergeKey
    /// Primary key of `patient_corrections`.
    PatientCorrectionId: PatientCorrectionKey
    /// Primary key of `filing_rules`.
    FilingRuleId: FilingRuleKey
    /// Primary key of `claims`.
    ClaimId: ClaimKey
    /// Primary key of `remittance_files`.
    RemittanceFileId: RemittanceFileKey
    /// Primary key of `remittances`.
    RemittanceId: RemittanceKey
    /// Primary key of `remittance_claims`.
    RemittanceClaimId: RemittanceClaimKey
    /// Primary key of `adjustment_rules`.
    AdjustmentRuleId: AdjustmentRuleKey
    /// Primary key of `denials`.
    DenialId: DenialKey
    /// Primary key of `denial_notes`.
    DenialNoteId: DenialNoteKey
    /// Primary key of `postings`.
    PostingId: PostingKey
    /// Primary key of `appeals`.
    AppealId: AppealKey
    /// Primary key of `write_offs`.
    WriteOffId: WriteOffKey
    /// Primary key of `rebills`.
    RebillId: RebillKey
    /// Primary key of `payment_variances`.
    PaymentVarianceId: PaymentVarianceKey
    /// Primary key of `denial_code_library`.
    DenialCodeEntryId: DenialCodeEntryKey
    /// Primary key of `org_policies`.
    OrgPolicyId: OrgPolicyKey
    /// Primary key of `audit_log`.
    AuditEntryId: AuditEntryKey
    /// Primary key of `coding_rules`.
    CodingRuleId: CodingRuleKey
}

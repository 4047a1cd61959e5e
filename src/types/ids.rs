//! One newtype per table's id, so that a denial's id can't be passed for a claim's.

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types;
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident)*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
        #[diesel(sql_type = sql_types::Uuid)]
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

        impl ToSql<sql_types::Uuid, Pg> for $name {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                ToSql::<sql_types::Uuid, Pg>::to_sql(&self.0, out)
            }
        }

        impl FromSql<sql_types::Uuid, Pg> for $name {
            fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
                Uuid::from_sql(value).map(Self)
            }
        }
    )*};
}

ids! {
    /// Primary key of `payers`.
    PayerId
    /// Primary key of `claims`.
    ClaimId
    /// Primary key of `claim_lines`.
    ClaimLineId
    /// Primary key of `claim_diagnoses`.
    ClaimDiagnosisId
    /// Primary key of `denials`.
    DenialId
    /// Primary key of `denial_transactions`.
    DenialTransactionId
    /// Primary key of `appeals`.
    AppealId
    /// Primary key of `write_offs`.
    WriteOffId
    /// Primary key of `rebills`.
    RebillId
    /// Primary key of `payment_variances`.
    PaymentVarianceId
    /// Primary key of `denial_code_library`.
    DenialCodeEntryId
    /// Primary key of `org_policies`.
    OrgPolicyId
    /// Primary key of `coding_rules`.
    CodingRuleId
}

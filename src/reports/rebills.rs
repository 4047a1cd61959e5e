//! The rebill report.

use bigdecimal::BigDecimal;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Numeric, Text};
use diesel_async::AsyncPgConnection;

use super::load;
use crate::error::Result;
use crate::types::{DateRange, RebillGrouping, UsdTotal};

/// How the rebills of a group went.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct RebillReport {
    /// What they have in common; `None` for the whole.
    #[diesel(sql_type = Nullable<Text>)]
    pub group_value: Option<String>,
    /// Number of rebills.
    #[diesel(sql_type = BigInt)]
    pub rebills: i64,
    /// Number of rebills that the payer has not answered, sent or not.
    #[diesel(sql_type = BigInt)]
    pub open_rebills: i64,
    /// Number of rebills that were paid, paid in part or denied again.
    #[diesel(sql_type = BigInt)]
    pub resolved_rebills: i64,
    /// Number of rebills that were paid.
    #[diesel(sql_type = BigInt)]
    pub paid_rebills: i64,
    /// Number of rebills that were paid in part.
    #[diesel(sql_type = BigInt)]
    pub partially_paid_rebills: i64,
    /// Number of rebills that were denied again.
    #[diesel(sql_type = BigInt)]
    pub denied_again_rebills: i64,
    /// What they recovered on their new claims.
    #[diesel(sql_type = Numeric)]
    pub recovered_amount: UsdTotal,
    /// Those paid in full or in part, of those that were resolved.
    #[diesel(sql_type = Nullable<Numeric>)]
    pub success_percentage: Option<BigDecimal>,
    /// Days from submission to resolution, on average, two decimals.
    #[diesel(sql_type = Nullable<Numeric>)]
    pub average_days_to_resolution: Option<BigDecimal>,
}

/// How the rebills went that were submitted in the period; those not yet submitted count only where no day is given.
pub async fn rebills(
    connection: &mut AsyncPgConnection,
    grouped_by: RebillGrouping,
    period: DateRange,
) -> Result<Vec<RebillReport>> {
    load(connection, "rebill_report", grouped_by.as_str(), period, None).await
}

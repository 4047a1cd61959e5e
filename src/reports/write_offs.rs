//! The write-off report.

use bigdecimal::BigDecimal;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Numeric, Text};
use diesel_async::AsyncPgConnection;

use super::load;
use crate::error::Result;
use crate::types::{DateRange, UsdTotal, WriteOffGrouping};

/// What the write-offs of a group cost. Only the approved ones are money lost.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct WriteOffReport {
    /// What they have in common; `None` for the whole.
    #[diesel(sql_type = Nullable<Text>)]
    pub group_value: Option<String>,
    /// Number of write-offs, in whatever state.
    #[diesel(sql_type = BigInt)]
    pub write_offs: i64,
    /// Number of write-offs that wait for approval.
    #[diesel(sql_type = BigInt)]
    pub pending_write_offs: i64,
    /// What they would write off.
    #[diesel(sql_type = Numeric)]
    pub pending_amount: UsdTotal,
    /// Number of write-offs that are approved and not reversed.
    #[diesel(sql_type = BigInt)]
    pub approved_write_offs: i64,
    /// What they wrote off.
    #[diesel(sql_type = Numeric)]
    pub lost_amount: UsdTotal,
    /// Number of write-offs that were rejected.
    #[diesel(sql_type = BigInt)]
    pub rejected_write_offs: i64,
    /// Number of write-offs that were approved and later reversed.
    #[diesel(sql_type = BigInt)]
    pub reversed_write_offs: i64,
    /// Number of approved write-offs of which someone said whether they could have been prevented.
    #[diesel(sql_type = BigInt)]
    pub judged_write_offs: i64,
    /// Number of approved write-offs that could have been prevented.
    #[diesel(sql_type = BigInt)]
    pub preventable_write_offs: i64,
    /// What they wrote off.
    #[diesel(sql_type = Numeric)]
    pub preventable_amount: UsdTotal,
    /// Those that could have been prevented, of the approved ones that were judged.
    #[diesel(sql_type = Nullable<Numeric>)]
    pub preventable_percentage: Option<BigDecimal>,
}

/// What the write-offs cost that were requested in the period.
pub async fn write_offs(
    connection: &mut AsyncPgConnection,
    grouped_by: WriteOffGrouping,
    period: DateRange,
) -> Result<Vec<WriteOffReport>> {
    load(connection, "write_off_report", grouped_by.as_str(), period, None).await
}

/// The reasons that cost most money that need not have been lost, the worst first, at most `limit`; of the write-offs
/// that were requested in the period.
pub async fn top_preventable_reasons(
    connection: &mut AsyncPgConnection,
    period: DateRange,
    limit: u32,
) -> Result<Vec<WriteOffReport>> {
    let mut reasons = write_offs(connection, WriteOffGrouping::Reason, period).await?;
    reasons.retain(|reason| reason.preventable_write_offs > 0);
    // Stable: equal amounts stay in the order of their reasons.
    reasons.sort_by(|one, other| other.preventable_amount.cmp(&one.preventable_amount));
    reasons.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(reasons)
}

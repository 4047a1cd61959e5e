//! The denial report.

use bigdecimal::BigDecimal;
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Numeric, Text};
use diesel_async::AsyncPgConnection;

use super::load;
use crate::error::Result;
use crate::types::{DateRange, DenialGrouping, UsdTotal};

/// What became of the denials of a group.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct DenialReport {
    /// What they have in common; `None` for the whole, and for denials without a procedure.
    #[diesel(sql_type = Nullable<Text>)]
    pub group_value: Option<String>,
    /// Number of denials.
    #[diesel(sql_type = BigInt)]
    pub denials: i64,
    /// Denied.
    #[diesel(sql_type = Numeric)]
    pub denied_amount: UsdTotal,
    /// Paid by the payers after all.
    #[diesel(sql_type = Numeric)]
    pub recovered_amount: UsdTotal,
    /// Written off.
    #[diesel(sql_type = Numeric)]
    pub lost_amount: UsdTotal,
    /// Transferred to the patients.
    #[diesel(sql_type = Numeric)]
    pub transferred_amount: UsdTotal,
    /// Contractual adjustments.
    #[diesel(sql_type = Numeric)]
    pub adjusted_amount: UsdTotal,
    /// Moved to new claims.
    #[diesel(sql_type = Numeric)]
    pub rebilled_amount: UsdTotal,
    /// Taken back by the payers.
    #[diesel(sql_type = Numeric)]
    pub withdrawn_amount: UsdTotal,
    /// Number of denials of which something is open.
    #[diesel(sql_type = BigInt)]
    pub open_denials: i64,
    /// Still to be worked: denied less the six above.
    #[diesel(sql_type = Numeric)]
    pub open_amount: UsdTotal,
    /// Number of denials of which someone said whether they could have been prevented.
    #[diesel(sql_type = BigInt)]
    pub judged_denials: i64,
    /// Number of denials that could have been prevented.
    #[diesel(sql_type = BigInt)]
    pub preventable_denials: i64,
    /// Those that could have been prevented, of those that were judged.
    #[diesel(sql_type = Nullable<Numeric>)]
    pub preventable_percentage: Option<BigDecimal>,
}

/// What became of the denials whose day of denial is in the period: the money as the ledger stood at the end of the day
/// `as_of`, later denials left out; without it, as everything stands. Index: `postings_by_day` for what was posted after
/// that day.
pub async fn denials(
    connection: &mut AsyncPgConnection,
    grouped_by: DenialGrouping,
    period: DateRange,
    as_of: Option<NaiveDate>,
) -> Result<Vec<DenialReport>> {
    load(connection, "denial_report", grouped_by.as_str(), period, as_of).await
}

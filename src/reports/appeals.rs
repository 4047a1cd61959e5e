//! The appeal report.

use bigdecimal::BigDecimal;
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Numeric, Text};
use diesel_async::AsyncPgConnection;

use super::load;
use crate::error::Result;
use crate::types::{AppealGrouping, DateRange, UsdTotal};

/// How the appeals of a group went.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct AppealReport {
    /// What they have in common; `None` for the whole.
    #[diesel(sql_type = Nullable<Text>)]
    pub group_value: Option<String>,
    /// Number of appeals.
    #[diesel(sql_type = BigInt)]
    pub appeals: i64,
    /// What they ask for.
    #[diesel(sql_type = Numeric)]
    pub appealed_amount: UsdTotal,
    /// Number of appeals that are neither decided nor withdrawn.
    #[diesel(sql_type = BigInt)]
    pub open_appeals: i64,
    /// Number of appeals that were withdrawn.
    #[diesel(sql_type = BigInt)]
    pub withdrawn_appeals: i64,
    /// Number of appeals that the payer decided, one way or another.
    #[diesel(sql_type = BigInt)]
    pub decided_appeals: i64,
    /// Number of appeals that were approved in full.
    #[diesel(sql_type = BigInt)]
    pub approved_appeals: i64,
    /// Number of appeals that were approved in part.
    #[diesel(sql_type = BigInt)]
    pub partially_approved_appeals: i64,
    /// Number of appeals that were denied.
    #[diesel(sql_type = BigInt)]
    pub denied_appeals: i64,
    /// What was approved.
    #[diesel(sql_type = Numeric)]
    pub approved_amount: UsdTotal,
    /// Those approved in full or in part, of those that were decided.
    #[diesel(sql_type = Nullable<Numeric>)]
    pub success_percentage: Option<BigDecimal>,
    /// Days from filing to decision, on average, two decimals.
    #[diesel(sql_type = Nullable<Numeric>)]
    pub average_days_to_decision: Option<BigDecimal>,
    /// Number of appeals that are neither filed nor withdrawn and were due before the day of the report.
    #[diesel(sql_type = BigInt)]
    pub overdue_appeals: i64,
    /// What those would ask for.
    #[diesel(sql_type = Numeric)]
    pub overdue_amount: UsdTotal,
}

/// How the appeals went that were filed in the period, or that are not filed and due in it; overdue as of a day, as in
/// [`crate::models::AppealFilter::overdue_on`].
pub async fn appeals(
    connection: &mut AsyncPgConnection,
    grouped_by: AppealGrouping,
    period: DateRange,
    as_of: NaiveDate,
) -> Result<Vec<AppealReport>> {
    load(connection, "appeal_report", grouped_by.as_str(), period, Some(as_of)).await
}

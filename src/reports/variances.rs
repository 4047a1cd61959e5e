//! The report of payment variances.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Numeric, Text};
use diesel_async::AsyncPgConnection;

use super::load;
use crate::error::Result;
use crate::types::{DateRange, UsdTotal, VarianceGrouping};

/// By how much the payments of a group differ. A payment within one cent is neither under nor over and needs no
/// resolution.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct VarianceReport {
    /// What they have in common; `None` for the whole, and for variances whose reason isn't known.
    #[diesel(sql_type = Nullable<Text>)]
    pub group_value: Option<String>,
    /// Number of payments that were compared.
    #[diesel(sql_type = BigInt)]
    pub variances: i64,
    /// Number of payments below what the contract says.
    #[diesel(sql_type = BigInt)]
    pub underpayments: i64,
    /// Their shortfall, above zero.
    #[diesel(sql_type = Numeric)]
    pub underpaid_amount: UsdTotal,
    /// Number of payments above what the contract says.
    #[diesel(sql_type = BigInt)]
    pub overpayments: i64,
    /// Their excess.
    #[diesel(sql_type = Numeric)]
    pub overpaid_amount: UsdTotal,
    /// Number of under- and overpayments that are not resolved.
    #[diesel(sql_type = BigInt)]
    pub unresolved_variances: i64,
    /// The shortfall of the unresolved underpayments, above zero.
    #[diesel(sql_type = Numeric)]
    pub unresolved_underpaid_amount: UsdTotal,
    /// The excess of the unresolved overpayments.
    #[diesel(sql_type = Numeric)]
    pub unresolved_overpaid_amount: UsdTotal,
}

/// By how much the payments of the period differ from what the contracts say.
pub async fn variances(
    connection: &mut AsyncPgConnection,
    grouped_by: VarianceGrouping,
    period: DateRange,
) -> Result<Vec<VarianceReport>> {
    load(connection, "variance_report", grouped_by.as_str(), period, None).await
}

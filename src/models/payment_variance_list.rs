//! Lists of payment variances.

use bigdecimal::BigDecimal;
use chrono::NaiveDate;
use diesel::dsl::{count_star, sum};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::cursor::in_pages;
use crate::models::{Cursor, PaymentVariance, Totals};
use crate::schema::payment_variances;
use crate::types::{ClaimId, DateRange, PayerId, PaymentVarianceId, VarianceReason, VarianceType};

/// Which payment variances; each field that is given narrows the list, the default is all of them.
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(default))]
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PaymentVarianceFilter {
    /// Which way the payment differs.
    pub variance_type: Option<VarianceType>,
    /// For this reason.
    pub variance_reason: Option<VarianceReason>,
    /// Of claims of this payer.
    pub payer_id: Option<PayerId>,
    /// Of this claim.
    pub claim_id: Option<ClaimId>,
    /// Resolved, or not.
    pub resolved: Option<bool>,
    /// Worth an appeal, or not.
    pub needs_appeal: Option<bool>,
    /// At least so many percent of the expected amount, above or below it.
    pub at_least_percentage: Option<BigDecimal>,
    /// Paid on one of these days.
    pub paid_on: DateRange,
}

in_pages!(PaymentVariance, payment_variances: paid_on desc NaiveDate, id desc PaymentVarianceId);

impl PaymentVariance {
    /// The payment variances that match, newest payment first, then by id, greatest first; at most `limit`, after the
    /// cursor. A page that is shorter than `limit` is the last.
    ///
    /// Indexes: `payment_variances_by_claim` for a claim, `payment_variances_by_payer` for a payer,
    /// `payment_variances_to_resolve` for the unresolved ones, `payment_variances_by_payment` for days of payment and for everything else.
    pub async fn list(
        connection: &mut AsyncPgConnection,
        filter: &PaymentVarianceFilter,
        after: Option<Cursor<(NaiveDate, PaymentVarianceId)>>,
        limit: u32,
    ) -> Result<Vec<Self>> {
        let query = match filter.payer_id {
            Some(_) => matching(filter).order(payment_variances::payer_id),
            None => matching(filter),
        };
        page(connection, query, after, limit).await
    }

    /// How many payment variances match, and what was paid above the expected amounts; below zero where less was paid.
    pub async fn totals(connection: &mut AsyncPgConnection, filter: &PaymentVarianceFilter) -> Result<Totals> {
        let query = matching(filter).select((count_star(), sum(payment_variances::variance_amount)));
        Ok(Totals::new(query.first(connection).await?))
    }
}

fn matching(filter: &PaymentVarianceFilter) -> payment_variances::BoxedQuery<'_, Pg> {
    use payment_variances as variance;
    let mut query = variance::table.into_boxed();
    if let Some(variance_type) = filter.variance_type {
        query = query.filter(variance::variance_type.eq(variance_type));
    }
    if let Some(reason) = filter.variance_reason {
        query = query.filter(variance::variance_reason.eq(reason));
    }
    if let Some(payer) = filter.payer_id {
        query = query.filter(variance::payer_id.eq_any([payer]));
    }
    if let Some(claim) = filter.claim_id {
        query = query.filter(variance::claim_id.eq(claim));
    }
    if let Some(resolved) = filter.resolved {
        query = match resolved {
            true => query.filter(variance::resolved_on.is_not_null()),
            false => query.filter(variance::resolved_on.is_null()),
        };
    }
    if let Some(needs_appeal) = filter.needs_appeal {
        query = query.filter(variance::needs_appeal.eq(needs_appeal));
    }
    if let Some(percentage) = &filter.at_least_percentage {
        let (above, below) = (percentage.abs(), -percentage.abs());
        query = query.filter(variance::variance_percentage.ge(above).or(variance::variance_percentage.le(below)));
    }
    if let Some(day) = filter.paid_on.from {
        query = query.filter(variance::paid_on.ge(day));
    }
    if let Some(day) = filter.paid_on.to {
        query = query.filter(variance::paid_on.le(day));
    }
    query
}

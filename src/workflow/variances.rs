//! Record and resolve a payment variance.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::AsyncPgConnection;

use super::fetch_one;
use crate::error::Result;
#[cfg(doc)]
use crate::error::Rule;
use crate::models::{NewPaymentVariance, PaymentVariance};
use crate::schema::payment_variances;
use crate::types::{AppealId, PaymentVarianceId};

/// Records a payment beside what the contract says; amount, percentage and type are computed.
pub async fn record(connection: &mut AsyncPgConnection, variance: &NewPaymentVariance) -> Result<PaymentVariance> {
    let insert =
        diesel::insert_into(payment_variances::table).values(variance).returning(PaymentVariance::as_returning());
    fetch_one(connection, "variances.record", insert).await
}

/// Names the appeal that asks for the difference.
///
/// Errors: a foreign key violation where it is another claim's; [`Rule::Unchangeable`] once the variance is resolved.
pub async fn link_appeal(
    connection: &mut AsyncPgConnection,
    variance: PaymentVarianceId,
    appeal: AppealId,
) -> Result<PaymentVariance> {
    let update = diesel::update(payment_variances::table.find(variance))
        .set((payment_variances::needs_appeal.eq(true), payment_variances::appeal_id.eq(appeal)))
        .returning(PaymentVariance::as_returning());
    fetch_one(connection, "variances.link_appeal", update).await
}

/// Records how it was resolved, in words. Repeating it changes nothing.
///
/// Errors: [`Rule::Unchangeable`] once it is resolved in other words or on another day; a check violation for a day
/// before the payment.
pub async fn resolve(
    connection: &mut AsyncPgConnection,
    variance: PaymentVarianceId,
    resolution: &str,
    resolved_on: NaiveDate,
) -> Result<PaymentVariance> {
    let update = diesel::update(payment_variances::table.find(variance))
        .set((payment_variances::resolution.eq(resolution), payment_variances::resolved_on.eq(resolved_on)))
        .returning(PaymentVariance::as_returning());
    fetch_one(connection, "variances.resolve", update).await
}

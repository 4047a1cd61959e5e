//! CLM-2024-001890: Medicare paid 425.00 of 500.00, and the contract says 500.00.

use diesel_async::AsyncPgConnection;
use rcm_schema::Result;
use rcm_schema::models::NewPaymentVariance;
use rcm_schema::types::{PostingKind, VarianceReason};
use rcm_schema::workflow::variances;

use super::visit::Visit;
use super::{day, post_payment};
use crate::keys::Keys;
use crate::payers;

pub async fn write(connection: &mut AsyncPgConnection, keys: Keys) -> Result<()> {
    let visit = Visit {
        number: 1890,
        patient: "DEMO-PATIENT-05",
        payer: payers::MEDICARE,
        day: day(2, 15)?,
        submitted_on: day(2, 16)?,
        diagnoses: &["I48.91"],
        lines: &[("99214", "", "350.00", 1), ("93000", "", "150.00", 1)],
        billed: "500.00",
    };
    visit.record(connection, keys).await?;
    post_payment(connection, keys.claim(1890), day(3, 1)?, &[(PostingKind::Payment, "425.00")]).await?;
    let variance = NewPaymentVariance::builder()
        .id(keys.variance(1890))
        .claim_id(keys.claim(1890))
        .paid_on(day(3, 1)?)
        .expected_amount("500.00".parse()?)
        .actual_amount("425.00".parse()?)
        .variance_reason(VarianceReason::ContractAdjustment)
        .needs_appeal(true)
        .build();
    variances::record(connection, &variance).await?;
    Ok(())
}

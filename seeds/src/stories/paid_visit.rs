//! CLM-2024-001234: a visit, billed 150.00 and paid 120.00; the contract took the rest.

use diesel_async::AsyncPgConnection;
use rcm_schema::Result;
use rcm_schema::types::PostingKind;

use super::visit::Visit;
use super::{day, post_payment};
use crate::keys::Keys;
use crate::payers;

pub async fn write(connection: &mut AsyncPgConnection, keys: Keys) -> Result<()> {
    let visit = Visit {
        number: 1234,
        patient: "DEMO-PATIENT-01",
        payer: payers::BCBS_CALIFORNIA,
        day: day(1, 15)?,
        submitted_on: day(1, 16)?,
        diagnoses: &["I10"],
        lines: &[("99213", "", "150.00", 1)],
        billed: "150.00",
    };
    visit.record(connection, keys).await?;
    let amounts = [(PostingKind::Payment, "120.00"), (PostingKind::ContractualAdjustment, "30.00")];
    post_payment(connection, keys.claim(1234), day(1, 30)?, &amounts).await
}

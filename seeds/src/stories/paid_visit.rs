//! CLM-2024-001234: a visit, billed 150.00 and paid 120.00; the contract took the rest.

use diesel_async::AsyncPgConnection;
use rcm_schema::Result;
use rcm_schema::workflow::claims;

use super::day;
use super::visit::Visit;
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
    claims::post_payment(connection, keys.claim(1234), &"120.00".parse()?, &"30.00".parse()?).await?;
    Ok(())
}

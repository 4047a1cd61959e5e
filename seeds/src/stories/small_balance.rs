//! CLM-2024-001236: 15.00 left to the patient's deductible, written off as too small to pursue.

use diesel_async::AsyncPgConnection;
use rcm_schema::Result;
use rcm_schema::models::{NewDenial, NewWriteOff};
use rcm_schema::types::{WriteOffCategory, WriteOffReason};
use rcm_schema::workflow::{denials, write_offs};

use super::day;
use super::visit::Visit;
use crate::keys::Keys;
use crate::payers;

pub async fn write(connection: &mut AsyncPgConnection, keys: Keys) -> Result<()> {
    let (claim, denial, write_off) = (keys.claim(1236), keys.denial(1236), keys.write_off(1236));
    let visit = Visit {
        number: 1236,
        patient: "DEMO-PATIENT-03",
        payer: payers::NATIONAL_COMMERCIAL,
        day: day(1, 18)?,
        submitted_on: day(1, 19)?,
        diagnoses: &["I10"],
        lines: &[("99211", "", "15.00", 1)],
        billed: "15.00",
    };
    visit.record(connection, keys).await?;
    let cause = "Eligibility was not verified before the visit.";
    let denied = NewDenial {
        id: denial,
        root_cause: Some(cause.into()),
        preventable: Some(true),
        ..NewDenial::new(claim, "PR-1".parse()?, day(1, 25)?, "15.00".parse()?)
    };
    denials::record(connection, &denied).await?;
    let requested = NewWriteOff {
        id: write_off,
        preventable: Some(true),
        notes: Some(cause.into()),
        ..NewWriteOff::new(
            denial,
            claim,
            "15.00".parse()?,
            WriteOffReason::BelowThreshold,
            WriteOffCategory::Administrative,
            "billing.specialist",
            day(1, 29)?,
        )
    };
    write_offs::request(connection, &requested).await?;
    write_offs::approve(connection, write_off, "billing.manager", day(1, 30)?).await?;
    Ok(())
}

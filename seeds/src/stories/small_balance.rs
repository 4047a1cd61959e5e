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
    let write_off = keys.write_off(1236);
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
    let denied = NewDenial::builder()
        .id(keys.denial(1236))
        .claim_id(keys.claim(1236))
        .denial_code("PR-1".parse()?)
        .denied_on(day(1, 25)?)
        .denial_amount("15.00".parse()?)
        .root_cause(cause)
        .preventable(true)
        .build();
    let denial = denials::record(connection, &denied).await?;
    let requested = NewWriteOff::builder(&denial)
        .id(write_off)
        .amount("15.00".parse()?)
        .reason(WriteOffReason::BelowThreshold)
        .category(WriteOffCategory::Administrative)
        .requested_by("billing.specialist")
        .requested_on(day(1, 29)?)
        .preventable(true)
        .notes(cause)
        .build();
    write_offs::request(connection, &requested).await?;
    write_offs::approve(connection, write_off, "billing.manager", day(1, 30)?).await?;
    Ok(())
}

//! From a denial to a write-off, approved and taken back. `cargo run --example denial_to_write_off`; it is rolled back at
//! the end.

mod shared;

use std::process::ExitCode;

use diesel_async::AsyncPgConnection;
use rcm_schema::Result;
use rcm_schema::models::{NewDenial, NewWriteOff};
use rcm_schema::types::{WriteOffCategory, WriteOffId, WriteOffReason};
use rcm_schema::workflow::{denials, write_offs};
use shared::{day, refused, show, show_triage};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    shared::run(story).await
}

async fn story(connection: &mut AsyncPgConnection) -> Result<()> {
    let visit = shared::new_claim(connection, "CLM-EXAMPLE-2", "15.00").await?;
    let claim = shared::record(connection, &visit, "I10", &[("99211", None, "15.00")]).await?;

    let denied = NewDenial::builder()
        .claim_id(claim.id)
        .denial_code("PR-1".parse()?)
        .denied_on(day(1, 25)?)
        .denial_amount("15.00".parse()?)
        .build();
    let denial = denials::record(connection, &denied).await?;
    denials::note_cause(connection, denial.id, "Eligibility was not verified before the visit.", true).await?;
    println!("denied {}: left to the patient's deductible", denial.denial_code);
    show(connection, denial.id).await?;
    show_triage(connection, denial.id).await?;

    let request = NewWriteOff::builder(&denial)
        .amount(denial.open_amount)
        .reason(WriteOffReason::BelowThreshold)
        .category(WriteOffCategory::Administrative)
        .requested_by("billing.specialist")
        .requested_on(day(1, 29)?)
        .preventable(true)
        .build();
    let write_off = write_offs::request(connection, &request).await?;
    println!("write-off: {}, no money moves", write_off.status);
    show(connection, denial.id).await?;

    let on = day(1, 30)?;
    refused(connection, "approved by who asked", async |connection| {
        write_offs::approve(connection, write_off.id, "billing.specialist", on).await
    })
    .await?;
    let write_off = write_offs::approve(connection, write_off.id, "billing.manager", on).await?;
    println!("write-off: {}", write_off.status);
    show(connection, denial.id).await?;
    refused(connection, "a second write-off", async |connection| {
        write_offs::request(connection, &NewWriteOff { id: WriteOffId::new(), ..request }).await
    })
    .await?;

    let write_off = write_offs::reverse(connection, write_off.id, "billing.manager", day(2, 5)?).await?;
    println!("write-off: {}, and the denial is open again", write_off.status);
    show(connection, denial.id).await
}

//! CLM-2024-001235: a brain MRI denied for want of an authorization; the payer reviews a first appeal.

use diesel_async::AsyncPgConnection;
use rcm_schema::Result;
use rcm_schema::models::{NewAppeal, NewDenial, NewDenialNote};
use rcm_schema::types::{AppealLevel, Priority};
use rcm_schema::workflow::appeals::{self, AppealUpdate};
use rcm_schema::workflow::denials;
use serde_json::json;

use super::day;
use super::visit::Visit;
use crate::keys::Keys;
use crate::payers;

pub async fn write(connection: &mut AsyncPgConnection, keys: Keys) -> Result<()> {
    let appeal = keys.appeal(1235);
    let visit = Visit {
        number: 1235,
        patient: "DEMO-PATIENT-02",
        payer: payers::BCBS_CALIFORNIA,
        day: day(1, 10)?,
        submitted_on: day(1, 11)?,
        diagnoses: &["G43.909"],
        lines: &[("70553", "", "500.00", 1)],
        billed: "500.00",
    };
    visit.record(connection, keys).await?;
    let denied = NewDenial::builder()
        .id(keys.denial(1235))
        .claim_id(keys.claim(1235))
        .denial_code("CO-197".parse()?)
        .denied_on(day(1, 15)?)
        .denial_amount("500.00".parse()?)
        .root_cause("The authorization was granted by telephone and not recorded.")
        .preventable(true)
        .assigned_to("appeals.specialist")
        .build();
    let denial = denials::record(connection, &denied).await?;
    let reason = "The authorization was granted before the service; the call log is enclosed.";
    let appealed = NewAppeal::builder(&denial)
        .id(appeal)
        .appeal_level(AppealLevel::FirstLevel)
        .appealed_amount("500.00".parse()?)
        .due_on(day(2, 20)?)
        .reason(reason)
        .priority(Priority::High)
        .supporting_documents(json!([
            { "name": "authorization-call-log.pdf", "kind": "authorization" },
            { "name": "neurology-consultation.pdf", "kind": "clinical_note" }
        ]))
        .assigned_to("appeals.specialist")
        .build();
    appeals::open(connection, &appealed).await?;
    appeals::file(connection, appeal, day(1, 20)?).await?;
    appeals::update(connection, appeal, AppealUpdate::ConfirmReview).await?;
    let called = NewDenialNote::builder()
        .id(keys.note(1235))
        .denial_id(denial.id)
        .note("Called the payer: a nurse reviews it, the answer comes by letter.")
        .noted_by("appeals.specialist")
        .build();
    denials::add_note(connection, &called).await?;
    Ok(())
}

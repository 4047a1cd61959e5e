//! CLM-2024-001902: a spine MRI denied as not necessary; an appeal is to be filed.

use diesel_async::AsyncPgConnection;
use rcm_schema::Result;
use rcm_schema::models::{NewAppeal, NewDenial};
use rcm_schema::types::AppealLevel;
use rcm_schema::workflow::{appeals, denials};

use super::day;
use super::visit::Visit;
use crate::keys::Keys;
use crate::payers;

pub async fn write(connection: &mut AsyncPgConnection, keys: Keys) -> Result<()> {
    let visit = Visit {
        number: 1902,
        patient: "DEMO-PATIENT-06",
        payer: payers::BCBS_CALIFORNIA,
        day: day(2, 20)?,
        submitted_on: day(2, 21)?,
        diagnoses: &["M54.50"],
        lines: &[("72148", "", "500.00", 1)],
        billed: "500.00",
    };
    visit.record(connection, keys).await?;
    let denied = NewDenial::builder()
        .id(keys.denial(1902))
        .claim_id(keys.claim(1902))
        .denial_code("CO-50".parse()?)
        .denied_on(day(3, 1)?)
        .denial_amount("500.00".parse()?)
        .root_cause("The claim did not show that conservative care had failed.")
        .preventable(false)
        .build();
    let denial = denials::record(connection, &denied).await?;
    let reason = "Six weeks of conservative care failed; the notes show the need for imaging.";
    let appeal = NewAppeal::builder(&denial)
        .id(keys.appeal(1902))
        .appeal_level(AppealLevel::FirstLevel)
        .appealed_amount("500.00".parse()?)
        .due_on(day(3, 31)?)
        .reason(reason)
        .assigned_to("appeals.specialist")
        .build();
    appeals::open(connection, &appeal).await?;
    Ok(())
}

//! CLM-2024-001237: a visit and a biopsy denied without modifier 25, rebilled with it as CLM-2024-001567.

use diesel_async::AsyncPgConnection;
use rcm_schema::Result;
use rcm_schema::models::{NewClaim, NewClaimDetails, NewDenial, NewRebill, ProcedureIndicators};
use rcm_schema::types::{BilateralIndicator, FrequencyCode, GlobalDays, PostingKind, RebillReason};
use rcm_schema::workflow::rebills::{self, RebillOutcome};
use rcm_schema::workflow::{claims, coding_audit, denials};

use super::visit::Visit;
use super::{day, post_payment};
use crate::keys::Keys;
use crate::payers;

pub async fn write(connection: &mut AsyncPgConnection, keys: Keys) -> Result<()> {
    // By which the audit tells that the visit lacks its modifier.
    let biopsy = ProcedureIndicators::builder()
        .procedure_code("11102".parse()?)
        .valid_from(day(1, 1)?)
        .global_days(GlobalDays::Zero)
        .bilateral_indicator(BilateralIndicator::NotBilateral)
        .build();
    coding_audit::load_indicators(connection, &[biopsy]).await?;

    let (original, rebill) = (keys.claim(1237), keys.rebill(1237));
    let visit = Visit {
        number: 1237,
        patient: "DEMO-PATIENT-04",
        payer: payers::REGIONAL_COMMERCIAL,
        day: day(1, 29)?,
        submitted_on: day(1, 30)?,
        diagnoses: &["I10", "L57.0"],
        lines: &[("99213", "", "150.00", 1), ("11102", "", "100.00", 2)],
        billed: "250.00",
    };
    visit.record(connection, keys).await?;
    let denied = NewDenial::builder()
        .id(keys.denial(1237))
        .claim_id(original)
        .denial_code("CO-4".parse()?)
        .denied_on(day(2, 5)?)
        .denial_amount("250.00".parse()?)
        .root_cause("The visit lacks modifier 25 beside the biopsy.")
        .preventable(true)
        .build();
    let denial = denials::record(connection, &denied).await?;
    let opened = NewRebill::builder(&denial)
        .id(rebill)
        .reason(RebillReason::AddedModifier)
        .changes("Modifier 25 on the visit, 99213.")
        .assigned_to("coding.specialist")
        // The payer's limit, which the demo writes last.
        .due_on(day(5, 28)?)
        .build();
    rebills::open(connection, &opened).await?;

    let corrected = Visit {
        number: 1567,
        submitted_on: day(2, 8)?,
        lines: &[("99213", "25", "150.00", 1), ("11102", "", "100.00", 2)],
        ..visit
    };
    let replacement = NewClaim {
        frequency_code: FrequencyCode::Replacement,
        replaces_claim_id: Some(original),
        ..corrected.claim(keys)?
    };
    corrected.record_as(connection, &replacement).await?;
    // What the payer called the original.
    let details = NewClaimDetails::builder()
        .claim_id(replacement.id)
        .payer_claim_control_number("RC240130771")
        .place_of_service("11")
        .build();
    claims::note_details(connection, &details).await?;
    rebills::submit(connection, rebill, replacement.id, day(2, 8)?).await?;
    let amounts = [(PostingKind::Payment, "200.00"), (PostingKind::ContractualAdjustment, "50.00")];
    post_payment(connection, replacement.id, day(2, 22)?, &amounts).await?;
    rebills::resolve(connection, rebill, RebillOutcome::Paid, day(2, 22)?).await?;
    Ok(())
}

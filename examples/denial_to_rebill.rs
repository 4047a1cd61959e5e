//! From a denial to a corrected claim that is paid. `cargo run --example denial_to_rebill`; it is rolled back at the end.

mod shared;

use std::process::ExitCode;

use diesel_async::AsyncPgConnection;
use rcm_schema::Result;
use rcm_schema::models::{NewClaim, NewDenial, NewRebill};
use rcm_schema::types::{ClaimId, FrequencyCode, RebillReason, Usd};
use rcm_schema::workflow::rebills::{self, RebillOutcome};
use rcm_schema::workflow::{claims, coding_audit, denials};
use shared::{day, refused, show, show_triage};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    shared::run(story).await
}

async fn story(connection: &mut AsyncPgConnection) -> Result<()> {
    let visit = shared::new_claim(connection, "CLM-EXAMPLE-3", "250.00").await?;
    let lines = [("99213", None, "150.00"), ("11102", None, "100.00")];
    let claim = shared::record(connection, &visit, "L57.0", &lines).await?;

    let denied = NewDenial::builder()
        .claim_id(claim.id)
        .denial_code("CO-4".parse()?)
        .denied_on(day(2, 5)?)
        .denial_amount("250.00".parse()?)
        .build();
    let denial = denials::record(connection, &denied).await?;
    println!("denied {}: a modifier is missing", denial.denial_code);
    show(connection, denial.id).await?;
    show_triage(connection, denial.id).await?;
    audit(connection, claim.id).await?;

    let rebill =
        NewRebill::builder(&denial).reason(RebillReason::AddedModifier).changes("Modifier 25 on the visit.").build();
    let rebill = rebills::open(connection, &rebill).await?;
    let corrected = NewClaim {
        id: ClaimId::new(),
        claim_id: "CLM-EXAMPLE-3-R".parse()?,
        submitted_on: Some(day(2, 8)?),
        frequency_code: Some(FrequencyCode::Replacement),
        payer_claim_control_number: Some("PAYER-CONTROL-7".into()),
        replaces_claim_id: Some(claim.id),
        ..visit
    };
    let lines = [("99213", Some("25"), "150.00"), ("11102", None, "100.00")];
    let corrected = shared::record(connection, &corrected, "L57.0", &lines).await?;
    audit(connection, corrected.id).await?;
    let rebill = rebills::submit(connection, rebill.id, corrected.id, day(2, 8)?).await?;
    println!("rebill: {}", rebill.status);

    let (paid, adjusted): (Usd, Usd) = ("200.00".parse()?, "50.00".parse()?);
    let (outcome, on) = (RebillOutcome::Paid { paid: paid.clone(), adjusted: adjusted.clone() }, day(2, 22)?);
    refused(connection, "resolved before the payment", async |connection| {
        rebills::resolve(connection, rebill.id, outcome.clone(), on).await
    })
    .await?;
    let corrected = claims::post_payment(connection, corrected.id, &paid, &adjusted).await?;
    println!("{}: paid {}, contractual {}", corrected.claim_id, corrected.paid_amount, corrected.adjusted_amount);
    let rebill = rebills::resolve(connection, rebill.id, outcome, on).await?;
    println!("rebill: {}, and the database posts what it brought", rebill.status);
    show(connection, denial.id).await
}

async fn audit(connection: &mut AsyncPgConnection, claim: ClaimId) -> Result<()> {
    let findings = coding_audit::audit_stored(connection, claim).await?;
    if findings.is_empty() {
        println!("coding audit: nothing to change");
    }
    for finding in findings {
        println!("coding audit: {} on line {}: {}", finding.severity, finding.line_number, finding.message);
    }
    Ok(())
}

//! From a denial to a corrected claim that is paid. `cargo run --example denial_to_rebill`; it is rolled back at the end.

mod shared;

use std::process::ExitCode;

use diesel_async::AsyncPgConnection;
use rcm_schema::Result;
use rcm_schema::models::{Claim, NewClaim, NewDenial, NewPosting, NewRebill, ProcedureIndicators};
use rcm_schema::types::{BilateralIndicator, ClaimId, FrequencyCode, GlobalDays, PostingKind, RebillReason};
use rcm_schema::views::RebilledDenial;
use rcm_schema::workflow::rebills::{self, RebillOutcome};
use rcm_schema::workflow::{coding_audit, denials, postings};
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
    println!("the fee schedule is loaded");
    let biopsy = ProcedureIndicators::builder()
        .procedure_code("11102".parse()?)
        .valid_from(day(1, 1)?)
        .global_days(GlobalDays::Zero)
        .bilateral_indicator(BilateralIndicator::NotBilateral)
        .build();
    coding_audit::load_indicators(connection, &[biopsy]).await?;
    audit(connection, claim.id).await?;

    let rebill =
        NewRebill::builder(&denial).reason(RebillReason::AddedModifier).changes("Modifier 25 on the visit.").build();
    let rebill = rebills::open(connection, &rebill).await?;
    let corrected = NewClaim {
        id: ClaimId::new(),
        claim_id: "CLM-EXAMPLE-3-R".parse()?,
        submitted_on: Some(day(2, 8)?),
        frequency_code: FrequencyCode::Replacement,
        replaces_claim_id: Some(claim.id),
        ..visit
    };
    let lines = [("99213", Some("25"), "150.00"), ("11102", None, "100.00")];
    let corrected = shared::record(connection, &corrected, "L57.0", &lines).await?;
    audit(connection, corrected.id).await?;
    let rebill = rebills::submit(connection, rebill.id, corrected.id, day(2, 8)?).await?;
    println!("rebill: {}, and the money lives on the new claim", rebill.status);
    show(connection, denial.id).await?;

    let (outcome, on) = (RebillOutcome::Paid, day(2, 22)?);
    refused(connection, "resolved before the payment", async |connection| {
        rebills::resolve(connection, rebill.id, outcome, on).await
    })
    .await?;
    let posting = |kind, amount: &str| {
        Ok(NewPosting::builder()
            .claim_id(corrected.id)
            .kind(kind)
            .amount(amount.parse()?)
            .posted_on(on)
            .posted_by("payment.poster")
            .build())
    };
    let remitted = [posting(PostingKind::Payment, "200.00"), posting(PostingKind::ContractualAdjustment, "50.00")];
    let remitted: Vec<NewPosting> = remitted.into_iter().collect::<Result<_>>()?;
    postings::post(connection, Some(&"remittance-78-claim-3".parse()?), &remitted).await?;
    let rebill = rebills::resolve(connection, rebill.id, outcome, on).await?;
    println!("rebill: {}", rebill.status);
    let paid = Claim::by_claim_id(connection, corrected.claim_id.as_str()).await?;
    println!("{}: {}, paid {}, contractual {}", paid.claim_id, paid.status, paid.paid_amount, paid.contractual_amount);
    for rebilled in RebilledDenial::by_denial(connection, denial.id).await? {
        println!("of the denial, rebilled {}, recovered {}", rebilled.rebilled_amount, rebilled.recovered_amount);
    }
    Ok(())
}

async fn audit(connection: &mut AsyncPgConnection, claim: ClaimId) -> Result<()> {
    let audit = coding_audit::audit_stored(connection, claim).await?;
    println!("coding audit: risk {}. {}", audit.risk_level, audit.summary);
    for finding in audit.findings {
        println!("coding audit: {} on line {}: {}", finding.severity, finding.line_number, finding.message);
    }
    Ok(())
}

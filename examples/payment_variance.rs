//! From a payment that is less than the contract says to its recovery. `cargo run --example payment_variance`; it is
//! rolled back at the end.

mod shared;

use std::process::ExitCode;

use diesel_async::AsyncPgConnection;
use rcm_schema::Result;
use rcm_schema::models::{Claim, NewAppeal, NewDenial, NewPaymentVariance, NewPosting, PaymentVariance};
use rcm_schema::types::{AppealLevel, PostingKind, Usd, VarianceReason};
use rcm_schema::workflow::appeals::{self, AppealDecision};
use rcm_schema::workflow::{denials, postings, variances};
use shared::{day, refused, show, show_triage};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    shared::run(story).await
}

async fn story(connection: &mut AsyncPgConnection) -> Result<()> {
    let visit = shared::new_claim(connection, "CLM-EXAMPLE-4", "500.00").await?;
    let lines = [("99214", None, "350.00"), ("93000", None, "150.00")];
    let claim = shared::record(connection, &visit, "I48.91", &lines).await?;

    let payment = NewPosting::builder()
        .claim_id(claim.id)
        .kind(PostingKind::Payment)
        .amount("425.00".parse()?)
        .posted_on(day(3, 1)?)
        .posted_by("payment.poster")
        .build();
    postings::post(connection, Some(&"remittance-79-claim-4".parse()?), &[payment]).await?;
    let claim = Claim::by_claim_id(connection, claim.claim_id.as_str()).await?;
    println!("paid {}: {}, balance {}", claim.paid_amount, claim.status, claim.balance());
    let expected: Usd = "500.00".parse()?;
    let variance = NewPaymentVariance::builder()
        .claim_id(claim.id)
        .paid_on(day(3, 1)?)
        .expected_amount(expected)
        .actual_amount("425.00".parse()?)
        .variance_reason(VarianceReason::Bundling)
        .build();
    let variance = variances::record(connection, &variance).await?;
    print(&variance);

    // What the payer took off is a denial, so that it can be appealed and its recovery counts.
    let too_much = NewDenial::builder()
        .claim_id(claim.id)
        .denial_code("CO-97".parse()?)
        .denied_on(day(3, 1)?)
        .denial_amount("75.01".parse()?)
        .build();
    refused(connection, "denied more than the balance", async |connection| {
        denials::record(connection, &too_much).await
    })
    .await?;
    let denied = NewDenial { denial_amount: "75.00".parse()?, ..too_much };
    let denial = denials::record(connection, &denied).await?;
    println!("denied {}: bundled into the visit", denial.denial_code);
    show_triage(connection, denial.id).await?;

    let reason = "The contract pays the electrocardiogram beside the visit.";
    let appeal = NewAppeal::builder(&denial)
        .appeal_level(AppealLevel::FirstLevel)
        .appealed_amount(denial.open_amount.clone())
        .due_on(day(6, 1)?)
        .reason(reason)
        .filed_on(day(3, 10)?)
        .build();
    let appeal = appeals::open(connection, &appeal).await?;
    let variance = variances::link_appeal(connection, variance.id, appeal.id).await?;
    println!("appeal: {}", appeal.status);
    show(connection, denial.id).await?;

    appeals::decide(connection, appeal.id, AppealDecision::Approved, day(4, 2)?, None).await?;
    let payment = NewPosting::settling(&denial)
        .kind(PostingKind::Payment)
        .amount("75.00".parse()?)
        .appeal_id(appeal.id)
        .posted_on(day(4, 16)?)
        .posted_by("payment.poster")
        .build();
    postings::post(connection, Some(&"remittance-80-claim-4".parse()?), &[payment]).await?;
    println!("appeal: approved, and paid");
    show(connection, denial.id).await?;
    let variance = variances::resolve(connection, variance.id, "Paid on appeal.", day(4, 16)?).await?;
    print(&variance);
    Ok(())
}

fn print(variance: &PaymentVariance) {
    let percentage = variance.variance_percentage.to_plain_string();
    let resolution = variance.resolution.as_deref().unwrap_or("unresolved");
    println!("variance: {} {} ({percentage} %): {resolution}", variance.variance_type, variance.variance_amount);
}

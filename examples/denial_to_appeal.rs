//! From a denial to an appeal that the payer grants and pays. `cargo run --example denial_to_appeal`; it is rolled back at the end.

mod shared;

use std::process::ExitCode;
use std::slice;

use diesel_async::AsyncPgConnection;
use rcm_schema::Result;
use rcm_schema::models::{NewAppeal, NewDenial, NewPosting, NewRebill};
use rcm_schema::types::{AppealLevel, IdempotencyKey, PostingId, PostingKind, RebillReason};
use rcm_schema::workflow::appeals::{AppealDecision, AppealUpdate};
use rcm_schema::workflow::{appeals, denials, postings, rebills};
use shared::{day, refused, show, show_triage};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    shared::run(story).await
}

async fn story(connection: &mut AsyncPgConnection) -> Result<()> {
    let mri = shared::new_claim(connection, "CLM-EXAMPLE-1", "500.00").await?;
    let claim = shared::record(connection, &mri, "G43.909", &[("70553", None, "500.00")]).await?;

    let denied = NewDenial::builder()
        .claim_id(claim.id)
        .denial_code("CO-197".parse()?)
        .denied_on(day(1, 15)?)
        .denial_amount("500.00".parse()?)
        .build();
    let denial = denials::record(connection, &denied).await?;
    println!("denied {}: the authorization is missing", denial.denial_code);
    show(connection, denial.id).await?;
    show_triage(connection, denial.id).await?;

    let reason = "The authorization was granted before the service; the call log is enclosed.";
    let appeal = NewAppeal::builder(&denial)
        .appeal_level(AppealLevel::FirstLevel)
        .appealed_amount("500.00".parse()?)
        .due_on(day(2, 20)?)
        .reason(reason)
        .build();
    let appeal = appeals::open(connection, &appeal).await?;
    println!("appeal: {} {}, due {}", appeal.appeal_level, appeal.status, appeal.due_on);

    let rebill = NewRebill::builder(&denial)
        .reason(RebillReason::CorrectedInfo)
        .changes("The number of the authorization.")
        .build();
    refused(connection, "a rebill meanwhile", async |connection| rebills::open(connection, &rebill).await).await?;

    appeals::file(connection, appeal.id, day(1, 20)?).await?;
    let appeal = appeals::update(connection, appeal.id, AppealUpdate::ConfirmReview).await?;
    println!("appeal: filed, {}", appeal.status);
    show(connection, denial.id).await?;

    let (granted, decided_on) = (AppealDecision::Approved, day(2, 14)?);
    let appeal = appeals::decide(connection, appeal.id, granted, decided_on, Some("Payment follows.")).await?;
    println!("appeal: {}, granted {}: no money came yet", appeal.status, appeal.granted_amount);
    show(connection, denial.id).await?;

    let key: IdempotencyKey = "remittance-77-line-1".parse()?;
    let payment = NewPosting::settling(&denial)
        .kind(PostingKind::Payment)
        .amount("500.00".parse()?)
        .appeal_id(appeal.id)
        .posted_on(day(2, 28)?)
        .posted_by("payment.poster")
        .build();
    postings::post(connection, Some(&key), slice::from_ref(&payment)).await?;
    println!("paid");
    show(connection, denial.id).await?;

    let again = NewPosting { id: PostingId::new(), ..payment };
    let again = postings::post(connection, Some(&key), &[again]).await?;
    println!("the same payment again, with its key: repeated {}", again.repeated);
    show(connection, denial.id).await?;

    let second = NewAppeal::builder(&denial)
        .appeal_level(AppealLevel::SecondLevel)
        .appealed_amount("1.00".parse()?)
        .due_on(day(4, 1)?)
        .reason(reason)
        .build();
    refused(connection, "another appeal", async |connection| appeals::open(connection, &second).await).await
}

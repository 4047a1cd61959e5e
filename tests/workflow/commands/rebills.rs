use diesel_async::AsyncPgConnection;
use rcm_schema::Error;
use rcm_schema::error::Rule;
use rcm_schema::models::{Claim, Denial, NewClaim, NewRebill, Rebill};
use rcm_schema::types::PostingKind::*;
use rcm_schema::types::*;
use rcm_schema::views::RebilledDenial;
use rcm_schema::workflow::rebills::{RebillOutcome, accept, open, resolve, submit};
use rcm_schema::workflow::{appeals, claims};

use super::denials::read;
use super::{assert_refused, assert_refused_by};
use crate::world::{
    World, appeal, assert_reconciled, day, filed, on_claim, post, read_claim, rebill, record, run, settling, usd,
};

/// A submitted rebill of a new denial of 250.00, with the corrected claim, of which this much was paid.
async fn of_250(world: &World, connection: &mut AsyncPgConnection, paid: &str) -> (Denial, Claim, Rebill) {
    let denial = world.denial(connection, "CO-4", "250").await;
    let corrected = world.claim(connection, "250").await;
    if paid != "0" {
        post(connection, &on_claim(corrected.id, Payment, paid)).await.unwrap();
    }
    let new = NewRebill { new_claim_id: Some(corrected.id), submitted_on: Some(day(4)), ..rebill(&denial) };
    let made = open(connection, &new).await.unwrap();
    (denial, corrected, made)
}

/// What was moved to new claims and recovered there.
async fn recovered(connection: &mut AsyncPgConnection, denial: &Denial) -> Vec<[String; 2]> {
    let rows = RebilledDenial::by_denial(connection, denial.id).await.unwrap();
    rows.into_iter().map(|row| [row.rebilled_amount.to_string(), row.recovered_amount.to_string()]).collect()
}

#[tokio::test]
async fn a_rebill_moves_what_is_open_to_the_new_claim_when_it_is_submitted() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "CO-4", "250").await;
    let made = open(&mut connection, &rebill(&denial)).await.unwrap();
    assert_eq!(made.status, RebillStatus::Pending);
    assert_eq!(read(&mut connection, &denial).await.open_action, Some(OpenAction::Rebill));

    let corrected = world.new_claim("250");
    record(&mut connection, &corrected).await;
    assert_refused!(
        &mut connection,
        async |connection| submit(connection, made.id, corrected.id, day(4)).await,
        Error::Rule(Rule::ClaimNotSubmitted)
    );
    claims::submit(&mut connection, corrected.id, day(4)).await.unwrap();
    for _ in 0..2 {
        let sent = submit(&mut connection, made.id, corrected.id, day(4)).await.unwrap();
        assert_eq!((sent.status, sent.new_claim_id), (RebillStatus::Submitted, Some(corrected.id)));
    }
    let moved = read(&mut connection, &denial).await;
    assert_eq!((moved.rebilled_amount, moved.open_amount), (usd("250"), usd("0")));
    assert_eq!((moved.resolution_status, moved.open_action), (ResolutionStatus::Rebilled, Some(OpenAction::Rebill)));
    assert_eq!(read_claim(&mut connection, denial.claim_id).await.status, ClaimStatus::Rebilled);
    assert_eq!(accept(&mut connection, made.id).await.unwrap().status, RebillStatus::Accepted);

    for outcome in [RebillOutcome::Paid, RebillOutcome::PartiallyPaid] {
        assert_refused!(
            &mut connection,
            async |connection| resolve(connection, made.id, outcome, day(9)).await,
            Error::Rule(Rule::NewClaimNotPaid)
        );
    }
    post(&mut connection, &on_claim(corrected.id, Payment, "200")).await.unwrap();
    for _ in 0..2 {
        let paid = resolve(&mut connection, made.id, RebillOutcome::Paid, day(9)).await.unwrap();
        assert_eq!((paid.status, paid.resolved_on), (RebillStatus::Paid, Some(day(9))));
        assert_eq!(read(&mut connection, &denial).await.open_action, None);
        assert_eq!(recovered(&mut connection, &denial).await, [["250.00", "200.00"]]);
    }
    assert_refused!(
        &mut connection,
        async |connection| resolve(connection, made.id, RebillOutcome::DeniedAgain, day(10)).await,
        Error::Rule(Rule::IllegalTransition { .. })
    );
    assert_refused!(
        &mut connection,
        async |connection| resolve(connection, made.id, RebillOutcome::Paid, day(10)).await,
        Error::Rule(Rule::Unchangeable { .. })
    );
    assert_refused!(
        &mut connection,
        async |connection| open(connection, &rebill(&denial)).await,
        Error::Rule(Rule::NothingOpen)
    );
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn only_voiding_the_new_claim_brings_what_was_rebilled_back() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let (denial, corrected, made) = of_250(&world, &mut connection, "0").await;
    let made = resolve(&mut connection, made.id, RebillOutcome::DeniedAgain, day(9)).await.unwrap();
    assert_eq!(made.status, RebillStatus::DeniedAgain);
    assert_eq!(read(&mut connection, &denial).await.open_amount, usd("0"), "the money lives on the new claim");

    claims::void(&mut connection, corrected.id, day(10)).await.unwrap();
    let back = read(&mut connection, &denial).await;
    assert_eq!((back.open_amount, back.open_action), (usd("250"), None));
    assert_eq!(read_claim(&mut connection, denial.claim_id).await.status, ClaimStatus::Denied);
    assert_eq!(recovered(&mut connection, &denial).await, [[""; 2]; 0]);
    appeals::open(&mut connection, &appeal(&denial, "250")).await.unwrap();
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn what_was_granted_stays_on_the_original() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "CO-4", "250").await;
    let appeal = appeals::open(&mut connection, &filed(&denial, "100")).await.unwrap();
    appeals::decide(&mut connection, appeal.id, appeals::AppealDecision::Approved, day(9), None).await.unwrap();
    let corrected = world.claim(&mut connection, "150").await.id;
    let new = NewRebill { new_claim_id: Some(corrected), submitted_on: Some(day(10)), ..rebill(&denial) };
    open(&mut connection, &new).await.unwrap();
    let moved = read(&mut connection, &denial).await;
    assert_eq!((moved.rebilled_amount, moved.open_amount, moved.granted_amount), (usd("150"), usd("100"), usd("100")));
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn denials_share_what_their_new_claim_recovered_by_what_was_moved() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let corrected = world.claim(&mut connection, "400").await.id;
    let mut denials = Vec::new();
    for amount in ["300", "100"] {
        let denial = world.denial(&mut connection, "CO-4", amount).await;
        let new = NewRebill { new_claim_id: Some(corrected), submitted_on: Some(day(4)), ..rebill(&denial) };
        open(&mut connection, &new).await.unwrap();
        denials.push(denial);
    }
    for (paid, shares) in [("-20", ["0.00", "0.00"]), ("100", ["60.00", "20.00"]), ("500", ["300.00", "100.00"])] {
        post(&mut connection, &on_claim(corrected, Payment, paid)).await.unwrap();
        for (denial, share) in denials.iter().zip(shares) {
            assert_eq!(recovered(&mut connection, denial).await[0][1], share, "{paid}");
        }
    }
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn a_payment_of_the_original_takes_what_was_rebilled_back() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let (denial, ..) = of_250(&world, &mut connection, "0").await;
    post(&mut connection, &settling(&denial, Payment, "100")).await.unwrap();
    let paid = read(&mut connection, &denial).await;
    assert_eq!((paid.recovered_amount, paid.rebilled_amount, paid.open_amount), (usd("100"), usd("150"), usd("0")));
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn one_rebill_of_a_denial_is_open_and_no_appeal_beside_it() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let (denial, ..) = of_250(&world, &mut connection, "0").await;
    assert_refused!(
        &mut connection,
        async |connection| open(connection, &rebill(&denial)).await,
        Error::Rule(Rule::RebillStillOpen)
    );
    let appealed = world.denial(&mut connection, "CO-4", "250").await;
    appeals::open(&mut connection, &appeal(&appealed, "250")).await.unwrap();
    assert_refused!(
        &mut connection,
        async |connection| open(connection, &rebill(&appealed)).await,
        Error::Rule(Rule::AppealStillOpen)
    );
}

#[tokio::test]
async fn the_new_claim_is_another_claim_of_the_same_patient_and_payer() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "CO-4", "250").await;
    let to = |claim| NewRebill { new_claim_id: Some(claim), submitted_on: Some(day(4)), ..rebill(&denial) };
    assert_refused_by!(
        &mut connection,
        async |connection| open(connection, &to(denial.claim_id)).await,
        "rebills_new_claim_is_another_claim"
    );
    let sent = || NewClaim { submitted_on: Some(day(1)), ..world.new_claim("250") };
    let stranger = NewClaim { patient_reference: "P-2".parse().unwrap(), ..sent() };
    record(&mut connection, &stranger).await;
    assert_refused!(
        &mut connection,
        async |connection| open(connection, &to(stranger.id)).await,
        Error::Rule(Rule::OtherPatient)
    );

    run(
        &mut connection,
        "insert into payers (payer_id, name, payer_type)
         values ('TEST-002', 'Another', 'medicare')",
    )
    .await;
    let payer = rcm_schema::models::Payer::by_payer_id(&mut connection, "TEST-002").await.unwrap().id;
    let first = NewClaim { payer_id: payer, ..sent() };
    record(&mut connection, &first).await;
    let replacement = NewClaim {
        frequency_code: FrequencyCode::Replacement,
        replaces_claim_id: Some(first.id),
        payer_id: payer,
        ..sent()
    };
    record(&mut connection, &replacement).await;
    assert_refused!(
        &mut connection,
        async |connection| open(connection, &to(replacement.id)).await,
        Error::Rule(Rule::OtherPayer)
    );

    let made = open(&mut connection, &rebill(&denial)).await.unwrap();
    for (claim, other_patient) in [(stranger.id, true), (replacement.id, false)] {
        let error =
            super::refused(&mut connection, async |connection| submit(connection, made.id, claim, day(4)).await);
        let error = error.await;
        assert_eq!(matches!(error, Error::Rule(Rule::OtherPatient)), other_patient, "{error:?}");
        assert_eq!(matches!(error, Error::Rule(Rule::OtherPayer)), !other_patient, "{error:?}");
    }
}

#[tokio::test]
async fn what_was_sent_and_what_came_of_it_stay() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let (_, corrected, made) = of_250(&world, &mut connection, "250").await;
    let other = world.claim(&mut connection, "250").await.id;
    for (claim, submitted_on) in [(other, day(4)), (corrected.id, day(5))] {
        assert_refused!(
            &mut connection,
            async |connection| submit(connection, made.id, claim, submitted_on).await,
            Error::Rule(Rule::Unchangeable { .. })
        );
    }
    assert_refused_by!(
        &mut connection,
        async |connection| resolve(connection, made.id, RebillOutcome::DeniedAgain, day(3)).await,
        "rebills_resolved_after_submission"
    );
    resolve(&mut connection, made.id, RebillOutcome::DeniedAgain, day(9)).await.unwrap();
    assert_refused!(
        &mut connection,
        async |connection| accept(connection, made.id).await,
        Error::Rule(Rule::IllegalTransition { .. })
    );

    let draft = world.denial(&mut connection, "CO-4", "250").await;
    let draft = open(&mut connection, &rebill(&draft)).await.unwrap().id;
    assert_refused!(
        &mut connection,
        async |connection| accept(connection, draft).await,
        Error::Rule(Rule::IllegalTransition { .. })
    );
    assert_refused!(
        &mut connection,
        async |connection| resolve(connection, draft, RebillOutcome::DeniedAgain, day(9)).await,
        Error::Rule(Rule::IllegalTransition { .. })
    );
    assert_refused!(&mut connection, async |connection| accept(connection, RebillId::new()).await, Error::NotFound);
}

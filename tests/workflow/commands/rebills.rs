use diesel_async::AsyncPgConnection;
use rcm_schema::Error;
use rcm_schema::error::Rule;
use rcm_schema::models::{Claim, Denial, NewClaim, NewRebill, Rebill};
use rcm_schema::types::*;
use rcm_schema::workflow::rebills::{RebillOutcome, accept, open, resolve, submit};
use rcm_schema::workflow::{appeals, claims, denials};

use super::denials::{ledger, read, totals};
use super::{assert_refused, assert_refused_by};
use crate::world::{World, appeal, assert_reconciled, day, line, rebill, record, run, usd};

/// A submitted rebill of a new denial of 250.00, with the corrected claim, of which this much was paid.
async fn of_250(world: &World, connection: &mut AsyncPgConnection, paid: &str) -> (Denial, Claim, Rebill) {
    let denial = world.denial(connection, "CO-4", "250").await;
    let corrected = world.claim(connection, "250").await;
    if paid != "0" {
        claims::post_payment(connection, corrected.id, &usd(paid), &usd("0")).await.unwrap();
    }
    let new = NewRebill { new_claim_id: Some(corrected.id), submitted_on: Some(day(4)), ..rebill(&denial) };
    let made = open(connection, &new).await.unwrap();
    (denial, corrected, made)
}

#[tokio::test]
async fn a_rebill_that_is_paid_settles_the_denial_once() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "CO-4", "250").await;
    let made = open(&mut connection, &rebill(&denial)).await.unwrap();
    assert_eq!(made.status, RebillStatus::Pending);
    assert_eq!(read(&mut connection, &denial).await.open_action, Some(OpenAction::Rebill));

    let corrected = world.claim(&mut connection, "250").await;
    let sent = submit(&mut connection, made.id, corrected.id, day(4)).await.unwrap();
    assert_eq!((sent.status, sent.new_claim_id), (RebillStatus::Submitted, Some(corrected.id)));
    assert_eq!(accept(&mut connection, made.id).await.unwrap().status, RebillStatus::Accepted);

    let outcome = RebillOutcome::Paid { paid: usd("200"), adjusted: usd("50") };
    assert_refused!(
        &mut connection,
        async |connection| resolve(connection, made.id, outcome.clone(), day(9)).await,
        Error::Rule(Rule::NewClaimNotPaid)
    );
    claims::post_payment(&mut connection, corrected.id, &usd("200"), &usd("50")).await.unwrap();
    for _ in 0..2 {
        let paid = resolve(&mut connection, made.id, outcome.clone(), day(9)).await.unwrap();
        assert_eq!((paid.status, paid.paid_amount), (RebillStatus::Paid, Some(usd("200"))));
        assert_eq!(totals(&mut connection, &denial).await, ["200.00", "0.00", "0.00", "50.00", "0.00"]);
        assert_eq!(ledger(&mut connection).await.len(), 2);
    }
    assert_eq!(read(&mut connection, &denial).await.open_action, None);
    assert_refused!(
        &mut connection,
        async |connection| resolve(connection, made.id, RebillOutcome::DeniedAgain, day(10)).await,
        Error::Rule(Rule::IllegalTransition { .. })
    );
    assert_refused!(
        &mut connection,
        async |connection| resolve(connection, made.id, outcome.clone(), day(10)).await,
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
async fn what_a_rebill_does_not_bring_is_open_again() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let (partly, ..) = {
        let (denial, claim, made) = of_250(&world, &mut connection, "100").await;
        let outcome = RebillOutcome::PartiallyPaid { paid: usd("100"), adjusted: usd("0") };
        let made = resolve(&mut connection, made.id, outcome, day(9)).await.unwrap();
        assert_eq!(made.status, RebillStatus::PartiallyPaid);
        (denial, claim, made)
    };
    assert_eq!(totals(&mut connection, &partly).await, ["100.00", "0.00", "0.00", "0.00", "150.00"]);
    let (denial, _, made) = of_250(&world, &mut connection, "0").await;
    let made = resolve(&mut connection, made.id, RebillOutcome::DeniedAgain, day(9)).await.unwrap();
    assert_eq!(made.status, RebillStatus::DeniedAgain);
    assert_eq!(totals(&mut connection, &denial).await[4], "250.00");
    for denial in [partly, denial] {
        assert_eq!(read(&mut connection, &denial).await.open_action, None);
        appeals::open(&mut connection, &appeal(&denial, "150")).await.unwrap();
    }
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn two_rebills_of_one_new_claim_share_what_it_was_paid() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let (_, corrected, one) = of_250(&world, &mut connection, "100").await;
    let denial = world.denial(&mut connection, "CO-4", "250").await;
    let new = NewRebill { new_claim_id: Some(corrected.id), submitted_on: Some(day(4)), ..rebill(&denial) };
    let other = open(&mut connection, &new).await.unwrap();
    let part = |paid| RebillOutcome::PartiallyPaid { paid: usd(paid), adjusted: usd("0") };
    resolve(&mut connection, one.id, part("60"), day(9)).await.unwrap();
    assert_refused!(
        &mut connection,
        async |connection| resolve(connection, other.id, part("40.01"), day(9)).await,
        Error::Rule(Rule::NewClaimNotPaid)
    );
    resolve(&mut connection, other.id, part("40"), day(9)).await.unwrap();
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
    let stranger = NewClaim { patient_reference: "P-2".parse().unwrap(), ..world.new_claim("250") };
    record(&mut connection, &stranger).await;
    assert_refused!(
        &mut connection,
        async |connection| open(connection, &to(stranger.id)).await,
        Error::Rule(Rule::OtherPatient)
    );

    run(
        &mut connection,
        "insert into payers (payer_id, name, payer_type, timely_filing_days, appeal_filing_days)
         values ('TEST-002', 'Another', 'medicare', 1, 1)",
    )
    .await;
    let payer = rcm_schema::models::Payer::by_payer_id(&mut connection, "TEST-002").await.unwrap().id;
    let first = NewClaim { payer_id: payer, ..world.new_claim("250") };
    record(&mut connection, &first).await;
    let replacement = NewClaim {
        frequency_code: Some(FrequencyCode::Replacement),
        payer_claim_control_number: Some("PCN-1".into()),
        replaces_claim_id: Some(first.id),
        payer_id: payer,
        ..world.new_claim("250")
    };
    claims::record(&mut connection, &replacement, &[], &[line(&replacement)]).await.unwrap();
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
    let (denial, corrected, made) = of_250(&world, &mut connection, "250").await;
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
    let nothing = RebillOutcome::Paid { paid: usd("0"), adjusted: usd("250") };
    assert_refused_by!(
        &mut connection,
        async |connection| resolve(connection, made.id, nothing.clone(), day(9)).await,
        "rebills_amounts_fit_status"
    );
    denials::post_recovery(&mut connection, denial.id, usd("0.01"), day(5), "payment.poster").await.unwrap();
    let all = RebillOutcome::Paid { paid: usd("250"), adjusted: usd("0") };
    assert_refused!(
        &mut connection,
        async |connection| resolve(connection, made.id, all.clone(), day(9)).await,
        Error::Rule(Rule::OverAllocated { denial: Some(named) }) if named == denial.id
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

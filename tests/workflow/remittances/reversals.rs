//! What payers take back, in whatever order it comes.

use rcm_schema::models::{Denial, NewPosting};
use rcm_schema::types::*;
use rcm_schema::views::Unposted;
use rcm_schema::workflow::remittances::{Posted, WholeRemittance};
use rcm_schema::workflow::{appeals, claims, postings};

use super::sent::{Says, check, receive};
use super::worked_cases::{denied, ledger};
use crate::world::{World, assert_reconciled, day, filed, read_claim, settling};

const ALL: Posted = Posted { posted: 1, waiting: 0 };

fn refused(world: &World, trace: &str, number: &str, sign: &str) -> WholeRemittance {
    check(world.payer, trace, "0")
        .claim(number, if sign.is_empty() { "4" } else { "22" }, &format!("{sign}100"), "0")
        .service("99213", &format!("{sign}100"), "0")
        .adjusted("CO-50", &format!("{sign}100"))
}

#[tokio::test]
async fn a_refusal_that_was_taken_back_and_corrected_before_it_came_denies_nothing() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await;
    let number = claim.claim_id.to_string();
    let mut original = refused(&world, "1", &number, "");
    original.remittance.paid_on = Some(day(9));
    assert_eq!(receive(&mut connection, &refused(&world, "2", &number, "-")).await, ALL);
    let correction = check(world.payer, "3", "80")
        .claim(&number, "1", "100", "80")
        .service("99213", "100", "80")
        .adjusted("CO-45", "20");
    assert_eq!(receive(&mut connection, &correction).await, ALL);
    assert_eq!(receive(&mut connection, &original).await, ALL);
    assert_eq!(denied(&mut connection, claim.id).await, [""; 0]);
    assert_eq!(read_claim(&mut connection, claim.id).await.status, ClaimStatus::Paid);
    // Refused again, it is a denial: the reversal took one back.
    let again = receive(&mut connection, &refused(&world, "4", &number, "")).await;
    assert_eq!(again, Posted { posted: 0, waiting: 1 });
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn what_a_correction_refuses_again_is_denied_though_its_reversal_came_first() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await;
    let number = claim.claim_id.to_string();
    // What they take back and correct never came.
    let corrected = refused(&world, "2", &number, "-").claim(&number, "4", "100", "0").adjusted("CO-50", "100");
    assert_eq!(receive(&mut connection, &corrected).await, Posted { posted: 2, waiting: 0 });
    assert_eq!(denied(&mut connection, claim.id).await, ["CO-50 100.00 open 100.00 pending"]);
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn a_payment_that_comes_after_its_reversal_ends_with_nothing_paid() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await;
    let number = claim.claim_id.to_string();
    let says = |trace: &str, status: &str, sign: &str| {
        check(world.payer, trace, &format!("{sign}70"))
            .claim(&number, status, &format!("{sign}100"), &format!("{sign}70"))
            .adjusted("CO-45", &format!("{sign}30"))
    };
    assert_eq!(receive(&mut connection, &says("1", "22", "-")).await, ALL);
    assert_eq!(receive(&mut connection, &says("2", "1", "")).await, ALL);
    let claim = read_claim(&mut connection, claim.id).await;
    assert_eq!((claim.paid_amount.clone(), claim.contractual_amount.clone()), (SignedUsd::zero(), SignedUsd::zero()));
    assert_eq!(claim.status, ClaimStatus::Submitted);
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn a_payment_of_a_denial_that_is_reversed_opens_the_denial_again() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await;
    let number = claim.claim_id.to_string();
    receive(&mut connection, &refused(&world, "1", &number, "")).await;
    let pays = |trace: &str, status: &str, sign: &str| {
        check(world.payer, trace, &format!("{sign}80"))
            .claim(&number, status, &format!("{sign}100"), &format!("{sign}80"))
            .service("99213", &format!("{sign}100"), &format!("{sign}80"))
            .adjusted("CO-45", &format!("{sign}20"))
    };
    assert_eq!(receive(&mut connection, &pays("2", "1", "")).await, ALL);
    assert_eq!(denied(&mut connection, claim.id).await, ["CO-50 100.00 open 0.00 resolved line 1"]);
    assert_eq!(receive(&mut connection, &pays("3", "22", "-")).await, ALL);
    assert_eq!(denied(&mut connection, claim.id).await, ["CO-50 100.00 open 100.00 pending line 1"]);
    assert_eq!(
        ledger(&mut connection, claim.id).await[2..],
        ["payment -80.00 of a denial taking back", "contractual_adjustment -20.00 of a denial taking back"]
    );
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn a_payment_after_an_appeal_names_it_up_to_what_was_approved() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await;
    let number = claim.claim_id.to_string();
    receive(&mut connection, &refused(&world, "1", &number, "")).await;
    let denial = Denial::by_claim(&mut connection, claim.id).await.unwrap().remove(0);
    let new = rcm_schema::models::NewAppeal { filed_on: Some(day(12)), due_on: Some(day(60)), ..filed(&denial, "100") };
    let appeal = appeals::open(&mut connection, &new).await.unwrap();
    let decision = appeals::AppealDecision::PartiallyApproved("50".parse().unwrap());
    appeals::decide(&mut connection, appeal.id, decision, day(20), None).await.unwrap();
    let paid = check(world.payer, "2", "60")
        .claim(&number, "1", "100", "60")
        .service("99213", "100", "60")
        .adjusted("CO-45", "40");
    assert_eq!(receive(&mut connection, &paid).await, ALL);
    let rows = rcm_schema::models::Posting::by_claim(&mut connection, claim.id).await.unwrap();
    let named: Vec<_> = rows.iter().map(|row| (row.amount.to_string(), row.appeal_id.is_some())).collect();
    assert_eq!(named, [("50.00".into(), true), ("10.00".into(), false), ("40.00".into(), false)]);
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn a_negative_refusal_takes_from_the_denial_of_its_line_and_code_or_waits() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await;
    let number = claim.claim_id.to_string();
    let same = check(world.payer, "1", "20")
        .claim(&number, "1", "100", "20")
        .service("99213", "100", "20")
        .adjusted("CO-97", "100")
        .adjusted("CO-97", "-20");
    assert_eq!(receive(&mut connection, &same).await, ALL);
    assert_eq!(denied(&mut connection, claim.id).await, ["CO-97 100.00 open 80.00 pending line 1"]);
    // Of a zero charge: 5.00 of the same denial becomes a payment.
    let later = check(world.payer, "2", "5").claim(&number, "1", "0", "5").adjusted("CO-97", "-5");
    assert_eq!(receive(&mut connection, &later).await, ALL);
    assert_eq!(denied(&mut connection, claim.id).await, ["CO-97 100.00 open 75.00 pending line 1"]);
    let unknown = check(world.payer, "3", "5").claim(&number, "1", "0", "5").adjusted("CO-50", "-5");
    assert_eq!(receive(&mut connection, &unknown).await, Posted { posted: 0, waiting: 1 });
    let waiting = Unposted::by_remittance(&mut connection, unknown.remittance.id).await.unwrap();
    assert_eq!(waiting[0].waits_for, WaitReason::WhatItOffsets);
    assert_reconciled(&mut connection).await;
}

/// Medicare pays below zero where what the patient owes is more than the charge; what takes that back pays.
#[tokio::test]
async fn a_negative_payment_can_be_reversed_and_corrected() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await;
    let number = claim.claim_id.to_string();
    let answers = [("1", "1", "100", "-10", "110"), ("2", "22", "-100", "10", "-110"), ("3", "1", "100", "80", "20")];
    for (trace, status, charge, paid, patient) in answers {
        let sent = check(world.payer, trace, paid)
            .claim(&number, status, charge, paid)
            .service("99213", charge, paid)
            .adjusted("PR-2", patient);
        assert_eq!(receive(&mut connection, &sent).await, ALL, "{trace}");
    }
    let claim = read_claim(&mut connection, claim.id).await;
    assert_eq!(claim.paid_amount, "80".parse().unwrap());
    assert_eq!(
        (claim.patient_balance_amount, claim.payer_balance_amount),
        ("20".parse().unwrap(), "0".parse().unwrap())
    );
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn a_voided_claim_takes_a_reversal_and_nothing_new() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await;
    let number = claim.claim_id.to_string();
    let paid = check(world.payer, "1", "100").claim(&number, "1", "100", "100");
    receive(&mut connection, &paid).await;
    claims::void(&mut connection, claim.id, day(11)).await.unwrap();
    let again = check(world.payer, "2", "100").claim(&number, "1", "100", "100");
    assert_eq!(receive(&mut connection, &again).await, Posted { posted: 0, waiting: 1 });
    let waiting = Unposted::by_remittance(&mut connection, again.remittance.id).await.unwrap();
    assert_eq!(waiting[0].waits_for_rule.as_deref(), Some("claim_voided"));
    let back = check(world.payer, "3", "-100").claim(&number, "22", "-100", "-100");
    assert_eq!(receive(&mut connection, &back).await, ALL);
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn a_payment_by_hand_for_a_written_off_denial_still_takes_back_no_more_than_it_settles() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "CO-50", "100").await;
    let requested =
        rcm_schema::workflow::write_offs::request(&mut connection, &crate::world::write_off(&denial, "100"))
            .await
            .unwrap();
    rcm_schema::workflow::write_offs::approve(&mut world.approver().await, requested.id, "billing.manager", day(5))
        .await
        .unwrap();
    let rows: Vec<NewPosting> = vec![
        settling(&denial, PostingKind::Payment, "60"),
        settling(&denial, PostingKind::ContractualAdjustment, "10"),
    ];
    postings::post(&mut connection, None, &rows).await.unwrap();
    let claim = read_claim(&mut connection, denial.claim_id).await;
    assert_eq!((claim.written_off_amount, claim.payer_balance_amount), ("30".parse().unwrap(), SignedUsd::zero()));
    assert_reconciled(&mut connection).await;
}

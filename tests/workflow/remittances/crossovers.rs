//! Answers of a later payer, whose claim may not be there yet.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rcm_schema::models::{Claim, NewClaim, NewClaimDetails, NewPayer};
use rcm_schema::schema::{claims, payers};
use rcm_schema::types::*;
use rcm_schema::views::Unposted;
use rcm_schema::workflow::claims::WholeClaim;
use rcm_schema::workflow::remittances::{Posted, WholeRemittance};

use super::sent::{Says, check, receive};
use crate::world::{World, assert_reconciled, day, line, read_claim, usd};

const ALL: Posted = Posted { posted: 1, waiting: 0 };

async fn payer(connection: &mut AsyncPgConnection, name: &str, is_provisional: bool) -> PayerId {
    let payer = NewPayer::builder()
        .payer_id(name.parse().unwrap())
        .name("A later payer")
        .payer_type(PayerType::Commercial)
        .is_provisional(is_provisional)
        .build();
    diesel::insert_into(payers::table).values(&payer).execute(connection).await.unwrap();
    payer.id
}

async fn claims_of(connection: &mut AsyncPgConnection, payer: PayerId) -> Vec<Claim> {
    Claim::query().filter(claims::payer_id.eq(payer)).load(connection).await.unwrap()
}

async fn waits_for(connection: &mut AsyncPgConnection, sent: &WholeRemittance) -> WaitReason {
    Unposted::by_remittance(connection, sent.remittance.id).await.unwrap()[0].waits_for
}

#[tokio::test]
async fn a_later_payer_pays_what_the_payer_before_left() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let second = payer(&mut connection, "TEST-002", false).await;
    let primary = world.claim(&mut connection, "250").await;
    let number = primary.claim_id.to_string();
    let forwarded = check(world.payer, "1", "150")
        .claim(&number, "19", "250", "150")
        .service("99213", "250", "150")
        .adjusted("CO-45", "50")
        .adjusted("PR-2", "50");
    assert_eq!(receive(&mut connection, &forwarded).await, ALL);
    // The claim of the second payer isn't there: its answer makes it.
    let crossed = check(second, "2", "50").claim(&number, "2", "250", "50").adjusted("OA-23", "200");
    assert_eq!(receive(&mut connection, &crossed).await, ALL);
    let made: Vec<Claim> =
        Claim::query().filter(rcm_schema::schema::claims::payer_id.eq(second)).load(&mut connection).await.unwrap();
    assert_eq!(made.len(), 1);
    let made = &made[0];
    assert_eq!(
        (made.status, made.amount.clone(), made.paid_amount.clone()),
        (ClaimStatus::Paid, usd("250"), "50".parse().unwrap())
    );
    assert_eq!(made.other_payer_amount, "200".parse().unwrap());
    let primary = read_claim(&mut connection, primary.id).await;
    assert_eq!((primary.status, primary.patient_balance_amount.clone()), (ClaimStatus::Paid, "0".parse().unwrap()));
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn no_claim_is_made_of_what_is_not_posted() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let second = payer(&mut connection, "TEST-002", false).await;
    let primary = world.claim(&mut connection, "250").await;
    let number = primary.claim_id.to_string();
    for (trace, amount, status, charge, paid, adjusted, reason) in [
        ("1", "50", "2", "250", "50", "199", WaitReason::BalancedClaim),
        ("2", "51", "2", "250", "50", "200", WaitReason::BalancedRemittance),
        ("3", "-50", "22", "-250", "-50", "-200", WaitReason::Payer),
    ] {
        let sent = check(second, trace, amount).claim(&number, status, charge, paid).adjusted("OA-23", adjusted);
        assert_eq!(receive(&mut connection, &sent).await, Posted { posted: 0, waiting: 1 });
        assert_eq!(waits_for(&mut connection, &sent).await, reason);
    }
    let predicted = check(second, "4", "0").claim(&number, "25", "250", "50").adjusted("OA-23", "200");
    assert_eq!(receive(&mut connection, &predicted).await, Posted::default());
    assert_eq!(claims_of(&mut connection, second).await, []);
    assert_eq!(read_claim(&mut connection, primary.id).await.patient_responsibility_amount, SignedUsd::zero());
}

#[tokio::test]
async fn a_payer_that_may_be_the_first_under_another_name_waits_to_be_merged() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let unknown = payer(&mut connection, "UNKNOWN", true).await;
    let primary = world.claim(&mut connection, "250").await;
    let number = primary.claim_id.to_string();
    let crossed = check(unknown, "1", "50").claim(&number, "2", "250", "50").adjusted("OA-23", "200");
    assert_eq!(receive(&mut connection, &crossed).await, Posted { posted: 0, waiting: 1 });
    assert_eq!(waits_for(&mut connection, &crossed).await, WaitReason::Payer);
    // It processed the claim as the first payer, whatever another one paid.
    let known = payer(&mut connection, "TEST-002", false).await;
    let first = check(known, "2", "50").claim(&number, "1", "250", "50").adjusted("OA-23", "200");
    assert_eq!(receive(&mut connection, &first).await, Posted { posted: 0, waiting: 1 });
    assert_eq!(waits_for(&mut connection, &first).await, WaitReason::Payer);
}

#[tokio::test]
async fn which_of_several_claims_a_later_payer_follows_is_told_from_charge_and_days_or_waits() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let second = payer(&mut connection, "TEST-002", false).await;
    for amount in ["100", "200", "200"] {
        let claim = world.claim(&mut connection, amount).await;
        let details = NewClaimDetails::builder().claim_id(claim.id).patient_control_number("SAME").build();
        rcm_schema::workflow::claims::note_details(&mut connection, &details).await.unwrap();
    }
    for (trace, charge, answer) in [("1", "200", Posted { posted: 0, waiting: 1 }), ("2", "100", ALL)] {
        let sent = check(second, trace, charge).claim("SAME", "2", charge, charge);
        assert_eq!(receive(&mut connection, &sent).await, answer);
    }
    let made = claims_of(&mut connection, second).await;
    assert_eq!(made.iter().map(|claim| claim.amount.clone()).collect::<Vec<_>>(), [usd("100")]);
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn the_patients_part_follows_the_payer_before_in_whatever_order_answers_come() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let second = payer(&mut connection, "TEST-002", false).await;
    for (turn, secondary_first) in [("A", true), ("B", false)] {
        let primary = world.claim(&mut connection, "100").await;
        let number = primary.claim_id.to_string();
        let new = NewClaim {
            payer_id: second,
            claim_id: format!("{number}-S").parse().unwrap(),
            patient_reference: primary.patient_reference.clone(),
            submitted_on: Some(day(1)),
            ..world.new_claim("100")
        };
        let details = NewClaimDetails::builder()
            .claim_id(new.id)
            .patient_control_number(number.as_str())
            .payer_sequence(2)
            .prior_claim_id(primary.id)
            .build();
        let whole = WholeClaim { details: Some(details), lines: vec![line(&new)], ..WholeClaim::new(new.clone()) };
        rcm_schema::workflow::claims::record(&mut connection, &whole).await.unwrap();

        let first = |trace: &str, status: &str, sign: &str| {
            let amount = |amount: &str| format!("{sign}{amount}");
            check(world.payer, &format!("{turn}{trace}"), &amount("60"))
                .claim(&number, status, &amount("100"), &amount("60"))
                .adjusted("CO-45", &amount("20"))
                .adjusted("PR-2", &amount("20"))
        };
        let answer = check(second, &format!("{turn}2"), "20").claim(&number, "2", "100", "20").adjusted("OA-23", "80");
        let mut sent = vec![first("1", "1", ""), answer];
        if secondary_first {
            sent.reverse();
        }
        sent.extend([first("3", "22", "-"), first("4", "1", "")]);
        for sent in sent {
            assert_eq!(receive(&mut connection, &sent).await, ALL);
            assert_reconciled(&mut connection).await;
        }
        for claim in [primary.id, new.id] {
            let claim = read_claim(&mut connection, claim).await;
            assert_eq!(claim.status, ClaimStatus::Paid);
            assert_eq!(
                (claim.payer_balance_amount, claim.patient_balance_amount),
                (SignedUsd::zero(), SignedUsd::zero())
            );
        }
    }
}

//! Stories of several claims, with the amounts that they end with.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rcm_schema::models::{Claim, Denial, NewClaim, NewPosting, NewRebill, Posting};
use rcm_schema::schema::postings;
use rcm_schema::types::PostingKind::*;
use rcm_schema::types::*;
use rcm_schema::views::RebilledDenial;
use rcm_schema::workflow::{claims, rebills};

use super::denials::read;
use crate::world::{World, assert_reconciled, day, deny, on_claim, post, read_claim, rebill, record, texts, usd};

/// Posts rows of a claim: kind, amount.
async fn post_all(connection: &mut AsyncPgConnection, claim: ClaimId, rows: &[(PostingKind, &str)]) {
    for (kind, amount) in rows {
        post(connection, &on_claim(claim, *kind, amount)).await.unwrap();
    }
}

/// Paid, contractual, rebilled, balance.
fn amounts(claim: &Claim) -> [String; 4] {
    let rebilled = claim.rebilled_amount.to_string();
    [claim.paid_amount.to_string(), claim.contractual_amount.to_string(), rebilled, claim.balance().to_string()]
}

/// What payers owe of all claims, as reports add it up.
async fn receivable(connection: &mut AsyncPgConnection) -> String {
    texts(connection, "select sum(payer_balance_amount) from claims").await.remove(0)
}

#[tokio::test]
async fn a_denied_claim_that_is_rebilled_paid_taken_back_and_paid_less_counts_once() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let a = world.claim(&mut connection, "250").await.id;
    let denial = deny(&mut connection, a, "CO-4", "250").await;
    let b = world.claim(&mut connection, "250").await.id;
    let new = NewRebill { new_claim_id: Some(b), submitted_on: Some(day(3)), ..rebill(&denial) };
    rebills::open(&mut connection, &new).await.unwrap();
    assert_eq!(amounts(&read_claim(&mut connection, a).await), ["0.00", "0.00", "250.00", "0.00"]);

    post_all(&mut connection, b, &[(Payment, "200"), (ContractualAdjustment, "50")]).await;
    assert_eq!(read_claim(&mut connection, b).await.status, ClaimStatus::Paid);
    post_all(&mut connection, b, &[(Payment, "-200"), (ContractualAdjustment, "-50")]).await;
    assert_eq!(read_claim(&mut connection, b).await.status, ClaimStatus::Submitted);
    post_all(&mut connection, b, &[(Payment, "150"), (ContractualAdjustment, "50")]).await;
    deny(&mut connection, b, "CO-4", "50").await;

    let [a, b] = [read_claim(&mut connection, a).await, read_claim(&mut connection, b).await];
    assert_eq!(amounts(&a), ["0.00", "0.00", "250.00", "0.00"]);
    assert_eq!(a.status, ClaimStatus::Rebilled);
    assert_eq!(amounts(&b), ["150.00", "50.00", "0.00", "50.00"]);
    assert_eq!((b.status, b.open_denied_amount), (ClaimStatus::PartiallyPaid, usd("50")));
    assert_eq!(texts(&mut connection, "select sum(paid_amount) from claims").await, ["150.00"]);
    assert_eq!(receivable(&mut connection).await, "50.00");
    let recovered = RebilledDenial::by_denial(&mut connection, denial.id).await.unwrap();
    assert_eq!(recovered[0].recovered_amount, usd("150"));
    assert_reconciled(&mut connection).await;
}

/// A: 1000.00, of which 650.00 was paid, 100.00 is contractual and 250.00 is denied; and B, which replaces it.
async fn replaced(world: &World, connection: &mut AsyncPgConnection) -> (ClaimId, Denial, ClaimId) {
    let a = world.claim(connection, "1000").await.id;
    post_all(connection, a, &[(Payment, "650"), (ContractualAdjustment, "100")]).await;
    let denial = deny(connection, a, "CO-4", "250").await;
    let b =
        NewClaim { frequency_code: FrequencyCode::Replacement, replaces_claim_id: Some(a), ..world.new_claim("1000") };
    record(connection, &b).await;
    assert_eq!(read_claim(connection, a).await.rebilled_amount, usd("0"), "not yet submitted");
    for _ in 0..2 {
        claims::submit(connection, b.id, day(5)).await.unwrap();
    }
    (a, denial, b.id)
}

#[tokio::test]
async fn a_replacement_moves_all_that_its_original_billed() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let (a, denial, b) = replaced(&world, &mut connection).await;
    let moved: Vec<Posting> = Posting::query()
        .filter(postings::moved_to_claim_id.eq(b))
        .order(postings::amount)
        .load(&mut connection)
        .await
        .unwrap();
    let moved: Vec<_> = moved.iter().map(|row| (row.denial_id, row.amount.to_string())).collect();
    assert_eq!(moved, [(Some(denial.id), "250.00".to_owned()), (None, "750.00".to_owned())]);
    let original = read_claim(&mut connection, a).await;
    assert_eq!(amounts(&original), ["650.00", "100.00", "1000.00", "-750.00"]);
    assert_eq!(original.status, ClaimStatus::Rebilled);
    assert_eq!(amounts(&read_claim(&mut connection, b).await), ["0.00", "0.00", "0.00", "1000.00"]);
    assert_eq!(receivable(&mut connection).await, "250.00");
    assert_eq!(read(&mut connection, &denial).await.resolution_status, ResolutionStatus::Rebilled);

    // The payer takes its first answer back and answers the replacement.
    post_all(&mut connection, a, &[(Payment, "-650"), (ContractualAdjustment, "-100")]).await;
    post_all(&mut connection, b, &[(Payment, "800"), (ContractualAdjustment, "200")]).await;
    let original = read_claim(&mut connection, a).await;
    assert_eq!(amounts(&original), ["0.00", "0.00", "1000.00", "0.00"]);
    assert_eq!(original.status, ClaimStatus::Rebilled);
    assert_eq!(read_claim(&mut connection, b).await.status, ClaimStatus::Paid);
    assert_eq!(receivable(&mut connection).await, "0.00");
    // Beyond what the original was paid, and shared with the row for the rest.
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn a_replacement_without_a_rebill_brings_back_what_it_moved_when_it_is_voided() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let (a, denial, b) = replaced(&world, &mut connection).await;
    claims::void(&mut connection, b, day(6)).await.unwrap();
    let original = read_claim(&mut connection, a).await;
    assert_eq!(amounts(&original), ["650.00", "100.00", "0.00", "250.00"]);
    assert_eq!((original.status, original.open_denied_amount), (ClaimStatus::PartiallyPaid, usd("250")));
    assert_eq!(read(&mut connection, &denial).await.open_amount, usd("250"));
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn a_rebill_by_a_replacement_moves_its_money_once() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let a = world.claim(&mut connection, "1000").await.id;
    let denial = deny(&mut connection, a, "CO-4", "250").await;
    let made = rebills::open(&mut connection, &rebill(&denial)).await.unwrap();
    let b = NewClaim {
        frequency_code: FrequencyCode::Replacement,
        replaces_claim_id: Some(a),
        submitted_on: Some(day(5)),
        ..world.new_claim("1000")
    };
    record(&mut connection, &b).await;
    rebills::submit(&mut connection, made.id, b.id, day(5)).await.unwrap();
    assert_eq!(amounts(&read_claim(&mut connection, a).await), ["0.00", "0.00", "1000.00", "0.00"]);
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn a_void_claim_bills_nothing() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let a = world.claim(&mut connection, "100").await.id;
    let void = NewClaim {
        frequency_code: FrequencyCode::Void,
        replaces_claim_id: Some(a),
        submitted_on: Some(day(5)),
        ..world.new_claim("100")
    };
    record(&mut connection, &void).await;
    assert_eq!(read_claim(&mut connection, void.id).await.balance().to_string(), "0.00");
    let paid = post(&mut connection, &on_claim(a, Payment, "100")).await.unwrap();
    let back = NewPosting { takes_back_id: Some(paid.id), ..on_claim(a, Payment, "-100") };
    post(&mut connection, &back).await.unwrap();
    assert_eq!(receivable(&mut connection).await, "100.00");
    assert_reconciled(&mut connection).await;
}

//! Payers take back what they paid: with and without the original, beyond a denial, and by mistake.

use rcm_schema::Error;
use rcm_schema::error::Rule;
use rcm_schema::models::{Denial, NewPosting, NewRebill};
use rcm_schema::types::PostingKind::*;
use rcm_schema::types::*;
use rcm_schema::workflow::{claims, rebills};

use super::denials::{ledger, read, totals};
use super::postings::{reverse, to_review};
use super::{assert_refused, assert_refused_by};
use crate::world::{
    TAKEN_TWICE, World, assert_reconciled, day, deny, on_claim, post, read_claim, rebill, run, settling, texts, usd,
};

#[tokio::test]
async fn a_payer_takes_back_with_its_original_at_most_what_is_left_of_it() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await.id;
    let paid = post(&mut connection, &on_claim(claim, Payment, "100")).await.unwrap();
    let back = |kind, amount: &str| NewPosting { takes_back_id: Some(paid.id), ..on_claim(claim, kind, amount) };
    post(&mut connection, &back(Payment, "-60")).await.unwrap();
    assert_refused!(
        &mut connection,
        async |connection| post(connection, &back(Payment, "-40.01")).await,
        Error::Rule(Rule::MoreThanPosted)
    );
    for wrong in [back(ContractualAdjustment, "-1"), back(Payment, "1")] {
        assert_refused!(
            &mut connection,
            async |connection| post(connection, &wrong).await,
            Error::Rule(Rule::NotTheSamePosting)
        );
    }
    assert_refused!(
        &mut connection,
        async |connection| reverse(connection, paid.id).await,
        Error::Rule(Rule::MoreThanPosted)
    );
    post(&mut connection, &back(Payment, "-40")).await.unwrap();
    let claim = read_claim(&mut connection, claim).await;
    assert_eq!((claim.paid_amount.to_string().as_str(), claim.status), ("0.00", ClaimStatus::Submitted));
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn a_payer_takes_back_without_its_original_and_before_it() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await.id;
    post(&mut connection, &on_claim(claim, Payment, "-30")).await.unwrap();
    let taken = read_claim(&mut connection, claim).await;
    assert_eq!((taken.payer_balance_amount.to_string().as_str(), taken.status), ("130.00", ClaimStatus::Submitted));
    post(&mut connection, &on_claim(claim, Payment, "30")).await.unwrap();
    post(&mut connection, &on_claim(claim, Payment, "100")).await.unwrap();
    assert_eq!(read_claim(&mut connection, claim).await.status, ClaimStatus::Paid);
    assert_refused_by!(
        &mut connection,
        async |connection| post(connection, &on_claim(claim, PatientWriteOff, "-1")).await,
        "postings_negative_takes_back"
    );
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn a_take_back_beyond_a_denial_counts_for_the_claim_alone_and_is_listed() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await.id;
    let denial = deny(&mut connection, claim, "CO-197", "60").await;
    post(&mut connection, &on_claim(claim, Payment, "40")).await.unwrap();
    post(&mut connection, &settling(&denial, Payment, "60")).await.unwrap();
    assert_eq!(read_claim(&mut connection, claim).await.status, ClaimStatus::Paid);

    let back = post(&mut connection, &settling(&denial, Payment, "-100")).await.unwrap();
    assert_eq!((back.denial_id, back.unsettled_denial_id), (None, Some(denial.id)));
    assert_eq!(totals(&mut connection, &denial).await[0], "60.00");
    assert_eq!(read_claim(&mut connection, claim).await.paid_amount.to_string(), "0.00");
    assert_eq!(to_review(&mut connection).await, [(Payment, "-100.00".to_owned())]);

    let part = post(&mut connection, &settling(&denial, Payment, "-60")).await.unwrap();
    assert_eq!((part.denial_id, part.unsettled_denial_id), (Some(denial.id), None));
    assert_eq!(totals(&mut connection, &denial).await[4], "60.00", "open again");
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn the_patients_part_that_the_payer_took_back_is_not_taken_back_again() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "PR-1", "100").await;
    for amount in ["40", "-40"] {
        post(&mut connection, &settling(&denial, PatientResponsibility, amount)).await.unwrap();
    }
    let corrected = world.claim(&mut connection, "100").await.id;
    let sent = NewRebill { new_claim_id: Some(corrected), submitted_on: Some(day(4)), ..rebill(&denial) };
    rebills::open(&mut connection, &sent).await.unwrap();
    let payment = post(&mut connection, &settling(&denial, Payment, "70")).await.unwrap();
    let paid = read(&mut connection, &denial).await;
    assert_eq!(
        (paid.recovered_amount, paid.rebilled_amount, paid.transferred_amount),
        (usd("70"), usd("30"), usd("0"))
    );

    // What was taken back stays so once the new claim is voided.
    let taker = ledger(&mut connection).await.pop().unwrap();
    assert_eq!(taker.takes_back_id.map(|_| taker.posted_by.as_str()), Some("database"));
    reverse(&mut connection, payment.id).await.unwrap();
    claims::void(&mut connection, corrected, day(5)).await.unwrap();
    assert_refused!(
        &mut connection,
        async |connection| reverse(connection, taker.id).await,
        Error::Rule(Rule::KeptByDatabase { .. })
    );
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn what_was_taken_back_by_mistake_can_be_taken_back_again_and_no_more() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "PR-1", "100").await;
    let moved = post(&mut connection, &settling(&denial, PatientResponsibility, "30")).await.unwrap();
    post(&mut connection, &settling(&denial, Payment, "70")).await.unwrap();
    let transferred = |read: Denial| read.transferred_amount;
    for round in 0..2 {
        // Nothing is open, so a payment takes the patient's part back.
        post(&mut connection, &settling(&denial, Payment, "30")).await.unwrap();
        assert_eq!(transferred(read(&mut connection, &denial).await), usd("0"), "{round}");
        let taker = ledger(&mut connection).await.pop().unwrap();
        assert_eq!(taker.takes_back_id, Some(moved.id));
        assert_refused!(
            &mut connection,
            async |connection| reverse(connection, moved.id).await,
            Error::Rule(Rule::MoreThanPosted)
        );
        post(&mut connection, &settling(&denial, Payment, "-30")).await.unwrap();
        reverse(&mut connection, taker.id).await.unwrap();
        assert_eq!(transferred(read(&mut connection, &denial).await), usd("30"), "{round}");
        assert_eq!(texts(&mut connection, TAKEN_TWICE).await, [""; 0]);
    }
    reverse(&mut connection, moved.id).await.unwrap();
    assert_eq!(texts(&mut connection, TAKEN_TWICE).await, [""; 0]);
    assert_eq!(transferred(read(&mut connection, &denial).await), usd("0"));
    assert_reconciled(&mut connection).await;

    // The query that says so would tell.
    let once_more = format!(
        "begin; set local session_replication_role = replica;
         insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by, takes_back_id)
         select claim_id, denial_id, kind, -1, posted_on, posted_by, id from postings where id = '{}'",
        moved.id
    );
    let mut owner = world.owner().await;
    run(&mut owner, &once_more).await;
    assert_eq!(texts(&mut owner, TAKEN_TWICE).await, [moved.id.to_string()]);
}

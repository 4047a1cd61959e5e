//! A command that posts can be sent again with its key.

use rcm_schema::Error;
use rcm_schema::error::Rule;
use rcm_schema::models::NewPosting;
use rcm_schema::types::PostingKind::*;
use rcm_schema::types::*;
use rcm_schema::workflow::postings::{post, reverse};
use rcm_schema::workflow::{claims, periods};

use super::assert_refused;
use super::denials::ledger;
use crate::world::{World, assert_reconciled, day, deny, on_claim, settling};

fn key(text: &str) -> IdempotencyKey {
    text.parse().unwrap()
}

#[tokio::test]
async fn the_same_key_with_the_same_rows_posts_once_also_after_the_period_was_closed() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await.id;
    let denial = deny(&mut connection, claim, "CO-197", "60").await;
    let (single, pair) = (key("835-1/1"), key("835-1/2"));
    let one = [on_claim(claim, Payment, "40")];
    let two = [settling(&denial, Payment, "20"), settling(&denial, ContractualAdjustment, "40")];
    for (key, rows) in [(&single, &one[..]), (&pair, &two[..])] {
        let first = post(&mut connection, Some(key), rows).await.unwrap();
        assert!(!first.repeated);
        // As a program that was cut off makes its rows anew.
        let again: Vec<_> = rows.iter().map(|row| NewPosting { id: PostingId::new(), ..row.clone() }).collect();
        let second = post(&mut connection, Some(key), &again).await.unwrap();
        assert!(second.repeated);
        assert_eq!(second.postings, first.postings);
    }
    let new = [on_claim(claim, Payment, "40")];
    periods::close(&mut world.owner().await, day(31), "controller").await.unwrap();
    assert_refused!(
        &mut connection,
        async |connection| post(connection, Some(&key("835-1/3")), &new).await,
        Error::Rule(Rule::PeriodClosed)
    );
    claims::void(&mut connection, claim, day(40)).await.unwrap();
    for (key, rows) in [(&single, &one[..]), (&pair, &two[..])] {
        assert!(post(&mut connection, Some(key), rows).await.unwrap().repeated);
    }
    assert_eq!(ledger(&mut connection).await.len(), 3);
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn the_same_key_with_other_content_is_refused() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let [claim, other] = [world.claim(&mut connection, "100").await.id, world.claim(&mut connection, "100").await.id];
    let denial = deny(&mut connection, claim, "CO-197", "60").await;
    let used = key("835-2");
    let row = on_claim(claim, Payment, "10");
    post(&mut connection, Some(&used), &[row.clone(), row.clone()]).await.unwrap_err();
    let rows = [row.clone(), on_claim(claim, ContractualAdjustment, "5")];
    post(&mut connection, Some(&used), &rows).await.unwrap();
    for first in [
        NewPosting { claim_id: other, ..row.clone() },
        NewPosting { denial_id: Some(denial.id), ..row.clone() },
        NewPosting { kind: OtherPayer, ..row.clone() },
        on_claim(claim, Payment, "10.01"),
        NewPosting { posted_on: day(5), ..row.clone() },
    ] {
        let changed = [first, rows[1].clone()];
        assert_refused!(
            &mut connection,
            async |connection| post(connection, Some(&used), &changed).await,
            Error::Rule(Rule::KeyUsedOtherwise)
        );
    }
    let fewer = &rows[..1];
    let more = [rows[0].clone(), rows[1].clone(), on_claim(claim, OtherPayer, "1")];
    let turned = [rows[1].clone(), rows[0].clone()];
    for changed in [fewer, &more, &turned] {
        assert_refused!(
            &mut connection,
            async |connection| post(connection, Some(&used), changed).await,
            Error::Rule(Rule::KeyUsedOtherwise)
        );
    }
}

#[tokio::test]
async fn a_reversal_and_a_take_back_beyond_a_denial_are_repeated_by_their_key() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "PR-1", "100").await;
    let posted = post(&mut connection, None, &[settling(&denial, Payment, "60")]).await.unwrap().postings[0].id;
    let beyond = [settling(&denial, Payment, "-70")];
    for repeated in [false, true] {
        let back = post(&mut connection, Some(&key("835-4")), &beyond).await.unwrap();
        assert_eq!((back.repeated, back.postings[0].unsettled_denial_id), (repeated, Some(denial.id)));
        let reversal =
            reverse(&mut connection, posted, day(5), "payment.poster", Some(&key("mistake-1"))).await.unwrap();
        assert_eq!((reversal.repeated, reversal.postings[0].reverses_id), (repeated, Some(posted)));
    }
    assert_refused!(
        &mut connection,
        async |connection| reverse(connection, posted, day(5), "payment.poster", Some(&key("mistake-2"))).await,
        Error::Rule(Rule::AlreadyReversed)
    );
    assert_reconciled(&mut connection).await;
}

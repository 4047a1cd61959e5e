//! Rebills that end with one and the same corrected claim.

use rcm_schema::Error;
use rcm_schema::error::Rule;
use rcm_schema::models::{NewRebill, Rebill};
use rcm_schema::workflow::claims;
use rcm_schema::workflow::rebills::{self, RebillOutcome};

use super::{ISOLATION_LEVELS, assert_expected, eight_at_once};
use crate::world::{World, assert_reconciled, day, rebill, texts, usd};

#[tokio::test]
async fn rebills_recover_no_more_than_their_new_claim_was_paid() {
    for isolation in ISOLATION_LEVELS {
        let world = World::new().await;
        let mut connection = world.connect().await;
        for _ in 0..4 {
            // 100.00 for eight rebills that say 30.00 each.
            let corrected = world.claim(&mut connection, "1000").await.id;
            claims::post_payment(&mut connection, corrected, &usd("100"), &usd("0")).await.unwrap();
            let mut sent: Vec<Rebill> = Vec::new();
            for _ in 0..8 {
                let denial = world.denial(&mut connection, "CO-4", "100").await;
                let new = NewRebill { new_claim_id: Some(corrected), submitted_on: Some(day(4)), ..rebill(&denial) };
                sent.push(rebills::open(&mut connection, &new).await.unwrap());
            }
            let resolved = eight_at_once(&world, isolation, async |worker, connection| {
                loop {
                    let outcome = RebillOutcome::PartiallyPaid { paid: usd("30"), adjusted: usd("0") };
                    match rebills::resolve(connection, sent[worker].id, outcome, day(9)).await {
                        Ok(_) => return 1,
                        Err(Error::Rule(Rule::NewClaimNotPaid)) => return 0,
                        Err(error) => assert_expected(&error, isolation, |_| false),
                    }
                }
            })
            .await;
            assert_eq!(resolved.iter().sum::<usize>(), 3, "{isolation}: {resolved:?}");
        }
        let recovered = texts(&mut connection, "select sum(amount) from denial_transactions").await;
        assert_eq!(recovered, ["360.00"], "{isolation}");
        assert_reconciled(&mut connection).await;
    }
}

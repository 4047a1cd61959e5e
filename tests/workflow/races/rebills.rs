//! Rebills whose new claim is voided at the same time, and claims that two replace.

use rcm_schema::Error;
use rcm_schema::error::Rule;
use rcm_schema::models::NewClaim;
use rcm_schema::types::*;
use rcm_schema::views::PostingToReview;
use rcm_schema::workflow::{claims, postings, rebills};

use super::{ISOLATION_LEVELS, assert_expected, eight_at_once};
use crate::world::{World, assert_reconciled, day, deny, on_claim, post, rebill, settling, texts};

#[tokio::test]
async fn nothing_is_moved_to_a_claim_that_is_voided_meanwhile() {
    for isolation in ISOLATION_LEVELS {
        let world = World::new().await;
        let mut connection = world.connect().await;
        let (mut moved, mut refused) = (0, 0);
        for _ in 0..10 {
            let corrected = world.claim(&mut connection, "800").await.id;
            let original = world.claim(&mut connection, "700").await.id;
            let mut sent = Vec::new();
            for _ in 0..7 {
                let denial = deny(&mut connection, original, "CO-4", "100").await;
                sent.push(rebills::open(&mut connection, &rebill(&denial)).await.unwrap().id);
            }
            let outcomes = eight_at_once(&world, isolation, async |worker, connection| {
                loop {
                    let outcome = match sent.get(worker) {
                        Some(rebill) => rebills::submit(connection, *rebill, corrected, day(4)).await.map(drop),
                        None => claims::void(connection, corrected, day(5)).await.map(drop),
                    };
                    match outcome {
                        Ok(()) => return true,
                        Err(Error::Rule(Rule::ClaimNotSubmitted)) if worker < 7 => return false,
                        Err(error) => assert_expected(&error, isolation, |_| false),
                    }
                }
            })
            .await;
            assert!(outcomes[7], "it is voided");
            moved += outcomes[..7].iter().filter(|done| **done).count();
            refused += outcomes[..7].iter().filter(|done| !**done).count();
        }
        println!("{isolation}: {moved} moved and brought back, {refused} refused");
        let lost = "select original.id from claims as original where rebilled_amount <> 0";
        assert_eq!(texts(&mut connection, lost).await, [""; 0], "{isolation}");
        let open = "select sum(open_denied_amount) from claims";
        assert_eq!(texts(&mut connection, open).await, ["7000.00"], "{isolation}");
        assert_reconciled(&mut connection).await;
    }
}

#[tokio::test]
async fn nothing_goes_back_to_a_claim_that_is_voided_meanwhile() {
    for isolation in ISOLATION_LEVELS {
        let world = World::new().await;
        let mut connection = world.connect().await;
        for _ in 0..5 {
            let corrected = world.claim(&mut connection, "800").await.id;
            let original = world.claim(&mut connection, "700").await.id;
            for _ in 0..7 {
                let denial = deny(&mut connection, original, "CO-4", "100").await;
                let made = rebills::open(&mut connection, &rebill(&denial)).await.unwrap().id;
                rebills::submit(&mut connection, made, corrected, day(4)).await.unwrap();
                // A payment by mistake brings it back, and stays brought back when the mistake is reversed.
                let paid = post(&mut connection, &settling(&denial, PostingKind::Payment, "100")).await.unwrap();
                postings::reverse(&mut connection, paid.id, day(5), "payment.poster", None).await.unwrap();
            }
            let brought_back = PostingToReview::list(&mut connection, None, 7).await.unwrap();
            assert!(brought_back.iter().all(|row| row.claim_id == original));
            assert_eq!(brought_back.len(), 7);
            eight_at_once(&world, isolation, async |worker, connection| {
                loop {
                    let outcome = match brought_back.get(worker) {
                        Some(row) => {
                            postings::reverse(connection, row.id, day(5), "payment.poster", None).await.map(drop)
                        }
                        None => claims::void(connection, corrected, day(5)).await.map(drop),
                    };
                    match outcome {
                        Ok(()) => return,
                        Err(Error::Rule(Rule::KeptByDatabase { .. })) if worker < 7 => return,
                        Err(error) => assert_expected(&error, isolation, |_| false),
                    }
                }
            })
            .await;
        }
        let lost = "select original.id from claims as original where rebilled_amount <> 0";
        assert_eq!(texts(&mut connection, lost).await, [""; 0], "{isolation}");
        assert_reconciled(&mut connection).await;
    }
}

#[tokio::test]
async fn a_claim_is_moved_to_one_of_those_that_replace_it() {
    for isolation in ISOLATION_LEVELS {
        let world = World::new().await;
        let mut connection = world.connect().await;
        for _ in 0..5 {
            let original = world.claim(&mut connection, "300").await.id;
            post(&mut connection, &on_claim(original, PostingKind::Payment, "100")).await.unwrap();
            let denial = deny(&mut connection, original, "CO-4", "200").await;
            let plain = world.claim(&mut connection, "200").await.id;
            let made = rebills::open(&mut connection, &rebill(&denial)).await.unwrap().id;
            let mut replacements = Vec::new();
            for _ in 0..7 {
                let replacement = NewClaim {
                    frequency_code: FrequencyCode::Replacement,
                    replaces_claim_id: Some(original),
                    ..world.new_claim("300")
                };
                replacements.push(crate::world::record(&mut connection, &replacement).await.id);
            }
            eight_at_once(&world, isolation, async |worker, connection| {
                loop {
                    let outcome = match replacements.get(worker) {
                        Some(replacement) => claims::submit(connection, *replacement, day(4)).await.map(drop),
                        None => rebills::submit(connection, made, plain, day(4)).await.map(drop),
                    };
                    match outcome {
                        Ok(()) | Err(Error::Rule(Rule::NothingOpen)) => return,
                        Err(error) => assert_expected(&error, isolation, |_| false),
                    }
                }
            })
            .await;
        }
        let once = "select rebilled_amount from claims where frequency_code = '1' and rebilled_amount > 0";
        assert_eq!(texts(&mut connection, once).await, ["300.00"; 5], "{isolation}");
        assert_reconciled(&mut connection).await;
    }
}

//! Two payments that are taken back from the same denial at once.

use futures_util::future::join;
use rcm_schema::types::PostingKind::Payment;
use rcm_schema::workflow::postings;

use crate::world::{World, assert_reconciled, post, run, settling, texts, wait_for_a_waiter};

#[tokio::test]
async fn who_takes_back_what_somebody_takes_back_at_the_same_moment_is_told_to_run_again() {
    let world = World::new().await;
    let [mut one, mut two] = [world.connect().await, world.connect().await];
    let mut watching = world.owner().await;
    let denial = world.denial(&mut one, "CO-197", "100").await;
    post(&mut one, &settling(&denial, Payment, "60")).await.unwrap();
    let back = settling(&denial, Payment, "-60");
    run(&mut one, "begin").await;
    assert_eq!(post(&mut one, &back).await.unwrap().denial_id, Some(denial.id));
    let key = "835-7".parse().unwrap();
    let again = rcm_schema::models::NewPosting { id: rcm_schema::types::PostingId::new(), ..back };
    let refused = {
        let second = postings::post(&mut two, Some(&key), std::slice::from_ref(&again));
        let watch = async {
            wait_for_a_waiter(&mut watching).await;
            run(&mut one, "commit").await;
        };
        join(second, watch).await.0.unwrap_err()
    };
    assert!(refused.is_retryable(), "{refused:?}");
    let posted = postings::post(&mut two, Some(&key), &[again]).await.unwrap();
    assert_eq!(posted.postings[0].unsettled_denial_id, Some(denial.id));
    assert_eq!(texts(&mut two, "select sum(paid_amount) from claims").await, ["-60.00"]);
    assert_reconciled(&mut two).await;
}

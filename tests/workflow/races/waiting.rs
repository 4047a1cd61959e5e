//! Many sessions that post to one claim: who waits for its rows leaves no lock of its own on them, since PostgreSQL would
//! look all of these up at each further posting.

use futures_util::future::join;
use rcm_schema::types::PostingKind::Payment;

use crate::world::{World, post, run, settling, texts, wait_for_a_waiter};

#[tokio::test]
async fn who_waits_for_a_claim_leaves_no_lock_on_it_or_its_denial() {
    let world = World::new().await;
    let [mut one, mut two] = [world.connect().await, world.connect().await];
    let mut watching = world.owner().await;
    let denial = world.denial(&mut one, "CO-197", "100").await;
    run(&mut one, "begin").await;
    post(&mut one, &settling(&denial, Payment, "10")).await.unwrap();
    let owner = texts(&mut one, "select cast(pg_current_xact_id() as xid)").await;
    let row = settling(&denial, Payment, "10");
    let second = post(&mut two, &row);
    let watch = async {
        wait_for_a_waiter(&mut watching).await;
        let lockers = texts(&mut watching, "select xmax from claims union all select xmax from denials").await;
        run(&mut one, "commit").await;
        lockers
    };
    let (second, lockers) = join(second, watch).await;
    second.unwrap();
    assert_eq!(lockers, [owner.clone(), owner].concat());
}

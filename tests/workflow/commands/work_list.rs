use diesel_async::{AsyncConnection, AsyncPgConnection};
use rcm_schema::Error;
use rcm_schema::types::*;
use rcm_schema::views::WorkListFilter;
use rcm_schema::workflow::work_list::take;
use rcm_schema::workflow::{appeals, write_offs};

use crate::world::{World, appeal, day, run, write_off};

#[tokio::test]
async fn the_most_urgent_denial_that_nobody_has_is_taken() {
    let world = World::new().await;
    let [mut one, mut two, mut three] = [world.connect().await, world.connect().await, world.connect().await];
    let low = world.denial(&mut one, "CO-16", "20").await;
    let high = world.denial(&mut one, "CO-197", "500").await;
    let any = WorkListFilter::default();
    for connection in [&mut one, &mut two, &mut three] {
        run(connection, "begin").await;
    }
    assert_eq!(take(&mut one, &any).await.unwrap().unwrap().denial_id, high.id);
    assert_eq!(take(&mut two, &any).await.unwrap().unwrap().denial_id, low.id);
    assert_eq!(take(&mut three, &any).await.unwrap(), None);

    // Who gives up leaves it to the next; what is worked is gone.
    run(&mut one, "rollback").await;
    assert_eq!(take(&mut three, &any).await.unwrap().unwrap().denial_id, high.id);
    appeals::open(&mut three, &appeal(&high, "500")).await.unwrap();
    write_offs::request(&mut two, &write_off(&low, "20")).await.unwrap();
    run(&mut two, "commit").await;
    run(&mut three, "commit").await;
    assert_eq!(take(&mut one, &any).await.unwrap(), None);
}

#[tokio::test]
async fn outside_of_a_transaction_nothing_is_taken() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let any = WorkListFilter::default();
    assert_eq!(take(&mut connection, &any).await.unwrap(), None);
    let denial = world.denial(&mut connection, "CO-197", "500").await.id;
    for _ in 0..2 {
        let refused = take(&mut connection, &any).await.unwrap_err();
        assert!(matches!(refused, Error::OutsideTransaction), "{refused}");
    }

    // Diesel's own transaction, one inside of another, and one that Diesel doesn't know of.
    let taken = connection.transaction(async |connection: &mut AsyncPgConnection| take(connection, &any).await).await;
    assert_eq!(taken.unwrap().unwrap().denial_id, denial);
    let taken = connection
        .transaction(async |outer: &mut AsyncPgConnection| {
            outer.transaction(async |inner: &mut AsyncPgConnection| take(inner, &any).await).await
        })
        .await;
    assert_eq!(taken.unwrap().unwrap().denial_id, denial);
    run(&mut connection, "begin").await;
    assert_eq!(take(&mut connection, &any).await.unwrap().unwrap().denial_id, denial);
}

#[tokio::test]
async fn only_what_the_filter_asks_for_is_taken() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "CO-197", "500").await;
    let [mine, other] = [Action::Appeal, Action::WriteOff].map(|action| WorkListFilter {
        payer: Some(world.payer),
        action: Some(action),
        automatic: Some(true),
        category: None,
    });
    run(&mut connection, "begin").await;
    assert_eq!(take(&mut connection, &other).await.unwrap(), None);
    let taken = take(&mut connection, &mine).await.unwrap().unwrap();
    assert_eq!((taken.denial_id, taken.act_by), (denial.id, day(17)));
}

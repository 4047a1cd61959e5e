use diesel_async::{AsyncConnection, AsyncPgConnection};
use rcm_schema::Error;
use rcm_schema::models::NewPosting;
use rcm_schema::types::*;
use rcm_schema::views::{Assigned, DenialToWork, WorkListFilter};
use rcm_schema::workflow::work_list::{assign, take};
use rcm_schema::workflow::{appeals, denials, write_offs};

use crate::world::{World, appeal, day, filed, post, run, settling, texts, write_off};

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
    assert_eq!(take(&mut one, "biller", &any).await.unwrap().unwrap().denial_id, high.id);
    assert_eq!(take(&mut two, "biller", &any).await.unwrap().unwrap().denial_id, low.id);
    assert_eq!(take(&mut three, "biller", &any).await.unwrap(), None);

    // Who gives up leaves it to the next; what is worked is gone.
    run(&mut one, "rollback").await;
    assert_eq!(take(&mut three, "biller", &any).await.unwrap().unwrap().denial_id, high.id);
    appeals::open(&mut three, &appeal(&high, "500")).await.unwrap();
    write_offs::request(&mut two, &write_off(&low, "20")).await.unwrap();
    run(&mut two, "commit").await;
    run(&mut three, "commit").await;
    assert_eq!(take(&mut one, "biller", &any).await.unwrap(), None);
}

#[tokio::test]
async fn outside_of_a_transaction_nothing_is_taken() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let any = WorkListFilter::default();
    assert_eq!(take(&mut connection, "biller", &any).await.unwrap(), None);
    let denial = world.denial(&mut connection, "CO-197", "500").await.id;
    for _ in 0..2 {
        let refused = take(&mut connection, "biller", &any).await.unwrap_err();
        assert!(matches!(refused, Error::OutsideTransaction), "{refused}");
    }

    // Diesel's own transaction, one inside of another, and one that Diesel doesn't know of.
    let taken =
        connection.transaction(async |connection: &mut AsyncPgConnection| take(connection, "biller", &any).await).await;
    assert_eq!(taken.unwrap().unwrap().denial_id, denial);
    let taken = connection
        .transaction(async |outer: &mut AsyncPgConnection| {
            outer.transaction(async |inner: &mut AsyncPgConnection| take(inner, "biller", &any).await).await
        })
        .await;
    assert_eq!(taken.unwrap().unwrap().denial_id, denial);
    run(&mut connection, "begin").await;
    assert_eq!(take(&mut connection, "biller", &any).await.unwrap().unwrap().denial_id, denial);
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
        ..WorkListFilter::default()
    });
    run(&mut connection, "begin").await;
    assert_eq!(take(&mut connection, "biller", &other).await.unwrap(), None);
    let taken = take(&mut connection, "biller", &mine).await.unwrap().unwrap();
    assert_eq!((taken.denial_id, taken.act_by), (denial.id, day(17)));
}

#[tokio::test]
async fn workers_take_their_own_first_then_what_nobody_has_and_nothing_of_others() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let [small, large] =
        [world.denial(&mut connection, "CO-197", "300").await, world.denial(&mut connection, "CO-197", "500").await];
    let of_another = world.denial(&mut connection, "CO-197", "700").await;
    denials::assign(&mut connection, of_another.id, Some("another.biller")).await.unwrap();
    let given = denials::assign(&mut connection, small.id, Some("biller")).await.unwrap();
    assert_eq!(given.assigned_to.as_deref(), Some("biller"));

    let any = WorkListFilter::default();
    run(&mut connection, "begin").await;
    for expected in [&small, &large] {
        let taken = take(&mut connection, "biller", &any).await.unwrap().unwrap();
        assert_eq!(taken.denial_id, expected.id);
        appeals::open(&mut connection, &appeal(expected, "100")).await.unwrap();
    }
    assert_eq!(take(&mut connection, "biller", &any).await.unwrap(), None);
    let own = WorkListFilter { assigned: Some(Assigned::ToNobody), ..any.clone() };
    assert_eq!(take(&mut connection, "another.biller", &own).await.unwrap(), None);
    assert_eq!(take(&mut connection, "another.biller", &any).await.unwrap().unwrap().denial_id, of_another.id);
    run(&mut connection, "rollback").await;

    // Who left gives it back.
    denials::assign(&mut connection, of_another.id, None).await.unwrap();
    run(&mut connection, "begin").await;
    take(&mut connection, "biller", &any).await.unwrap().unwrap();
    appeals::open(&mut connection, &appeal(&small, "100")).await.unwrap();
    assert_eq!(take(&mut connection, "biller", &any).await.unwrap().unwrap().denial_id, of_another.id);
}

#[tokio::test]
async fn the_most_urgent_that_a_filter_asks_for_are_assigned_but_those_that_are_being_worked() {
    let world = World::new().await;
    let [mut connection, mut other] = [world.connect().await, world.connect().await];
    let mut ids = Vec::new();
    for (code, amount) in [("CO-197", "700"), ("CO-197", "600"), ("CO-197", "500"), ("CO-197", "400"), ("CO-16", "20")]
    {
        ids.push(world.denial(&mut connection, code, amount).await.id);
    }
    let appeals = WorkListFilter { action: Some(Action::Appeal), ..Default::default() };
    let free = WorkListFilter { assigned: Some(Assigned::ToNobody), ..appeals.clone() };
    run(&mut other, "begin").await;
    assert_eq!(take(&mut other, "another.biller", &appeals).await.unwrap().unwrap().denial_id, ids[0]);
    assert_eq!(assign(&mut connection, Some("biller"), &free, 2).await.unwrap(), 2);
    assert_eq!(assign(&mut connection, Some("another.biller"), &free, 9).await.unwrap(), 1);
    run(&mut other, "rollback").await;

    let mut listed = Vec::new();
    for assigned in [Assigned::To("biller".into()), Assigned::To("another.biller".into()), Assigned::ToNobody] {
        let filter = WorkListFilter { assigned: Some(assigned), ..Default::default() };
        let rows = DenialToWork::list(&mut connection, &filter, None, 9).await.unwrap();
        listed.push(rows.into_iter().map(|row| row.denial_id).collect::<Vec<_>>());
    }
    assert_eq!(listed, [vec![ids[1], ids[2]], vec![ids[3]], vec![ids[0], ids[4]]]);
    // One who has them already gets them again; back to all of them.
    assert_eq!(assign(&mut connection, None, &appeals, 9).await.unwrap(), 4);
    assert_eq!(DenialToWork::list(&mut connection, &free, None, 9).await.unwrap().len(), 4);
    let nameless = assign(&mut connection, Some("a b"), &appeals, 9).await.unwrap_err();
    assert!(nameless.to_string().contains("actor_shape"), "{nameless}");
}

/// With nothing left of the grant, releasing it changes no amount; the next step is another all the same.
#[tokio::test]
async fn what_was_granted_and_paid_moves_the_list_on_when_it_is_released() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "CO-197", "100").await;
    let made = appeals::open(&mut connection, &filed(&denial, "40")).await.unwrap();
    let decided = appeals::AppealDecision::Approved;
    let made = appeals::decide(&mut connection, made.id, decided, day(9), None).await.unwrap();
    let paid = NewPosting { appeal_id: Some(made.id), ..settling(&denial, PostingKind::Payment, "40") };
    post(&mut connection, &paid).await.unwrap();
    let expected =
        format!("select to_jsonb(item) from expected_work_items(array[cast('{}' as uuid)]) as item", denial.id);
    let kept = "select to_jsonb(denial_work_items) from denial_work_items";
    let before = texts(&mut connection, kept).await;
    appeals::release(&mut connection, made.id, day(20)).await.unwrap();
    let after = texts(&mut connection, kept).await;
    assert_eq!(after, texts(&mut connection, &expected).await);
    assert_ne!(after, before);
}

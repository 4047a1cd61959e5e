//! What is dated on or before a closed day is refused, also of those who were writing when it was closed.

use futures_util::future::join;
use rcm_schema::Error;
use rcm_schema::error::{QueryErrorKind, Rule};
use rcm_schema::models::NewPosting;
use rcm_schema::types::PostingKind::*;
use rcm_schema::workflow::{denials, periods};

use super::assert_refused;
use crate::world::{World, day, deny, on_claim, post, run, texts, wait_for_a_waiter};

const BY: &str = "controller";

#[tokio::test]
async fn what_is_dated_on_or_before_a_closed_day_is_refused() {
    let world = World::new().await;
    let [mut connection, mut owner] = [world.connect().await, world.owner().await];
    let claim = world.claim(&mut connection, "100").await.id;
    let denial = deny(&mut connection, claim, "CO-197", "60").await;
    let closing = periods::close(&mut owner, day(4), BY).await.unwrap();
    assert!(closing.is_last);
    assert_refused!(
        &mut connection,
        async |connection| post(connection, &on_claim(claim, Payment, "1")).await,
        Error::Rule(Rule::PeriodClosed)
    );
    let late = rcm_schema::models::NewDenial::builder()
        .claim_id(claim)
        .denial_code(denial.denial_code)
        .denied_on(day(4))
        .denial_amount(denial.denial_amount)
        .build();
    assert_refused!(
        &mut connection,
        async |connection| denials::record(connection, &late).await,
        Error::Rule(Rule::PeriodClosed)
    );
    post(&mut connection, &NewPosting { posted_on: day(5), ..on_claim(claim, Payment, "1") }).await.unwrap();
    let today = chrono::Utc::now().date_naive() + chrono::Days::new(1);
    for wrong in [day(4), day(3), today] {
        assert_refused!(
            &mut owner,
            async |owner| periods::close(owner, wrong, BY).await,
            Error::Rule(Rule::ClosingOutOfOrder)
        );
    }
    periods::close(&mut owner, day(6), BY).await.unwrap();
    let last = rcm_schema::models::PeriodClosing::last(&mut connection).await.unwrap();
    assert_eq!((last.closed_through, last.closed_by.as_str()), (day(6), BY));
    // A service posts, the owner closes.
    let refused = periods::close(&mut connection, day(7), BY).await.unwrap_err();
    assert!(matches!(refused, Error::Query { kind: QueryErrorKind::PermissionDenied, .. }), "{refused:?}");
}

#[tokio::test]
async fn closing_waits_for_those_who_are_writing_and_the_next_ones_wait_for_it() {
    for (isolation, refusal) in
        [("read committed", None), ("repeatable read", Some(QueryErrorKind::SerializationFailure))]
    {
        let world = World::new().await;
        let [mut early, mut late, mut owner] = [world.connect().await, world.connect().await, world.owner().await];
        let mut watching = world.owner().await;
        let claim = world.claim(&mut early, "100").await.id;
        let row = |amount| on_claim(claim, Payment, amount);

        // Both are in their transactions; one has written.
        for writer in [&mut early, &mut late] {
            run(writer, &format!("begin isolation level {isolation}; select count(*) from period_closings")).await;
        }
        post(&mut early, &row("10")).await.unwrap();
        {
            let closing = periods::close(&mut owner, day(31), BY);
            let watch = async {
                wait_for_a_waiter(&mut watching).await;
                run(&mut early, "commit").await;
            };
            let (closed, ()) = join(closing, watch).await;
            closed.unwrap();
        }
        let refused = post(&mut late, &row("20")).await.unwrap_err();
        match refusal {
            None => assert!(matches!(refused, Error::Rule(Rule::PeriodClosed)), "{refused:?}"),
            Some(expected) => {
                assert!(matches!(refused, Error::Query { kind, .. } if kind == expected), "{isolation}: {refused:?}")
            }
        }
        run(&mut late, "rollback").await;
        assert_eq!(texts(&mut late, "select amount from postings").await, ["10.00"]);
    }
}

#[tokio::test]
async fn who_writes_while_a_period_is_being_closed_waits_and_is_refused() {
    for isolation in ["read committed", "repeatable read", "serializable"] {
        let world = World::new().await;
        let [mut writer, mut owner] = [world.connect().await, world.owner().await];
        let mut watching = world.owner().await;
        let claim = world.claim(&mut writer, "100").await.id;
        run(&mut writer, &format!("begin isolation level {isolation}; select count(*) from claims")).await;
        run(&mut owner, "begin").await;
        periods::close(&mut owner, day(31), BY).await.unwrap();
        let row = on_claim(claim, Payment, "10");
        let refused = {
            let posting = post(&mut writer, &row);
            let watch = async {
                wait_for_a_waiter(&mut watching).await;
                run(&mut owner, "commit").await;
            };
            join(posting, watch).await.0.unwrap_err()
        };
        match isolation {
            "read committed" => assert!(matches!(refused, Error::Rule(Rule::PeriodClosed)), "{refused:?}"),
            _ => assert!(refused.is_retryable(), "{isolation}: {refused:?}"),
        }
        run(&mut writer, "rollback").await;
        assert_refused!(&mut writer, async |connection| post(connection, &row).await, Error::Rule(Rule::PeriodClosed));
    }
}

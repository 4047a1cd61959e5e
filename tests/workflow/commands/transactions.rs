use std::sync::atomic::{AtomicU32, Ordering};

use diesel_async::SimpleAsyncConnection;
use rcm_schema::types::*;
use rcm_schema::workflow::{Commit, postings, write_offs};
use rcm_schema::{Error, QueryErrorKind, Result, Rule, transaction};

use super::denials::totals;
use super::{assert_refused, refused};
use crate::world::{World, assert_reconciled, day, post, run, settling, texts, write_off};

#[tokio::test]
async fn commands_of_one_transaction_happen_together() {
    let world = World::new().await;
    let mut connection = world.writer().await;
    let denial = world.denial(&mut connection, "CO-197", "100").await;
    let outcome = transaction(&mut connection, async |connection| {
        let asked = write_offs::request(connection, &write_off(&denial, "60")).await?;
        post(connection, &settling(&denial, PostingKind::Payment, "40")).await?;
        write_offs::approve(connection, asked.id, "billing.manager", day(4)).await
    })
    .await;
    assert_eq!(outcome.unwrap().status, WriteOffStatus::Approved);
    assert_eq!(totals(&mut connection, &denial).await, ["40.00", "60.00", "0.00", "0.00", "0.00"]);
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn a_refusal_that_is_handed_on_undoes_the_transaction() {
    let world = World::new().await;
    let mut connection = world.writer().await;
    let denial = world.denial(&mut connection, "CO-197", "100").await;
    let named = Some(denial.id);
    assert_refused!(
        &mut connection,
        async |connection| {
            transaction(connection, async |connection| {
                let asked = write_offs::request(connection, &write_off(&denial, "60")).await?;
                post(connection, &settling(&denial, PostingKind::Payment, "41")).await?;
                write_offs::approve(connection, asked.id, "billing.manager", day(4)).await
            })
            .await
        },
        Error::Rule(Rule::OverAllocated { denial }) if denial == named
    );
}

#[tokio::test]
async fn a_refused_command_takes_back_itself_alone() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "CO-197", "100").await;
    transaction(&mut connection, async |connection| {
        post(connection, &settling(&denial, PostingKind::Payment, "40")).await?;
        let refusal = post(connection, &settling(&denial, PostingKind::Payment, "60.01")).await;
        assert!(matches!(refusal, Err(Error::Rule(Rule::OverAllocated { .. }))));
        let rows = [settling(&denial, PostingKind::Payment, "1"), settling(&denial, PostingKind::Payment, "60")];
        let refusal = postings::post_many(connection, &rows, Commit::Together).await;
        assert!(matches!(refusal, Err(Error::Bulk { row: Some(1), .. })), "{refusal:?}");
        post(connection, &settling(&denial, PostingKind::Payment, "5")).await
    })
    .await
    .unwrap();
    assert_eq!(totals(&mut connection, &denial).await[0], "45.00");
    assert_reconciled(&mut connection).await;
}

/// PostgreSQL answers COMMIT with ROLLBACK there, which is no error to Diesel.
#[tokio::test]
async fn a_commit_that_becomes_a_rollback_is_an_error() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "CO-197", "100").await;
    let error = refused(&mut connection, async |connection| {
        transaction(connection, async |connection| {
            post(connection, &settling(&denial, PostingKind::Payment, "40")).await?;
            let swallowed = connection.batch_execute("select 1 / 0").await;
            assert!(swallowed.is_err());
            Ok(())
        })
        .await
    });
    let error = error.await;
    assert!(matches!(error, Error::Query { kind: QueryErrorKind::TransactionAborted, .. }), "{error:?}");
}

/// As the database does where transactions collide.
const COLLIDE: &str = "do $$ begin raise serialization_failure; end $$";

#[tokio::test]
async fn a_transaction_that_collided_runs_again_as_a_whole() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "CO-197", "100").await;
    let runs = AtomicU32::new(0);
    // The inner one doesn't repeat by itself: the whole does.
    let paid = transaction(&mut connection, async |connection| {
        let paid = post(connection, &settling(&denial, PostingKind::Payment, "40")).await?;
        transaction(connection, async |connection| match runs.fetch_add(1, Ordering::Relaxed) {
            0..3 => Ok(connection.batch_execute(COLLIDE).await?),
            _ => Ok(()),
        })
        .await?;
        Ok(paid)
    });
    paid.await.unwrap();
    assert_eq!(runs.into_inner(), 4);
    assert_eq!(totals(&mut connection, &denial).await[0], "40.00");
}

#[tokio::test]
async fn a_transaction_is_not_repeated_for_ever_and_not_for_another_reason() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let runs = AtomicU32::new(0);
    for (statement, times) in [(COLLIDE, 5), ("select 1 / 0", 1)] {
        runs.store(0, Ordering::Relaxed);
        let ended = transaction(&mut connection, async |connection| {
            runs.fetch_add(1, Ordering::Relaxed);
            Ok(connection.batch_execute(statement).await?)
        });
        let error = ended.await.unwrap_err();
        assert_eq!(error.is_retryable(), times > 1, "{error:?}");
        assert_eq!(runs.load(Ordering::Relaxed), times, "{statement}");
        // It is usable: nothing of it is left.
        assert_eq!(texts(&mut connection, "select 1").await, ["1"]);
    }
}

#[tokio::test]
async fn whoever_rolls_back_for_a_reason_of_their_own_keeps_it() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "CO-197", "100").await;
    let error = refused(&mut connection, async |connection| {
        transaction(connection, async |connection| -> Result<()> {
            post(connection, &settling(&denial, PostingKind::Payment, "40")).await?;
            Err(diesel::result::Error::RollbackTransaction.into())
        })
        .await
    });
    assert!(!error.await.is_retryable());
}

/// As a serialization failure does, outside a transaction: PostgreSQL has sent the row by then.
#[tokio::test]
async fn what_is_refused_at_the_commit_was_not_done() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "CO-197", "100").await;
    let mut owner = world.owner().await;
    let refuse = "
        create function refuse_at_commit() returns trigger language plpgsql
            as $$ begin raise serialization_failure; end $$;
        create constraint trigger refuse_at_commit after insert on write_offs
            deferrable initially deferred for each row execute function refuse_at_commit();
        create constraint trigger refuse_at_commit after update on denials
            deferrable initially deferred for each row execute function refuse_at_commit()";
    run(&mut owner, refuse).await;
    let asked = write_offs::request(&mut connection, &write_off(&denial, "60")).await;
    assert!(asked.is_err_and(|error| error.is_retryable()));
    let posted = post(&mut connection, &settling(&denial, PostingKind::Payment, "40")).await;
    assert!(posted.is_err_and(|error| error.is_retryable()));
    let stored = "select (select count(*) from write_offs) + (select count(*) from postings)";
    assert_eq!(texts(&mut connection, stored).await, ["0"]);
}

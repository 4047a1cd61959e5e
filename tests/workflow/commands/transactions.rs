use diesel_async::{AsyncConnection, AsyncPgConnection};
use rcm_schema::error::Rule;
use rcm_schema::models::WriteOff;
use rcm_schema::types::*;
use rcm_schema::workflow::write_offs;
use rcm_schema::{Error, Result};

use super::denials::totals;
use super::{assert_refused, refused};
use crate::world::{World, assert_reconciled, day, post, run, settling, texts, write_off};

#[tokio::test]
async fn commands_of_one_transaction_happen_together() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "CO-197", "100").await;
    let outcome: Result<WriteOff> = connection
        .transaction(async |connection: &mut AsyncPgConnection| {
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
async fn a_refusal_undoes_the_callers_transaction_and_nobody_can_ask_for_the_denial_there() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "CO-197", "100").await;
    assert_refused!(
        &mut connection,
        async |connection| {
            let outcome: Result<WriteOff> = connection
                .transaction(async |connection: &mut AsyncPgConnection| {
                    let asked = write_offs::request(connection, &write_off(&denial, "60")).await?;
                    post(connection, &settling(&denial, PostingKind::Payment, "41")).await?;
                    write_offs::approve(connection, asked.id, "billing.manager", day(4)).await
                })
                .await;
            outcome
        },
        Error::Rule(Rule::OverAllocated { denial: None })
    );
}

#[tokio::test]
async fn a_savepoint_keeps_what_was_done_before_the_refusal() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "CO-197", "100").await;
    let outcome: Result<()> = connection
        .transaction(async |connection: &mut AsyncPgConnection| {
            post(connection, &settling(&denial, PostingKind::Payment, "40")).await?;
            let refusal: Result<()> = connection
                .transaction(async |connection: &mut AsyncPgConnection| {
                    post(connection, &settling(&denial, PostingKind::Payment, "60.01")).await?;
                    Ok(())
                })
                .await;
            assert!(matches!(refusal, Err(Error::Rule(Rule::OverAllocated { .. }))));
            Ok(())
        })
        .await;
    outcome.unwrap();
    assert_eq!(totals(&mut connection, &denial).await[0], "40.00");
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn a_command_is_not_run_on_a_broken_transaction() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "CO-197", "100").await;
    let error = refused(&mut connection, async |connection| {
        let outcome: Result<()> = connection
            .transaction(async |connection: &mut AsyncPgConnection| {
                let refusal = post(connection, &settling(&denial, PostingKind::Payment, "101")).await;
                assert!(refusal.is_err());
                post(connection, &settling(&denial, PostingKind::Payment, "1")).await?;
                Ok(())
            })
            .await;
        outcome
    });
    let error = error.await;
    assert!(matches!(error, Error::Query { .. }), "{error:?}");
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

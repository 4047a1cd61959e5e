use diesel_async::{AsyncConnection, AsyncPgConnection};
use rcm_schema::error::Rule;
use rcm_schema::models::WriteOff;
use rcm_schema::types::*;
use rcm_schema::workflow::{appeals, denials, write_offs};
use rcm_schema::{Error, Result};

use super::denials::totals;
use super::{assert_refused, refused};
use crate::world::{World, assert_reconciled, day, filed, run, texts, usd, write_off};

#[tokio::test]
async fn commands_of_one_transaction_happen_together() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "CO-197", "100").await;
    let outcome: Result<WriteOff> = connection
        .transaction(async |connection: &mut AsyncPgConnection| {
            let asked = write_offs::request(connection, &write_off(&denial, "60")).await?;
            denials::post_recovery(connection, denial.id, usd("40"), day(4), "payment.poster").await?;
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
                    denials::post_recovery(connection, denial.id, usd("41"), day(4), "payment.poster").await?;
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
    let appeal = appeals::open(&mut connection, &filed(&denial, "80")).await.unwrap();
    let outcome: Result<()> = connection
        .transaction(async |connection: &mut AsyncPgConnection| {
            denials::post_recovery(connection, denial.id, usd("40"), day(4), "payment.poster").await?;
            let refusal: Result<()> = connection
                .transaction(async |connection: &mut AsyncPgConnection| {
                    let decision = appeals::AppealDecision::Approved;
                    appeals::decide(connection, appeal.id, decision, day(9), None).await?;
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
                let refusal = denials::post_recovery(connection, denial.id, usd("101"), day(4), "payment.poster").await;
                assert!(refusal.is_err());
                denials::post_recovery(connection, denial.id, usd("1"), day(4), "payment.poster").await?;
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
    let posted = denials::post_recovery(&mut connection, denial.id, usd("40"), day(4), "payment.poster").await;
    assert!(posted.is_err_and(|error| error.is_retryable()));
    let stored = "select (select count(*) from write_offs) + (select count(*) from denial_transactions)";
    assert_eq!(texts(&mut connection, stored).await, ["0"]);
}

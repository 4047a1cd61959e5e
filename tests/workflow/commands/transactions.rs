use diesel_async::{AsyncConnection, AsyncPgConnection};
use rcm_schema::models::WriteOff;
use rcm_schema::types::*;
use rcm_schema::workflow::{appeals, denials, write_offs};
use rcm_schema::{Error, Result};

use super::denials::totals;
use super::{assert_refused, refused};
use crate::world::{World, assert_reconciled, day, filed, usd, write_off};

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
        Error::OverAllocated { denial: None }
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
            assert!(matches!(refusal, Err(Error::OverAllocated { .. })));
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

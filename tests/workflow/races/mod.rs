//! Eight workers on the same rows at once, at every isolation level: the guards hold, nobody deadlocks.

mod claims;
mod ledger;
mod one_action;
mod rebills;
mod remarks;
mod take_backs;
mod waiting;

use diesel::connection::InstrumentationEvent;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use futures_util::future::join_all;
use rcm_schema::Error;
use rcm_schema::error::QueryErrorKind;

use crate::world::{World, run};

const ISOLATION_LEVELS: [&str; 3] = ["read committed", "repeatable read", "serializable"];

/// Runs a worker on each of eight connections whose transactions have this isolation level.
async fn eight_at_once<T>(
    world: &World,
    isolation: &str,
    worker: impl AsyncFn(usize, &mut AsyncPgConnection) -> T,
) -> Vec<T> {
    let mut connections = Vec::new();
    for _ in 0..8 {
        let mut connection = world.writer().await;
        connection.set_instrumentation(show_unexpected);
        run(&mut connection, &format!("set default_transaction_isolation = '{isolation}'")).await;
        connections.push(connection);
    }
    join_all(connections.iter_mut().enumerate().map(|(number, connection)| worker(number, connection))).await
}

/// What PostgreSQL says of a failure that is neither a rule nor a collision, for whom a test fails: an error of the crate leaves
/// words out that might hold values.
fn show_unexpected(event: InstrumentationEvent<'_>) {
    use DatabaseErrorKind::{CheckViolation, SerializationFailure};
    if let InstrumentationEvent::FinishQuery { error: Some(error), .. } = event
        && !matches!(error, DieselError::DatabaseError(CheckViolation | SerializationFailure, _))
    {
        println!("{error:?}");
    }
}

/// Transactions may collide unless each statement sees what was committed before it.
fn assert_expected(error: &Error, isolation: &str, rule: impl Fn(&Error) -> bool) {
    let collision = matches!(error, Error::Query { kind: QueryErrorKind::SerializationFailure, .. });
    assert!(rule(error) || (collision && isolation != "read committed"), "{isolation}: {error:?}");
}

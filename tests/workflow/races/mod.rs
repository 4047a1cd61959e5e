//! Eight workers on the same rows at once, at every isolation level: the guards hold, nobody deadlocks.

mod claims;
mod ledger;
mod one_action;
mod rebills;
mod remarks;
mod take_backs;
mod waiting;

use diesel_async::AsyncPgConnection;
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
        run(&mut connection, &format!("set default_transaction_isolation = '{isolation}'")).await;
        connections.push(connection);
    }
    join_all(connections.iter_mut().enumerate().map(|(number, connection)| worker(number, connection))).await
}

/// Transactions may collide unless each statement sees what was committed before it.
fn assert_expected(error: &Error, isolation: &str, rule: impl Fn(&Error) -> bool) {
    let collision = matches!(error, Error::Query { kind: QueryErrorKind::SerializationFailure, .. });
    assert!(rule(error) || (collision && isolation != "read committed"), "{isolation}: {error:?}");
}

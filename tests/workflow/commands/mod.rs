//! Each command's effect, each refusal that it documents, and that a refused command changed nothing.

mod appeals;
mod approvals;
mod bulk;
mod claims;
mod coordination;
mod denials;
mod keys;
mod patients;
mod payers;
mod periods;
mod postings;
mod rebills;
mod take_backs;
mod transactions;
mod variances;
mod whole_claims;
mod work_list;
mod worked_examples;
mod write_offs;

use diesel_async::AsyncPgConnection;
use rcm_schema::{Error, Result};

use crate::world::texts;

/// Every row of every table.
async fn contents(connection: &mut AsyncPgConnection) -> Vec<String> {
    let tables =
        "select relname from pg_class where relkind = 'r' and relnamespace = cast(current_schema() as regnamespace)
            and has_table_privilege(pg_class.oid, 'select')";
    let tables = texts(connection, tables).await;
    assert!(tables.len() > 10);
    let rows =
        tables.iter().map(|table| format!("select '{table}' || cast(to_jsonb(kept) as text) from {table} as kept"));
    texts(connection, &format!("{} order by 1", rows.collect::<Vec<_>>().join(" union all "))).await
}

/// Runs a command that must be refused and must change nothing.
async fn refused<T>(
    connection: &mut AsyncPgConnection,
    command: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T>,
) -> Error {
    let before = contents(connection).await;
    let Err(error) = command(connection).await else { panic!("it was not refused") };
    assert_eq!(contents(connection).await, before, "{error}");
    error
}

/// The same, with the error that it must be, a pattern.
macro_rules! assert_refused {
    ($connection:expr, $command:expr, $($error:tt)+) => {{
        let error = crate::commands::refused($connection, $command).await;
        assert!(matches!(error, $($error)+), "{error:?}");
    }};
}
use assert_refused;

/// The same, with the constraint that has no error of its own.
macro_rules! assert_refused_by {
    ($connection:expr, $command:expr, $constraint:literal) => {{
        let error = crate::commands::refused($connection, $command).await;
        assert_eq!(error.constraint(), Some($constraint), "{error:?}");
    }};
}
use assert_refused_by;

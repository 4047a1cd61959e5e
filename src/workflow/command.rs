//! What every command goes through: it is a savepoint inside a transaction, and has a span.

use diesel_async::methods::LoadQuery;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, TransactionManager};
use tracing::field::Empty;
use tracing::{Instrument, Span};

use crate::error::{Class, Error, Result};

type Manager = <AsyncPgConnection as AsyncConnection>::TransactionManager;

/// What a command is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parts {
    /// One statement, or statements of which one writes: a transaction by itself.
    One,
    /// Several statements that need a transaction.
    Several,
    /// Transactions of its own.
    Transactions,
}

/// An async closure whose future may go from thread to thread.
pub(crate) trait Body<T, R>: AsyncFnOnce(T) -> R + FnOnce(T) -> <Self as Body<T, R>>::Fut {
    type Fut: Future<Output = R>;
}

impl<F, T, Fut, R> Body<T, R> for F
where
    F: AsyncFnOnce(T) -> R + FnOnce(T) -> Fut,
    Fut: Future<Output = R>,
{
    type Fut = Fut;
}

/// Runs a command. Inside a transaction it is a savepoint: refused, it takes back itself alone.
pub(crate) fn command<'a, 'conn, R, F>(
    connection: &'conn mut AsyncPgConnection,
    name: &'static str,
    parts: Parts,
    body: F,
) -> impl Future<Output = Result<R>> + Send + 'conn
where
    for<'r> F: AsyncFnOnce(&'r mut AsyncPgConnection) -> Result<R>
        + Body<&'r mut AsyncPgConnection, Result<R>, Fut: Send>
        + Send
        + 'a,
    R: Send + 'a,
    'a: 'conn,
{
    // The attributes of OpenTelemetry's conventions for clients of databases.
    let span = tracing::info_span!(
        "command",
        otel.name = name,
        otel.kind = "client",
        otel.status_code = Empty,
        db.system.name = "postgresql",
        db.operation.name = name,
        db.response.returned_rows = Empty,
        db.response.status_code = Empty,
        "error.type" = Empty,
    );
    let run = async move {
        let is_atomic = match parts {
            Parts::One => is_inside(connection),
            Parts::Several => true,
            Parts::Transactions => false,
        };
        let outcome = match is_atomic {
            true => connection.transaction(async |connection: &mut AsyncPgConnection| body(connection).await).await,
            false => body(connection).await,
        };
        record_outcome(&outcome);
        outcome
    };
    run.instrument(span)
}

/// Runs a command that is one statement, and takes the row that it returns.
///
/// Outside a transaction PostgreSQL sends the row of INSERT … RETURNING first and commits then, and may refuse that: at
/// SERIALIZABLE, or what is checked at the end of a transaction. `get_result` reads no further than the row and would take
/// the command for done; so this loads all rows and takes the one.
pub(crate) fn fetch_one<'query, 'conn, Row: Send + 'query>(
    connection: &'conn mut AsyncPgConnection,
    name: &'static str,
    statement: impl LoadQuery<'query, AsyncPgConnection, Row> + Send + 'query,
) -> impl Future<Output = Result<Row>> + Send + 'conn
where
    'query: 'conn,
{
    command(connection, name, Parts::One, async move |connection: &mut AsyncPgConnection| {
        let row = statement.get_results(connection).await?.pop().ok_or(Error::NotFound)?;
        record_rows(1);
        Ok(row)
    })
}

/// Notes in the command's span how many rows it wrote.
pub(crate) fn record_rows(rows: usize) {
    Span::current().record("db.response.returned_rows", rows);
}

/// Notes in the current span how it ended. What the database or a rule refuses is an answer; an error of the span is what
/// somebody must look at.
pub(crate) fn record_outcome<R>(outcome: &Result<R>) {
    if let Err(error) = outcome {
        let span = Span::current();
        span.record("error.type", error.code());
        span.record("db.response.status_code", error.sqlstate());
        if matches!(error.class(), Class::Bug | Class::Retry | Class::Unavailable) {
            span.record("otel.status_code", "ERROR");
        }
    }
}

/// Has the connection begun a transaction?
pub(crate) fn is_inside(connection: &mut AsyncPgConnection) -> bool {
    matches!(Manager::transaction_manager_status_mut(connection).transaction_depth(), Ok(Some(_)))
}

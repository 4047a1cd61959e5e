//! Several commands in one transaction, which runs again where the database asks for it.

use std::time::Duration;

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use postgres_migrate::Pool;
use tracing::Instrument;
use tracing::field::Empty;

use crate::error::Result;
use crate::workflow::command::{is_inside, record_outcome};

/// How often a transaction is tried.
const ATTEMPTS: u32 = 5;

/// What a transaction waits at most before its second attempt; twice as long before each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(20);

/// An async closure whose future may go from thread to thread.
///
/// Nothing implements it by hand: `async |connection| { … }` does where it only looks at what it captures.
pub trait Work<T, R>: AsyncFn(T) -> R + Fn(T) -> <Self as Work<T, R>>::Fut {
    /// What the closure returns.
    type Fut: Future<Output = R>;
}

impl<F, T, Fut, R> Work<T, R> for F
where
    F: AsyncFn(T) -> R + Fn(T) -> Fut,
    Fut: Future<Output = R>,
{
    type Fut = Fut;
}

/// Does all of the work or nothing of it, in one transaction.
///
/// - Each command in it is a savepoint: one that is refused takes back itself alone, and the work may go on.
/// - Where transactions collided ([`Error::is_retryable`](crate::Error::is_retryable)) it is rolled back, and the work is done
///   again from its beginning, after a short pause of random length, at most five times. So the work does nothing else that
///   can't be repeated, such as sending a message.
/// - It returns `Ok` only if PostgreSQL committed. Where a statement of your own failed and the work went on without telling,
///   the error is [`TransactionAborted`](crate::QueryErrorKind::TransactionAborted), and nothing was done.
///
/// Inside a transaction it is a savepoint, and the outermost one repeats. For another isolation level the first statement is
/// `set transaction isolation level serializable`. To roll back for a reason of your own, return
/// [`diesel::result::Error::RollbackTransaction`] as the error, and keep the reason beside it.
///
/// ```
/// use rcm_schema::diesel_async::AsyncPgConnection;
/// use rcm_schema::models::{Appeal, NewAppeal, NewDenialNote};
/// use rcm_schema::workflow::{appeals, denials};
///
/// async fn appeal(
///     connection: &mut AsyncPgConnection,
///     new: &NewAppeal,
///     note: &NewDenialNote,
/// ) -> rcm_schema::Result<Appeal> {
///     rcm_schema::transaction(connection, async |connection| {
///         denials::add_note(connection, note).await?;
///         appeals::open(connection, new).await
///     })
///     .await
/// }
/// ```
///
/// # Errors
/// Those of the work. After [`ConnectionLost`](crate::QueryErrorKind::ConnectionLost) nobody knows whether it was committed.
pub fn transaction<'a, 'conn, R, F>(
    connection: &'conn mut AsyncPgConnection,
    work: F,
) -> impl Future<Output = Result<R>> + Send + 'conn
where
    for<'r> F: AsyncFn(&'r mut AsyncPgConnection) -> Result<R>
        + Work<&'r mut AsyncPgConnection, Result<R>, Fut: Send>
        + Send
        + Sync
        + 'a,
    R: Send + 'a,
    'a: 'conn,
{
    let span = tracing::info_span!(
        "transaction",
        otel.kind = "client",
        otel.status_code = Empty,
        db.system.name = "postgresql",
        db.operation.name = "transaction",
        db.response.status_code = Empty,
        "error.type" = Empty,
        retries = Empty,
    );
    let run = async move {
        let attempts = if is_inside(connection) { 1 } else { ATTEMPTS };
        let mut retries = 0;
        loop {
            let outcome = connection
                .transaction(async |connection: &mut AsyncPgConnection| {
                    let done = work(&mut *connection).await?;
                    // Of a transaction in which a statement failed PostgreSQL makes a rollback, without an error; this one fails.
                    connection.batch_execute("select").await?;
                    Ok(done)
                })
                .await;
            if retries + 1 == attempts || !outcome.as_ref().is_err_and(crate::Error::is_retryable) {
                record_outcome(&outcome);
                tracing::Span::current().record("retries", retries);
                return outcome;
            }
            let pause = FIRST_PAUSE.mul_f64(fastrand::f64()) * 2_u32.pow(retries);
            tokio::time::sleep(pause).await;
            retries += 1;
        }
    };
    run.instrument(span)
}

/// What a [`Pool`] does with the commands of this crate.
pub trait PoolExt {
    /// Takes a connection and does all of the work or nothing of it, as [`transaction`] does.
    ///
    /// # Errors
    /// Those of [`Pool::get`] and of [`transaction`].
    fn transaction<'a, 'conn, R, F>(&'conn self, work: F) -> impl Future<Output = Result<R>> + Send + 'conn
    where
        for<'r> F: AsyncFn(&'r mut AsyncPgConnection) -> Result<R>
            + Work<&'r mut AsyncPgConnection, Result<R>, Fut: Send>
            + Send
            + Sync
            + 'a,
        R: Send + 'a,
        'a: 'conn;
}

impl PoolExt for Pool {
    async fn transaction<'a, 'conn, R, F>(&'conn self, work: F) -> Result<R>
    where
        for<'r> F: AsyncFn(&'r mut AsyncPgConnection) -> Result<R>
            + Work<&'r mut AsyncPgConnection, Result<R>, Fut: Send>
            + Send
            + Sync
            + 'a,
        R: Send + 'a,
        'a: 'conn,
    {
        let mut connection = self.get().await?;
        transaction(&mut connection, work).await
    }
}

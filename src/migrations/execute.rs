//! Runs the SQL of one migration together with its row of the ledger.

use std::{pin::pin, time::Duration};

use futures_util::StreamExt;
use tokio::time::{Instant, sleep};
use tokio_postgres::{Client, SimpleQueryMessage, error::Error as PgError, error::SqlState};

use super::{environment, failure, ledger, leftover, progress, session::Session, source::Migration, statements};
use crate::error::{Error, Result};
use crate::types::Environment;

/// Which file of a migration runs.
#[derive(Clone, Copy)]
pub(super) enum Direction {
    /// up.sql. A database that has no environment yet is judged, or gets the one it had before it was reverted.
    Up { environment: Option<Environment> },
    /// down.sql.
    Down,
}

/// How long a migration may wait for locks.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    pub lock_timeout: Duration,
    pub deadline: Instant,
}

enum Failure {
    /// A statement of the file failed after so many others.
    Statement(usize, PgError),
    /// BEGIN, the ledger or COMMIT failed.
    Bookkeeping(PgError),
    /// The file ended the transaction that it runs in, and perhaps failed after that.
    LeftTransaction(Option<Box<Failure>>),
}

impl From<PgError> for Failure {
    fn from(error: PgError) -> Self {
        Self::Bookkeeping(error)
    }
}

/// Runs one file of a migration, again where other sessions' locks were in the way.
pub(super) async fn run(
    session: &Session,
    migration: &Migration,
    direction: Direction,
    patience: Patience,
) -> Result<()> {
    progress::watch(session, &migration.name, attempts(session, migration, direction, patience)).await
}

async fn attempts(session: &Session, migration: &Migration, direction: Direction, patience: Patience) -> Result<()> {
    let mut pause = Duration::from_millis(100);
    loop {
        let attempt = match migration.run_in_transaction {
            true => in_transaction(session, migration, direction, patience.lock_timeout).await,
            false => outside_transaction(session, migration, direction, patience.lock_timeout).await,
        };
        let Err(failure) = attempt else { return Ok(()) };
        if !failure.is_lock_conflict() || Instant::now() >= patience.deadline {
            return Err(failure.explain(migration, direction));
        }
        session.client.batch_execute("rollback").await.map_err(failure::during("cannot roll back"))?;
        tracing::warn!("migration {}: other sessions hold locks that it needs; trying again", migration.name);
        // While a migration queues for a lock everybody else queues behind it: let them through between two attempts.
        sleep(pause.mul_f64(0.5 + fastrand::f64())).await;
        pause = (pause * 2).min(Duration::from_secs(5));
    }
}

async fn in_transaction(
    session: &Session,
    migration: &Migration,
    direction: Direction,
    lock_timeout: Duration,
) -> Result<(), Failure> {
    let client = &session.client;
    client.batch_execute(&format!("begin; set local lock_timeout = {}", milliseconds(lock_timeout))).await?;
    let transaction = transaction_id(client).await?;
    if let Err(failure) = run_file(client, direction.sql(migration)).await {
        // In the failed transaction nothing succeeds; where something does, the file had ended it before.
        return Err(match client.batch_execute("select 1").await {
            Ok(()) => Failure::LeftTransaction(Some(Box::new(failure))),
            Err(_) => failure,
        });
    }
    if transaction_id(client).await? != transaction {
        return Err(Failure::LeftTransaction(None));
    }
    record(session, migration, direction).await?;
    Ok(client.batch_execute("commit").await?)
}

async fn outside_transaction(
    session: &Session,
    migration: &Migration,
    direction: Direction,
    lock_timeout: Duration,
) -> Result<(), Failure> {
    let sql = direction.sql(migration);
    if leftover::clear(session, sql).await? {
        return Ok(record(session, migration, direction).await?);
    }
    // What works CONCURRENTLY holds nobody up while it waits, and being cut off would waste what it has done.
    if !statements::statements(sql).iter().any(|statement| statement.cursor().skip_to("concurrently")) {
        session.client.batch_execute(&format!("set lock_timeout = {}", milliseconds(lock_timeout))).await?;
    }
    run_file(&session.client, sql).await?;
    Ok(record(session, migration, direction).await?)
}

fn milliseconds(time: Duration) -> i32 {
    i32::try_from(time.as_millis()).unwrap_or(i32::MAX)
}

async fn transaction_id(client: &Client) -> Result<String, PgError> {
    Ok(client.query_one("select pg_current_xact_id()::text", &[]).await?.get(0))
}

/// One round trip, as the Diesel CLI sends it; counts the statements so that a failure can be numbered.
async fn run_file(client: &Client, sql: &str) -> Result<(), Failure> {
    let mut completed = 0;
    let messages = client.simple_query_raw(sql).await.map_err(|error| Failure::Statement(0, error))?;
    let mut messages = pin!(messages);
    while let Some(message) = messages.next().await {
        match message {
            Ok(SimpleQueryMessage::CommandComplete(_)) => completed += 1,
            Ok(_) => {}
            Err(error) => return Err(Failure::Statement(completed, error)),
        }
    }
    Ok(())
}

async fn record(session: &Session, migration: &Migration, direction: Direction) -> Result<(), PgError> {
    // Before the ledger: a migration may have changed the role or the search path.
    session.restore().await?;
    match direction {
        Direction::Up { environment } => {
            ledger::insert(session, migration).await?;
            environment::record(session, environment).await
        }
        Direction::Down => ledger::delete(session, migration).await,
    }
}

impl Direction {
    fn file(self) -> &'static str {
        match self {
            Self::Up { .. } => "up.sql",
            Self::Down => "down.sql",
        }
    }

    fn sql(self, migration: &Migration) -> &str {
        match self {
            Self::Up { .. } => &migration.up,
            Self::Down => &migration.down,
        }
    }
}

impl Failure {
    /// True where another session's locks were in the way and everything was rolled back.
    fn is_lock_conflict(&self) -> bool {
        match self {
            Self::Statement(_, error) | Self::Bookkeeping(error) => failure::is_lock_conflict(error),
            Self::LeftTransaction(_) => false,
        }
    }

    fn explain(self, migration: &Migration, direction: Direction) -> Error {
        Error::Migration(self.describe(migration, direction))
    }

    fn describe(&self, migration: &Migration, direction: Direction) -> String {
        let mut text = format!("migration {}, {}", migration.name, direction.file());
        match self {
            Self::Statement(completed, error) => {
                let line = error.as_db_error().and_then(|error| failure::line(error, direction.sql(migration)));
                // PostgreSQL parses the whole file before it runs the first statement, so a syntax error has a line
                // and no number.
                if *completed > 0 || line.is_none() || error.code() != Some(&SqlState::SYNTAX_ERROR) {
                    text.push_str(&format!(", statement {}", completed + 1));
                }
                if let Some(line) = line {
                    text.push_str(&format!(", line {line}"));
                }
                text.push_str(&format!(": {}", failure::describe(error)));
            }
            Self::Bookkeeping(error) => {
                text.push_str(&format!(", before or after its statements: {}", failure::describe(error)));
            }
            Self::LeftTransaction(failure) => {
                if let Some(failure) = failure {
                    text = failure.describe(migration, direction);
                }
                text.push_str(
                    ": it ends the transaction that it runs in, so a part of it may stay; take COMMIT and ROLLBACK out",
                );
            }
        }
        if !migration.run_in_transaction {
            text.push_str(&self.advice_outside_transaction(migration, direction));
        }
        text
    }

    /// What to do where nothing was rolled back.
    fn advice_outside_transaction(&self, migration: &Migration, direction: Direction) -> String {
        let code = match self {
            Self::Statement(_, error) | Self::Bookkeeping(error) => error.code(),
            Self::LeftTransaction(_) => None,
        };
        let builds_index = statements::statements(direction.sql(migration))
            .iter()
            .any(|statement| statement.concurrent_index().is_some());
        let advice = match code {
            Some(&SqlState::UNIQUE_VIOLATION) if builds_index => {
                "rows of the table have equal keys; correct them and run again, which builds the index anew"
            }
            Some(&SqlState::DUPLICATE_TABLE) if builds_index => {
                return format!(
                    "; what has that name is not written as this index, or not one of this table, so it stays; drop it \
                     and run again, or, if it is a valid index (\\d shows it) and will do, note that the migration is \
                     done: insert into __diesel_schema_migrations (version) values ('{}')",
                    migration.version
                );
            }
            _ if builds_index => "run again, which drops what was built and builds the index anew",
            _ => "it runs outside a transaction: what it did until then stays",
        };
        format!("; {advice}")
    }
}

//! Runs the SQL of one migration together with its row of the ledger.

use std::{pin::pin, time::Duration};

use futures_util::StreamExt;
use tokio_postgres::{Client, SimpleQueryMessage, error::Error as PgError, error::SqlState};

use super::{
    environment, failure, ledger, leftover, lock,
    patience::{Cause, Patience, Stop},
    progress,
    session::Session,
    source::Migration,
    statements,
};
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

enum Failure {
    /// A statement of the file failed after so many others.
    Statement(usize, PgError),
    /// BEGIN, the ledger or COMMIT failed.
    Bookkeeping(PgError),
    /// The file ended the transaction that it runs in, and perhaps failed after that.
    LeftTransaction(Option<Box<Failure>>),
    /// The file gave the migration lock away; who holds it now.
    LostLock(String),
}

impl From<PgError> for Failure {
    fn from(error: PgError) -> Self {
        Self::Bookkeeping(error)
    }
}

impl Cause for Failure {
    fn cause(&self) -> Option<&PgError> {
        match self {
            Self::Statement(_, error) | Self::Bookkeeping(error) => Some(error),
            Self::LeftTransaction(_) | Self::LostLock(_) => None,
        }
    }
}

/// Runs one file of a migration, again where other sessions' locks were in the way.
pub(super) async fn run(
    session: &Session,
    migration: &Migration,
    direction: Direction,
    patience: Patience,
) -> Result<()> {
    let name = format!("migration {}", migration.name);
    let work = async {
        match migration.run_in_transaction {
            true => patience.attempts(session, &name, || in_transaction(session, migration, direction)).await,
            false => outside_transaction(session, &name, migration, direction, patience).await,
        }
    };
    progress::watch(session, &migration.name, work).await.map_err(|stop| explain(&stop, migration, direction))
}

async fn in_transaction(session: &Session, migration: &Migration, direction: Direction) -> Result<(), Failure> {
    let client = &session.client;
    client.batch_execute(BEGIN).await?;
    if let Err(failure) = run_file(client, direction.sql(migration)).await {
        // In a transaction that failed SHOW does, too.
        return Err(match is_in_own_transaction(client).await {
            Ok(false) => Failure::LeftTransaction(Some(Box::new(failure))),
            Ok(true) | Err(_) => failure,
        });
    }
    if !is_in_own_transaction(client).await? {
        return Err(Failure::LeftTransaction(None));
    }
    record(session, migration, direction).await?;
    Ok(client.batch_execute("commit").await?)
}

/// Whatever the role's defaults are. DEFERRABLE means nothing in a transaction that isn't serializable and read-only, and
/// tells this one from any that follows it.
const BEGIN: &str = "begin isolation level read committed deferrable";

/// True in the transaction of [`BEGIN`]. SHOW reads no data, before which a migration may set the isolation level.
async fn is_in_own_transaction(client: &Client) -> Result<bool, PgError> {
    let messages = client.simple_query("show transaction_deferrable").await?;
    Ok(messages.iter().any(|message| matches!(message, SimpleQueryMessage::Row(row) if row.get(0) == Some("on"))))
}

async fn outside_transaction(
    session: &Session,
    name: &str,
    migration: &Migration,
    direction: Direction,
    patience: Patience,
) -> Result<(), Stop<Failure>> {
    let sql = direction.sql(migration);
    let waiting = Waiting::of(sql);
    let of_lock = match waiting {
        Waiting::Concurrent => Duration::ZERO,
        Waiting::Once | Waiting::Again => patience.lock_timeout,
    };
    let of_all = match waiting {
        Waiting::Concurrent => Patience { lock_timeout: Duration::ZERO, ..patience },
        Waiting::Once => Patience { lock_timeout: Duration::ZERO, total: Duration::ZERO },
        Waiting::Again => patience,
    };
    let run = || async move {
        session.limit_waiting(of_lock).await?;
        match leftover::clear(session, sql).await? {
            true => Ok(()),
            false => run_file(&session.client, sql).await,
        }
    };
    of_all.attempts(session, name, run).await?;
    // The statement is done, and not done again when the ledger is locked.
    let note = || async move {
        session.client.batch_execute(BEGIN).await?;
        record(session, migration, direction).await?;
        Ok(session.client.batch_execute("commit").await?)
    };
    patience.attempts(session, name, note).await
}

/// How a statement outside a transaction waits for locks.
enum Waiting {
    /// It holds nobody up, and being cut off would waste what it has done: as long as it takes.
    Concurrent,
    /// It may have committed a part before it waited, so it isn't done again.
    Once,
    /// It is done as a whole or not at all, like a migration in a transaction.
    Again,
}

impl Waiting {
    fn of(sql: &str) -> Self {
        let statements = statements::statements(sql);
        if statements.iter().any(|statement| statement.cursor().skip_to("concurrently")) {
            return Self::Concurrent;
        }
        match statements.iter().any(|statement| statement.cursor().take_any(&["do", "call"]).is_some()) {
            true => Self::Once,
            false => Self::Again,
        }
    }
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

async fn record(session: &Session, migration: &Migration, direction: Direction) -> Result<(), Failure> {
    // Before the ledger: a migration may have changed the role, the search path or the lock timeout.
    session.restore().await?;
    lock::keep(session).await?.map_err(Failure::LostLock)?;
    match direction {
        Direction::Up { environment } => {
            ledger::insert(session, migration).await?;
            environment::record(session, environment).await?;
        }
        Direction::Down => ledger::delete(session, migration).await?,
    }
    Ok(())
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

fn explain(stop: &Stop<Failure>, migration: &Migration, direction: Direction) -> Error {
    let (failure, locks) = match stop {
        Stop::Failed(failure) => (failure, None),
        Stop::Locked(failure, text) => (failure, Some(text.as_str())),
    };
    let mut text = failure.describe(migration, direction, locks);
    if !migration.run_in_transaction {
        text.push_str(&failure.advice_outside_transaction(migration, direction));
    }
    Error::Migration(text)
}

impl Failure {
    /// `locks` says more than PostgreSQL's error where locks were in the way.
    fn describe(&self, migration: &Migration, direction: Direction, locks: Option<&str>) -> String {
        let mut text = format!("migration {}, {}", migration.name, direction.file());
        let reason = |error| locks.map_or_else(|| failure::describe(error), String::from);
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
                text.push_str(&format!(": {}", reason(error)));
            }
            Self::Bookkeeping(error) => {
                text.push_str(&format!(", before or after its statements: {}", reason(error)));
            }
            Self::LeftTransaction(failure) => {
                if let Some(failure) = failure {
                    text = failure.describe(migration, direction, None);
                }
                text.push_str(
                    ": it ends the transaction that it runs in, so a part of it may stay; take COMMIT and ROLLBACK out",
                );
            }
            Self::LostLock(holder) => text.push_str(&format!(
                ": it gave the migration lock away, and another runner took it: {holder}; take DISCARD ALL and \
                 pg_advisory_unlock_all out, and run again"
            )),
        }
        text
    }

    /// What to do where nothing was rolled back.
    fn advice_outside_transaction(&self, migration: &Migration, direction: Direction) -> String {
        let code = self.cause().and_then(PgError::code);
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

//! Runs the SQL of one migration together with its row of the ledger.

use std::time::Duration;

use postgres_migrate_build::words;
use tokio_postgres::{Client, error::Error as PgError, error::SqlState};

use crate::environment::{self, Environment};
use crate::error::{Error, FailedStatement, MigrationProblem, Result};
use crate::{
    failure, ledger, leftover, lock,
    patience::{Cause, Patience, Stop},
    progress,
    session::Session,
    source::{File, Migration},
};

/// Which file of a migration runs.
#[derive(Clone, Copy)]
pub(crate) enum Direction {
    /// up.sql. A database that has no environment yet is judged, or gets the one it had before it was reverted.
    Up { environment: Option<Environment> },
    /// down.sql.
    Down,
}

enum Failure {
    /// The statement of this index failed.
    Statement(usize, PgError),
    /// BEGIN, the ledger or COMMIT failed.
    Bookkeeping(PgError),
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
        }
    }
}

/// A migration to be run one way.
#[derive(Clone, Copy)]
pub(crate) struct Step<'a> {
    pub migration: &'a Migration,
    pub direction: Direction,
}

/// Runs one file of a migration, again where other sessions' locks were in the way.
pub(crate) async fn run(session: &Session, step: Step<'_>, patience: Patience) -> Result<()> {
    let migration = step.migration;
    let name = format!("migration {}", migration.name);
    let work = async {
        match migration.run_in_transaction {
            true => patience.attempts(session, &name, || in_transaction(session, step)).await,
            false => outside_transaction(session, &name, step, patience).await,
        }
    };
    progress::watch(session, &migration.name, work).await.map_err(|stop| step.explain(&stop, session.ledger))
}

async fn in_transaction(session: &Session, step: Step<'_>) -> Result<(), Failure> {
    session.client.batch_execute(&lock::begin(session)).await?;
    // Without the lock through all transactions, another runner may have been here.
    if session.lock.is_none() && step.is_done(session).await? {
        return Ok(session.client.batch_execute("rollback").await?);
    }
    run_file(&session.client, step.file()).await?;
    record(session, step).await?;
    Ok(session.client.batch_execute("commit").await?)
}

async fn outside_transaction(
    session: &Session,
    name: &str,
    step: Step<'_>,
    patience: Patience,
) -> Result<(), Stop<Failure>> {
    let waiting = Waiting::of(&step.file().text);
    let (of_lock, of_all) = waiting.limits(patience);
    let run = || async move {
        session.limit_waiting(of_lock).await?;
        if matches!(waiting, Waiting::Concurrent) {
            leftover::clear(session, &step.file().text).await?;
        }
        run_file(&session.client, step.file()).await
    };
    of_all.attempts(session, name, run).await?;
    // The statement is done, and not done again when the ledger is locked.
    let note = || async move {
        session.client.batch_execute(&lock::begin(session)).await?;
        record(session, step).await?;
        Ok(session.client.batch_execute("commit").await?)
    };
    patience.attempts(session, name, note).await
}

/// How a statement outside a transaction waits for locks.
#[derive(Clone, Copy)]
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
        if words(sql).any(|word| word == "concurrently") {
            return Self::Concurrent;
        }
        match words(sql).next().as_deref() {
            Some("do" | "call") => Self::Once,
            _ => Self::Again,
        }
    }

    /// For one lock, and for the whole.
    fn limits(self, patience: Patience) -> (Duration, Patience) {
        match self {
            Self::Concurrent => (Duration::ZERO, Patience { lock_timeout: Duration::ZERO, ..patience }),
            Self::Once => (patience.lock_timeout, Patience { lock_timeout: Duration::ZERO, total: Duration::ZERO }),
            Self::Again => (patience.lock_timeout, patience),
        }
    }
}

/// Statement by statement: a batch would go to the workers of Citus as a whole, which refuse it.
async fn run_file(client: &Client, file: &File) -> Result<(), Failure> {
    for (index, statement) in file.statements.iter().enumerate() {
        client.batch_execute(statement.of(&file.text)).await.map_err(|error| Failure::Statement(index, error))?;
    }
    Ok(())
}

async fn record(session: &Session, step: Step<'_>) -> Result<(), Failure> {
    // Before the ledger: a migration may have changed the role, the search path or the lock timeout.
    session.restore().await?;
    lock::keep(session).await?;
    match step.direction {
        Direction::Up { environment } => {
            ledger::insert(session, step.migration).await?;
            environment::record(session, environment).await?;
        }
        Direction::Down => ledger::delete(session, step.migration).await?,
    }
    Ok(())
}

impl Step<'_> {
    fn file_name(self) -> &'static str {
        match self.direction {
            Direction::Up { .. } => "up.sql",
            Direction::Down => "down.sql",
        }
    }

    /// Whether the ledger says so.
    async fn is_done(&self, session: &Session) -> Result<bool, PgError> {
        let is_applied = ledger::has(session, self.migration).await?;
        Ok(is_applied != matches!(self.direction, Direction::Down))
    }

    fn file(&self) -> &File {
        match self.direction {
            Direction::Up { .. } => &self.migration.up,
            Direction::Down => &self.migration.down,
        }
    }

    fn explain(self, stop: &Stop<Failure>, ledger: &str) -> Error {
        let (failure, locks) = match stop {
            Stop::Failed(failure) => (failure, None),
            Stop::Locked(failure, text) => (failure, Some(text.as_str())),
        };
        let mut text = self.describe(failure, locks);
        if !self.migration.run_in_transaction {
            text.push_str(&self.advice_outside_transaction(failure, ledger));
        }
        let problem = match failure {
            _ if locks.is_some() => MigrationProblem::LockTimeout,
            Failure::Statement(_, error) | Failure::Bookkeeping(error) => match failure::problem(error) {
                MigrationProblem::Other if matches!(failure, Failure::Statement(..)) => MigrationProblem::Statement,
                problem => problem,
            },
        };
        let error = problem.because(text);
        match self.failed_statement(failure) {
            Some(statement) => error.of_statement(statement).into(),
            None => error.into(),
        }
    }

    fn failed_statement(&self, failure: &Failure) -> Option<FailedStatement> {
        let Failure::Statement(index, error) = failure else { return None };
        let file = self.file();
        let statement = file.statements.get(*index)?;
        let lines = error.as_db_error().map(|error| failure::lines_before(error, statement.of(&file.text)));
        Some(FailedStatement {
            migration: self.migration.name.to_string(),
            file: self.file_name(),
            number: index + 1,
            line: statement.line + lines.unwrap_or_default(),
            sqlstate: error.code().map(|code| code.code().to_owned()),
        })
    }

    /// `locks` says more than PostgreSQL's error where locks were in the way.
    fn describe(&self, failure: &Failure, locks: Option<&str>) -> String {
        let mut text = format!("migration {}, {}", self.migration.name, self.file_name());
        let reason = |error| locks.map_or_else(|| failure::describe(error), String::from);
        match failure {
            Failure::Statement(_, error) => {
                if let Some(failed) = self.failed_statement(failure) {
                    text.push_str(&format!(", statement {}, line {}", failed.number, failed.line));
                }
                text.push_str(&format!(": {}", reason(error)));
            }
            Failure::Bookkeeping(error) => {
                text.push_str(&format!(", before or after its statements: {}", reason(error)));
            }
        }
        text
    }

    /// What to do where nothing was rolled back.
    fn advice_outside_transaction(&self, failure: &Failure, ledger: &str) -> String {
        let mut words = words(&self.file().text);
        let builds_index = words.next().as_deref() == Some("create") && words.take(2).any(|word| word == "index");
        let advice = match failure.cause().and_then(PgError::code) {
            Some(&SqlState::UNIQUE_VIOLATION) if builds_index => {
                "rows of the table have equal keys; correct them and run again, which builds the index anew"
            }
            Some(&SqlState::DUPLICATE_TABLE) if builds_index => {
                return format!(
                    "; an index of that name is there: drop it and run again; or, if it is valid and will do (\\d shows it), \
                     note that the migration is done: insert into {} (version) values ('{}')",
                    ledger, self.migration.version
                );
            }
            _ if builds_index => "run again, which drops what was built and builds the index anew",
            _ => "it runs outside a transaction: what it did until then stays",
        };
        format!("; {advice}")
    }
}

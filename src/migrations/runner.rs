//! Applies and reverts migrations, one runner per schema at a time.

use std::{path::Path, time::Duration};

use tokio::time::Instant;
use tokio_postgres::Client;

use super::{
    environment,
    execute::{self, Direction},
    failure,
    ledger::{self, Applied},
    lock,
    patience::Patience,
    plan::{self, Plan},
    requirement,
    session::{self, Session},
    source::{self, Migration},
    status::Status,
    verify::{self, Verification},
};
use crate::connection::Database;
use crate::error::{Error, Result};
use crate::types::Environment;

/// Migrations, and how long their runner waits.
pub struct Runner {
    migrations: Vec<Migration>,
    patience: Patience,
}

/// What a run did; names of migrations in the order in which they ran.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Reverted by this run.
    pub reverted: Vec<String>,
    /// Applied by this run.
    pub applied: Vec<String>,
    /// Versions in the ledger that this binary doesn't have: the database is ahead of it.
    pub unknown: Vec<String>,
}

impl Runner {
    /// The migrations that are compiled in.
    ///
    /// # Errors
    /// Two of them have one version, or a `metadata.toml` says nothing.
    pub fn embedded() -> Result<Self> {
        source::embedded().map(Self::new)
    }

    /// The migrations of a directory, laid out as the Diesel CLI does.
    ///
    /// # Errors
    /// Those of [`Runner::embedded`], and a directory or file that can't be read.
    pub fn from_directory(path: &Path) -> Result<Self> {
        source::directory(path).map(Self::new)
    }

    fn new(migrations: Vec<Migration>) -> Self {
        let patience = Patience { lock_timeout: Duration::from_secs(5), total: Duration::from_secs(300) };
        Self { migrations, patience }
    }

    /// How long a run goes on waiting for another runner, and then each migration for locks on tables, the pauses between
    /// its attempts included; five minutes unless said. The time that migrations work doesn't count.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.patience.total = deadline;
        self
    }

    /// How long one attempt of a migration waits for locks, all its waits together, while everybody else queues behind it
    /// and behind what it has locked already; then it steps aside and tries again. Five seconds unless said, zero for
    /// ever. What works CONCURRENTLY blocks nobody and waits without limit; what may commit in its midst (DO and CALL
    /// outside a transaction) waits so long for each lock, and isn't tried again.
    pub fn lock_timeout(mut self, lock_timeout: Duration) -> Self {
        self.patience.lock_timeout = lock_timeout;
        self
    }

    /// Applies the pending migrations; see [`run_pending`](super::run_pending).
    ///
    /// # Errors
    /// See [`run_pending`](super::run_pending).
    pub async fn run_pending(&self, database: &Database) -> Result<Report> {
        let client = session::connect(database).await?;
        let applied = ledger::read_within(&client, self.patience.total).await?;
        let mut report = Report { unknown: self.unknown(&client, &applied).await?, ..Report::default() };
        if !report.unknown.is_empty() {
            tracing::warn!(
                "the database is ahead of this binary, which goes on; versions it doesn't know: {}",
                report.unknown.join(", ")
            );
        }
        let pending = ledger::pending(&self.migrations, &applied);
        if pending.is_empty() {
            if ledger::needs_adoption(&self.migrations, &applied)
                && let Err(error) = self.adopt(client, database).await
            {
                tracing::warn!("edited migrations will not be noticed: {error}");
            }
            return Ok(report);
        }
        let session = Session::prepare_with(client, database, self.patience.lock_timeout).await?;
        session.require_create(pending.len())?;
        self.lock(&session).await?;
        // Others may have been at work while this one waited.
        let applied = ledger::read_within(&session.client, self.patience.total).await?;
        report.unknown = self.unknown(&session.client, &applied).await?;
        ledger::create(&session, self.patience).await?;
        ledger::adopt(&session, &self.migrations, self.patience).await?;
        let pending = ledger::pending(&self.migrations, &applied);
        up(&session, &pending, None, self.patience, &mut report).await?;
        lock::release(&session).await?;
        Ok(report)
    }

    /// Gives what another program applied its checksums, unless another runner is at work: then that one does.
    async fn adopt(&self, client: Client, database: &Database) -> Result<()> {
        // A service is starting: readers of the ledger, a dump say, may not hold it up.
        let patience = Patience { lock_timeout: Duration::from_secs(1), total: Duration::ZERO };
        let session = Session::prepare_with(client, database, patience.lock_timeout).await?;
        if lock::try_lock(&session).await? {
            ledger::create(&session, patience).await?;
            ledger::adopt(&session, &self.migrations, patience).await?;
            lock::release(&session).await?;
        }
        Ok(())
    }

    /// Reverts the last `count` migrations, newest first, each in its own transaction.
    ///
    /// # Errors
    /// [`Error::Production`]; [`Error::Migration`] where fewer are applied, one has no `down.sql` or isn't known to
    /// this binary (nothing is changed then), or where one fails (those before it stay reverted).
    pub async fn revert(&self, database: &Database, count: usize) -> Result<Report> {
        self.rebuild(database, Rebuild::Revert(count)).await
    }

    /// Reverts the last `count` migrations and applies them again; `None` for all that are applied.
    ///
    /// # Errors
    /// See [`Runner::revert`].
    pub async fn redo(&self, database: &Database, count: Option<usize>) -> Result<Report> {
        self.rebuild(database, Rebuild::Redo(count)).await
    }

    /// Reverts every migration and applies every migration. The data is gone, except for what the migrations insert;
    /// what the database is for (its environment) stays.
    ///
    /// # Errors
    /// See [`Runner::revert`].
    pub async fn reset(&self, database: &Database) -> Result<Report> {
        self.rebuild(database, Rebuild::Reset).await
    }

    /// Compares the ledger with the migrations; changes nothing.
    ///
    /// # Errors
    /// No connection, or the role may not read the ledger.
    pub async fn status(&self, database: &Database) -> Result<Status> {
        let client = session::connect_to_schema(database).await?;
        Ok(Status::compare(&self.migrations, ledger::read(&client).await?))
    }

    /// Compares the database with what these migrations make; changes nothing, and works on a standby.
    ///
    /// # Errors
    /// No connection, or the role may not read the ledger or `status_transitions`.
    pub async fn verify(&self, database: &Database) -> Result<Verification> {
        verify::verify(&self.migrations, session::connect_to_schema(database).await?).await
    }

    /// Shows what [`Runner::run_pending`] would run and lock; changes nothing, locks nothing and reads the catalog alone.
    /// [`Plan`] says what isn't followed.
    ///
    /// # Errors
    /// No connection, the role may not read the ledger, or the database needs a newer binary.
    pub async fn plan(&self, database: &Database) -> Result<Plan> {
        let client = session::connect_to_schema(database).await?;
        let applied = ledger::read(&client).await?;
        self.unknown(&client, &applied).await?;
        let plan = plan::plan(&client, &ledger::pending(&self.migrations, &applied)).await;
        plan.map_err(failure::during("cannot read the catalog"))
    }

    async fn rebuild(&self, database: &Database, rebuild: Rebuild) -> Result<Report> {
        let client = session::connect(database).await?;
        let judgement = environment::refuse_production(&client, database).await?;
        let session = Session::prepare_with(client, database, self.patience.lock_timeout).await?;
        if !matches!(rebuild, Rebuild::Revert(_)) {
            session.require_create(self.migrations.len())?;
        }
        self.lock(&session).await?;

        let applied = ledger::read_within(&session.client, self.patience.total).await?;
        let count = match rebuild {
            Rebuild::Revert(count) | Rebuild::Redo(Some(count)) => count,
            Rebuild::Redo(None) | Rebuild::Reset => applied.len(),
        };
        let old = ledger::last(&self.migrations, &applied, count)?;
        let new = match rebuild {
            Rebuild::Revert(_) => Vec::new(),
            Rebuild::Redo(_) => old.iter().rev().copied().collect(),
            Rebuild::Reset => self.migrations.iter().collect(),
        };

        let mut report = Report::default();
        down(&session, &old, self.patience, &mut report).await?;
        if !new.is_empty() {
            ledger::create(&session, self.patience).await?;
            let before = judgement.recorded.then_some(judgement.environment);
            up(&session, &new, before, self.patience, &mut report).await?;
        }
        lock::release(&session).await?;
        Ok(report)
    }

    /// The versions of the ledger that this binary doesn't know, none of which asks for a newer one.
    async fn unknown(&self, client: &Client, applied: &[Applied]) -> Result<Vec<String>> {
        let unknown = ledger::unknown(&self.migrations, applied);
        if !unknown.is_empty() {
            requirement::check(client, &self.migrations).await?;
        }
        Ok(unknown)
    }

    async fn lock(&self, session: &Session) -> Result<()> {
        lock::acquire(session, Instant::now() + self.patience.total).await
    }
}

/// What to do with migrations that are applied.
#[derive(Clone, Copy)]
enum Rebuild {
    Revert(usize),
    Redo(Option<usize>),
    Reset,
}

async fn up(
    session: &Session,
    migrations: &[&Migration],
    environment: Option<Environment>,
    patience: Patience,
    report: &mut Report,
) -> Result<()> {
    for migration in migrations {
        let start = Instant::now();
        let result = execute::run(session, migration, Direction::Up { environment }, patience).await;
        result.map_err(|error| report.add_progress(error))?;
        tracing::info!("applied {} in {} ms", migration.name, start.elapsed().as_millis());
        report.applied.push(migration.name.clone());
    }
    Ok(())
}

async fn down(session: &Session, migrations: &[&Migration], patience: Patience, report: &mut Report) -> Result<()> {
    for migration in migrations {
        let start = Instant::now();
        let result = execute::run(session, migration, Direction::Down, patience).await;
        result.map_err(|error| report.add_progress(error))?;
        tracing::info!("reverted {} in {} ms", migration.name, start.elapsed().as_millis());
        report.reverted.push(migration.name.clone());
    }
    Ok(())
}

impl Report {
    /// The error of a run that stopped halfway, with what stays done.
    fn add_progress(&self, error: Error) -> Error {
        let mut text = error.to_string();
        for (what, names) in [("reverted", &self.reverted), ("applied", &self.applied)] {
            if let Some(last) = names.last() {
                text.push_str(&format!("; {what} before it and kept: {}, the last {last}", names.len()));
            }
        }
        Error::Migration(text)
    }
}

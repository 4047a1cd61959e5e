//! Applies and reverts migrations, one runner per schema at a time.

mod look;
mod rebuild;

use std::{path::Path, time::Duration};

use tokio::time::Instant;
use tokio_postgres::Client;

use crate::access::Access;
use crate::adopt::{self, Adoption};
use crate::connection::Database;
use crate::definition::Definition;
use crate::environment::{self, Environment};
use crate::error::{Error, MigrationProblem, Result};
use crate::execute::{self, Direction, Step};
use crate::grant;
use crate::ledger::{self, Applied};
use crate::patience::Patience;
use crate::session::{self, Session};
use crate::source::{self, Migration};
use crate::trust::Owner;
use crate::verify::Difference;
use crate::{exposure, lock, repin, requirement};

/// Migrations, and how long their runner waits.
pub struct Runner {
    definition: Definition,
    migrations: Vec<Migration>,
    /// Whether the migrations are those of the definition.
    is_definition: bool,
    patience: Patience,
    /// Unless said: startup goes on, reverting doesn't.
    edited: Option<Edited>,
}

/// What becomes of a run where `up.sql` of an applied migration is not what was applied: somebody edited it, or another
/// branch's migration with the same version was applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edited {
    /// It is refused.
    Refuse,
    /// The files are taken for what was applied, and the ledger says so from then on.
    Accept,
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
    /// Applied otherwise than this binary has them; see [`Edited`].
    pub edited: Vec<String>,
}

impl Runner {
    /// For the migrations that are compiled in.
    pub fn new(definition: &Definition) -> Self {
        Self {
            definition: *definition,
            migrations: source::embedded(definition.migrations),
            is_definition: true,
            patience: Patience { lock_timeout: Duration::from_secs(5), total: Duration::from_secs(300) },
            edited: None,
        }
    }

    /// For the migrations of a directory instead, laid out as the Diesel CLI does.
    ///
    /// # Errors
    /// [`MigrationProblem::Files`](crate::error::MigrationProblem::Files): a directory or file that can't be read, or would
    /// be misread.
    pub fn from_directory(definition: &Definition, path: &Path) -> Result<Self> {
        let runner = Self::new(definition);
        let migrations = source::directory(path)?;
        let content = |migration: &Migration| (migration.version.clone(), migration.checksum());
        let is_definition = migrations.iter().map(content).eq(runner.migrations.iter().map(content));
        Ok(Self { migrations, is_definition, ..runner })
    }

    pub(crate) fn definition(&self) -> &Definition {
        &self.definition
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

    /// What becomes of a run that meets migrations which were edited after they were applied. Unless said,
    /// [`Runner::run_pending`] warns and goes on, since a service should start, and those that revert one refuse.
    pub fn edited(mut self, edited: Edited) -> Self {
        self.edited = Some(edited);
        self
    }

    /// Applies what is pending; for services at startup.
    ///
    /// Nothing pending costs one read: no lock, no write, so a role that can only read the ledger may start. Something
    /// pending is applied under a lock that one runner per schema holds; the others wait for it. A database that is ahead of
    /// this binary is left as it is, and so is one where a migration was edited after it was applied ([`Runner::edited`]);
    /// the report and a warning say so. Where a migration that this binary doesn't know says
    /// in `required_versions` which version of the crate it needs, an older one is refused.
    ///
    /// # Errors
    /// [`Error::Migration`] names the migration, file and statement that failed, or who holds the lock, or the right that
    /// the role lacks, or the version of the crate that is needed. Migrations before the failed one stay applied; each is
    /// its own transaction.
    pub async fn run_pending(&self, database: &Database) -> Result<Report> {
        let (client, owner) = session::enter(database, self.definition.ledger).await?;
        let applied = ledger::read_within(&client, self.definition.ledger, self.patience.total).await?;
        let mut report = Report { unknown: self.unknown(&client, &applied).await?, ..Report::default() };
        if !report.unknown.is_empty() {
            tracing::warn!(
                "the database is ahead of this binary, which goes on; versions it doesn't know: {}",
                report.unknown.join(", ")
            );
        }
        report.edited = self.edited_of(&applied)?;
        if !report.edited.is_empty() && self.edited.is_none() {
            tracing::warn!("{}; going on", not_as_applied(&report.edited));
        }
        let accepts = self.edited == Some(Edited::Accept);
        let pending = ledger::pending(&self.migrations, &applied);
        if pending.is_empty() && (!accepts || report.edited.is_empty()) {
            if let Err(error) = repin::require_own(&client).await {
                tracing::warn!("{error}; going on");
            }
            if ledger::needs_adoption(&self.migrations, &applied)
                && ledger::is_writable(&client, self.definition.ledger).await?
                && let Err(error) = self.adopt_checksums((client, owner), database).await
            {
                tracing::warn!("edited migrations will not be noticed: {error}");
            }
            return Ok(report);
        }
        let mut session =
            Session::prepare_with((client, owner), database, self.definition.ledger, self.patience.lock_timeout)
                .await?;
        if !pending.is_empty() {
            session.require_create(pending.len())?;
        }
        if applied.is_empty() {
            adopt::refuse_unrecorded(&session.client, &self.definition).await?;
        }
        ledger::create(&session, self.patience).await?;
        self.lock(&mut session).await?;
        // Others may have been at work while this one waited.
        let applied = ledger::read_within(&session.client, session.ledger, self.patience.total).await?;
        report.unknown = self.unknown(&session.client, &applied).await?;
        report.edited = self.edited_of(&applied)?;
        if applied.is_empty() {
            adopt::refuse_unrecorded(&session.client, &self.definition).await?;
        }
        ledger::adopt(&session, &self.migrations, self.patience, accepts).await?;
        let pending = ledger::pending(&self.migrations, &applied);
        self.up(&session, &pending, None, &mut report).await?;
        exposure::warn(&session).await?;
        lock::release(&mut session).await?;
        Ok(report)
    }

    /// Gives what another program noted in the ledger its checksums, unless another runner is at work: then that one does.
    async fn adopt_checksums(&self, entered: (Client, Option<Owner>), database: &Database) -> Result<()> {
        // A service is starting: readers of the ledger, a dump say, may not hold it up.
        let patience = Patience { lock_timeout: Duration::from_secs(1), total: Duration::ZERO };
        let mut session =
            Session::prepare_with(entered, database, self.definition.ledger, patience.lock_timeout).await?;
        ledger::create(&session, patience).await?;
        match lock::acquire(&mut session, Instant::now()).await {
            Err(Error::Migration(error)) if error.problem() == MigrationProblem::RunnerAtWork => return Ok(()),
            taken => taken?,
        }
        ledger::adopt(&session, &self.migrations, patience, false).await?;
        lock::release(&mut session).await
    }

    /// Gives a schema that has the tables and no ledger its ledger, or the rows that it lost: it was restored without one, say,
    /// or made by another program. The migrations run once more in a schema of their own, in a transaction that is rolled
    /// back, and after each that schema is compared with this one, but for differences that `is_allowed`. Where they are alike
    /// after one, that one and those before it are written into the ledger, and the last such counts. `dry_run`: nothing is
    /// written.
    ///
    /// Of what migrations insert, only the rows of [`Definition::rule_tables`] are compared; a table that they fill must have
    /// rows.
    ///
    /// # Errors
    /// [`Error::Migration`]: the role isn't the owner of the tables, or may not create a schema; a migration can't run in a
    /// transaction; the ledger has a migration beyond the last that fits.
    pub async fn adopt(
        &self,
        database: &Database,
        is_allowed: impl Fn(&Difference) -> bool,
        dry_run: bool,
    ) -> Result<Adoption> {
        adopt::adopt(database, &self.definition, &self.migrations, self.patience, &is_allowed, dry_run).await
    }

    /// Has the functions of a schema that was renamed, or copied from another, look into it and not into the one of the other
    /// name, which may be another organization's by now. Says how many did otherwise.
    ///
    /// # Errors
    /// [`Error::Migration`]: the role isn't the owner of the schema and of what is in it.
    pub async fn repin(&self, database: &Database) -> Result<usize> {
        repin::repin(database, &self.definition, self.patience).await
    }

    /// Gives an existing role what `access` needs in the schema and takes back every other right to it, in one transaction.
    /// Rights to what is [`beside`](Definition::beside) these migrations stay; those to tables that nobody names are taken
    /// back, with a warning. For the owner of the tables; after migrations that add tables or columns, do it again.
    ///
    /// # Errors
    /// [`Error::Grant`], and nothing is changed: the role doesn't exist, may do what rights to a schema don't limit (a
    /// superuser, an owner, a role that makes roles, …, or a member of one), has passed rights on, keeps a right that comes
    /// from elsewhere, from PUBLIC or another role, or lacks one that only somebody else can give; the connected role
    /// doesn't own the tables, or one of them is missing. [`Error::Migration`]: migrations are pending.
    pub async fn grant(&self, database: &Database, role: &str, access: &Access) -> Result<()> {
        grant::grant(database, &self.definition, &self.migrations, role, access).await
    }

    /// Lets a database pass that may be destroyed or seeded.
    ///
    /// # Errors
    /// [`Error::Production`] for any other, and those of [`Runner::environment`].
    pub async fn require_not_production(&self, database: &Database) -> Result<()> {
        let (client, _) = session::enter(database, self.definition.ledger).await?;
        environment::refuse_production(&client, database).await.map(|_| ())
    }

    /// Writes down what a database is. `confirmation` repeats the database's name, so that a forgotten `DATABASE_URL`
    /// changes nothing.
    ///
    /// # Errors
    /// [`Error::Configuration`] where the name differs; [`Error::Migration`] where the database isn't migrated yet.
    pub async fn set_environment(
        &self,
        database: &Database,
        environment: Environment,
        confirmation: &str,
    ) -> Result<()> {
        environment::set_environment(database, self.definition.ledger, environment, confirmation).await
    }

    /// The versions of the ledger that this binary doesn't know, none of which asks for a newer one.
    async fn unknown(&self, client: &Client, applied: &[Applied]) -> Result<Vec<String>> {
        let unknown = ledger::unknown(&self.migrations, applied);
        if !unknown.is_empty() {
            requirement::check(client, &self.definition, &self.migrations).await?;
        }
        Ok(unknown)
    }

    /// The migrations that were applied otherwise, by name; refused where that was asked for.
    fn edited_of(&self, applied: &[Applied]) -> Result<Vec<String>> {
        let edited = names(self.migrations.iter().filter(|migration| ledger::is_edited(migration, applied)));
        if self.edited == Some(Edited::Refuse) {
            refuse(&edited)?;
        }
        Ok(edited)
    }

    /// For what runs migrations: they call functions, which have to look into this schema.
    async fn lock(&self, session: &mut Session) -> Result<()> {
        lock::acquire(session, Instant::now() + self.patience.total).await?;
        repin::require_own(&session.client).await
    }

    async fn up(
        &self,
        session: &Session,
        migrations: &[&Migration],
        environment: Option<Environment>,
        report: &mut Report,
    ) -> Result<()> {
        for migration in migrations {
            self.run(session, migration, Direction::Up { environment }, report).await?;
            report.applied.push(migration.name.to_string());
        }
        Ok(())
    }

    async fn run(&self, session: &Session, migration: &Migration, direction: Direction, report: &Report) -> Result<()> {
        let start = Instant::now();
        let step = Step { migration, direction };
        execute::run(session, step, self.patience).await.map_err(|error| report.add_progress(error))?;
        let done = match direction {
            Direction::Up { .. } => "applied",
            Direction::Down => "reverted",
        };
        tracing::info!("{done} {} in {} ms", migration.name, start.elapsed().as_millis());
        Ok(())
    }
}

fn names<'a>(migrations: impl Iterator<Item = &'a Migration>) -> Vec<String> {
    migrations.map(|migration| migration.name.to_string()).collect()
}

fn refuse(edited: &[String]) -> Result<()> {
    if edited.is_empty() {
        return Ok(());
    }
    Err(MigrationProblem::Edited.because(format!("{}; nothing was changed", not_as_applied(edited))).into())
}

fn not_as_applied(edited: &[String]) -> String {
    format!(
        "up.sql of {} is not what was applied: it was edited since, or another migration with its version was applied",
        edited.join(", ")
    )
}

impl Report {
    /// The error of a run that stopped halfway, with what stays done.
    fn add_progress(&self, error: Error) -> Error {
        let Error::Migration(mut error) = error else { return error };
        for (what, names) in [("reverted", &self.reverted), ("applied", &self.applied)] {
            if let Some(last) = names.last() {
                error = error.with_more(&format!("; {what} before it and kept: {}, the last {last}", names.len()));
            }
        }
        error.into()
    }
}

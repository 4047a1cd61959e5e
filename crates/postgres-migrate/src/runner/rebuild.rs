//! What takes migrations back: revert, redo and reset.

use super::{Edited, Report, Runner, names, refuse};
use crate::connection::Database;
use crate::error::Result;
use crate::execute::Direction;
use crate::ledger::{self, Applied};
use crate::session::{self, Session};
use crate::source::Migration;
use crate::{environment, lock};

/// What to do with migrations that are applied.
#[derive(Clone, Copy)]
enum Rebuild {
    Revert(usize),
    Redo(Option<usize>),
    Reset,
}

impl Runner {
    /// Reverts the last `count` migrations, newest first, each in its own transaction.
    ///
    /// # Errors
    /// [`crate::Error::Production`]; [`crate::Error::Migration`] where fewer are applied, one isn't known to
    /// this binary or was edited after it was applied (nothing is changed then; see [`Runner::edited`]), or where one fails
    /// (those before it stay reverted).
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

    async fn rebuild(&self, database: &Database, rebuild: Rebuild) -> Result<Report> {
        let (client, owner) = session::enter(database, self.definition.ledger).await?;
        let judgement = environment::refuse_production(&client, database).await?;
        let mut session =
            Session::prepare_with((client, owner), database, self.definition.ledger, self.patience.lock_timeout)
                .await?;
        if !matches!(rebuild, Rebuild::Revert(_)) {
            session.require_create(self.migrations.len())?;
        }
        let mut applied = ledger::read_within(&session.client, session.ledger, self.patience.total).await?;
        if self.old(&applied, rebuild)?.is_empty() && !matches!(rebuild, Rebuild::Reset) {
            return Ok(Report::default());
        }
        ledger::create(&session, self.patience).await?;
        self.lock(&mut session).await?;
        // Others may have been at work while this one waited.
        applied = ledger::read_within(&session.client, session.ledger, self.patience.total).await?;
        let old = self.old(&applied, rebuild)?;
        let new = match rebuild {
            Rebuild::Revert(_) => Vec::new(),
            Rebuild::Redo(_) => old.iter().rev().copied().collect(),
            Rebuild::Reset => self.migrations.iter().collect(),
        };

        let mut report = Report::default();
        self.down(&session, &old, &mut report).await?;
        if !new.is_empty() {
            let before = judgement.recorded.then_some(judgement.environment);
            self.up(&session, &new, before, &mut report).await?;
        }
        lock::release(&mut session).await?;
        Ok(report)
    }

    /// What is to be reverted, newest first.
    fn old(&self, applied: &[Applied], rebuild: Rebuild) -> Result<Vec<&Migration>> {
        let count = match rebuild {
            Rebuild::Revert(count) | Rebuild::Redo(Some(count)) => count,
            Rebuild::Redo(None) | Rebuild::Reset => applied.len(),
        };
        let old = ledger::last(&self.migrations, applied, count)?;
        if self.edited != Some(Edited::Accept) {
            refuse(&names(old.iter().copied().filter(|migration| ledger::is_edited(migration, applied))))?;
        }
        Ok(old)
    }

    async fn down(&self, session: &Session, migrations: &[&Migration], report: &mut Report) -> Result<()> {
        for migration in migrations {
            self.run(session, migration, Direction::Down, report).await?;
            report.reverted.push(migration.name.to_string());
        }
        Ok(())
    }
}

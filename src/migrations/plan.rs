//! What a run would do and lock, found out without doing or locking anything.

mod judge;
mod names;

use std::collections::BTreeMap;

use tokio_postgres::{Client, error::Error as PgError};

use super::{locks::LockMode, source::Migration, statements::statements};
use judge::Judge;
use names::Names;

/// What [`Runner::run_pending`](super::Runner::run_pending) would do, and lock on tables and views.
///
/// The locks are told from the text of the statements and from the catalog. What else a statement may lock is said in
/// [`PlannedStatement::untold`], but for this, which is neither followed nor said: the functions behind column defaults,
/// generated columns, checks, index expressions, operators, casts, policies and event triggers; the locks of PostgreSQL's
/// own functions, and those on its own catalogs, sequences and types; what is read under a name that isn't there yet; what
/// code and extensions make, once their own statement is said to be unclear; and what pending migrations add to what is
/// there, except tables, views, indexes, functions, foreign keys, triggers and rules.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plan {
    /// The pending migrations, in the order in which they would run.
    pub migrations: Vec<PlannedMigration>,
}

/// One pending migration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlannedMigration {
    /// The folder's name.
    pub name: String,
    /// Whether it keeps its locks until its last statement is done, and leaves nothing where it fails.
    pub run_in_transaction: bool,
    /// The statements of its up.sql.
    pub statements: Vec<PlannedStatement>,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlannedStatement {
    /// Where it starts in up.sql, from 1.
    pub line: usize,
    /// Its beginning, on one line.
    pub text: String,
    /// The strongest lock that it may take on each table or view that is there already.
    pub locks: BTreeMap<String, LockMode>,
    /// What can't be told about it.
    pub untold: Vec<String>,
}

/// The plan for a database of which `client` is a connection. Reads the catalog alone.
pub(super) async fn plan(client: &Client, pending: &[&Migration]) -> Result<Plan, PgError> {
    let mut names = Names::load(client).await?;
    let migrations = pending.iter().map(|migration| {
        let mut judge = Judge::new(&mut names);
        PlannedMigration {
            name: migration.name.clone(),
            run_in_transaction: migration.run_in_transaction,
            statements: statements(&migration.up).iter().map(|statement| judge.judge(statement)).collect(),
        }
    });
    Ok(Plan { migrations: migrations.collect() })
}

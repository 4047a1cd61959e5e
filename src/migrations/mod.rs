//! Migrations, and the runner that brings a database up to date.
//!
//! A service calls [`run_pending`] when it starts; any number of its replicas may do so at once. The ledger is
//! Diesel's own `__diesel_schema_migrations`, so the Diesel CLI and this module can take turns on one database.
//!
//! ```no_run
//! # async fn start(database: &rcm_schema::Database) -> rcm_schema::Result<()> {
//! let report = rcm_schema::migrations::run_pending(database).await?;
//! println!("{} migrations applied", report.applied.len());
//! # Ok(())
//! # }
//! ```
//!
//! Give it a direct connection, not a pooler in transaction mode: there a session's lock protects nothing.

mod access;
mod catalog;
mod check;
mod checksum;
mod environment;
mod execute;
mod failure;
mod fleet;
mod grant;
mod ledger;
mod leftover;
mod lock;
mod locks;
mod patience;
mod plan;
mod progress;
mod requirement;
mod runner;
mod session;
mod source;
mod statements;
mod status;
mod verify;
mod watcher;

use diesel_migrations::{EmbeddedMigrations, embed_migrations};

pub use access::Access;
pub use catalog::{Catalog, catalog};
pub use environment::{Judgement, environment, require_not_production, set_environment};
pub use fleet::{DEFAULT_JOBS, FleetReport, SchemaReport, create_schema, schemas_like};
pub use grant::grant;
pub use locks::LockMode;
pub use plan::{Plan, PlannedMigration, PlannedStatement};
pub use runner::{Report, Runner};
#[cfg(feature = "testing")]
pub(crate) use source::fingerprint;
pub use status::{MigrationState, MigrationStatus, Status};
pub use verify::{Finding, Verification};

use crate::{Database, Result};

/// The migrations of this version of the crate, for Diesel's own tools as well.
// Without the path the macro takes `src/migrations`, this module, and finds nothing.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// Applies what this version of the crate has and the database lacks; for services at startup.
///
/// Nothing pending costs one read: no lock, no write, so a role that can only read the ledger may start. Something
/// pending is applied under a lock that one runner per schema holds; the others wait for it, at most five minutes.
/// A database that is ahead of this binary is left as it is; the report and a warning say so. Where a migration that
/// this binary doesn't know says in `required_versions` which version of the crate it needs, an older one is refused.
///
/// # Errors
/// [`Error::Migration`](crate::Error::Migration) names the migration, file and statement that failed, or who holds
/// the lock, or the right that the role lacks, or the version of the crate that is needed. Migrations before the failed one stay applied; each is its own
/// transaction.
pub async fn run_pending(database: &Database) -> Result<Report> {
    Runner::embedded()?.run_pending(database).await
}

/// Says whether a database is what this version of the crate expects: every migration applied as it is compiled in, and
/// every object as the migrations make it. Writes nothing, works on a standby and for a role that may only read.
///
/// # Errors
/// See [`Runner::verify`].
pub async fn verify(database: &Database) -> Result<Verification> {
    Runner::embedded()?.verify(database).await
}

/// [`run_pending`] in every organization whose schema's name is LIKE the pattern, [`DEFAULT_JOBS`] at a time; which ones
/// count, says [`schemas_like`]. A schema that fails doesn't stop the others: look at [`FleetReport::failed`].
/// [`Runner::run_pending_in_schemas`] is the same with more to choose.
///
/// # Errors
/// Those of [`schemas_like`].
pub async fn run_pending_in_schemas(database: &Database, pattern: &str) -> Result<FleetReport> {
    let schemas = schemas_like(database, pattern).await?;
    Ok(Runner::embedded()?.run_pending_in_schemas(database, &schemas, DEFAULT_JOBS, |_| {}).await)
}

//! The migrations of this version of the crate, and how a service brings its database up to date.
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
//! Give it a direct connection, not a pooler in transaction mode: there a session's lock protects nothing. What more there
//! is to do with migrations (revert, dry run, verify, grant, many schemas) is done by a [`Runner`] of [`DEFINITION`].

use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use postgres_migrate::{Database, Definition, Report, Runner, Verification};

use crate::access;
use crate::error::Result;

/// The migrations for Diesel's own tools: a `MigrationHarness` runs them too.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// The migrations, and what `postgres-migrate` is to know of them.
pub const DEFINITION: Definition = Definition {
    // What the migrations make on each version of PostgreSQL; scripts/print-catalog writes it.
    catalog: include_str!("migrations/catalog.txt"),
    // What each of them locks; scripts/record-locks writes it.
    locks: include_str!("migrations/locks.txt"),
    accesses: access::ALL,
    rule_tables: &["status_transitions"],
    bookkeeping: &["database_environment", "required_versions", "status_transitions"],
    ..Definition::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), postgres_migrate::embedded!())
};

/// Applies what this version of the crate has and the database lacks; for services at startup.
///
/// Nothing pending costs one read: no lock, no write, so a role that can only read the ledger may start. Something
/// pending is applied under a lock that one runner per schema holds; the others wait for it, at most five minutes.
///
/// # Errors
/// See [`Runner::run_pending`].
pub async fn run_pending(database: &Database) -> Result<Report> {
    Ok(runner().run_pending(database).await?)
}

/// Says whether a database is what this version of the crate expects: every migration applied as it is compiled in, and
/// every object as the migrations make it. Writes nothing, works on a standby and for a role that may only read.
///
/// # Errors
/// See [`Runner::verify`].
pub async fn verify(database: &Database) -> Result<Verification> {
    Ok(runner().verify(database).await?)
}

/// A runner of these migrations.
pub fn runner() -> Runner {
    Runner::new(&DEFINITION)
}

#![doc = include_str!("../README.md")]

mod access;
mod adopt;
mod catalog;
pub mod connection;
mod definition;
mod environment;
pub mod error;
mod execute;
mod exposure;
mod failure;
mod fleet;
mod grant;
mod holder;
mod ledger;
mod leftover;
mod lock;
mod manifest;
mod patience;
mod plan;
mod progress;
pub mod record;
mod repin;
mod requirement;
mod runner;
mod session;
mod source;
mod status;
mod trust;
mod verify;
mod watcher;

pub use access::{Access, Reads, Writes};
pub use adopt::Adoption;
pub use catalog::{Catalog, catalog};
pub use connection::{Database, Pool, PoolBuilder, PoolState, PooledConnection};
pub use definition::{Definition, Embedded, Sql};
pub use environment::{DEVELOPMENT, Environment, Judgement};
pub use error::{Class, Error, Result};
pub use failure::{describe, shown};
pub use fleet::{DEFAULT_JOBS, FleetReport, SchemaReport, create_schema};
pub use grant::RoleAccess;
pub use holder::lock_holder;
pub use plan::{Plan, PlannedMigration, TableSize};
pub use postgres_migrate_build::{Statement, words};
pub use record::{LockMode, RecordedTable};
pub use runner::{Edited, Report, Runner};
pub use status::{MigrationState, MigrationStatus, Status};
pub use verify::{Difference, Verification};

/// The migrations that `postgres_migrate_build::embed` put where this crate's build script runs.
#[macro_export]
macro_rules! embedded {
    () => {{
        use $crate as postgres_migrate;
        const MIGRATIONS: &[postgres_migrate::Embedded] = include!(concat!(env!("OUT_DIR"), "/migrations.rs"));
        MIGRATIONS
    }};
}

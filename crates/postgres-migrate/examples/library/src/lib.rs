//! The database of a library: its migrations, and what their runner is to know of them.

use postgres_migrate::Definition;

/// What this version of the crate makes of a database.
pub const DEFINITION: Definition = Definition {
    // Written by tests/records.rs: what the migrations make, for `verify`, and what they lock, for a dry run.
    catalog: include_str!("catalog.txt"),
    locks: include_str!("locks.txt"),
    // A database with loans that says nothing of itself counts as production.
    ..Definition::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), postgres_migrate::embedded!())
};

//! The PostgreSQL database of a healthcare revenue-cycle system: migrations, typed models and the rules that keep the
//! money right.
//!
//! - [`Database`] says which database, and connects: one connection, or a pool.
//! - [`migrations::run_pending`] brings it up to date when a service starts; [`access`] has what roles may be given.
//! - [`schema`] has Diesel's tables, documented by the database's own comments; write queries against them.
//! - [`models`] has a row, an insertable and the lookups of each table.
//! - [`workflow`] has what people do: record claims and denials, appeal, write off, rebill, resolve variances; triage and
//!   the work list; the audit of a claim's coding; [`workflow::reconcile`] for after a restore.
//! - [`audit`] says who acts, and seals and verifies the audit log.
//! - [`reports`] has the figures of the business: success rates, money recovered and lost, by payer, code and so on.
//! - [`views`] has the database's views, with a row of each.
//! - [`types`] has ids, dollars, codes and enumerated values; [`sql_types`] has the domains that ids and enumerations are.
//! - [`Error`] is what all of them return; it never holds a value of a row.
//! - [`allow_beside!`] lets tables of a service's own stand in queries beside these.
//!
//! | feature | what it adds |
//! |---|---|
//! | `serde` | `Serialize` of rows and reports, `Deserialize` of filters, both of ids, money, codes, enumerated values and cursors |
//!
//! It is the only one; the private server and the programs are packages of their own. `examples/http.rs` and
//! `examples/worker.rs` are services to begin with.

pub mod access;
pub mod audit;
pub mod error;
mod joins;
pub mod migrations;
pub mod models;
pub mod reports;
#[allow(missing_docs)] // The tables carry the database's comments; the modules around them carry none.
pub mod schema;
pub mod sql_types;
mod transaction;
pub mod types;
#[allow(missing_docs)] // Like the tables; the rows say where the columns are documented.
pub mod views;
pub mod workflow;

pub use error::{Class, Error, QueryErrorKind, Result, Rule};
pub use postgres_migrate::{Database, Pool, PoolBuilder, PoolState, PooledConnection};
pub use transaction::{PoolExt, Work, transaction};
/// What this crate's types are made of, in its versions.
pub use {bigdecimal, chrono, diesel, diesel_async, uuid};

// The Rust of README.md and docs compiles.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../README.md")]
    struct Readme;
    #[doc = include_str!("../docs/commands.md")]
    struct Commands;
    #[doc = include_str!("../docs/connecting.md")]
    struct Connecting;
    #[doc = include_str!("../docs/errors.md")]
    struct Errors;
}

//! The PostgreSQL database of a healthcare revenue-cycle system: migrations, typed models and the rules that keep the
//! money right.
//!
//! - [`Database`] says which database, and connects: one connection, or a pool.
//! - [`migrations::run_pending`] brings it up to date when a service starts.
//! - [`schema`] has Diesel's tables, documented by the database's own comments; write queries against them.
//! - [`models`] has a row, an insertable and the lookups of each table.
//! - [`workflow`] has what people do: record claims and denials, appeal, write off, rebill, resolve variances; triage and
//!   the work list; the audit of a claim's coding; [`workflow::reconcile`] for after a restore.
//! - [`reports`] has the figures of the business: success rates, money recovered and lost, by payer, code and so on.
//! - [`views`] has the database's views, with a row of each.
//! - [`types`] has ids, dollars, codes and enumerated values.
//! - [`Error`] is what all of them return; it never holds a value of a row.
//!
//! A service depends on the crate with `default-features = false`. Features: `testing` has a database for one test,
//! `local-server` a private PostgreSQL, `programs` what `migrate` and `seed` share.

pub mod connection;
pub mod error;
mod joins;
#[cfg(feature = "local-server")]
pub mod local_server;
pub mod migrations;
pub mod models;
#[cfg(feature = "programs")]
pub mod programs;
pub mod reports;
#[allow(missing_docs)] // The tables carry the database's comments; the modules around them carry none.
pub mod schema;
#[cfg(feature = "testing")]
pub mod testing;
pub mod types;
#[allow(missing_docs)] // Like the tables; the rows say where the columns are documented.
pub mod views;
pub mod workflow;

pub use connection::Database;
pub use error::{Error, Result};

// The Rust of README.md and docs compiles.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../README.md")]
    struct Readme;
    #[doc = include_str!("../docs/commands.md")]
    struct Commands;
}

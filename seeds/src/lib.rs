//! The demo data of rcm-schema, written through Diesel's insertables: a file for each story, and one that comes in X12 files;
//! and [`volume`], a practice of any size.
//!
//! [`seed`] writes it, or finds that it is there unchanged; [`tell`] says what the database
//! holds of it, a line a claim. Never on a production database: ask `Runner::require_not_production` first.

mod demo;
mod files;
mod keys;
mod others;
mod payers;
mod stories;
mod summary;
pub mod volume;

pub use demo::{SeedError, Seeded, seed};
pub use others::claims_of_others;
pub use summary::tell;

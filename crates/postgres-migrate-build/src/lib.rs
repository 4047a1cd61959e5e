//! Folders of SQL migrations: read, checked, split into statements, and embedded by a build script.
//!
//! A crate with migrations calls [`embed`] in its `build.rs` and writes `postgres_migrate::embedded!()` where it wants
//! them. A mistake that PostgreSQL or Diesel would misread stops the build and is told with its file and line.
//! The `postgres-migrate` crate reads folders at run time with [`read_directory`]. No dependencies, so that a build
//! script compiles in a moment.

mod embed;
mod files;
mod statements;

pub use embed::embed;
pub use files::{Files, read_directory, version};
pub use statements::{Statement, split, words};

//! The PostgreSQL database of a healthcare revenue-cycle system: migrations, typed models and the rules that keep the
//! money right.

pub mod connection;
pub mod error;
mod joins;
#[cfg(feature = "local-server")]
pub mod local_server;
pub mod migrations;
pub mod models;
#[cfg(feature = "programs")]
pub mod programs;
#[allow(missing_docs)] // The tables carry the database's comments; the modules around them carry none.
pub mod schema;
#[cfg(feature = "testing")]
pub mod testing;
pub mod types;

pub use connection::Database;
pub use error::{Error, Result};

// The README's Rust compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

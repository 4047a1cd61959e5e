//! The PostgreSQL database of a healthcare revenue-cycle system: migrations, typed models and the rules that keep the
//! money right.

pub mod connection;
pub mod error;
#[cfg(feature = "local-server")]
pub mod local_server;

pub use connection::Database;
pub use error::{Error, Result};

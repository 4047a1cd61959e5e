#![doc = include_str!("../README.md")]

mod error;
mod local_server;
mod nodes;
mod recording;
mod test_database;

pub use error::{Error, Result};
pub use local_server::{DEVELOPMENT_DATABASE, LocalServer, SUPERUSER, Startup, psql_command};
pub use recording::record_locks;
pub use test_database::TestDatabase;

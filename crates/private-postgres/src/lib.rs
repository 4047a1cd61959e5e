//! PostgreSQL for one checkout, and a database for one test.
//!
//! A [`LocalServer`] is a private PostgreSQL on a Unix socket that only its owner can reach: for development it keeps
//! running, for tests it ends with the processes that use it. A [`TestDatabase`] is a database for one test, empty or
//! with the migrations of a [`Definition`](postgres_migrate::Definition); it lives on the server of `DATABASE_URL` where
//! one is set, else on a private one. [`record_locks`] tries migrations on tables with rows and says what each locks.
//! Needs the server programs of PostgreSQL 14 or newer; it never installs anything.

mod error;
mod local_server;
mod recording;
mod test_database;

pub use error::{Error, Result};
pub use local_server::{DEVELOPMENT_DATABASE, LocalServer, SUPERUSER, Startup, psql_command};
pub use recording::record_locks;
pub use test_database::TestDatabase;

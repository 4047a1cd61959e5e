//! Many organizations in one database: a PostgreSQL schema each, and nothing crosses.
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod apart;
mod citus;
mod fleet;
mod isolation;
mod pool;
mod renamed;
mod schema;
mod support;
mod testing;

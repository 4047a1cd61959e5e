//! The migration runner and the `migrate` program, on a real PostgreSQL.
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod access;
mod concurrency;
mod direct_way;
mod drift;
mod environment;
mod failures;
mod grant;
mod grant_refused;
mod patience;
mod program;
mod resume;
mod rights;
mod rolling_deploy;
mod support;
mod verify;

//! The migration runner and the `migrate` program, on a real PostgreSQL.
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod access;
mod concurrency;
mod drift;
mod environment;
mod failures;
mod manifest;
mod program;
mod rights;
mod support;
mod verify;

//! The `migrate` program, and this schema's migrations in the hands of their runner, on a real PostgreSQL.
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod access;
mod adopt;
mod audit;
mod direct_way;
mod doctor;
mod doctor_settings;
mod drift;
mod environment;
mod grant;
mod grant_refused;
mod logins;
mod program;
mod restore_drill;
mod support;
mod verify;

//! The typed commands and the guards behind them, against a real PostgreSQL and as ordinary roles: no superuser, not
//! the owner.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod audit;
mod canary;
mod commands;
mod model;
mod races;
mod remittances;
mod seals;
mod spans;
mod spawned;
mod workers;
mod world;

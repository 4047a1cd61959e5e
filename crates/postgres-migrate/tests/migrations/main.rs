//! The runner on a real PostgreSQL, with small migrations.
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod adopt;
mod codes;
mod concurrency;
mod concurrent_index;
mod dry_run;
mod edited;
mod environment;
mod failures;
mod ledger;
mod logins;
mod patience;
mod revert;
mod rights;
mod rolling_deploy;
mod support;
mod trust;
mod verify;

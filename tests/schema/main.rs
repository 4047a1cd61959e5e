//! The tests of the crate against a real PostgreSQL, in one binary: one start of the private server, one link.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod catalog;
mod catalog_laws;
mod coding_audit;
mod compiled_schema;
mod computed;
mod errors;
mod examples;
mod fixture;
mod joins;
mod lists;
mod lookups;
mod migration_chain;
mod races;
mod readme;
mod refusals;
mod reports;
mod seeds;
mod triage;
mod triage_worlds;
mod values;

//! The tests of the crate against a real PostgreSQL, in one binary: one start of the private server, one link.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod audit;
mod bad_input;
mod buffers;
mod catalog;
mod catalog_laws;
mod coding_audit;
mod compiled_schema;
mod computed;
mod deadlines;
mod downstream;
mod enumerations;
mod error_variants;
mod errors;
mod examples;
mod expiring;
mod fixture;
mod joins;
#[cfg(feature = "serde")]
mod json;
mod lists;
mod locks;
mod lookups;
mod manifest;
mod migration_chain;
mod postings;
mod reconcile;
mod recovery;
mod reference_codes;
mod refusals;
mod reports;
mod status_paths;
mod structure;
mod triage;
mod triage_worlds;
mod values;

//! What people do with claims and denials.

pub mod coding_audit;
pub mod triage;

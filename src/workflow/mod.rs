//! What people do with claims and denials. Each command is one statement or one transaction; it takes the caller's
//! connection, so several of them make one transaction inside `connection.transaction`. There a refusal undoes what the
//! caller did since the last savepoint, as any refused statement does.
//!
//! What follows from a command, the database does in the same moment, for every other client, too: postings, totals,
//! the status of the claim. A caller may run a command again when [`crate::Error::is_retryable`] says so.

pub mod appeals;
pub mod claims;
pub mod coding_audit;
pub mod denials;
pub mod rebills;
mod reconcile;
pub mod triage;
pub mod variances;
pub mod work_list;
pub mod write_offs;

pub use reconcile::{Difference, reconcile};

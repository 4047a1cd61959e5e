//! What people do with claims and denials. Each command is one statement or one transaction; it takes the caller's
//! connection, so several of them make one transaction inside [`transaction`](crate::transaction()). There each is a savepoint:
//! a refusal takes back that command alone.
//!
//! What follows from a command, the database does in the same moment, for every other client, too: postings, totals,
//! the status of the claim. A caller may run a command again when [`crate::Error::is_retryable`] says so.

pub mod appeals;
mod bulk;
pub mod claims;
pub mod coding_audit;
pub(crate) mod command;
pub mod deadlines;
pub mod denials;
pub mod payers;
pub mod periods;
pub mod postings;
pub mod rebills;
mod reconcile;
pub mod remittances;
pub mod triage;
pub mod variances;
pub mod work_list;
pub mod write_offs;

pub use bulk::Commit;
pub use reconcile::{Difference, reconcile, repair_work_list};

use diesel::QueryResult;

use command::{Parts, command, fetch_one};

use crate::error::{Error, Result, Rule};
use crate::types::DenialId;

/// Says which denial has too little open.
async fn naming_denial<T>(result: Result<T>, look_up: impl AsyncFnOnce() -> QueryResult<DenialId>) -> Result<T> {
    match result {
        Err(error @ Error::Rule(Rule::OverAllocated { .. })) => match look_up().await {
            Ok(denial) => Err(error.of_denial(denial)),
            Err(_) => Err(error),
        },
        result => result,
    }
}

/// `Debug` that shows the variant's name and nothing that it holds.
macro_rules! debug_shows_variant {
    ($($name:ident),+) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.into())
            }
        }
    )+};
}
use debug_shows_variant;

//! What people do with claims and denials. Each command is one statement or one transaction; it takes the caller's
//! connection, so several of them make one transaction inside `connection.transaction`. There a refusal undoes what the
//! caller did since the last savepoint, as any refused statement does.
//!
//! What follows from a command, the database does in the same moment, for every other client, too: postings, totals,
//! the status of the claim. A caller may run a command again when [`crate::Error::is_retryable`] says so.

pub mod appeals;
mod bulk;
pub mod claims;
pub mod coding_audit;
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
use diesel_async::methods::LoadQuery;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::{Error, Result, Rule};
use crate::types::DenialId;

/// The row that a command's statement returns.
///
/// Outside a transaction PostgreSQL sends the row of INSERT … RETURNING first and commits then, and may refuse that: at
/// SERIALIZABLE, or what is checked at the end of a transaction. `get_result` reads no further than the row and would take
/// the command for done; so this loads all rows and takes the one.
fn fetch_one<'query, Row: Send + 'query>(
    connection: &'query mut AsyncPgConnection,
    statement: impl LoadQuery<'query, AsyncPgConnection, Row> + 'query,
) -> impl Future<Output = Result<Row>> + Send {
    // An async fn would hide from the compiler that its future is Send.
    let rows = statement.get_results(connection);
    async { rows.await?.pop().ok_or(Error::NotFound) }
}

/// Says which denial has too little open. Inside an aborted transaction nobody can look it up; then it stays unnamed.
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

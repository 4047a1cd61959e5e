//! Store what files say. Each function takes the caller's connection, as those of [`rcm_schema::workflow`] do.

mod claims;
mod rekey;
mod related;
mod remittances;

pub use claims::{StoredClaims, claims};
pub use rekey::{Mapping, NotAMapping, Rekeyed, key_of_others, rekey};
pub use remittances::{StoredRemittance, post, remittance};

use rcm_schema::error::QueryErrorKind;
use rcm_schema::{Class, Error};

/// A transaction that collides with another one is run so often again.
const TRIES: u32 = 5;

/// Whether any claim or remittance would meet the error: a lost connection, a missing right.
fn stays(error: &Error) -> bool {
    use QueryErrorKind::{PermissionDenied, SchemaMismatch, StatementLost, TransactionAborted};
    match error {
        Error::Bulk { error, .. } => stays(error),
        Error::Query { kind: PermissionDenied | SchemaMismatch | StatementLost | TransactionAborted, .. } => true,
        error => matches!(error.class(), Class::Retry | Class::Unavailable),
    }
}

/// The error's words, of one of many rows its own.
fn why(error: Error) -> String {
    match error {
        Error::Bulk { error, .. } => why(*error),
        error => error.to_string(),
    }
}

//! The 837s.

use claim_files::{Refused, store};
use diesel_async::AsyncPgConnection;
use rcm_programs::Result;
use x12_claims::Content;

use crate::Import;
use crate::files::{Found, Transactions};
use crate::key::HOW_TO;
use crate::summary::Summary;

/// Stores the claims of a file; `again` what it missed. Returns whether a claim misses its original, which a later file may
/// hold.
pub async fn import(
    import: &Import,
    connection: &mut AsyncPgConnection,
    found: &Found,
    summary: &mut Summary,
    again: bool,
) -> Result<bool> {
    let Some(file) = summary.files.get_mut(found.summary) else { return Ok(false) };
    let Some(key) = &import.key else {
        file.refuse(HOW_TO);
        return Ok(false);
    };
    let mut transactions = match Transactions::open(found) {
        Ok(transactions) => transactions,
        Err(error) => {
            file.unread(&error.to_string());
            return Ok(false);
        }
    };
    if again {
        file.claims_again();
    }
    let mut misses = false;
    for (place, transaction) in transactions.by_ref().enumerate() {
        if import.is_stopped() {
            return Ok(false);
        }
        let transaction = match transaction {
            Ok(transaction) => transaction,
            Err(error) => {
                file.unread(&error.to_string());
                return Ok(false);
            }
        };
        let Content::Claims(submission) = &transaction.content else { continue };
        let stored = store::claims(connection, &transaction, key, import.unknown_payers).await?;
        if !again {
            import.bar.inc(u64::try_from(submission.claims.len()).unwrap_or_default());
        }
        misses |= stored.refused.iter().any(|(_, refused)| *refused == Refused::NoOriginal);
        file.claims(place + 1, stored, again);
    }
    transactions.finish(file);
    Ok(misses)
}

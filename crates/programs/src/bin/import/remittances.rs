//! The 835s.

use claim_files::store::{self, StoredRemittance};
use diesel_async::AsyncPgConnection;
use rcm_programs::Result;
use rcm_schema::types::RemittanceId;
use rcm_schema::workflow::remittances;
use x12_claims::Content;

use crate::Import;
use crate::files::{Found, Transactions};
use crate::summary::Summary;

/// Stores and posts the remittances of a file, and adds them to those that are here.
pub async fn import(
    import: &Import,
    connection: &mut AsyncPgConnection,
    found: &Found,
    summary: &mut Summary,
    stored: &mut Vec<RemittanceId>,
) -> Result<()> {
    let Some(file) = summary.files.get_mut(found.summary) else { return Ok(()) };
    let mut transactions = match Transactions::open(found) {
        Ok(transactions) => transactions,
        Err(error) => {
            file.unread(&error.to_string());
            return Ok(());
        }
    };
    for (number, transaction) in (1..).zip(transactions.by_ref()) {
        if import.is_stopped() {
            return Ok(());
        }
        let transaction = match transaction {
            Ok(transaction) => transaction,
            Err(error) => {
                file.unread(&error.to_string());
                return Ok(());
            }
        };
        let Content::Remittance(remittance) = &transaction.content else { continue };
        let (sha256, stored_at) = (found.scan.sha256, import.stored_at.as_deref());
        let (unknown, by) = (import.unknown_payers, &import.by);
        match store::remittance(connection, sha256, number, &transaction, stored_at, unknown, by).await? {
            StoredRemittance::Refused(refused) => file.refuse_transaction(number, &refused),
            StoredRemittance::Stored(recorded, posted) => {
                stored.push(recorded.id());
                file.remittance(recorded, posted);
            }
        }
        import.bar.inc(u64::try_from(remittance.claims.len()).unwrap_or_default());
    }
    transactions.finish(file);
    Ok(())
}

/// Posts what waited for something that may have come, of other files too, and adds those to what the totals are of.
pub async fn post_waiting(
    import: &Import,
    connection: &mut AsyncPgConnection,
    summary: &mut Summary,
    stored: &mut Vec<RemittanceId>,
) -> Result<()> {
    for remittance in remittances::waiting(connection).await? {
        if import.is_stopped() {
            break;
        }
        let posted = store::post(connection, remittance, &import.by).await?.posted;
        if posted > 0 {
            summary.posted_at_the_end += posted;
            stored.push(remittance);
        }
    }
    Ok(())
}

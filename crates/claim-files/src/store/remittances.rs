//! Store an 835.

use diesel_async::AsyncPgConnection;
use rcm_schema::types::RemittanceId;
use rcm_schema::workflow::remittances::{self, Posted, Recorded};
use x12_claims::{Content, Transaction};

use crate::payers::NamedPayer;
use crate::refused::first;
use crate::remittance::whole;
use crate::{Kind, Refused, UnknownPayers};

/// What became of a remittance.
#[derive(Debug)]
pub enum StoredRemittance {
    /// It is stored, or was before; what of a new one could be posted is.
    Stored(Recorded, Posted),
    /// It isn't stored.
    Refused(Refused),
}

/// Stores a remittance of a file whose bytes have this hash, in its place in the file from 1, and posts what can be posted.
/// `stored_at` says where the file is kept: its bytes name patients and aren't stored here.
/// Storing is one transaction, posting another: what isn't posted waits ([`remittances::waiting`]). One that was stored
/// before stays as it is, and what of it waited is posted, where it can be now.
///
/// Errors: those of the connection.
pub async fn remittance(
    connection: &mut AsyncPgConnection,
    sha256: [u8; 32],
    number: i32,
    transaction: &Transaction,
    stored_at: Option<&str>,
    unknown_payers: UnknownPayers,
    posted_by: &str,
) -> rcm_schema::Result<StoredRemittance> {
    let Content::Remittance(remittance) = &transaction.content else {
        return Ok(StoredRemittance::Refused(Refused::Unfit("the transaction")));
    };
    if let Some(problem) = first(transaction.problems.iter(), Kind::Remittance) {
        return Ok(StoredRemittance::Refused(Refused::Problem(problem)));
    }
    let payer = match NamedPayer::of_remittance(remittance).find(connection, unknown_payers).await? {
        Ok(payer) => payer,
        Err(refused) => return Ok(StoredRemittance::Refused(refused)),
    };
    let whole = match whole(remittance, payer, number) {
        Ok(whole) => whole,
        Err(refused) => return Ok(StoredRemittance::Refused(refused)),
    };
    let mut tries = 0;
    let recorded = loop {
        match remittances::record(connection, sha256, stored_at, &whole).await {
            Err(error) if error.is_retryable() && tries < super::TRIES => tries += 1,
            Err(error) if super::stays(&error) => return Err(error),
            Err(error) => return Ok(StoredRemittance::Refused(Refused::Rule(super::why(error)))),
            Ok(recorded) => break recorded,
        }
    };
    let posted = post(connection, recorded.id(), posted_by).await?;
    Ok(StoredRemittance::Stored(recorded, posted))
}

/// Posts what of a remittance can be posted, again where it collides with somebody else's work.
///
/// Errors: those of [`remittances::post`].
pub async fn post(connection: &mut AsyncPgConnection, id: RemittanceId, posted_by: &str) -> rcm_schema::Result<Posted> {
    let mut tries = 0;
    loop {
        match remittances::post(connection, id, posted_by).await {
            Err(error) if error.is_retryable() && tries < super::TRIES => tries += 1,
            posted => return posted,
        }
    }
}

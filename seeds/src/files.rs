//! Two visits as files tell them: an 837 with both, an 835 that pays one and denies the other, an 835 that reverses the denial
//! and pays.

use claim_files::store::{self, StoredRemittance};
use claim_files::{PseudonymKey, UnknownPayers, scan};
use diesel_async::AsyncPgConnection;
use rcm_schema::Error;
use x12_claims::{Content, Reader};

use crate::SeedError;

/// In the order of their days.
const FILES: [&[u8]; 3] = [
    include_bytes!("../../examples/files/claims.837"),
    include_bytes!("../../examples/files/february.835"),
    include_bytes!("../../examples/files/march.835"),
];

/// Nobody's secret.
const KEY: &str = "TheDemosPatientsWereMadeUpTheyAreNobodyAtAll";

/// The key of the demo's patients.
pub fn key() -> Result<PseudonymKey, Error> {
    KEY.parse().map_err(|_| Error::Invalid { what: "key of the demo", rule: "a pseudonym key" })
}

/// Stores the files and posts what they pay, as `import` does; what is here already stays.
pub async fn import(connection: &mut AsyncPgConnection) -> Result<(), SeedError> {
    let key = key()?;
    for file in FILES {
        let sha256 = scan(file)?.sha256;
        for (number, transaction) in (1..).zip(Reader::new(file)) {
            let transaction = transaction?;
            let payers = UnknownPayers::Make;
            let (table, is_stored) = if matches!(transaction.content, Content::Claims(_)) {
                ("claims", store::claims(connection, &transaction, &key, payers).await?.refused.is_empty())
            } else {
                let poster = "payment.poster";
                let stored = store::remittance(connection, sha256, number, &transaction, None, payers, poster).await?;
                ("remittances", matches!(stored, StoredRemittance::Stored(..)))
            };
            if !is_stored {
                return Err(SeedError::Different { table: table.to_owned() });
            }
        }
    }
    Ok(())
}

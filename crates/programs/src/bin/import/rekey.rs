//! `import --rekey`.

use std::fs;
use std::path::Path;

use claim_files::PseudonymKey;
use claim_files::store::{self, Mapping};
use diesel_async::AsyncPgConnection;
use rcm_programs::{self as programs, Error, Result};

use crate::key::HOW_TO;

/// Gives patients the references of a mapping.
pub async fn rekey(connection: &mut AsyncPgConnection, path: &Path, key: Option<PseudonymKey>, by: &str) -> Result<()> {
    let key = key.ok_or_else(|| Error::Usage(HOW_TO.to_owned()))?;
    let wrong = |error: &dyn std::fmt::Display| Error::Usage(format!("{}: {error}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| wrong(&error))?;
    let mapping = Mapping::read(&text).map_err(|error| wrong(&error))?;
    let rekeyed = store::rekey(connection, &mapping, &key, by).await?;
    if rekeyed.references == 0 {
        return Err(wrong(&"none of its old references is a claim's; is it the mapping of this database?"));
    }
    programs::print(format_args!(
        "{} references corrected, {} of no claim; the key is {}",
        rekeyed.references,
        rekeyed.unknown,
        key.id()
    ))
}

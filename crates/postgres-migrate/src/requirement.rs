//! What a migration requires of binaries that are older than it.

use tokio_postgres::{Client, SimpleQueryMessage, error::SqlState};

use crate::definition::Definition;
use crate::error::{MigrationProblem, Result};
use crate::{failure, source::Migration};

/// Lets a binary pass that may work on a database which is ahead of it: no migration that it doesn't know wants a newer
/// version of the crate. Reads the table `required_versions`, and only called where the ledger has unknown versions.
pub(crate) async fn check(client: &Client, definition: &Definition, migrations: &[Migration]) -> Result<()> {
    let query = "
        select migration, crate_version, reason
        from required_versions
        join pg_catalog.pg_class on pg_class.oid = required_versions.tableoid
        join pg_catalog.pg_namespace on pg_namespace.oid = pg_class.relnamespace
        where nspname = current_schema()
        order by migration collate \"C\"";
    let messages = match client.simple_query(query).await {
        Ok(messages) => messages,
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => return Ok(()),
        Err(error) => {
            let what = format!("cannot read which version of {} the database needs", definition.package);
            return Err(failure::during(&what)(error).into());
        }
    };
    for message in &messages {
        let SimpleQueryMessage::Row(row) = message else { continue };
        let text = |column| row.get(column).unwrap_or_default();
        let (migration, required, reason) = (text(0), text(1), text(2));
        let is_known = migrations.iter().any(|known| known.version == migration);
        if !is_known && parts(required) > parts(definition.version) {
            let (package, version) = (definition.package, definition.version);
            let text = format!(
                "the database needs version {required} of {package} or a newer one, and this is {version}: migration \
                 {migration}: {reason}"
            );
            return Err(MigrationProblem::NeedsNewer.because(text).into());
        }
    }
    Ok(())
}

/// The numbers of a version, in the order in which they count; what isn't a number counts most, so that it refuses.
fn parts(version: &str) -> Vec<u64> {
    let numbers = version.split('-').next().unwrap_or_default();
    numbers.split('.').map(|number| number.parse().unwrap_or(u64::MAX)).collect()
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn versions_compare_by_their_numbers() {
        for (older, newer) in [("0.1.0", "0.1.1"), ("0.9.0", "0.10.0"), ("0.10.9", "1.0.0"), ("9.0.0", "10.0.0-rc.1")] {
            assert!(parts(older) < parts(newer), "{older} {newer}");
        }
        assert_eq!(parts("0.2.0"), parts("0.2.0"));
    }
}

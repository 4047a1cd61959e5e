//! What is applied, what is pending, and what another binary applied.

use strum::Display;

use crate::{
    ledger::{self, Applied},
    source::Migration,
};

/// Every migration that the binary or the ledger knows, in order of version.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// One entry a version.
    pub migrations: Vec<MigrationStatus>,
}

/// One migration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MigrationStatus {
    /// What the ledger holds: the digits in front of the name.
    pub version: String,
    /// The folder's name; `None` where only the ledger knows the version.
    pub name: Option<String>,
    /// Where it stands.
    pub state: MigrationState,
    /// When it was applied, to the second, in the time zone of the session that applied it.
    pub applied_at: Option<String>,
}

/// Where a migration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display)]
#[strum(serialize_all = "snake_case")]
#[non_exhaustive]
pub enum MigrationState {
    /// In the ledger.
    Applied,
    /// Not in the ledger.
    Pending,
    /// In the ledger, and `up.sql` was another text then, or another migration had its version.
    Edited,
    /// In the ledger and not in this binary: the database is ahead.
    Unknown,
}

impl Status {
    /// True where nothing is pending.
    pub fn is_up_to_date(&self) -> bool {
        self.migrations.iter().all(|migration| migration.state != MigrationState::Pending)
    }

    pub(crate) fn compare(migrations: &[Migration], applied: &[Applied]) -> Self {
        let pending = migrations.iter().filter(|migration| applied.iter().all(|row| row.version != migration.version));
        let mut all: Vec<_> = pending
            .map(|migration| MigrationStatus {
                version: migration.version.clone(),
                name: Some(migration.name.to_string()),
                state: MigrationState::Pending,
                applied_at: None,
            })
            .collect();
        all.extend(applied.iter().map(|row| {
            let known = migrations.iter().find(|migration| migration.version == row.version);
            MigrationStatus {
                name: known.map(|migration| migration.name.to_string()),
                state: match known {
                    None => MigrationState::Unknown,
                    Some(migration) if ledger::is_edited(migration, applied) => MigrationState::Edited,
                    Some(_) => MigrationState::Applied,
                },
                version: row.version.clone(),
                applied_at: Some(row.at.clone()),
            }
        }));
        all.sort_by(|a, b| a.version.cmp(&b.version));
        Self { migrations: all }
    }
}

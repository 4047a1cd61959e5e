//! Where migrations come from: compiled in, or a directory.

use std::{borrow::Cow, path::Path};

use postgres_migrate_build::{Files, Statement, read_directory, split, version};
use sha2::{Digest, Sha256};

use crate::definition::{Embedded, Sql};
use crate::error::{MigrationProblem, Result};

/// One folder of migrations.
pub(crate) struct Migration {
    /// What the ledger holds.
    pub version: String,
    /// The folder's name.
    pub name: Cow<'static, str>,
    pub up: File,
    pub down: File,
    pub run_in_transaction: bool,
}

/// A file of SQL and its statements.
pub(crate) struct File {
    pub text: Cow<'static, str>,
    pub statements: Cow<'static, [Statement]>,
}

impl Migration {
    /// Tells whether it was edited after it ran: SHA-256 of up.sql in hexadecimal, the same however a checkout ends its
    /// lines.
    pub fn checksum(&self) -> String {
        let text = self.up.text.replace("\r\n", "\n");
        Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl From<&Embedded> for Migration {
    fn from(embedded: &Embedded) -> Self {
        Self {
            version: version(embedded.name),
            name: Cow::Borrowed(embedded.name),
            up: embedded.up.into(),
            down: embedded.down.into(),
            run_in_transaction: embedded.run_in_transaction,
        }
    }
}

impl From<Files> for Migration {
    fn from(files: Files) -> Self {
        Self {
            version: version(&files.name),
            name: Cow::Owned(files.name),
            up: files.up.into(),
            down: files.down.into(),
            run_in_transaction: files.run_in_transaction,
        }
    }
}

impl From<Sql> for File {
    fn from(sql: Sql) -> Self {
        Self { text: Cow::Borrowed(sql.text), statements: Cow::Borrowed(sql.statements) }
    }
}

impl From<String> for File {
    fn from(text: String) -> Self {
        Self { statements: Cow::Owned(split(&text)), text: Cow::Owned(text) }
    }
}

/// The migrations that are compiled in.
pub(crate) fn embedded(migrations: &[Embedded]) -> Vec<Migration> {
    migrations.iter().map(Migration::from).collect()
}

/// The migrations of a directory, read and checked now.
pub(crate) fn directory(path: &Path) -> Result<Vec<Migration>> {
    let read = read_directory(path).map_err(|mistake| MigrationProblem::Files.because(mistake))?;
    Ok(read.into_iter().map(Migration::from).collect())
}

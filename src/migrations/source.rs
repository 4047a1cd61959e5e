//! Where migrations come from: compiled in, or a directory.

#[cfg(feature = "testing")]
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use diesel::{migration::MigrationSource, pg::Pg};
use diesel_migrations::FileBasedMigrations;

use super::check::{self, Files};
use super::checksum::checksum;
use crate::error::{Error, Result};

/// One folder of migrations.
pub(super) struct Migration {
    /// What the ledger holds: the folder's name up to the first `_`, without hyphens.
    pub version: String,
    /// The folder's name.
    pub name: String,
    pub up: String,
    pub down: String,
    pub run_in_transaction: bool,
    /// Of up.sql.
    pub checksum: String,
}

/// The files of one folder, and the checksum of the first.
struct Text {
    up: Option<String>,
    down: Option<String>,
    metadata: Option<String>,
    checksum: String,
}

type EmbeddedText = (&'static str, &'static str, Option<&'static str>, Option<&'static str>, &'static str);

/// Folder, up.sql, down.sql, metadata.toml, checksum of up.sql.
const TEXTS: &[EmbeddedText] = include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// The migrations that are compiled in.
pub(super) fn embedded() -> Result<Vec<Migration>> {
    load(&super::MIGRATIONS, |name| {
        let (_, up, down, metadata, checksum) = TEXTS
            .iter()
            .find(|(folder, ..)| *folder == name)
            .ok_or_else(|| Error::Migration(format!("migration {name} was compiled in without its SQL; rebuild")))?;
        Ok(Text {
            up: Some(up.to_string()),
            down: down.map(String::from),
            metadata: metadata.map(String::from),
            checksum: checksum.to_string(),
        })
    })
}

/// Changes with every change of a migration: what was made from other migrations isn't up to date.
#[cfg(feature = "testing")]
pub(crate) fn fingerprint() -> u64 {
    let mut hasher = DefaultHasher::new();
    TEXTS.hash(&mut hasher);
    hasher.finish()
}

/// The migrations of a directory, read now.
pub(super) fn directory(path: &Path) -> Result<Vec<Migration>> {
    let source = FileBasedMigrations::from_path(path)
        .map_err(|error| Error::Configuration(format!("migration directory {}: {error}", path.display())))?;
    load(&source, |name| {
        let read = |file| check::read(&path.join(name), file).map_err(Error::Configuration);
        let up = read("up.sql")?;
        Ok(Text {
            checksum: up.as_deref().map(checksum).unwrap_or_default(),
            up,
            down: read("down.sql")?,
            metadata: read("metadata.toml")?,
        })
    })
}

/// Diesel says which migrations there are and how they run; `text` has their SQL. Sorted by version.
fn load(source: &impl MigrationSource<Pg>, text: impl Fn(&str) -> Result<Text>) -> Result<Vec<Migration>> {
    let listed =
        source.migrations().map_err(|error| Error::Migration(format!("cannot list the migrations: {error}")))?;
    let mut texts = Vec::with_capacity(listed.len());
    for migration in &listed {
        let name = migration.name().to_string();
        texts.push((text(&name)?, name));
    }
    let files: Vec<Files<'_>> = texts
        .iter()
        .map(|(text, name)| Files {
            name,
            up: text.up.as_deref(),
            down: text.down.as_deref(),
            metadata: text.metadata.as_deref(),
        })
        .collect();
    check::check(&files).map_err(Error::Migration)?;
    let mut migrations: Vec<Migration> = listed
        .iter()
        .zip(texts)
        .map(|(migration, (text, name))| Migration {
            version: migration.name().version().to_string(),
            run_in_transaction: migration.metadata().run_in_transaction(),
            name,
            up: text.up.unwrap_or_default(),
            down: text.down.unwrap_or_default(),
            checksum: text.checksum,
        })
        .collect();
    migrations.sort_by(|a, b| a.version.cmp(&b.version));
    Ok(migrations)
}

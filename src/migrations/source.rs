//! Where migrations come from: compiled in, or a directory.

#[cfg(feature = "testing")]
use std::hash::{DefaultHasher, Hash, Hasher};
use std::{fs, path::Path};

use diesel::{migration::MigrationSource, pg::Pg};
use diesel_migrations::FileBasedMigrations;

use super::checksum::checksum;
use crate::error::{Error, Result};

/// One folder of migrations.
pub(super) struct Migration {
    /// What the ledger holds: the folder's name up to the first `_`, without hyphens.
    pub version: String,
    /// The folder's name.
    pub name: String,
    pub up: String,
    pub down: Option<String>,
    pub run_in_transaction: bool,
    /// Of up.sql.
    pub checksum: String,
}

/// The files of one folder, and the checksum of the first.
struct Text {
    up: String,
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
            up: up.to_string(),
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
        let folder = path.join(name);
        let up = read(&folder.join("up.sql"))?.unwrap_or_default();
        Ok(Text {
            checksum: checksum(&up),
            up,
            down: read(&folder.join("down.sql"))?,
            metadata: read(&folder.join("metadata.toml"))?,
        })
    })
}

fn read(file: &Path) -> Result<Option<String>> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::Configuration(format!("cannot read {}: {error}", file.display()))),
    }
}

/// Diesel says which migrations there are and how they run; `text` has their SQL. Sorted by version.
fn load(source: &impl MigrationSource<Pg>, text: impl Fn(&str) -> Result<Text>) -> Result<Vec<Migration>> {
    let listed =
        source.migrations().map_err(|error| Error::Migration(format!("cannot list the migrations: {error}")))?;
    let mut migrations = Vec::with_capacity(listed.len());
    for migration in listed {
        let name = migration.name().to_string();
        let text = text(&name)?;
        // Diesel reads a metadata.toml without this key, or with a misspelled one, as "outside a transaction".
        if text.metadata.is_some_and(|metadata| !says_run_in_transaction(&metadata)) {
            return Err(Error::Migration(format!(
                "migration {name}: metadata.toml does not say run_in_transaction; it must hold one line, \
                 `run_in_transaction = true` or `= false`; correct it or delete the file"
            )));
        }
        migrations.push(Migration {
            version: migration.name().version().to_string(),
            run_in_transaction: migration.metadata().run_in_transaction(),
            name,
            up: text.up,
            down: text.down,
            checksum: text.checksum,
        });
    }
    migrations.sort_by(|a, b| (&a.version, &a.name).cmp(&(&b.version, &b.name)));
    match migrations.windows(2).find(|pair| pair[0].version == pair[1].version) {
        Some(pair) => Err(Error::Migration(format!(
            "migrations {} and {} have the same version; rename one",
            pair[0].name, pair[1].name
        ))),
        None => Ok(migrations),
    }
}

fn says_run_in_transaction(metadata: &str) -> bool {
    let lines = metadata.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    let [line] = lines[..] else { return false };
    matches!(line.split_once('='), Some((key, value))
        if key.trim() == "run_in_transaction" && matches!(value.trim(), "true" | "false"))
}

impl Migration {
    /// Refuses a migration that was created and not written yet: applied, it would do nothing and count as done.
    pub fn require_up(&self) -> Result<()> {
        let blank = |line: &str| line.trim().is_empty() || line.trim_start().starts_with("--");
        match self.up.lines().all(blank) {
            true => Err(self.incomplete("up.sql has no statement")),
            false => Ok(()),
        }
    }

    /// Refuses a migration that can't be reverted. A comment may say that there is nothing to undo.
    pub fn require_down(&self) -> Result<()> {
        match self.down.as_deref().unwrap_or_default().trim().is_empty() {
            true => Err(self.incomplete("down.sql is missing or empty")),
            false => Ok(()),
        }
    }

    fn incomplete(&self, what: &str) -> Error {
        Error::Migration(format!("migration {}: {what}; nothing was changed", self.name))
    }
}

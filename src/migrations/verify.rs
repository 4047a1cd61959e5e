//! Whether a database is what this binary expects.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

use strum::VariantArray as _;
use tokio::time::sleep;
use tokio_postgres::Client;

use super::{
    access::{Access, BOOKKEEPING, Right},
    catalog::{self, Catalog, Grants},
    failure,
    ledger::{self, Applied},
    source::{self, Migration},
};
use crate::error::Result;

/// How often to compare, and how long to wait in between, while a migration is at work.
const ATTEMPTS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(500);

/// What differs between a database and a binary.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verification {
    /// What differs: migrations in order of version, then objects by name.
    pub findings: Vec<Finding>,
    /// Why nothing can be said about drift, where nothing can.
    pub drift_unknown_because: Option<String>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// The database lacks a migration; `migrate up` applies it.
    Pending {
        /// The folder's name.
        migration: String,
    },
    /// The database lacks a migration that is older than one that it has; `migrate up` would apply it late.
    OutOfOrder {
        /// The folder's name.
        migration: String,
        /// The newest version that is applied.
        after: String,
    },
    /// Another binary applied this one: the database is ahead.
    Unknown {
        /// The version in the ledger.
        version: String,
    },
    /// `up.sql` is not what was applied.
    Edited {
        /// The folder's name.
        migration: String,
    },
    /// An object is not what the migrations make: missing, altered, or one that they don't make.
    Drift {
        /// Kind and name, such as `trigger keep_denial_totals on denial_transactions`.
        object: String,
        /// What the migrations make; `None` for an object that they don't make. Bodies of functions and views as hashes.
        expected: Option<String>,
        /// What is there; `None` for an object that is missing.
        found: Option<String>,
    },
}

impl Verification {
    /// True where nothing differs and everything was compared.
    pub fn is_as_expected(&self) -> bool {
        self.findings.is_empty() && self.drift_unknown_because.is_none()
    }
}

/// Compares, again where a migration was at work meanwhile; `client` is a connection of its own.
pub(super) async fn verify(migrations: &[Migration], client: Client) -> Result<Verification> {
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            sleep(PAUSE).await;
        }
        catalog::begin(&client).await?;
        // First: it fails where there is no ledger, and the transaction with it; then all migrations are pending.
        let applied = ledger::read(&client).await?;
        let verification = judge(migrations, &applied, &client).await?;
        let end = client.batch_execute("rollback").await;
        end.map_err(failure::during("cannot end to read the catalog"))?;
        if let Some(verification) = verification
            && ledger::read(&client).await?.iter().map(Applied::content).eq(applied.iter().map(Applied::content))
        {
            return Ok(verification);
        }
    }
    Err(catalog::being_changed())
}

/// `None` where the catalog can't be read now.
async fn judge(migrations: &[Migration], applied: &[Applied], client: &Client) -> Result<Option<Verification>> {
    let mut findings = compare(migrations, applied);
    let is_complete = !findings.iter().any(|finding| !matches!(finding, Finding::Edited { .. }));
    let drift_unknown_because = if !is_complete {
        Some(String::from("other migrations are applied than this binary has"))
    } else if !is_embedded(migrations)? {
        Some(String::from("these are not the migrations that are compiled in"))
    } else {
        let Some((found, grants)) = catalog::read(client).await? else { return Ok(None) };
        match catalog::expected(found.postgresql) {
            Some(expected) => {
                findings.extend(drift(&expected, found, grants));
                None
            }
            None => Some(format!("this version of the program doesn't know PostgreSQL {}", found.postgresql)),
        }
    };
    Ok(Some(Verification { findings, drift_unknown_because }))
}

/// What the ledger tells, in order of version.
fn compare(migrations: &[Migration], applied: &[Applied]) -> Vec<Finding> {
    let newest = applied.last().map(|row| row.version.as_str()).unwrap_or_default();
    let mut findings: Vec<(String, Finding)> = Vec::new();
    for migration in migrations {
        let name = migration.name.clone();
        let finding = match applied.iter().find(|row| row.version == migration.version) {
            Some(row) if row.checksum.as_ref().is_some_and(|checksum| *checksum != migration.checksum) => {
                Finding::Edited { migration: name }
            }
            Some(_) => continue,
            None if migration.version.as_str() < newest => {
                Finding::OutOfOrder { migration: name, after: newest.to_owned() }
            }
            None => Finding::Pending { migration: name },
        };
        findings.push((migration.version.clone(), finding));
    }
    let unknown = ledger::unknown(migrations, applied).into_iter();
    findings.extend(unknown.map(|version| (version.clone(), Finding::Unknown { version })));
    findings.sort_by(|(one, _), (other, _)| one.cmp(other));
    findings.into_iter().map(|(_, finding)| finding).collect()
}

/// Whether the manifest is about these migrations.
fn is_embedded(migrations: &[Migration]) -> Result<bool> {
    let same =
        |(one, other): (&Migration, &Migration)| (&one.version, &one.checksum) == (&other.version, &other.checksum);
    let embedded = source::embedded()?;
    Ok(embedded.len() == migrations.len() && migrations.iter().zip(&embedded).all(same))
}

fn drift(expected: &BTreeMap<&str, &str>, mut found: Catalog, grants: Grants) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (&object, &definition) in expected {
        let there = found.objects.remove(object);
        if there.as_deref() != Some(definition) {
            findings.push((object.to_owned(), Some(definition.to_owned()), there));
        }
    }
    findings.extend(found.objects.into_iter().map(|(object, definition)| (object, None, Some(definition))));
    for (role, rights) in grants {
        let (missing, besides) = misfits(expected, rights);
        let object = |right: String| format!("grant {right} to {role}");
        let there = Some(String::new());
        findings.extend(missing.into_iter().map(|right| (object(right), there.clone(), None)));
        findings.extend(besides.into_iter().map(|right| (object(right), None, there.clone())));
    }
    findings.sort();
    findings.into_iter().map(|(object, expected, found)| Finding::Drift { object, expected, found }).collect()
}

/// What a role lacks and has beside the access that comes nearest to its rights, which may be none. To enter the schema,
/// to run what everybody may and to read what holds nothing of anybody, is no difference.
fn misfits(expected: &BTreeMap<&str, &str>, rights: BTreeSet<String>) -> (Vec<String>, Vec<String>) {
    let called = |right: Right<'_>| match right {
        Right { privilege, relation, column: Some(column) } => format!("{privilege} on column {relation}.{column}"),
        Right { privilege, relation, column: None } => {
            let kind = if expected.contains_key(format!("view {relation}").as_str()) { "view" } else { "table" };
            format!("{privilege} on {kind} {relation}")
        }
    };
    let counts = |right: &String| {
        !(right == "USAGE on schema"
            || expected.contains_key(format!("grant {right} to public").as_str())
            || right.strip_prefix("SELECT on table ").is_some_and(|table| BOOKKEEPING.contains(&table)))
    };
    let rights: BTreeSet<String> = rights.into_iter().filter(counts).collect();
    let mut nearest = BTreeSet::new();
    for access in Access::VARIANTS {
        let relations =
            expected.keys().filter_map(|object| object.strip_prefix("table ").or(object.strip_prefix("view ")));
        let its: BTreeSet<String> = access.rights(relations).into_iter().map(called).filter(counts).collect();
        if its.symmetric_difference(&rights).count() < nearest.symmetric_difference(&rights).count() {
            nearest = its;
        }
    }
    (nearest.difference(&rights).cloned().collect(), rights.difference(&nearest).cloned().collect())
}

/// One line, for people.
impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pending { migration } => write!(formatter, "pending: {migration}"),
            Self::OutOfOrder { migration, after } => {
                write!(formatter, "out of order: {migration} is pending, and {after} is applied")
            }
            Self::Unknown { version } => write!(formatter, "unknown: {version} was applied by another binary"),
            Self::Edited { migration } => write!(formatter, "edited: up.sql of {migration} is not what was applied"),
            Self::Drift { object, expected, found } => match (expected.as_deref(), found.as_deref()) {
                (Some(expected), Some(found)) => {
                    write!(formatter, "drift: {object} is altered; expected \"{expected}\", found \"{found}\"")
                }
                (Some(_), None) => write!(formatter, "drift: {object} is missing"),
                (None, _) => write!(formatter, "drift: unexpected object: {object}"),
            },
        }
    }
}

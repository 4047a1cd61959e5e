//! Whether a database is what this binary expects.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

use tokio::time::{Instant, sleep};
use tokio_postgres::{Client, Row, error::Error as PgError};

use crate::access::{Defaulted, Right};
use crate::catalog::{self, Catalog, Grants};
use crate::definition::Definition;
use crate::error::Result;
use crate::{
    failure,
    ledger::{self, Applied},
    repin,
    source::Migration,
};

/// How often to compare, and how long to wait in between, while a migration is at work.
const ATTEMPTS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(500);

/// How long to wait in all for what somebody keeps readers from.
const PATIENCE: Duration = Duration::from_secs(10);

/// What differs between a database and a binary.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verification {
    /// What differs: migrations in order of version, then objects by name.
    pub differences: Vec<Difference>,
    /// Why nothing can be said about drift, where nothing can.
    pub drift_unknown_because: Option<String>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// The database lacks a migration.
    Pending {
        /// The folder's name.
        migration: String,
    },
    /// The database lacks a migration that is older than one that it has; a run would apply it late.
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
    /// Functions look into other schemas than theirs, which was renamed or copied; see [`Runner::repin`](crate::Runner::repin).
    /// Drift is told once they don't.
    Renamed {
        /// How many functions.
        functions: usize,
        /// The schemas that they look into.
        into: String,
    },
    /// An object is missing, altered, or unexpected.
    Drift {
        /// Kind and name, such as `trigger count_loans on books`.
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
        self.differences.is_empty() && self.drift_unknown_because.is_none()
    }
}

/// Compares, again where a migration was at work meanwhile or a table was locked; `client` is a connection of its own.
/// `is_definition`: these migrations are those of the definition.
pub(crate) async fn verify(
    definition: &Definition,
    migrations: &[Migration],
    is_definition: bool,
    client: Client,
) -> Result<Verification> {
    let start = Instant::now();
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            sleep(PAUSE).await;
        }
        catalog::begin(&client).await?;
        // First: it fails where there is no ledger, and the transaction with it; then all migrations are pending.
        let applied = ledger::read(&client, definition.ledger).await?;
        let mut differences = compare(migrations, &applied);
        let is_complete = !differences.iter().any(|difference| !matches!(difference, Difference::Edited { .. }));
        if is_complete {
            let found = switched_off(&client).await.map_err(failure::during("cannot read the settings of roles"))?;
            differences.extend(found);
        }
        let (mut is_read, mut is_locked) = (true, false);
        let renamed = match applied.is_empty() {
            true => None,
            false => repin::found(&client).await.map_err(failure::during("cannot read the functions"))?,
        };
        let is_renamed = renamed.is_some();
        differences.extend(renamed.map(|(functions, into)| Difference::Renamed { functions, into }));
        let drift_unknown_because = if !is_complete {
            Some(String::from("other migrations are applied than this binary has"))
        } else if !is_definition {
            Some(String::from("these are not the migrations that are compiled in"))
        } else if definition.catalog.is_empty() || is_renamed {
            None
        } else {
            let read = catalog::try_read(&client, definition).await;
            is_locked = read.as_ref().is_err_and(failure::is_lock_conflict);
            match catalog::understood(read)? {
                None => {
                    is_read = false;
                    None
                }
                Some((found, grants)) => match catalog::expected(definition, found.postgresql) {
                    Some(expected) => {
                        let defaulted = Defaulted::find(&client).await;
                        let defaulted =
                            defaulted.map_err(failure::during("cannot read which columns have defaults"))?;
                        differences.extend(drift(definition, &expected, found, grants, &defaulted));
                        None
                    }
                    None => Some(format!("this version of the program doesn't know PostgreSQL {}", found.postgresql)),
                },
            }
        };
        if is_locked && start.elapsed() >= PATIENCE {
            return Err(catalog::locked(&client).await);
        }
        client.batch_execute("rollback").await.map_err(failure::during("cannot end to read the catalog"))?;
        let is_same = || async {
            let again = ledger::read(&client, definition.ledger).await?;
            Ok::<_, crate::Error>(again.iter().map(Applied::content).eq(applied.iter().map(Applied::content)))
        };
        if is_read && is_same().await? {
            return Ok(Verification { differences, drift_unknown_because });
        }
    }
    Err(catalog::being_changed())
}

/// Who of those that may write here is set to work without triggers, and so without the rules that they keep. The
/// migrations make no such setting. What a role may that it can become counts too: a setting stays after SET ROLE.
async fn switched_off(client: &Client) -> Result<Vec<Difference>, PgError> {
    let query = "
        select format('setting %s of %s%s', setting,
            case when setrole = 0 then 'every role' else format('role %I', pg_get_userbyid(setrole)) end,
            case when setdatabase <> 0 then ' in this database' end)
        from pg_catalog.pg_db_role_setting
        cross join unnest(setconfig) as setting
        where starts_with(setting, 'session_replication_role=') and setting <> 'session_replication_role=origin'
            and setdatabase in (0, (select oid from pg_catalog.pg_database where datname = current_database()))
            and (setrole = 0 or exists (
                select from pg_catalog.pg_class
                join pg_catalog.pg_namespace on pg_namespace.oid = relnamespace
                cross join pg_catalog.pg_roles
                where nspname = current_schema() and relkind in ('r', 'p') and pg_has_role(setrole, pg_roles.oid, 'member')
                    and (has_table_privilege(pg_roles.oid, pg_class.oid, 'insert, update, delete, truncate')
                        or has_any_column_privilege(pg_roles.oid, pg_class.oid, 'insert, update'))))
        union
        select format('setting session_replication_role=%s of the server', setting)
        from pg_catalog.pg_show_all_settings()
        where name = 'session_replication_role' and setting <> 'origin'
            and source in ('command line', 'configuration file', 'environment variable')
        order by 1";
    let drift = |row: &Row| Difference::Drift { object: row.get(0), expected: None, found: Some(String::new()) };
    Ok(client.query(query, &[]).await?.iter().map(drift).collect())
}

/// What the ledger tells, in order of version.
fn compare(migrations: &[Migration], applied: &[Applied]) -> Vec<Difference> {
    let newest = applied.last().map(|row| row.version.as_str()).unwrap_or_default();
    let mut differences: Vec<(String, Difference)> = Vec::new();
    for migration in migrations {
        let name = migration.name.to_string();
        let difference = match applied.iter().find(|row| row.version == migration.version) {
            Some(_) if ledger::is_edited(migration, applied) => Difference::Edited { migration: name },
            Some(_) => continue,
            None if migration.version.as_str() < newest => {
                Difference::OutOfOrder { migration: name, after: newest.to_owned() }
            }
            None => Difference::Pending { migration: name },
        };
        differences.push((migration.version.clone(), difference));
    }
    let unknown = ledger::unknown(migrations, applied).into_iter();
    differences.extend(unknown.map(|version| (version.clone(), Difference::Unknown { version })));
    differences.sort_by(|(one, _), (other, _)| one.cmp(other));
    differences.into_iter().map(|(_, difference)| difference).collect()
}

/// Objects that differ: what it is, what is expected, what is there.
pub(crate) fn differences(
    expected: &BTreeMap<&str, &str>,
    mut found: BTreeMap<String, String>,
) -> Vec<(String, Option<String>, Option<String>)> {
    let mut differences = Vec::new();
    for (&object, &definition) in expected {
        let there = found.remove(object);
        if there.as_deref() != Some(definition) {
            differences.push((object.to_owned(), Some(definition.to_owned()), there));
        }
    }
    differences.extend(found.into_iter().map(|(object, definition)| (object, None, Some(definition))));
    differences
}

fn drift(
    definition: &Definition,
    expected: &BTreeMap<&str, &str>,
    found: Catalog,
    grants: Grants,
    defaulted: &Defaulted,
) -> Vec<Difference> {
    let mut differences = differences(expected, found.objects);
    // Default privileges may keep PUBLIC out; roles have what their access needs by themselves.
    differences.retain(|(object, _, found)| {
        found.is_some() || !(object.starts_with("grant ") && object.ends_with(" to public"))
    });
    for (role, rights) in grants {
        let (missing, besides) = compare_with_nearest_access(definition, expected, rights, defaulted);
        let object = |right: String| format!("grant {right} to {role}");
        let there = Some(String::new());
        differences.extend(missing.into_iter().map(|right| (object(right), there.clone(), None)));
        differences.extend(besides.into_iter().map(|right| (object(right), None, there.clone())));
    }
    differences.sort();
    differences.into_iter().map(|(object, expected, found)| Difference::Drift { object, expected, found }).collect()
}

/// What a role lacks and has beside the access that comes nearest to its rights, which may be none. To enter the schema,
/// to run what everybody may and to read what holds nothing of anybody, is no difference.
fn compare_with_nearest_access(
    definition: &Definition,
    expected: &BTreeMap<&str, &str>,
    rights: BTreeSet<String>,
    defaulted: &Defaulted,
) -> (Vec<String>, Vec<String>) {
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
            || right.strip_prefix("SELECT on table ").is_some_and(|table| definition.is_bookkeeping(table)))
    };
    let rights: BTreeSet<String> = rights.into_iter().filter(counts).collect();
    let mut nearest = BTreeSet::new();
    for access in definition.accesses {
        let relations =
            expected.keys().filter_map(|object| object.strip_prefix("table ").or(object.strip_prefix("view ")));
        let its: BTreeSet<String> =
            access.rights(relations, defaulted).into_iter().map(called).filter(counts).collect();
        if its.symmetric_difference(&rights).count() < nearest.symmetric_difference(&rights).count() {
            nearest = its;
        }
    }
    (nearest.difference(&rights).cloned().collect(), rights.difference(&nearest).cloned().collect())
}

/// One line, for people.
impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pending { migration } => write!(formatter, "pending: {migration}"),
            Self::OutOfOrder { migration, after } => {
                write!(formatter, "out of order: {migration} is pending, and {after} is applied")
            }
            Self::Unknown { version } => write!(formatter, "unknown: {version} was applied by another binary"),
            Self::Renamed { functions, into } => formatter.write_str(&repin::told(*functions, into)),
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

//! What pending migrations lock, as it was recorded when they ran on tables with rows in them, beside what the tables of
//! this database look like.

use std::{collections::BTreeMap, fmt::Write};

use strum::{Display, EnumString, IntoStaticStr};
use tokio_postgres::{Client, error::Error as PgError};

use crate::definition::Definition;
use crate::source::Migration;

/// PostgreSQL's table locks, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Display, EnumString, IntoStaticStr)]
pub enum LockMode {
    /// Reading.
    #[strum(to_string = "ACCESS SHARE")]
    AccessShare,
    /// Locking rows, as foreign keys do in the table that they refer to.
    #[strum(to_string = "ROW SHARE")]
    RowShare,
    /// Writing rows.
    #[strum(to_string = "ROW EXCLUSIVE")]
    RowExclusive,
    /// Everybody may go on; one such statement at a time.
    #[strum(to_string = "SHARE UPDATE EXCLUSIVE")]
    ShareUpdateExclusive,
    /// Nobody else writes.
    #[strum(to_string = "SHARE")]
    Share,
    /// Nobody else writes; one such statement at a time.
    #[strum(to_string = "SHARE ROW EXCLUSIVE")]
    ShareRowExclusive,
    /// Others may read without locking rows.
    #[strum(to_string = "EXCLUSIVE")]
    Exclusive,
    /// Nobody else reads or writes.
    #[strum(to_string = "ACCESS EXCLUSIVE")]
    AccessExclusive,
}

impl LockMode {
    /// What others can do meanwhile.
    pub fn blocks(self) -> &'static str {
        match self {
            Self::AccessShare | Self::RowShare | Self::RowExclusive | Self::ShareUpdateExclusive => {
                "others read and write"
            }
            Self::Share | Self::ShareRowExclusive | Self::Exclusive => "nobody writes",
            Self::AccessExclusive => "nobody reads or writes",
        }
    }
}

/// What [`Runner::run_pending`](crate::Runner::run_pending) would do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plan {
    /// The pending migrations, in the order in which they would run.
    pub migrations: Vec<PlannedMigration>,
    /// How large the tables and views of this database are that the migrations lock, by name; what isn't there yet is
    /// missing.
    pub sizes: BTreeMap<String, TableSize>,
}

/// One pending migration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlannedMigration {
    /// The folder's name.
    pub name: String,
    /// Whether it keeps its locks until its last statement is done, and leaves nothing where it fails.
    pub run_in_transaction: bool,
    /// What it did to tables that were there before, by name; `None` where that was not recorded.
    pub tables: Option<Vec<RecordedTable>>,
}

/// What a migration did to a table or view.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordedTable {
    /// The table.
    pub name: String,
    /// The strongest lock that it held.
    pub lock: LockMode,
    /// Whether all its rows were written anew, or thrown away.
    pub is_rewritten: bool,
    /// Whether all its rows were read: to validate a constraint or to build an index, say.
    pub is_scanned: bool,
}

/// How large a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TableSize {
    /// PostgreSQL's estimate; `None` where it never looked (ANALYZE).
    pub rows: Option<i64>,
    /// With its indexes and what is stored beside it.
    pub bytes: i64,
}

/// What was recorded of each migration, by the folder's name.
///
/// A line for each migration, and below it, indented, one for each table: `books: ACCESS EXCLUSIVE, rewritten, scanned`.
/// Lines that begin with `#` are comments.
pub fn parse(recorded: &str) -> BTreeMap<&str, Vec<RecordedTable>> {
    let mut migrations = BTreeMap::new();
    let mut current = None;
    for line in recorded.lines().filter(|line| !line.starts_with('#')) {
        match line.strip_prefix("    ") {
            None => {
                current = Some(line);
                migrations.insert(line, Vec::new());
            }
            Some(line) => {
                let tables = current.and_then(|name| migrations.get_mut(name));
                if let (Some(tables), Some(table)) = (tables, parse_table(line)) {
                    tables.push(table);
                }
            }
        }
    }
    migrations
}

fn parse_table(line: &str) -> Option<RecordedTable> {
    let (name, rest) = line.rsplit_once(": ")?;
    let mut words = rest.split(", ");
    let lock = words.next()?.parse().ok()?;
    let rest: Vec<&str> = words.collect();
    let (is_rewritten, is_scanned) = (rest.contains(&"rewritten"), rest.contains(&"scanned"));
    Some(RecordedTable { name: name.to_owned(), lock, is_rewritten, is_scanned })
}

/// The lines of one migration, which [`parse`] reads.
pub fn print(migration: &str, tables: &[RecordedTable]) -> String {
    let mut text = format!("{migration}\n");
    for table in tables {
        let rewritten = if table.is_rewritten { ", rewritten" } else { "" };
        let scanned = if table.is_scanned { ", scanned" } else { "" };
        // Writing to a String can't fail.
        let _ = writeln!(text, "    {}: {}{rewritten}{scanned}", table.name, table.lock);
    }
    text
}

/// The plan for a database of which `client` is a connection. Reads the catalog alone.
pub(crate) async fn plan(client: &Client, definition: &Definition, pending: &[&Migration]) -> Result<Plan, PgError> {
    let mut recorded = parse(definition.locks);
    let mut tables = |migration: &Migration| {
        // What was recorded of another text says nothing.
        let mut same = definition.migrations.iter().filter(|embedded| embedded.name == migration.name);
        same.any(|embedded| Migration::from(embedded).checksum() == migration.checksum())
            .then(|| recorded.remove(migration.name.as_ref()))
            .flatten()
    };
    let migrations: Vec<PlannedMigration> = pending
        .iter()
        .map(|migration| PlannedMigration {
            name: migration.name.to_string(),
            run_in_transaction: migration.run_in_transaction,
            tables: tables(migration),
        })
        .collect();
    let locked = migrations.iter().filter_map(|migration| migration.tables.as_ref()).flatten();
    let names: Vec<&str> = locked.map(|table| table.name.as_str()).collect();
    let query = "
        select relname::text, case when reltuples >= 0 then reltuples::int8 end, pg_total_relation_size(pg_class.oid)
        from pg_catalog.pg_class
        join pg_catalog.pg_namespace on pg_namespace.oid = relnamespace
        where nspname = current_schema() and relname = any ($1) and relkind in ('r', 'p', 'v', 'm', 'f')";
    // A size can't be told while somebody keeps readers from the table.
    client.batch_execute("set lock_timeout = '5s'").await?;
    let mut sizes = BTreeMap::new();
    for row in client.query(query, &[&names]).await? {
        // NULL where somebody drops it at this moment.
        let bytes: Option<i64> = row.get(2);
        sizes.insert(row.get(0), TableSize { rows: row.get(1), bytes: bytes.unwrap_or_default() });
    }
    Ok(Plan { migrations, sizes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read_again() {
        let table = |name: &str, lock, is_rewritten, is_scanned| RecordedTable {
            name: name.to_owned(),
            lock,
            is_rewritten,
            is_scanned,
        };
        let first = [
            table("books", LockMode::AccessExclusive, true, true),
            table("odd: name, scanned", LockMode::ShareUpdateExclusive, false, true),
            table("readers", LockMode::RowShare, false, false),
        ];
        let text = format!("# PostgreSQL 15\n{}{}", print("2024_a", &first), print("2024_b", &[]));
        let read = parse(&text);
        assert_eq!(read["2024_a"], first);
        assert_eq!(read["2024_b"], []);
        assert_eq!(read.len(), 2);
    }
}

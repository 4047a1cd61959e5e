//! What migrations did to tables with rows in them: the text of [`Definition::locks`](crate::Definition::locks), read and
//! written.

use std::{collections::BTreeMap, fmt::Write};

use strum::{Display, EnumString, IntoStaticStr};

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

//! What a crate hands to the engine.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use postgres_migrate_build::Statement;

use crate::access::Access;
use crate::manifest;

/// Diesel's ledger of applied migrations.
const LEDGER: &str = "__diesel_schema_migrations";

/// The migrations of a crate, and what the engine is to know of them.
///
/// Two tables have a meaning where migrations make them: `database_environment` (one row, column `environment`:
/// `development` or `production`) and `required_versions` (`migration`, `crate_version`, `reason`). Without the first one, a
/// database counts as production, so nothing can be reverted there, unless its comment is `development`.
#[derive(Clone, Copy)]
pub struct Definition {
    /// The crate's name, for messages.
    pub package: &'static str,
    /// The crate's version, which `required_versions` is compared with.
    pub version: &'static str,
    /// In order of version: [`embedded!`](crate::embedded).
    pub migrations: &'static [Embedded],
    /// The table that says which of them are applied, in small letters, digits and underscores: Diesel's unless said.
    /// Migrations that share a schema with others need another one.
    pub ledger: &'static str,
    /// Whose tables stand in the same schema. `verify`, `grant` and [`catalog`](crate::catalog()) leave them alone: what
    /// the `catalog` of those names, and the tables that they name otherwise. Two may name each other, as `static`s.
    pub beside: &'static [&'static Definition],
    /// What the migrations make, as [`Catalog::merge_into`](crate::Catalog::merge_into) writes it; empty where drift is not
    /// looked for.
    pub catalog: &'static str,
    /// What each migration locks, rewrites and scans, as it was recorded; empty where nothing is recorded.
    pub locks: &'static str,
    /// What roles may be given.
    pub accesses: &'static [Access],
    /// Tables whose rows are rules: `verify` compares them, without their columns `created_at` and `updated_at`.
    pub rule_tables: &'static [&'static str],
    /// Tables that tell nothing of anybody: to read them is no difference. The ledger is one without being named.
    pub bookkeeping: &'static [&'static str],
}

/// One migration as the build script embedded it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Embedded {
    /// The folder's name.
    pub name: &'static str,
    /// False where `metadata.toml` says so.
    pub run_in_transaction: bool,
    /// `up.sql`.
    pub up: Sql,
    /// `down.sql`.
    pub down: Sql,
}

/// A file of SQL and its statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sql {
    /// The file.
    pub text: &'static str,
    /// Where its statements stand.
    pub statements: &'static [Statement],
}

impl Sql {
    /// The text of each statement, in order.
    pub fn statements(&self) -> impl Iterator<Item = &'static str> {
        let text = self.text;
        self.statements.iter().map(move |statement| statement.of(text))
    }
}

/// Shows the package: two may have each other beside them.
impl fmt::Debug for Definition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Definition").field("package", &self.package).finish_non_exhaustive()
    }
}

impl Definition {
    /// Migrations about which nothing else is said.
    pub const fn new(package: &'static str, version: &'static str, migrations: &'static [Embedded]) -> Self {
        Self {
            package,
            version,
            migrations,
            ledger: LEDGER,
            beside: &[],
            catalog: "",
            locks: "",
            accesses: &[],
            rule_tables: &[],
            bookkeeping: &[],
        }
    }

    /// Changes with every change of a migration: what was made from other migrations isn't up to date.
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.migrations.hash(&mut hasher);
        hasher.finish()
    }

    /// The access of this name.
    pub fn access(&self, name: &str) -> Option<&'static Access> {
        self.accesses.iter().find(|access| access.name == name)
    }

    /// The tables that the migrations make, as far as that is known.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &'static str> {
        let made = manifest::lines(self.catalog).filter_map(|(_, object, _)| object.strip_prefix("table "));
        made.chain(self.rule_tables.iter().copied()).chain(self.bookkeeping.iter().copied())
    }

    /// The names of tables, views, functions and types that the migrations make, as far as that is known, and the ledger's.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        const KINDS: [&str; 11] = [
            "table",
            "partitioned table",
            "foreign table",
            "view",
            "materialized view",
            "sequence",
            "function",
            "procedure",
            "aggregate",
            "domain",
            "type",
        ];
        let made = manifest::lines(self.catalog).filter_map(|(_, object, _)| {
            let name = KINDS.iter().find_map(|kind| object.strip_prefix(kind)?.strip_prefix(' '))?;
            Some(name.split('(').next().unwrap_or(name).trim_matches('"'))
        });
        made.chain(self.tables()).chain(self.accesses.iter().flat_map(Access::relations)).chain([self.ledger])
    }

    /// The names of what belongs to others, a line each.
    pub(crate) fn names_beside(&self) -> String {
        self.beside.iter().flat_map(|other| other.names()).collect::<Vec<_>>().join("\n")
    }

    /// The tables that tell nothing of anybody.
    pub(crate) fn is_bookkeeping(&self, table: &str) -> bool {
        table == self.ledger || self.bookkeeping.contains(&table)
    }
}

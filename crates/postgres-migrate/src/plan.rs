//! What pending migrations lock, as it was recorded when they ran on tables with rows in them, beside what the tables of
//! this database look like.

use std::collections::BTreeMap;

use tokio_postgres::{Client, error::Error as PgError};

use crate::definition::Definition;
use crate::record::{RecordedTable, parse};
use crate::source::Migration;

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

/// How large a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TableSize {
    /// PostgreSQL's estimate; `None` where it never looked (ANALYZE).
    pub rows: Option<i64>,
    /// With its indexes and what is stored beside it.
    pub bytes: i64,
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

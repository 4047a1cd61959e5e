//! Diesel's ledger of applied migrations.

use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow, error::SqlState};

use super::{failure, session::Session, source::Migration};
use crate::error::{Error, Result};

/// One row of the ledger.
pub(super) struct Applied {
    pub version: String,
    /// When, to the second, in the time zone of the session that applied it.
    pub at: String,
}

/// Diesel's text, with the schema named.
fn create_table(ledger: &str) -> String {
    format!(
        "create table if not exists {ledger} (
            version varchar(50) primary key not null,
            run_on timestamp not null default current_timestamp
        )"
    )
}

/// The rows in order of version, in one round trip and without a write; none where there is no ledger.
/// A ledger further down the search path belongs to another schema.
pub(super) async fn read(client: &Client) -> Result<Vec<Applied>> {
    let query = "
        select ledger.version, to_char(ledger.run_on, 'YYYY-MM-DD HH24:MI:SS')
        from __diesel_schema_migrations as ledger
        join pg_catalog.pg_class on pg_class.oid = ledger.tableoid
        join pg_catalog.pg_namespace on pg_namespace.oid = pg_class.relnamespace
        where nspname = current_schema()
        order by ledger.version collate \"C\"";
    match client.simple_query(query).await {
        Ok(messages) => Ok(messages.iter().filter_map(row).collect()),
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => Ok(Vec::new()),
        Err(error) => Err(failure::during("cannot read the ledger __diesel_schema_migrations")(error)),
    }
}

fn row(message: &SimpleQueryMessage) -> Option<Applied> {
    let SimpleQueryMessage::Row(row) = message else {
        return None;
    };
    let text = |row: &SimpleQueryRow, column| row.get(column).map(String::from);
    Some(Applied { version: text(row, 0)?, at: text(row, 1)? })
}

/// Makes the ledger where it is missing. Only under the lock: two CREATE TABLE IF NOT EXISTS at once can fail.
pub(super) async fn create(session: &Session) -> Result<()> {
    session
        .client
        .batch_execute(&create_table(&session.ledger()))
        .await
        .map_err(failure::during("cannot create the ledger __diesel_schema_migrations"))
}

/// Notes that a migration is applied.
pub(super) async fn insert(session: &Session, migration: &Migration) -> Result<(), tokio_postgres::Error> {
    let statement = format!("insert into {} (version) values ($1)", session.ledger());
    session.client.execute(&statement, &[&migration.version]).await.map(|_| ())
}

/// Notes that a migration is no longer applied.
pub(super) async fn delete(session: &Session, migration: &Migration) -> Result<(), tokio_postgres::Error> {
    let statement = format!("delete from {} where version = $1", session.ledger());
    session.client.execute(&statement, &[&migration.version]).await.map(|_| ())
}

/// The migrations that the ledger lacks, in order.
pub(super) fn pending<'a>(migrations: &'a [Migration], applied: &[Applied]) -> Vec<&'a Migration> {
    let missing = |migration: &&Migration| applied.iter().all(|row| row.version != migration.version);
    migrations.iter().filter(missing).collect()
}

/// The versions of the ledger that are none of `migrations`: another binary applied them.
pub(super) fn unknown(migrations: &[Migration], applied: &[Applied]) -> Vec<String> {
    let known = |row: &&Applied| migrations.iter().any(|migration| migration.version == row.version);
    applied.iter().filter(|row| !known(row)).map(|row| row.version.clone()).collect()
}

/// The last `count` applied migrations, newest first, all of which this binary must know.
pub(super) fn last<'a>(migrations: &'a [Migration], applied: &[Applied], count: usize) -> Result<Vec<&'a Migration>> {
    if count > applied.len() {
        return Err(Error::Migration(format!(
            "can't revert {count}: only {} are applied; nothing was changed",
            applied.len()
        )));
    }
    let find = |row: &Applied| {
        let known = migrations.iter().find(|migration| migration.version == row.version);
        known.ok_or_else(|| {
            Error::Migration(format!(
                "version {} was applied by another version of this program, which alone can revert it; \
                 nothing was changed",
                row.version
            ))
        })
    };
    applied.iter().rev().take(count).map(find).collect()
}

//! Diesel's ledger of applied migrations, with a column of ours for checksums. The Diesel CLI doesn't see it; a row that
//! it writes or takes out and writes again has none, until this module adopts it.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow, error::SqlState};

use super::{execute::Patience, failure, session::Session, source::Migration};
use crate::error::{Error, Result};

/// One row of the ledger.
pub(super) struct Applied {
    pub version: String,
    /// When, to the second, in the time zone of the session that applied it.
    pub at: String,
    /// Of up.sql as it was applied; `None` where another program applied it.
    pub checksum: Option<String>,
    /// Whether the session owns the ledger and may write.
    is_writable: bool,
}

impl Applied {
    /// What was applied.
    pub fn content(&self) -> (&str, Option<&str>) {
        (&self.version, self.checksum.as_deref())
    }
}

/// Diesel's text, with the schema named, and our column.
fn create_table(ledger: &str) -> String {
    format!(
        "create table if not exists {ledger} (
            version varchar(50) primary key not null,
            run_on timestamp not null default current_timestamp,
            checksum text
        )"
    )
}

/// The rows in order of version, in one round trip and without a write; none where there is no ledger.
/// A ledger further down the search path belongs to another schema.
pub(super) async fn read(client: &Client) -> Result<Vec<Applied>> {
    let query = "
        select
            ledger.version,
            to_char(ledger.run_on, 'YYYY-MM-DD HH24:MI:SS'),
            -- The column may be missing.
            to_jsonb(ledger) ->> 'checksum',
            pg_has_role(relowner, 'usage') and current_setting('transaction_read_only') = 'off'
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
    Some(Applied {
        version: text(row, 0)?,
        at: text(row, 1)?,
        checksum: text(row, 2),
        is_writable: row.get(3) == Some("t"),
    })
}

/// Makes the ledger, or the column that the Diesel CLI's lacks. Only under the lock: two CREATE TABLE IF NOT EXISTS at
/// once can fail.
pub(super) async fn create(session: &Session, patience: Patience) -> Result<()> {
    let failed = || failure::during("cannot create the ledger __diesel_schema_migrations");
    session.client.batch_execute(&create_table(&session.ledger())).await.map_err(failed())?;
    while !has_checksum(session).await.map_err(failed())? {
        match add_checksum(session, patience.lock_timeout).await {
            Err(error) if failure::is_lock_conflict(&error) && Instant::now() < patience.deadline => {
                sleep(Duration::from_millis(fastrand::u64(500..1500))).await;
            }
            result => result.map_err(failed())?,
        }
    }
    Ok(())
}

async fn has_checksum(session: &Session) -> Result<bool, tokio_postgres::Error> {
    let query = "select exists (
        select from pg_catalog.pg_attribute
        where attrelid = to_regclass($1) and attname = 'checksum' and not attisdropped)";
    Ok(session.client.query_one(query, &[&session.ledger()]).await?.get(0))
}

async fn add_checksum(session: &Session, lock_timeout: Duration) -> Result<(), tokio_postgres::Error> {
    let lock_timeout = i32::try_from(lock_timeout.as_millis()).unwrap_or(i32::MAX);
    let ledger = session.ledger();
    // One transaction: a batch is one.
    let statements = format!("set local lock_timeout = {lock_timeout}; alter table {ledger} add column checksum text");
    session.client.batch_execute(&statements).await
}

/// True where `applied` has rows without a checksum that [`adopt`] could give one.
pub(super) fn needs_adoption(migrations: &[Migration], applied: &[Applied]) -> bool {
    let adoptable = |row: &&Applied| row.checksum.is_none() && row.is_writable;
    applied.iter().filter(adoptable).any(|row| migrations.iter().any(|migration| migration.version == row.version))
}

/// Takes what another program applied for what this one would have applied.
pub(super) async fn adopt(session: &Session, migrations: &[Migration]) -> Result<()> {
    let statement = format!(
        "update {} as ledger set checksum = known.checksum
         from unnest($1::text[], $2::text[]) as known (version, checksum)
         where ledger.version = known.version and ledger.checksum is null",
        session.ledger()
    );
    let (versions, checksums): (Vec<_>, Vec<_>) =
        migrations.iter().map(|migration| (&migration.version, &migration.checksum)).unzip();
    let result = session.client.execute(&statement, &[&versions, &checksums]).await;
    result.map(|_| ()).map_err(failure::during("cannot record checksums in the ledger"))
}

/// Notes that a migration is applied.
pub(super) async fn insert(session: &Session, migration: &Migration) -> Result<(), tokio_postgres::Error> {
    let statement = format!("insert into {} (version, checksum) values ($1, $2)", session.ledger());
    session.client.execute(&statement, &[&migration.version, &migration.checksum]).await.map(|_| ())
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

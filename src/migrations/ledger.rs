//! Diesel's ledger of applied migrations, with a column of ours for checksums. The Diesel CLI doesn't see it; a row that
//! it writes or takes out and writes again has none, until this module adopts it.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_postgres::{
    Client, SimpleQueryMessage, SimpleQueryRow,
    error::{Error as PgError, SqlState},
};

use super::{
    failure,
    patience::{Patience, Stop},
    session::Session,
    source::Migration,
};
use crate::error::{Error, Result};

const LEDGER: &str = "the ledger";

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
/// A ledger further down the search path belongs to another schema. One that is locked is waited for, five seconds.
pub(super) async fn read(client: &Client) -> Result<Vec<Applied>> {
    read_within(client, Duration::ZERO).await
}

/// The same, and for so long again and again, a line of the log each time. Outside a transaction.
pub(super) async fn read_within(client: &Client, patience: Duration) -> Result<Vec<Applied>> {
    // One transaction: a batch is one.
    let query = "
        set local lock_timeout = '5s';
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
    let start = Instant::now();
    loop {
        let error = match client.simple_query(query).await {
            Ok(messages) => return Ok(messages.iter().filter_map(row).collect()),
            Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => return Ok(Vec::new()),
            Err(error) => error,
        };
        if !failure::is_lock_conflict(&error) {
            return Err(failed("cannot read")(Stop::Failed(error)));
        }
        let holder = holder(client).await.unwrap_or_else(|| String::from("another session"));
        let text = format!("{holder} has locked it against readers");
        if start.elapsed() >= patience {
            return Err(failed("cannot read")(Stop::Locked(error, text)));
        }
        tracing::warn!("waiting for {LEDGER}: {text}");
        sleep(Duration::from_millis(fastrand::u64(100..300))).await;
    }
}

/// Who keeps others from reading the ledger, as far as the role may see it.
async fn holder(client: &Client) -> Option<String> {
    let query = "
        select format('process %s (\"%s\")', pid, application_name)
        from pg_catalog.pg_locks
        left join pg_catalog.pg_stat_activity using (pid)
        where pg_locks.relation = to_regclass('__diesel_schema_migrations') and mode = 'AccessExclusiveLock' and granted
          and database = (select oid from pg_catalog.pg_database where datname = current_database())";
    client.query_opt(query, &[]).await.ok()??.try_get(0).ok()
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

/// The text of an error of the ledger.
fn failed(what: &'static str) -> impl FnOnce(Stop<PgError>) -> Error {
    move |stop| Error::Migration(format!("{what} the ledger __diesel_schema_migrations: {}", stop.describe()))
}

/// Makes the ledger, or the column that the Diesel CLI's lacks. Only under the lock: two CREATE TABLE IF NOT EXISTS at
/// once can fail.
pub(super) async fn create(session: &Session, patience: Patience) -> Result<()> {
    let table = create_table(&session.ledger());
    let create = || session.client.batch_execute(&table);
    patience.attempts(session, LEDGER, create).await.map_err(failed("cannot create"))?;
    if !has_checksum(session).await.map_err(failure::during("cannot look into the ledger"))? {
        let column = format!("alter table {} add column checksum text", session.ledger());
        let add = || session.client.batch_execute(&column);
        patience.attempts(session, LEDGER, add).await.map_err(failed("cannot add a column to"))?;
    }
    Ok(())
}

async fn has_checksum(session: &Session) -> Result<bool, PgError> {
    let query = "select exists (
        select from pg_catalog.pg_attribute
        where attrelid = to_regclass($1) and attname = 'checksum' and not attisdropped)";
    Ok(session.client.query_one(query, &[&session.ledger()]).await?.get(0))
}

/// True where `applied` has rows without a checksum that [`adopt`] could give one.
pub(super) fn needs_adoption(migrations: &[Migration], applied: &[Applied]) -> bool {
    let adoptable = |row: &&Applied| row.checksum.is_none() && row.is_writable;
    applied.iter().filter(adoptable).any(|row| migrations.iter().any(|migration| migration.version == row.version))
}

/// Takes what another program applied for what this one would have applied.
pub(super) async fn adopt(session: &Session, migrations: &[Migration], patience: Patience) -> Result<()> {
    let statement = format!(
        "update {} as ledger set checksum = known.checksum
         from unnest($1::text[], $2::text[]) as known (version, checksum)
         where ledger.version = known.version and ledger.checksum is null",
        session.ledger()
    );
    let (versions, checksums): (Vec<_>, Vec<_>) =
        migrations.iter().map(|migration| (&migration.version, &migration.checksum)).unzip();
    let (statement, versions, checksums) = (&statement, &versions, &checksums);
    let update = || async move { session.client.execute(statement, &[versions, checksums]).await };
    let result = patience.attempts(session, LEDGER, update).await;
    result.map(|_| ()).map_err(failed("cannot record checksums in"))
}

/// Notes that a migration is applied.
pub(super) async fn insert(session: &Session, migration: &Migration) -> Result<(), PgError> {
    let statement = format!("insert into {} (version, checksum) values ($1, $2)", session.ledger());
    session.client.execute(&statement, &[&migration.version, &migration.checksum]).await.map(|_| ())
}

/// Notes that a migration is no longer applied.
pub(super) async fn delete(session: &Session, migration: &Migration) -> Result<(), PgError> {
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

//! The ledger of applied migrations: Diesel's, with a column of ours for checksums. The Diesel CLI doesn't see it; a row that
//! it writes or takes out and writes again has none, until this module adopts it.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_postgres::{
    Client, SimpleQueryMessage, SimpleQueryRow,
    error::{Error as PgError, SqlState},
};

use crate::error::{MigrationError, MigrationProblem, Result};
use crate::{
    failure,
    holder::Holder,
    patience::{Patience, Stop},
    session::Session,
    source::Migration,
};

const NAME: &str = "the ledger";

const MADE_MEANWHILE: [SqlState; 3] =
    [SqlState::UNIQUE_VIOLATION, SqlState::DUPLICATE_OBJECT, SqlState::DUPLICATE_TABLE];

/// One row of the ledger.
pub(crate) struct Applied {
    pub version: String,
    /// When, to the second, in the time zone of the session that applied it.
    pub at: String,
    /// Of up.sql as it was applied; `None` where another program applied it.
    pub checksum: Option<String>,
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
pub(crate) async fn read(client: &Client, ledger: &str) -> Result<Vec<Applied>> {
    read_within(client, ledger, Duration::ZERO).await
}

/// The same, and for so long again and again, a line of the log each time. Outside a transaction.
pub(crate) async fn read_within(client: &Client, ledger: &str, patience: Duration) -> Result<Vec<Applied>> {
    // One transaction: a batch is one. The first answer says whether the schema has a ledger of its own; of the second the
    // checksum may be missing. A new session looks up everything that a query names, so this one names little.
    let query = format!(
        "set local lock_timeout = '5s';
         set local datestyle = 'ISO';
         select to_regclass(pg_catalog.quote_ident(current_schema()::text) || '.{ledger}') is not null;
         select version, run_on, ledger.* from {ledger} as ledger"
    );
    let start = Instant::now();
    loop {
        let error = match client.simple_query(&query).await {
            Ok(messages) => return Ok(rows(&messages)),
            Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => return Ok(Vec::new()),
            Err(error) => error,
        };
        if !failure::is_lock_conflict(&error) {
            return Err(failed("cannot read", ledger)(Stop::Failed(error)).into());
        }
        let does = "has locked it against readers";
        let holder = Holder::of_table(client, ledger, &["AccessExclusiveLock"]).await.ok().flatten();
        let text = holder.map_or_else(|| format!("another session {does}"), |holder| holder.advice(does));
        if start.elapsed() >= patience {
            return Err(failed("cannot read", ledger)(Stop::Locked(error, text)).into());
        }
        tracing::warn!("waiting for {NAME}: {text}");
        sleep(Duration::from_millis(fastrand::u64(100..300))).await;
    }
}

/// The rows of the ledger, if it is the schema's own.
fn rows(messages: &[SimpleQueryMessage]) -> Vec<Applied> {
    let mut rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    if rows.next().and_then(|row| row.get(0)) != Some("t") {
        return Vec::new();
    }
    let applied = |row: &SimpleQueryRow| {
        let at = row.get(1)?;
        Some(Applied {
            // A known one holds nothing that a terminal would obey.
            version: failure::shown(row.get(0)?),
            at: at.get(..SECONDS).unwrap_or(at).to_owned(),
            checksum: row.try_get("checksum").ok().flatten().map(String::from),
        })
    };
    let mut applied: Vec<_> = rows.filter_map(applied).collect();
    applied.sort_by(|one, other| one.version.cmp(&other.version));
    applied
}

/// The length of `2024-01-01 12:00:00`, without fractions.
const SECONDS: usize = 19;

/// The error of a step with the ledger.
fn failed(what: &str, ledger: &str) -> impl FnOnce(Stop<PgError>) -> MigrationError {
    let what = format!("{what} the ledger {ledger}");
    move |stop| stop.during(&what)
}

/// Makes the ledger, or the column that the Diesel CLI's lacks. Before the lock, which is a lock of the ledger.
pub(crate) async fn create(session: &Session, patience: Patience) -> Result<()> {
    let table = create_table(&session.ledger());
    let create = async || match session.client.batch_execute(&table).await {
        // Two CREATE TABLE IF NOT EXISTS at once: the other one made it, or the type of its rows.
        Err(error) if error.code().is_some_and(|code| MADE_MEANWHILE.contains(code)) => {
            session.client.batch_execute(&table).await
        }
        made => made,
    };
    patience.attempts(session, NAME, create).await.map_err(failed("cannot create", session.ledger))?;
    if !has_checksum(session).await.map_err(failure::during("cannot look into the ledger"))? {
        let column = format!("alter table {} add column if not exists checksum text", session.ledger());
        let add = || session.client.batch_execute(&column);
        patience.attempts(session, NAME, add).await.map_err(failed("cannot add a column to", session.ledger))?;
    }
    Ok(())
}

async fn has_checksum(session: &Session) -> Result<bool, PgError> {
    let query = "select exists (
        select from pg_catalog.pg_attribute
        where attrelid = to_regclass($1) and attname = 'checksum' and not attisdropped)";
    Ok(session.client.query_one(query, &[&session.ledger()]).await?.get(0))
}

/// True where `applied` has rows of these migrations that [`adopt`] could give a checksum.
pub(crate) fn needs_adoption(migrations: &[Migration], applied: &[Applied]) -> bool {
    let mut unadopted = applied.iter().filter(|row| row.checksum.is_none());
    unadopted.any(|row| migrations.iter().any(|migration| migration.version == row.version))
}

/// Whether the session owns the ledger and may write.
pub(crate) async fn is_writable(client: &Client, ledger: &str) -> Result<bool> {
    let query = "
        select pg_has_role(relowner, 'usage') and current_setting('transaction_read_only') = 'off'
        from pg_catalog.pg_class where oid = to_regclass($1)";
    let row = client.query_opt(query, &[&ledger]).await.map_err(failure::during("cannot look into the ledger"))?;
    Ok(row.is_some_and(|row| row.get(0)))
}

/// Takes what another program applied for what this one would have applied; `edited`: also what was applied otherwise.
pub(crate) async fn adopt(session: &Session, migrations: &[Migration], patience: Patience, edited: bool) -> Result<()> {
    let statement = format!(
        "update {} as ledger set checksum = known.checksum
         from unnest($1::text[], $2::text[]) as known (version, checksum)
         where ledger.version = known.version and (ledger.checksum is null or $3 and ledger.checksum <> known.checksum)",
        session.ledger()
    );
    let (versions, checksums): (Vec<_>, Vec<_>) =
        migrations.iter().map(|migration| (&migration.version, migration.checksum())).unzip();
    let (statement, versions, checksums, edited) = (&statement, &versions, &checksums, &edited);
    let update = || async move { session.client.execute(statement, &[versions, checksums, edited]).await };
    let result = patience.attempts(session, NAME, update).await;
    result.map_err(failed("cannot record checksums in", session.ledger))?;
    Ok(())
}

/// Whether a migration is applied.
pub(crate) async fn has(session: &Session, migration: &Migration) -> Result<bool, PgError> {
    let query = format!("select exists (select from {} where version = $1)", session.ledger());
    Ok(session.client.query_one(&query, &[&migration.version]).await?.get(0))
}

/// Notes that a migration is applied.
pub(crate) async fn insert(session: &Session, migration: &Migration) -> Result<(), PgError> {
    let statement = format!("insert into {} (version, checksum) values ($1, $2)", session.ledger());
    session.client.execute(&statement, &[&migration.version, &migration.checksum()]).await.map(|_| ())
}

/// Notes that a migration is no longer applied.
pub(crate) async fn delete(session: &Session, migration: &Migration) -> Result<(), PgError> {
    let statement = format!("delete from {} where version = $1", session.ledger());
    session.client.execute(&statement, &[&migration.version]).await.map(|_| ())
}

/// The migrations that the ledger lacks, in order.
pub(crate) fn pending<'a>(migrations: &'a [Migration], applied: &[Applied]) -> Vec<&'a Migration> {
    let missing = |migration: &&Migration| applied.iter().all(|row| row.version != migration.version);
    migrations.iter().filter(missing).collect()
}

/// True where `migration` was applied and `up.sql` was another text then, or another migration had its version.
pub(crate) fn is_edited(migration: &Migration, applied: &[Applied]) -> bool {
    let row = applied.iter().find(|row| row.version == migration.version);
    row.and_then(|row| row.checksum.as_ref()).is_some_and(|checksum| *checksum != migration.checksum())
}

/// The versions of the ledger that are none of `migrations`: another binary applied them.
pub(crate) fn unknown(migrations: &[Migration], applied: &[Applied]) -> Vec<String> {
    let known = |row: &&Applied| migrations.iter().any(|migration| migration.version == row.version);
    applied.iter().filter(|row| !known(row)).map(|row| row.version.clone()).collect()
}

/// The last `count` applied migrations, newest first, all of which this binary must know.
pub(crate) fn last<'a>(migrations: &'a [Migration], applied: &[Applied], count: usize) -> Result<Vec<&'a Migration>> {
    if count > applied.len() {
        let text = format!("can't revert {count}: only {} are applied; nothing was changed", applied.len());
        return Err(MigrationProblem::NotRevertible.because(text).into());
    }
    let find = |row: &Applied| {
        let known = migrations.iter().find(|migration| migration.version == row.version);
        known.ok_or_else(|| {
            let text = format!(
                "version {} was applied by another version of this program, which alone can revert it; \
                 nothing was changed",
                row.version
            );
            MigrationProblem::NotRevertible.because(text).into()
        })
    };
    applied.iter().rev().take(count).map(find).collect()
}

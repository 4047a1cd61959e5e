//! What each migration locks, rewrites and scans, found out by running it on tables with rows.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::try_join;
use postgres_migrate::record::{LockMode, RecordedTable, print};
use postgres_migrate::{Database, Definition, Embedded, words};
use tokio::time::sleep;
use tokio_postgres::{Client, Error as PgError};

use crate::error::{Error, Result};

/// How often to look what a statement outside a transaction waits for.
const POLL: Duration = Duration::from_millis(5);

/// Runs every migration of the definition on an empty database and returns the text of [`Definition::locks`]: what each did
/// to the tables and views that were there before. `fill` puts rows into the tables that are there, before each migration.
///
/// PostgreSQL itself says it: before the commit, `pg_locks` of the session, the tables' files (another file is a rewrite) and
/// how often they were read from end to end. What runs outside a transaction is made to wait twice, first for a lock that
/// conflicts with all but plain reading and writing, then for writers, and is watched from another session meanwhile.
///
/// # Errors
/// No connection, a migration that fails, or what `fill` says.
pub async fn record_locks(
    definition: &Definition,
    database: &Database,
    mut fill: impl AsyncFnMut() -> Result<()>,
) -> Result<String> {
    let client = database.connect_client().await?;
    let failed = |error| refused(&error);
    let version = client.query_one("select current_setting('server_version_num')::int4 / 10000", &[]).await;
    let version: i32 = version.map_err(failed)?.get(0);
    let mut text = format!("# What each migration did to tables with rows in them, on PostgreSQL {version}.\n");
    for migration in definition.migrations {
        fill().await?;
        analyze(&client).await.map_err(failed)?;
        let tables = match migration.run_in_transaction {
            true => in_transaction(&client, migration).await,
            false => outside_transaction(&client, database, migration).await?,
        };
        let tables = tables.map_err(|error| Error::Recording {
            migration: migration.name,
            reason: postgres_migrate::describe(&error),
        })?;
        if !is_untold(migration) {
            text.push_str(&print(migration.name, &tables));
        }
    }
    Ok(text)
}

fn refused(error: &PgError) -> Error {
    Error::TestDatabase { what: "record what migrations lock", reason: postgres_migrate::describe(error) }
}

/// Whether it runs code that may take its locks and commit in its midst: nobody outside can tell which it took.
fn is_untold(migration: &Embedded) -> bool {
    !migration.run_in_transaction && matches!(words(migration.up.text).next().as_deref(), Some("do" | "call"))
}

/// A table or view before a migration: oid, name, file.
type Before = BTreeMap<u32, (String, u32)>;

async fn tables(client: &Client) -> Result<Before, PgError> {
    let query = "
        select oid, relname::text, relfilenode
        from pg_catalog.pg_class
        where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')
            and relname <> '__diesel_schema_migrations'";
    let rows = client.query(query, &[]).await?;
    Ok(rows.iter().map(|row| (row.get(0), (row.get(1), row.get(2)))).collect())
}

/// How a constraint is validated depends on what PostgreSQL knows of the tables.
async fn analyze(client: &Client) -> Result<(), PgError> {
    let query = "
        select format('analyze %I.%I', nspname, relname)
        from pg_catalog.pg_class join pg_catalog.pg_namespace on pg_namespace.oid = relnamespace
        where nspname = current_schema() and relkind in ('r', 'p', 'm')";
    for row in client.query(query, &[]).await? {
        client.batch_execute(row.get(0)).await?;
    }
    Ok(())
}

/// The locks of a session on tables, those that it waits for too.
async fn locks(client: &Client, pid: i32) -> Result<Vec<(u32, LockMode)>, PgError> {
    let query = "
        select relation, mode from pg_catalog.pg_locks
        where pid = $1 and locktype = 'relation'
            and database = (select oid from pg_catalog.pg_database where datname = current_database())";
    let rows = client.query(query, &[&pid]).await?;
    Ok(rows.iter().filter_map(|row| Some((row.get(0), mode(row.get(1))?))).collect())
}

/// `AccessExclusiveLock`.
fn mode(name: &str) -> Option<LockMode> {
    Some(match name.strip_suffix("Lock")? {
        "AccessShare" => LockMode::AccessShare,
        "RowShare" => LockMode::RowShare,
        "RowExclusive" => LockMode::RowExclusive,
        "ShareUpdateExclusive" => LockMode::ShareUpdateExclusive,
        "Share" => LockMode::Share,
        "ShareRowExclusive" => LockMode::ShareRowExclusive,
        "Exclusive" => LockMode::Exclusive,
        "AccessExclusive" => LockMode::AccessExclusive,
        _ => return None,
    })
}

async fn in_transaction(client: &Client, migration: &Embedded) -> Result<Vec<RecordedTable>, PgError> {
    let before = tables(client).await?;
    client.batch_execute("begin").await?;
    // These are not this transaction's alone: they wait to be reported, for a second or so.
    let scans = "select relid, coalesce(seq_scan, 0) from pg_catalog.pg_stat_xact_all_tables";
    let scans_before = counted(client, scans).await?;
    for statement in migration.up.statements() {
        client.batch_execute(statement).await?;
    }
    let pid = client.query_one("select pg_backend_pid()", &[]).await?.get(0);
    let scanned = grown(&scans_before, &counted(client, scans).await?);
    let held = locks(client, pid).await?;
    let after = tables(client).await?;
    client.batch_execute("commit").await?;
    Ok(recorded(&before, &after, &held, &scanned))
}

async fn outside_transaction(
    client: &Client,
    database: &Database,
    migration: &Embedded,
) -> Result<Result<Vec<RecordedTable>, PgError>> {
    let connect = async || Ok::<_, Error>(database.connect_client().await?);
    let (first, second, watcher) = (connect().await?, connect().await?, connect().await?);
    Ok(watched(client, migration, &first, &second, &watcher).await)
}

/// Runs a migration in `client` while `first` and `second` hold locks that it may have to wait for.
async fn watched(
    client: &Client,
    migration: &Embedded,
    first: &Client,
    second: &Client,
    watcher: &Client,
) -> Result<Vec<RecordedTable>, PgError> {
    let before = tables(client).await?;
    let pid = client.query_one("select pg_backend_pid()", &[]).await?.get(0);
    let lockable = "
        select string_agg(format('%I.%I', nspname, relname), ', ' order by relname)
        from pg_catalog.pg_class join pg_catalog.pg_namespace on pg_namespace.oid = relnamespace
        where nspname = current_schema() and relkind in ('r', 'p')";
    let lockable: Option<String> = client.query_one(lockable, &[]).await?.get(0);
    for (holder, mode) in [(first, "share update exclusive"), (second, "row exclusive")] {
        holder.batch_execute("begin").await?;
        if let Some(lockable) = &lockable {
            holder.batch_execute(&format!("lock table {lockable} in {mode} mode")).await?;
        }
    }
    let scans = "
        select relid, coalesce(seq_scan, 0) from pg_catalog.pg_stat_all_tables
        where relid in (select oid from pg_catalog.pg_class where relnamespace = current_schema()::regnamespace)";
    flush_statistics(client).await?;
    let scans_before = counted(watcher, scans).await?;
    let is_done = Cell::new(false);
    let run = async {
        for statement in migration.up.statements() {
            client.batch_execute(statement).await?;
        }
        is_done.set(true);
        flush_statistics(client).await
    };
    let watch = async {
        let mut seen = Vec::new();
        for holder in [first, second] {
            seen.extend(watch_until_it_waits(watcher, pid, &is_done).await?);
            holder.batch_execute("commit").await?;
        }
        Ok(seen)
    };
    let ((), held) = try_join(run, watch).await?;
    let scanned = grown(&scans_before, &counted(watcher, scans).await?);
    Ok(recorded(&before, &tables(client).await?, &held, &scanned))
}

/// So that others see what a session read; PostgreSQL 14 tells them by itself, later.
async fn flush_statistics(client: &Client) -> Result<(), PgError> {
    client.batch_execute("select pg_stat_force_next_flush()").await.or(Ok(()))
}

/// What a session holds and waits for, once it waits or is done.
async fn watch_until_it_waits(
    watcher: &Client,
    pid: i32,
    is_done: &Cell<bool>,
) -> Result<Vec<(u32, LockMode)>, PgError> {
    loop {
        let query = "select cardinality(pg_catalog.pg_blocking_pids($1)) > 0";
        let is_waiting: bool = watcher.query_one(query, &[&pid]).await?.get(0);
        if is_waiting || is_done.get() {
            return locks(watcher, pid).await;
        }
        sleep(POLL).await;
    }
}

async fn counted(client: &Client, query: &str) -> Result<BTreeMap<u32, i64>, PgError> {
    Ok(client.query(query, &[]).await?.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// The tables that were read from end to end in between.
fn grown(before: &BTreeMap<u32, i64>, after: &BTreeMap<u32, i64>) -> Vec<u32> {
    after.iter().filter(|(table, count)| before.get(table).unwrap_or(&0) < count).map(|(table, _)| *table).collect()
}

/// What was seen of the tables that were there before, by name.
fn recorded(before: &Before, after: &Before, held: &[(u32, LockMode)], scanned: &[u32]) -> Vec<RecordedTable> {
    let mut tables: Vec<RecordedTable> = before
        .iter()
        .filter_map(|(oid, (name, file))| {
            let locks = held.iter().filter(|(relation, _)| relation == oid).map(|(_, mode)| *mode);
            Some(RecordedTable {
                name: name.clone(),
                lock: locks.max()?,
                is_rewritten: after.get(oid).is_some_and(|(_, now)| now != file),
                is_scanned: scanned.contains(oid),
            })
        })
        .collect();
    tables.sort();
    tables
}

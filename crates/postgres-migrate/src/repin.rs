//! Functions that look into a schema by a name that isn't their schema's: it was renamed, or they were copied from another.

use std::collections::BTreeSet;

use tokio_postgres::{Client, error::Error as PgError};

use crate::connection::Database;
use crate::definition::Definition;
use crate::error::{MigrationProblem, Result};
use crate::failure;
use crate::patience::Patience;
use crate::session::{self, Session};

/// A function, its schema, and the schema that its search_path names.
struct Pinned {
    function: String,
    schema: String,
    to: String,
}

/// The functions of the current schema whose `search_path` is `pg_catalog`, another schema and `pg_temp`, as SQL writes them.
async fn elsewhere(client: &Client) -> Result<Vec<Pinned>, PgError> {
    let query = r#"
        select format('%I.%I(%s)', nspname, proname, pg_catalog.oidvectortypes(proargtypes)), format('%I', nspname), named[1]
        from pg_catalog.pg_proc
        join pg_catalog.pg_namespace on pg_namespace.oid = pronamespace
        cross join unnest(proconfig) as setting
        cross join regexp_match(setting, '^search_path=pg_catalog, ("(?:[^"]|"")+"|[^", ]+), pg_temp$') as named
        where nspname = current_schema() and named[1] <> format('%I', nspname)
        order by pg_proc.oid"#;
    let pinned = |row: &tokio_postgres::Row| Pinned { function: row.get(0), schema: row.get(1), to: row.get(2) };
    Ok(client.query(query, &[]).await?.iter().map(pinned).collect())
}

/// How many functions of the current schema look into others, and which those are.
pub(crate) async fn found(client: &Client) -> Result<Option<(usize, String)>, PgError> {
    let elsewhere = elsewhere(client).await?;
    let schemas: BTreeSet<String> = elsewhere.iter().map(|pinned| failure::shown(&pinned.to)).collect();
    let schemas = schemas.into_iter().collect::<Vec<_>>().join(", ");
    Ok((!elsewhere.is_empty()).then_some((elsewhere.len(), schemas)))
}

/// What is to be said of functions that look into other schemas.
pub(crate) fn told(functions: usize, into: &str) -> String {
    format!(
        "renamed: {functions} functions look into {into}, the schema's earlier name or the one that it was copied from; \
         `migrate --schema NAME repin` has them look into their own"
    )
}

/// Refuses to work where migrations would call functions that look into other schemas.
pub(crate) async fn require_own(client: &Client) -> Result<()> {
    match found(client).await.map_err(failure::during("cannot read the functions"))? {
        Some((functions, into)) => Err(MigrationProblem::Renamed.because(told(functions, &into)).into()),
        None => Ok(()),
    }
}

/// See [`Runner::repin`](crate::Runner::repin).
pub(crate) async fn repin(database: &Database, definition: &Definition, patience: Patience) -> Result<usize> {
    let session = Session::prepare_with(
        session::enter(database, definition.ledger).await?,
        database,
        definition.ledger,
        patience.lock_timeout,
    )
    .await?;
    let client = &session.client;
    let pinned = elsewhere(client).await.map_err(failure::during("cannot read the functions"))?;
    let statement =
        |one: &Pinned| format!("alter routine {} set search_path = pg_catalog, {}, pg_temp", one.function, one.schema);
    // One batch is one transaction.
    let statements: Vec<String> = pinned.iter().map(statement).collect();
    client.batch_execute(&statements.join(";\n")).await.map_err(failure::during("cannot pin the functions"))?;
    Ok(pinned.len())
}

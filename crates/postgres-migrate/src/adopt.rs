//! Finds out which migrations made a schema that has no ledger, and writes its ledger.
//!
//! The migrations run once more, one after the other, in a schema of their own, inside a transaction that is rolled back:
//! whatever ends the runner, nothing of it stays. After each the two schemas are compared, object by object.

use std::collections::BTreeSet;

use tokio::time::Instant;
use tokio_postgres::{Client, SimpleQueryMessage, error::Error as PgError};

use crate::catalog::{self, Catalog};
use crate::connection::Database;
use crate::definition::Definition;
use crate::error::{MigrationProblem, Result};
use crate::patience::Patience;
use crate::session::{self, Session};
use crate::source::Migration;
use crate::verify::{self, Difference};
use crate::{environment, failure, fleet, ledger, lock};

/// What [`Runner::adopt`](crate::Runner::adopt) found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Adoption {
    /// The first migrations, up to the one after which the schema is like this, or comes closest to it. None where there is
    /// a ledger, or nothing to adopt.
    pub migrations: Vec<String>,
    /// The migrations that come after them.
    pub pending: Vec<String>,
    /// How the schema differs from what `migrations` make; where it does, no ledger was written.
    pub differences: Vec<Difference>,
}

/// What is in a schema, and which of its tables have rows.
struct Content {
    catalog: Catalog,
    filled: BTreeSet<String>,
}

/// Refuses a schema with tables that these migrations make and of which no ledger tells.
pub(crate) async fn refuse_unrecorded(client: &Client, definition: &Definition) -> Result<()> {
    let query = "
        select relname::text, nspname::text from pg_catalog.pg_class
        join pg_catalog.pg_namespace on pg_namespace.oid = relnamespace
        where nspname = current_schema() and relkind in ('r', 'p') and relname = any ($1)
        order by relname collate \"C\"";
    let made: Vec<&str> = definition.tables().filter(|table| *table != definition.ledger).collect();
    let rows = client.query(query, &[&made]).await.map_err(failure::during("cannot look for tables"))?;
    let Some(first) = rows.first() else { return Ok(()) };
    // Another runner may just have made them.
    if !ledger::read(client, definition.ledger).await?.is_empty() {
        return Ok(());
    }
    let (table, schema): (&str, String) = (first.get(0), failure::shown(first.get(1)));
    let more = match rows.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let text = format!(
        "schema \"{schema}\" has tables that these migrations make ({table}{more}), and no ledger of what was applied; nothing \
         was changed"
    );
    Err(MigrationProblem::Unrecorded.because(text).into())
}

/// See [`Runner::adopt`](crate::Runner::adopt).
pub(crate) async fn adopt(
    database: &Database,
    definition: &Definition,
    migrations: &[Migration],
    patience: Patience,
    dry_run: bool,
) -> Result<Adoption> {
    let mut session = Session::prepare_with(
        session::enter(database, definition.ledger).await?,
        database,
        definition.ledger,
        patience.lock_timeout,
    )
    .await?;
    session.require_create(migrations.len())?;
    if !ledger::read_within(&session.client, session.ledger, patience.total).await?.is_empty() {
        return Ok(Adoption::default());
    }
    let adoption = compare(&session, definition, migrations).await?;
    // An empty schema gets no ledger.
    if adoption.differences.is_empty() && !adoption.migrations.is_empty() && !dry_run {
        ledger::create(&session, patience).await?;
        lock::acquire(&mut session, Instant::now() + patience.total).await?;
        let adopted = migrations.iter().take(adoption.migrations.len());
        record(&session, adopted).await.map_err(failure::during("cannot write the ledger"))?;
        lock::release(&mut session).await?;
    }
    Ok(adoption)
}

/// Compares the schema with what the migrations make, one after the other. It is left as it is.
async fn compare(session: &Session, definition: &Definition, migrations: &[Migration]) -> Result<Adoption> {
    require_owner(session).await?;
    let client = &session.client;
    catalog::begin(client).await?;
    let found = Content::read(client, definition).await?;
    client.batch_execute("rollback").await.map_err(failure::during("cannot end to read the catalog"))?;
    tracing::info!("trying {} migrations in a schema of their own, which is rolled back", migrations.len());
    let compared = rehearse(session, definition, migrations, &found).await;
    client.batch_execute("rollback").await.map_err(failure::during("cannot roll back"))?;
    let (count, differences) = compared?;
    let names = |migrations: &[Migration]| migrations.iter().map(|migration| migration.name.to_string()).collect();
    let (adopted, pending) = migrations.split_at(count);
    Ok(Adoption { migrations: names(adopted), pending: names(pending), differences })
}

/// Writes into the ledger what was found, unless somebody else did meanwhile: no version is there twice.
async fn record(session: &Session, adopted: impl Iterator<Item = &Migration>) -> Result<(), PgError> {
    session.client.batch_execute(&lock::begin(session)).await?;
    for migration in adopted {
        ledger::insert(session, migration).await?;
    }
    environment::record(session, None).await?;
    session.client.batch_execute("commit").await
}

/// The ledger belongs to whoever owns the tables.
async fn require_owner(session: &Session) -> Result<()> {
    let query = "
        select pg_get_userbyid(mode() within group (order by relowner))::text from pg_catalog.pg_class
        join pg_catalog.pg_namespace on pg_namespace.oid = relnamespace
        where nspname = $1 and relkind in ('r', 'p')";
    let row = session.client.query_one(query, &[&session.schema]).await;
    let owner: Option<String> = row.map_err(failure::during("cannot look for the owner of the tables"))?.get(0);
    match owner.filter(|owner| *owner != session.role) {
        None => Ok(()),
        Some(owner) => {
            let text = format!(
                "the tables of schema \"{}\" belong to role \"{}\", and so must the ledger: connect as that role, not as \
                 \"{}\"; nothing was changed",
                failure::shown(&session.schema),
                failure::shown(&owner),
                failure::shown(&session.role)
            );
            Err(MigrationProblem::Forbidden.because(text).into())
        }
    }
}

/// After how many of the migrations their schema is like `found`, or comes closest to it, and how it differs. In a transaction
/// that stays open.
async fn rehearse(
    session: &Session,
    definition: &Definition,
    migrations: &[Migration],
    found: &Content,
) -> Result<(usize, Vec<Difference>)> {
    let client = &session.client;
    let schema = format!("postgres_migrate_adopts_{}", session.pid);
    let begin = format!("begin; {}", catalog::SETTINGS);
    client.batch_execute(&begin).await.map_err(failure::during("cannot start to compare"))?;
    if let Err(error) = client.batch_execute(&format!("create schema {schema}")).await {
        return Err(fleet::cannot_create(client, &schema, error).await.into());
    }
    let enter = format!("set local search_path = {schema}, pg_temp");
    let mut closest = (0, found.differences_from(None));
    for (index, migration) in migrations.iter().enumerate() {
        let what = format!("migration {} can't be tried in a transaction", migration.name);
        client.batch_execute(&enter).await.map_err(failure::during(&what))?;
        for statement in migration.up.statements.iter() {
            let statement = without_concurrently(statement.of(&migration.up.text), migration);
            client.batch_execute(&statement).await.map_err(failure::during(&what))?;
        }
        client.batch_execute(&enter).await.map_err(failure::during(&what))?;
        let differences = found.differences_from(Some(&Content::read(client, definition).await?));
        if differences.len() <= closest.1.len() {
            closest = (index + 1, differences);
        }
    }
    Ok(closest)
}

/// A transaction builds the same index without it.
fn without_concurrently(statement: &str, migration: &Migration) -> String {
    let mut statement = statement.to_owned();
    while !migration.run_in_transaction
        && let Some(at) = statement.to_ascii_lowercase().find("concurrently")
    {
        statement.replace_range(at..at + "concurrently".len(), "");
    }
    statement
}

impl Content {
    /// Of the current schema, in a transaction with [`catalog::SETTINGS`].
    async fn read(client: &Client, definition: &Definition) -> Result<Self> {
        let (mut catalog, _) = catalog::read(client, definition).await?.ok_or_else(catalog::being_changed)?;
        // An empty one may be there.
        catalog.objects.retain(|object, _| !object.contains(definition.ledger));
        let filled = filled(client, &catalog).await.map_err(failure::during("cannot look into the tables"))?;
        Ok(Self { catalog, filled })
    }

    /// How this one differs from what some migrations make, or none.
    fn differences_from(&self, expected: Option<&Self>) -> Vec<Difference> {
        let objects = expected.iter().flat_map(|expected| &expected.catalog.objects);
        let objects = objects.map(|(object, definition)| (object.as_str(), definition.as_str())).collect();
        let mut differences = verify::differences(&objects, self.catalog.objects.clone());
        // What migrations insert can't be compared: people change it. None of it was never inserted.
        let rows = expected.iter().flat_map(|expected| expected.filled.difference(&self.filled));
        differences.extend(rows.map(|table| (format!("content of {table}"), Some(String::new()), None)));
        differences.into_iter().map(|(object, expected, found)| Difference::Drift { object, expected, found }).collect()
    }
}

/// The tables with rows in them.
async fn filled(client: &Client, catalog: &Catalog) -> Result<BTreeSet<String>, PgError> {
    let tables = catalog.objects.keys().filter_map(|object| object.strip_prefix("table "));
    let queries: Vec<String> =
        tables.map(|table| format!("select $t$table {table}$t$ where exists (select from {table})")).collect();
    if queries.is_empty() {
        return Ok(BTreeSet::new());
    }
    let messages = client.simple_query(&queries.join(" union all ")).await?;
    let name = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(String::from),
        _ => None,
    };
    Ok(messages.iter().filter_map(name).collect())
}

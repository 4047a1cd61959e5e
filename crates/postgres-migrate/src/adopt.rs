//! Finds out which migrations made a schema that has no ledger, or lost rows of it, and writes its ledger.
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
use crate::ledger::Applied;
use crate::patience::Patience;
use crate::session::{self, Session};
use crate::source::Migration;
use crate::verify::{self, Difference};
use crate::{environment, failure, fleet, ledger, lock, repin};

/// What [`Runner::adopt`](crate::Runner::adopt) found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Adoption {
    /// The first migrations, up to the one after which the schema is like this, or comes closest to it. None where the ledger
    /// has them already, or nothing is there.
    pub migrations: Vec<String>,
    /// The migrations that come after them.
    pub pending: Vec<String>,
    /// How the schema differs from what `migrations` make; where it does, no ledger was written.
    pub differences: Vec<Difference>,
    /// The differences that were said to be allowed.
    pub allowed: Vec<Difference>,
}

/// What is in a schema, and which of its tables have rows.
struct Content {
    catalog: Catalog,
    filled: BTreeSet<String>,
}

/// Refuses a schema with tables, functions or types that these migrations make and of which no ledger tells.
pub(crate) async fn refuse_unrecorded(client: &Client, definition: &Definition) -> Result<()> {
    let query = "
        with here as (select oid, nspname from pg_catalog.pg_namespace where nspname = current_schema()),
        there (rank, classid, objid, name) as (
            select 1, 'pg_class'::regclass, pg_class.oid, relname from pg_catalog.pg_class
            join here on here.oid = relnamespace and relkind in ('r', 'p')
            union all
            select 2, 'pg_proc'::regclass, pg_proc.oid, proname from pg_catalog.pg_proc join here on here.oid = pronamespace
            union all
            select 3, 'pg_type'::regclass, pg_type.oid, typname from pg_catalog.pg_type
            join here on here.oid = typnamespace and typtype in ('d', 'e', 'r')
        )
        select name::text, nspname::text from there
        cross join here
        where name = any ($1) and not exists (
            select from pg_catalog.pg_depend
            where pg_depend.classid = there.classid and pg_depend.objid = there.objid and deptype = 'e')
        order by rank, name collate \"C\"";
    let beside: BTreeSet<&str> = definition.beside.iter().flat_map(|other| other.names()).collect();
    let made = definition.names().filter(|name| *name != definition.ledger && !beside.contains(name));
    let made: Vec<&str> = made.collect();
    let rows = client.query(query, &[&made]).await.map_err(failure::during("cannot look for what is there"))?;
    let Some(first) = rows.first() else { return Ok(()) };
    // Another runner may just have made them.
    if !ledger::read(client, definition.ledger).await?.is_empty() {
        return Ok(());
    }
    let (name, schema): (&str, String) = (first.get(0), failure::shown(first.get(1)));
    let more = match rows.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let text = format!(
        "schema \"{schema}\" has what these migrations make ({name}{more}), and no ledger of what was applied; nothing was \
         changed"
    );
    Err(MigrationProblem::Unrecorded.because(text).into())
}

/// See [`Runner::adopt`](crate::Runner::adopt).
pub(crate) async fn adopt(
    database: &Database,
    definition: &Definition,
    migrations: &[Migration],
    patience: Patience,
    is_allowed: &impl Fn(&Difference) -> bool,
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
    let applied = ledger::read_within(&session.client, session.ledger, patience.total).await?;
    if ledger::pending(migrations, &applied).is_empty() {
        return Ok(Adoption::default());
    }
    let mut adoption = compare(&session, definition, migrations, is_allowed).await?;
    let (adopted, later) = migrations.split_at(adoption.migrations.len());
    adoption.differences.extend(later.iter().filter(|migration| has(&applied, migration)).map(|migration| {
        let object = format!("row {} of {}", migration.version, definition.ledger);
        Difference::Drift { object, expected: None, found: Some(String::new()) }
    }));
    // An empty schema gets no ledger.
    if !adoption.differences.is_empty() || adopted.is_empty() {
        return Ok(adoption);
    }
    if adopted.iter().all(|migration| has(&applied, migration)) {
        return Ok(Adoption::default());
    }
    if !dry_run {
        ledger::create(&session, patience).await?;
        lock::acquire(&mut session, Instant::now() + patience.total).await?;
        // Another one may have written it meanwhile.
        let applied = ledger::read_within(&session.client, session.ledger, patience.total).await?;
        let missing: Vec<_> = adopted.iter().filter(|migration| !has(&applied, migration)).collect();
        if missing.is_empty() {
            adoption = Adoption::default();
        }
        record(&session, &missing).await.map_err(failure::during("cannot write the ledger"))?;
        lock::release(&mut session).await?;
    }
    Ok(adoption)
}

fn has(applied: &[Applied], migration: &Migration) -> bool {
    applied.iter().any(|row| row.version == migration.version)
}

/// Compares the schema with what the migrations make, one after the other. It is left as it is.
async fn compare(
    session: &Session,
    definition: &Definition,
    migrations: &[Migration],
    is_allowed: &impl Fn(&Difference) -> bool,
) -> Result<Adoption> {
    require_owner(session).await?;
    let client = &session.client;
    // Each function would differ.
    let renamed = repin::found(client).await.map_err(failure::during("cannot read the functions"))?;
    if let Some((functions, into)) = renamed {
        return Ok(Adoption { differences: vec![Difference::Renamed { functions, into }], ..Adoption::default() });
    }
    catalog::begin(client).await?;
    let found = Content::read(client, definition).await?;
    client.batch_execute("rollback").await.map_err(failure::during("cannot end to read the catalog"))?;
    tracing::info!("trying {} migrations in a schema of their own, which is rolled back", migrations.len());
    let compared = rehearse(session, definition, migrations, &found, is_allowed).await;
    client.batch_execute("rollback").await.map_err(failure::during("cannot roll back"))?;
    let (count, allowed, differences) = compared?;
    let names = |migrations: &[Migration]| migrations.iter().map(|migration| migration.name.to_string()).collect();
    let (adopted, pending) = migrations.split_at(count);
    Ok(Adoption { migrations: names(adopted), pending: names(pending), differences, allowed })
}

/// Writes into the ledger what was found.
async fn record(session: &Session, missing: &[&Migration]) -> Result<(), PgError> {
    session.client.batch_execute(&lock::begin(session)).await?;
    for migration in missing {
        ledger::insert(session, migration).await?;
    }
    environment::record(session, None).await?;
    session.client.batch_execute("commit").await
}

/// The ledger belongs to whoever owns the tables.
async fn require_owner(session: &Session) -> Result<()> {
    // What belongs to the first superuser can't be reassigned as a whole: PostgreSQL itself does.
    let query = "
        select pg_get_userbyid(tables_owner)::text, pg_get_userbyid(owner) = $2,
            format('alter schema %I owner to %I', nspname, pg_get_userbyid(tables_owner)),
            case when tables_owner = 10 then format('pg_restore --no-owner --role=%I', $2)
                else format('reassign owned by %I to %I', pg_get_userbyid(tables_owner), $2) end
        from (
            select nspname, case pg_get_userbyid(nspowner) when 'pg_database_owner' then datdba else nspowner end as owner,
                (
                    select mode() within group (order by relowner) from pg_catalog.pg_class
                    where relnamespace = pg_namespace.oid and relkind in ('r', 'p')
                ) as tables_owner
            from pg_catalog.pg_namespace
            join pg_catalog.pg_database on datname = current_database()
            where nspname = $1
        ) as here
        where pg_get_userbyid(tables_owner) <> $2";
    let row = session.client.query_opt(query, &[&session.schema, &session.role]).await;
    let Some(row) = row.map_err(failure::during("cannot look for the owner of the tables"))? else { return Ok(()) };
    let (owner, give_schema, give_tables): (String, &str, &str) = (failure::shown(row.get(0)), row.get(2), row.get(3));
    let (schema, role) = (failure::shown(&session.schema), failure::shown(&session.role));
    let text = match row.get(1) {
        // Whoever connects acts as the owner of the schema.
        true => format!(
            "schema \"{schema}\" belongs to role \"{role}\" and its tables to role \"{owner}\"; one role must own both: {}, or {}; \
             nothing was changed",
            failure::shown(give_schema),
            failure::shown(give_tables)
        ),
        false => format!(
            "the tables of schema \"{schema}\" belong to role \"{owner}\", and so must the ledger: connect as that role, not as \
             \"{role}\"; nothing was changed"
        ),
    };
    Err(MigrationProblem::Forbidden.because(text).into())
}

/// After how many of the migrations their schema is like `found`, or comes closest to it, and how it differs: what is allowed,
/// and what isn't. In a transaction that stays open.
async fn rehearse(
    session: &Session,
    definition: &Definition,
    migrations: &[Migration],
    found: &Content,
    is_allowed: &impl Fn(&Difference) -> bool,
) -> Result<(usize, Vec<Difference>, Vec<Difference>)> {
    let client = &session.client;
    let schema = format!("postgres_migrate_adopts_{}", session.pid);
    let begin = format!("begin; {}", catalog::SETTINGS);
    client.batch_execute(&begin).await.map_err(failure::during("cannot start to compare"))?;
    if let Err(error) = client.batch_execute(&format!("create schema {schema}")).await {
        return Err(fleet::cannot_create(client, &schema, error).await.into());
    }
    let enter = format!("set local search_path = {schema}, pg_temp");
    let compare = |expected: Option<&Content>| -> (Vec<Difference>, Vec<Difference>) {
        found.differences_from(expected).into_iter().partition(|difference| is_allowed(difference))
    };
    let (allowed, differences) = compare(None);
    let mut closest = (0, allowed, differences);
    for (index, migration) in migrations.iter().enumerate() {
        let what = format!("migration {} can't be tried in a transaction", migration.name);
        client.batch_execute(&enter).await.map_err(failure::during(&what))?;
        for statement in migration.up.statements.iter() {
            let statement = without_concurrently(statement.of(&migration.up.text), migration);
            client.batch_execute(&statement).await.map_err(failure::during(&what))?;
        }
        client.batch_execute(&enter).await.map_err(failure::during(&what))?;
        let (allowed, differences) = compare(Some(&Content::read(client, definition).await?));
        if differences.len() <= closest.2.len() {
            closest = (index + 1, allowed, differences);
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

/// The tables with rows in them, of the role's own: what others put beside them may be closed to it.
async fn filled(client: &Client, catalog: &Catalog) -> Result<BTreeSet<String>, PgError> {
    let own = "
        select quote_ident(relname) from pg_catalog.pg_class
        join pg_catalog.pg_namespace on pg_namespace.oid = relnamespace
        where nspname = current_schema() and pg_has_role(relowner, 'usage')";
    let own: BTreeSet<String> = client.query(own, &[]).await?.iter().map(|row| row.get(0)).collect();
    let tables = catalog.objects.keys().filter_map(|object| object.strip_prefix("table "));
    let tables = tables.filter(|table| own.contains(*table));
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

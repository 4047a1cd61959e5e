//! Many PostgreSQL schemas with the same tables, a tenant each, migrated a few at a time.

use std::num::NonZeroUsize;

use futures_util::{StreamExt, stream};
use tokio_postgres::Client;
use tokio_postgres::error::{Error as PgError, SqlState};
use tracing::Instrument;

use crate::connection::Database;
use crate::connection::schema::check_name;
use crate::definition::Definition;
use crate::error::{Error, MigrationError, MigrationProblem, Result};
use crate::runner::{Report, Runner};
use crate::{failure, session};

/// How many schemas [`Runner::run_pending_in_schemas`] migrates at a time: each takes a connection.
pub const DEFAULT_JOBS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(3);

/// What became of one schema of a fleet.
#[derive(Debug)]
#[non_exhaustive]
pub struct SchemaReport {
    /// The schema.
    pub schema: String,
    /// What the run did there, or why it stopped; see [`Runner::run_pending`].
    pub outcome: Result<Report>,
}

/// What became of each schema of a fleet, by name.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct FleetReport {
    /// One entry a schema.
    pub schemas: Vec<SchemaReport>,
}

impl FleetReport {
    /// The schemas in which a run failed; the others are up to date.
    pub fn failed(&self) -> impl Iterator<Item = &SchemaReport> {
        self.schemas.iter().filter(|report| report.outcome.is_err())
    }
}

/// See [`Runner::schemas_like`].
async fn schemas_like(definition: &Definition, database: &Database, pattern: &str) -> Result<Vec<String>> {
    let backslashes = pattern.bytes().rev().take_while(|byte| *byte == b'\\').count();
    if backslashes % 2 == 1 {
        return Err(Error::Configuration(format!(
            "the pattern \"{pattern}\" ends with a backslash, which must stand before what it makes literal: \\_ is an \
             underscore; nothing was changed"
        )));
    }
    let client = session::connect(database).await?;
    // Diesel's ledger is no sign: other applications have one, too.
    let query = "
        select nspname::text,
            has_schema_privilege(pg_namespace.oid, 'usage') or exists (
                select from pg_catalog.pg_roles
                where pg_roles.oid = nspowner and not rolsuper and pg_has_role(session_user, pg_roles.oid, 'member')
            ),
            count(relname) = 0 or bool_or(relname = any ($2)) or cardinality($2) = 0
        from pg_catalog.pg_namespace
        left join pg_catalog.pg_class on relnamespace = pg_namespace.oid and relkind in ('r', 'p', 'v', 'm', 'f')
            and relname <> '__diesel_schema_migrations'
        where nspname like $1
        group by pg_namespace.oid
        order by nspname::text collate \"C\"";
    let ours: Vec<&str> =
        definition.tables().chain(definition.beside.iter().flat_map(|other| other.tables())).collect();
    let rows = client.query(query, &[&pattern, &ours]).await.map_err(failure::during("cannot list the schemas"))?;
    let (mut found, mut closed, mut foreign) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        let name: String = row.get(0);
        match (row.get(1), row.get(2)) {
            _ if check_name(&name).is_err() => {}
            (false, _) => closed.push(name),
            (true, false) => foreign.push(name),
            (true, true) => found.push(name),
        }
    }
    if !closed.is_empty() {
        tracing::warn!("left out, because this role has no USAGE on them: {}", failure::shown(&closed.join(", ")));
    }
    if !foreign.is_empty() {
        tracing::warn!(
            "left out, because their tables are another application's: {}; a run in one of them alone migrates it all the same",
            failure::shown(&foreign.join(", "))
        );
    }
    if found.is_empty() {
        return Err(Error::Configuration(format!(
            "no schema that this role may use has a name like \"{pattern}\"; nothing was changed"
        )));
    }
    Ok(found)
}

/// Makes the schema that [`Database::with_schema`] names; false where it exists already. It belongs to the role, and
/// nobody else may use it yet.
///
/// # Errors
/// [`Error::Configuration`] where the database is bound to no schema or to one that can't be used,
/// [`Error::Migration`] where the role may not create one.
pub async fn create_schema(database: &Database) -> Result<bool> {
    let Some(schema) = database.schema() else {
        return Err(Error::Configuration("no schema is named".to_owned()));
    };
    check_name(schema)?;
    let client = session::connect(&database.without_schema()).await?;
    let failed = || failure::during("cannot create the schema");
    let query = "select exists (select from pg_catalog.pg_namespace where nspname = $1), quote_ident($1)";
    let row = client.query_one(query, &[&schema]).await.map_err(failed())?;
    if row.get(0) {
        return Ok(false);
    }
    match client.batch_execute(&format!("create schema {}", row.get::<_, &str>(1))).await {
        Ok(()) => Ok(true),
        // Another one was faster.
        Err(error) if matches!(error.code(), Some(&SqlState::DUPLICATE_SCHEMA | &SqlState::UNIQUE_VIOLATION)) => {
            Ok(false)
        }
        Err(error) => Err(cannot_create(&client, schema, error).await.into()),
    }
}

/// Says which right is missing to create a schema, where one is. Ends a transaction.
pub(crate) async fn cannot_create(client: &Client, schema: &str, error: PgError) -> MigrationError {
    let query = "
        select format('grant create on database %I to %I', current_database(), current_user), quote_ident(current_user)";
    if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE)
        && client.batch_execute("rollback").await.is_ok()
        && let Ok(row) = client.query_one(query, &[]).await
    {
        let (grant, role): (&str, &str) = (row.get(0), row.get(1));
        let text = format!(
            "role {role} may not create the schema {schema:?}; as the owner of the database: {grant}; nothing was changed"
        );
        return MigrationProblem::Forbidden.because(text);
    }
    failure::during("cannot create the schema")(error)
}

impl Runner {
    /// The schemas whose names are LIKE the pattern and that the role may use, by name. One that has tables and none of the
    /// definition's is another application's: a warning names it. In a pattern `_` is any character and `%` any text; `\_`
    /// is an underscore.
    ///
    /// # Errors
    /// No connection, a pattern that ends with a backslash, or no such schema.
    pub async fn schemas_like(&self, database: &Database, pattern: &str) -> Result<Vec<String>> {
        schemas_like(self.definition(), database, pattern).await
    }

    /// [`Runner::run_pending`] in each of the schemas, `jobs` at a time; a schema that fails doesn't stop the others. `each`
    /// sees every report when it is there, in the order in which they end.
    pub async fn run_pending_in_schemas(
        &self,
        database: &Database,
        schemas: &[String],
        jobs: NonZeroUsize,
        mut each: impl FnMut(&SchemaReport),
    ) -> FleetReport {
        let runs = schemas.iter().map(|schema| async move {
            let database = database.with_schema(schema);
            let span = tracing::error_span!("schema", name = %schema);
            let outcome = self.run_pending(&database).instrument(span).await;
            SchemaReport { schema: schema.clone(), outcome }
        });
        let mut runs = stream::iter(runs).buffer_unordered(jobs.get());
        let mut fleet = FleetReport::default();
        while let Some(report) = runs.next().await {
            each(&report);
            fleet.schemas.push(report);
        }
        fleet.schemas.sort_by(|a, b| a.schema.cmp(&b.schema));
        fleet
    }
}

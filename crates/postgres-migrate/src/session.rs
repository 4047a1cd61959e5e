//! The dedicated connection of a runner.

use std::time::Duration;

use tokio_postgres::Client;

use crate::{
    Database,
    connection::schema,
    error::{MigrationProblem, Result},
    failure,
};

/// How the session shows up in `pg_stat_activity`.
const APPLICATION_NAME: &str = "postgres-migrate";

/// Undoes whatever a migration SET, then sets what a runner needs, whatever the role's own limits are: a migration may
/// run for hours, and a concurrent index build that a limit kills leaves an invalid index. A runner itself never pauses
/// for long; one that is stopped doesn't keep its locks for ever.
/// With the check interval a dead runner's statement ends at once; some platforms don't have it. transaction_timeout is
/// one of PostgreSQL 17.
const SETTINGS: &str = "
    reset session authorization;
    reset role;
    reset all;
    set statement_timeout = 0;
    set idle_in_transaction_session_timeout = '1min';
    set idle_session_timeout = '1min';
    set default_transaction_isolation = 'read committed';
    set timezone = 'UTC';
    set standard_conforming_strings = on;
    set quote_all_identifiers = off;
    do $$ begin
        set client_connection_check_interval = '250ms';
    exception when undefined_object or invalid_parameter_value then
        null;
    end $$;
    do $$ begin
        set transaction_timeout = 0;
    exception when undefined_object then
        null;
    end $$";

/// A connection that is about to change a schema.
pub(crate) struct Session {
    pub client: Client,
    pub database: String,
    pub schema: String,
    /// The schema, quoted for use in SQL.
    pub quoted_schema: String,
    /// The ledger's name.
    pub ledger: &'static str,
    /// Second key of the advisory lock.
    pub lock_key: i32,
    /// Whether the host is this machine.
    pub is_local: bool,
    pub role: String,
    /// The server's process, and when the server started: `pg_stat_activity` hides when a session began after SET ROLE.
    pub pid: i32,
    pub server_started: String,
    /// Where it came from, for a second connection.
    pub origin: Database,
    may_create: bool,
    /// Who owns the ledger, where that is another role.
    owner: Option<Owner>,
    lock_timeout: Duration,
    /// Where it was told to look; a migration may have changed it.
    bound_to: Option<String>,
}

/// Another role, which owns what is migrated.
struct Owner {
    name: String,
    /// Whether the session has its rights.
    is_inherited: bool,
    /// What gives the session its rights, where the role it logged in as may have them.
    cure: Option<String>,
}

/// One connection for one runner.
pub(crate) async fn connect(database: &Database) -> Result<Client> {
    let database = database.with_application_name(APPLICATION_NAME);
    // A large future, a part of many.
    Box::pin(database.connect_client()).await
}

/// The same, for whoever only looks: what isn't found there is not taken for missing.
pub(crate) async fn connect_to_schema(database: &Database) -> Result<Client> {
    let client = connect(database).await?;
    let row = client.query_one("select current_schema()::text", &[]).await;
    require_schema(row.map_err(failure::during("cannot find the schema"))?.get(0))?;
    Ok(client)
}

/// The schema that comes first on the search_path, of those that this role may use.
fn require_schema(current: Option<String>) -> Result<String> {
    current.filter(|schema| schema != "pg_catalog").ok_or_else(|| {
        let text = "no schema of the search_path exists and is open to this role, or pg_catalog comes first; create one \
                    (CREATE SCHEMA), grant USAGE on it, or name another one in the connection string \
                    (?options=-c%20search_path%3Dname)";
        MigrationProblem::NoSchema.because(text).into()
    })
}

/// Says at once what PostgreSQL would say of the first statement that writes.
fn require_writable(is_standby: bool, is_read_only: bool) -> Result<()> {
    let problem = match (is_standby, is_read_only) {
        (true, _) => "this server is a standby, which nothing can be written to; connect to the primary",
        (false, true) => {
            "this session may only read: somebody set default_transaction_read_only, for this role, this database or the \
             server, or in DATABASE_URL; take that back, or connect as another role"
        }
        (false, false) => return Ok(()),
    };
    Err(MigrationProblem::NotWritable.because(format!("{problem}; nothing was changed")).into())
}

fn lock_timeout(limit: Duration) -> String {
    format!("set lock_timeout = {}", i32::try_from(limit.as_millis()).unwrap_or(i32::MAX))
}

impl Session {
    /// Prepares `client`, a connection to `database`, and finds out where it is. It waits for locks without limit.
    pub async fn prepare(client: Client, database: &Database, ledger: &'static str) -> Result<Self> {
        Self::prepare_with(client, database, ledger, Duration::ZERO).await
    }

    /// The same, with a limit for each lock; zero is none.
    pub async fn prepare_with(
        client: Client,
        database: &Database,
        ledger: &'static str,
        lock_timeout: Duration,
    ) -> Result<Self> {
        let query = "
            select current_database()::text, current_user::text, nspname::text, quote_ident(nspname),
                   pg_namespace.oid::int4, has_schema_privilege(pg_namespace.oid, 'create'),
                   pg_backend_pid(), pg_is_in_recovery(), current_setting('transaction_read_only')::bool,
                   extract(epoch from pg_postmaster_start_time())::text,
                   pg_get_userbyid(relowner)::text, pg_has_role(relowner, 'usage'),
                   case when pg_has_role(session_user, relowner, 'member') then
                       format('alter role %I set role %I', session_user, pg_get_userbyid(relowner)) end
            from (select) as one
            left join pg_catalog.pg_namespace on nspname = current_schema()
            left join pg_catalog.pg_class on relnamespace = pg_namespace.oid and relname = $1
                and pg_get_userbyid(relowner) <> current_user";
        let row = client.query_one(query, &[&ledger]).await;
        let row = row.map_err(failure::during("cannot find the schema to migrate"))?;
        let schema = require_schema(row.get(2))?;
        require_writable(row.get(7), row.get(8))?;
        let session = Self {
            database: row.get(0),
            role: row.get(1),
            schema,
            quoted_schema: row.get(3),
            ledger,
            lock_key: row.get(4),
            may_create: row.get(5),
            lock_timeout,
            is_local: database.is_local(),
            bound_to: database.schema().map(String::from),
            pid: row.get(6),
            server_started: row.get(9),
            owner: row.get::<_, Option<String>>(10).map(|name| Owner {
                name,
                is_inherited: row.get::<_, Option<bool>>(11).unwrap_or_default(),
                cure: row.get(12),
            }),
            origin: database.clone(),
            client,
        };
        session.restore().await.map_err(failure::during("cannot prepare the session"))?;
        Ok(session)
    }

    /// Refuses a role that hasn't the rights of the owner, before it waits for a lock or stops halfway.
    pub fn require_owner(&self) -> Result<()> {
        let Some(owner) = self.owner.as_ref().filter(|owner| !owner.is_inherited) else { return Ok(()) };
        let cure = owner.cure.as_ref().map(|cure| format!(", or connect again after: {cure}")).unwrap_or_default();
        let text = format!(
            "schema \"{}\" was migrated by role \"{}\", and role \"{}\" doesn't have its rights; connect as that \
             role{cure}; nothing was changed",
            self.schema, owner.name, self.role
        );
        Err(MigrationProblem::Forbidden.because(text).into())
    }

    /// The same for a role that can't create anything in the schema. What it creates beside another owner's is told.
    pub fn require_create(&self, pending: usize) -> Result<()> {
        if self.may_create {
            self.require_owner()?;
            if let Some(owner) = &self.owner {
                let cure = owner.cure.as_ref().map(|cure| format!(": {cure}")).unwrap_or_default();
                tracing::warn!(
                    "what is new in schema \"{}\" will belong to role \"{}\", and the rest belongs to \"{}\"; let that one \
                     migrate{cure}",
                    self.schema,
                    self.role,
                    owner.name
                );
            }
            return Ok(());
        }
        let cure = self.owner.as_ref().and_then(|owner| owner.cure.as_ref());
        let cure = cure.map(|cure| format!(", or connect again after: {cure}")).unwrap_or_default();
        let text = format!(
            "migrations are pending ({pending}), and role \"{role}\" may not create tables in schema \"{schema}\" of \
             database \"{database}\"; let the schema's owner apply them{cure}",
            role = self.role,
            schema = self.schema,
            database = self.database
        );
        Err(MigrationProblem::Forbidden.because(text).into())
    }

    /// The settings of a runner, whatever a migration changed.
    pub async fn restore(&self) -> Result<(), tokio_postgres::Error> {
        self.client.batch_execute(&format!("{SETTINGS}; {}", lock_timeout(self.lock_timeout))).await?;
        if let Some(schema) = &self.bound_to {
            schema::enter_client(&self.client, schema).await?;
        }
        Ok(())
    }

    /// How long each wait for a lock may take, until [`Session::restore`]; zero for ever.
    pub async fn limit_waiting(&self, limit: Duration) -> Result<(), tokio_postgres::Error> {
        self.client.batch_execute(&lock_timeout(limit)).await
    }

    /// A table of the schema, for use in SQL.
    pub fn table(&self, name: &str) -> String {
        format!("{}.{name}", self.quoted_schema)
    }
}

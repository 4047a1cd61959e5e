//! The dedicated connection of a runner.

use std::time::Duration;

use tokio_postgres::Client;

use crate::{
    Database,
    connection::schema,
    error::{ConnectionProblem, Error, MigrationProblem, Result},
    failure::{self, shown},
    lock::Lock,
    trust::{self, Owner},
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

/// Of PostgreSQL 17.
pub(crate) const NO_TRANSACTION_TIMEOUT: &str = "
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
    /// What keeps other runners out meanwhile.
    pub lock: Option<Lock>,
    /// The role that owns what is migrated, which the session acts as.
    pub role: String,
    quoted_role: String,
    /// The server's process, and when the server started: `pg_stat_activity` hides when a session began after SET ROLE.
    pub pid: i32,
    pub server_started: String,
    /// Where it came from, for a second connection.
    pub origin: Database,
    may_create: bool,
    lock_timeout: Duration,
    /// Where it was told to look; a migration may have changed it.
    bound_to: Option<String>,
}

/// One connection for one runner.
pub(crate) async fn connect(database: &Database) -> Result<Client> {
    use ConnectionProblem::{NoSchema, SchemaClosed};
    let database = database.with_application_name(APPLICATION_NAME);
    // A large future, a part of many.
    let (error, schema) = match (Box::pin(database.connect_client()).await, database.schema()) {
        (Err(error @ Error::Connection { problem: NoSchema | SchemaClosed, .. }), Some(schema)) => (error, schema),
        (connected, _) => return connected,
    };
    let client = Box::pin(database.without_schema().connect_client()).await?;
    let failed = || failure::during("cannot enter the schema");
    act_as_owner(&client, Some(schema)).await?;
    match schema::enter_client(&client, schema).await.map_err(failed())? {
        true => Ok(client),
        false => Err(error),
    }
}

/// A member of a schema's owner needs no right of its own to the schema, this one or those of the search path: the session
/// becomes the owner, unless that is a superuser.
async fn act_as_owner(client: &Client, schema: Option<&str>) -> Result<()> {
    let query = "
        select pg_catalog.quote_ident(rolname)
        from pg_catalog.unnest(pg_catalog.string_to_array(pg_catalog.current_setting('search_path'), ',')) with ordinality
            as path (name, place)
        join pg_catalog.pg_namespace on nspname = coalesce($1::text, pg_catalog.btrim(path.name, ' \"'))
        join pg_catalog.pg_roles on pg_roles.oid = nspowner
        where not rolsuper and pg_catalog.pg_has_role(session_user, pg_roles.oid, 'member')
        order by place
        limit 1";
    let failed = || failure::during("cannot act as the owner of the schema");
    if let Some(row) = client.query_opt(query, &[&schema]).await.map_err(failed())? {
        let act = format!("set role {}", row.get::<_, &str>(0));
        client.batch_execute(&act).await.map_err(failed())?;
    }
    Ok(())
}

/// Another connection of the same runner, to the same server: elsewhere, the number of a process is another one's.
pub(crate) async fn connect_again(session: &Session) -> Result<Client> {
    let client = connect(&session.origin).await?;
    let failed = || failure::during("cannot prepare a second connection");
    // It may be idle for longer than the role may.
    client.batch_execute("set idle_session_timeout = '1min'").await.map_err(failed())?;
    let query = "
        select extract(epoch from pg_postmaster_start_time())::text = $2
            and exists (select from pg_catalog.pg_stat_activity where pid = $1)";
    let row = client.query_one(query, &[&session.pid, &session.server_started]).await.map_err(failed())?;
    match row.get(0) {
        true => Ok(client),
        false => Err(MigrationProblem::Other.because("a second connection came to another server").into()),
    }
}

/// A connection to a schema in which nothing is anybody else's.
pub(crate) async fn enter(database: &Database, ledger: &str) -> Result<(Client, Option<Owner>)> {
    let client = connect(database).await?;
    let mut owner = trust::look(&client, ledger).await?;
    if owner.is_none() {
        act_as_owner(&client, None).await?;
        owner = trust::look(&client, ledger).await?;
    }
    // At once: even what only looks may call what the owner made.
    if let Some(name) = owner.as_ref().filter(|owner| owner.is_reachable).map(|owner| &owner.name) {
        let act = format!("set role \"{}\"", name.replace('"', "\"\""));
        client.batch_execute(&act).await.map_err(failure::during("cannot act as the owner of the schema"))?;
    }
    Ok((client, owner))
}

/// The same for whoever only looks: what isn't found there is not taken for missing.
pub(crate) async fn enter_existing(database: &Database, ledger: &str) -> Result<Client> {
    let (client, owner) = enter(database, ledger).await?;
    if owner.is_none() {
        return Err(no_schema());
    }
    Ok(client)
}

fn no_schema() -> Error {
    let text = "no schema of the search_path exists and is open to this role, or pg_catalog comes first; create one \
                (CREATE SCHEMA), grant USAGE on it, or name another one in the connection string \
                (?options=-c%20search_path%3Dname)";
    MigrationProblem::NoSchema.because(text).into()
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
    /// Prepares a connection to `database`, and finds out where it is. It waits for locks without limit.
    pub async fn prepare(entered: (Client, Option<Owner>), database: &Database, ledger: &'static str) -> Result<Self> {
        Self::prepare_with(entered, database, ledger, Duration::ZERO).await
    }

    /// The same, with a limit for each lock; zero is none. It becomes the role that owns what is migrated: what it makes is that
    /// role's.
    pub async fn prepare_with(
        entered: (Client, Option<Owner>),
        database: &Database,
        ledger: &'static str,
        lock_timeout: Duration,
    ) -> Result<Self> {
        if entered.1.is_none() {
            return Err(no_schema());
        }
        let query = "select pg_is_in_recovery(), current_setting('transaction_read_only')::bool";
        let row = entered.0.query_one(query, &[]).await.map_err(failure::during("cannot tell what may be written"))?;
        require_writable(row.get(0), row.get(1))?;
        Self::prepare_to_read(entered, database, ledger, lock_timeout).await
    }

    /// The same for whoever only reads, on a standby too.
    pub async fn prepare_to_read(
        (client, owner): (Client, Option<Owner>),
        database: &Database,
        ledger: &'static str,
        lock_timeout: Duration,
    ) -> Result<Self> {
        let owner = owner.ok_or_else(no_schema)?;
        let query = "
            select current_database()::text, current_user::text, nspname::text, pg_catalog.quote_ident(nspname::text), pg_catalog.quote_ident($1),
                   has_schema_privilege($1, pg_namespace.oid, 'create'),
                   pg_backend_pid(), extract(epoch from pg_postmaster_start_time())::text
            from pg_catalog.pg_namespace
            where nspname = current_schema()";
        let row = client.query_one(query, &[&owner.name]).await;
        let row = row.map_err(failure::during("cannot find the schema to migrate"))?;
        let schema: String = row.get(2);
        if !owner.is_reachable {
            let (schema, owner, role) = (shown(&schema), shown(&owner.name), shown(row.get(1)));
            let text = format!(
                "schema \"{schema}\" belongs to role \"{owner}\", and role \"{role}\" may not act as it; connect as that \
                 role, or as a member of it; nothing was changed"
            );
            return Err(MigrationProblem::Forbidden.because(text).into());
        }
        let session = Self {
            database: row.get(0),
            role: owner.name,
            quoted_role: row.get(4),
            schema,
            quoted_schema: row.get(3),
            ledger,
            lock: None,
            may_create: row.get(5),
            lock_timeout,
            bound_to: database.schema().map(String::from),
            pid: row.get(6),
            server_started: row.get(7),
            origin: database.clone(),
            client,
        };
        session.restore().await.map_err(failure::during("cannot prepare the session"))?;
        Ok(session)
    }

    /// Refuses a role that can't create anything in the schema, before it waits for a lock or stops halfway.
    pub fn require_create(&self, pending: usize) -> Result<()> {
        if self.may_create {
            return Ok(());
        }
        let text = format!(
            "migrations are pending ({pending}), and role \"{role}\" may not create tables in schema \"{schema}\" of \
             database \"{database}\"; let the schema's owner apply them",
            role = shown(&self.role),
            schema = shown(&self.schema),
            database = shown(&self.database)
        );
        Err(MigrationProblem::Forbidden.because(text).into())
    }

    /// The settings of a runner, whatever a migration changed.
    pub async fn restore(&self) -> Result<(), tokio_postgres::Error> {
        self.client.batch_execute(&format!("{SETTINGS}; {}; {}", self.act(), lock_timeout(self.lock_timeout))).await?;
        if let Some(schema) = &self.bound_to {
            schema::enter_client(&self.client, schema).await?;
        }
        Ok(())
    }

    /// Makes a session of the same login the role that owns what is migrated.
    pub fn act(&self) -> String {
        format!("set role {}", self.quoted_role)
    }

    /// How long each wait for a lock may take, until [`Session::restore`]; zero for ever.
    pub async fn limit_waiting(&self, limit: Duration) -> Result<(), tokio_postgres::Error> {
        self.client.batch_execute(&lock_timeout(limit)).await
    }

    /// A table of the schema, for use in SQL.
    pub fn table(&self, name: &str) -> String {
        format!("{}.{name}", self.quoted_schema)
    }

    /// The ledger, for use in SQL.
    pub fn ledger(&self) -> String {
        self.table(self.ledger)
    }
}

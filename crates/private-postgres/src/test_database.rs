//! [`TestDatabase`]: a database for one test.
//!
//! It lives on the server of `DATABASE_URL` where one is set, else on a private one that ends with the tests. A server on
//! another machine is refused unless `TEST_ON_ANOTHER_MACHINE` is set: a forgotten `DATABASE_URL` may name any. It is cloned
//! from a template that is migrated once for each set of migrations; the last test that ends drops the templates too. Where
//! the database of `DATABASE_URL` is of a Citus coordinator, a test database is one of Citus.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::OnceLock;
use std::thread;

use chrono::{TimeDelta, Utc};
use diesel_async::AsyncPgConnection;
use postgres_migrate::{Access, Database, Definition, Runner, connection};
use tokio_postgres::{Client, Error as PgError, error::SqlState};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::local_server::{self, LocalServer};
use crate::nodes::Nodes;

pub(crate) const PREFIX: &str = "pgtest_";

pub(crate) const TEMPLATE: &str = "pgtest_template_";

/// A template until it is whole: whoever finds one may use it.
pub(crate) const UNFINISHED: &str = "pgtest_unfinished";

/// Set where tests may use a server on another machine.
const ELSEWHERE: &str = "TEST_ON_ANOTHER_MACHINE";

/// Serializes what touches the template, over all processes that test on one server.
const TEMPLATE_LOCK: &str = "select pg_advisory_lock(hashtextextended('pgtest template', 0))";

/// In so many words: a connection that is dropped ends when its runtime gets to it, and a test may block its runtime.
const TEMPLATE_UNLOCK: &str = "select pg_advisory_unlock(hashtextextended('pgtest template', 0))";

/// A database that one test has to itself; dropped with this value.
pub struct TestDatabase {
    server: String,
    database: Database,
    /// What it was migrated by, in order.
    definitions: Vec<Definition>,
    url: String,
    /// Of the roles that [`TestDatabase::database_as`] makes; empty where the server asks for none.
    password: String,
}

impl TestDatabase {
    /// A database with every migration of the definition applied, and what they insert in it.
    ///
    /// # Errors
    /// No server, one on another machine, a migration that fails, or a role that may not create databases.
    pub async fn migrated(definition: &Definition) -> Result<Self> {
        Self::migrated_with(&[definition]).await
    }

    /// The same of several definitions, in order: tables of one's own beside another crate's.
    ///
    /// # Errors
    /// Those of [`TestDatabase::migrated`].
    pub async fn migrated_with(definitions: &[&Definition]) -> Result<Self> {
        let server = server_url().await?;
        let nodes = Nodes::connect(&server).await?;
        execute(nodes.session(), TEMPLATE_LOCK).await?;
        let template = ensure_template(definitions, &nodes).await?;
        let made = Self::create(server, &nodes, &template, definitions.iter().map(|definition| **definition).collect())
            .await?;
        execute(nodes.session(), TEMPLATE_UNLOCK).await?;
        Ok(made)
    }

    /// A database with nothing in it.
    ///
    /// # Errors
    /// No server, or a role that may not create databases.
    pub async fn empty() -> Result<Self> {
        let server = server_url().await?;
        let nodes = Nodes::connect(&server).await?;
        execute(nodes.session(), TEMPLATE_LOCK).await?;
        let template = nodes.empty().await?;
        let made = Self::create(server, &nodes, &template, Vec::new()).await?;
        execute(nodes.session(), TEMPLATE_UNLOCK).await?;
        Ok(made)
    }

    async fn create(server: String, nodes: &Nodes, template: &str, definitions: Vec<Definition>) -> Result<Self> {
        // Carries its time, so that what a killed test leaves behind can be told by its age.
        let name = format!("{PREFIX}{}", Uuid::now_v7().simple());
        nodes.create(&name, template).await?;
        // libpq lets a later dbname override an earlier one, in either form.
        let separator = match (server.contains("://"), server.contains('?')) {
            (false, _) => ' ',
            (true, false) => '?',
            (true, true) => '&',
        };
        let url = format!("{server}{separator}dbname={name}");
        // Our own server asks for none, and takes 3 ms to keep one.
        let password = connection::database_url()?.map(|_| Uuid::now_v7().simple().to_string()).unwrap_or_default();
        let database = nodes.server().with_name(&name);
        if definitions.is_empty() {
            execute(&unlimited(&database).await?, local_server::CLOSE_PUBLIC).await?;
        }
        Ok(Self { server, database, definitions, url, password })
    }

    /// How to reach it.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Its connection string, with the password if there is one, for programs that a test starts.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A connection to it, as the role that owns it.
    ///
    /// # Errors
    /// No connection.
    pub async fn connect(&self) -> Result<AsyncPgConnection> {
        Ok(self.database.connect().await?)
    }

    /// The same migrated database, seen by a role that has this access and nothing else ([`Runner::grant`]). Of the other
    /// definitions it has the access of that name. The role is made at the first call and dropped with the database, so the
    /// connected role must be allowed to make roles.
    ///
    /// # Errors
    /// It isn't, or the database was made by [`TestDatabase::empty`].
    pub async fn database_as(&self, access: &Access) -> Result<Database> {
        if self.definitions.is_empty() {
            return Err(failed("give a role access")("this test database has no migrations"));
        }
        let role = self.role(access);
        let whose = self.definitions.iter().position(|definition| definition.accesses.contains(access)).unwrap_or(0);
        let server = unlimited(&Database::from_url(&self.server)?).await?;
        let made = server.batch_execute(&format!("create role {role} login password '{}'", self.password)).await;
        // Two may do so at once: one of them makes it.
        if let Err(error) = made
            && !matches!(error.code(), Some(&SqlState::DUPLICATE_OBJECT | &SqlState::UNIQUE_VIOLATION))
        {
            return Err(refused("make a role", &error));
        }
        for (at, definition) in self.definitions.iter().enumerate() {
            let its = if at == whose { Some(access) } else { definition.access(access.name) };
            if let Some(access) = its {
                Runner::new(definition).grant(&self.database, &role, access).await?;
            }
        }
        Ok(self.database.with_user(&role, &self.password))
    }

    /// A connection as a role that has this access and nothing else; see [`TestDatabase::database_as`].
    ///
    /// # Errors
    /// Those of [`TestDatabase::database_as`].
    pub async fn connect_as(&self, access: &Access) -> Result<AsyncPgConnection> {
        Ok(self.database_as(access).await?.connect().await?)
    }

    /// By number: PostgreSQL would cut a long name.
    fn role(&self, access: &Access) -> String {
        let mut accesses = self.definitions.iter().flat_map(|definition| definition.accesses);
        let count = accesses.clone().count();
        let number = accesses.position(|other| other == access).unwrap_or(count);
        format!("{}_{number}", self.database.name())
    }
}

impl Drop for TestDatabase {
    /// Waits until the database is gone; on a thread of its own, because the test's runtime can't be blocked.
    fn drop(&mut self) {
        let outcome = thread::scope(|scope| {
            scope
                .spawn(|| {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                    let runtime = runtime.map_err(|error| failed("drop a test database")(&error.to_string()))?;
                    runtime.block_on(drop_database(&self.server, self.database.name()))
                })
                .join()
        });
        if !matches!(outcome, Ok(Ok(()))) {
            tracing::warn!(database = self.database.name(), "a test database could not be dropped");
        }
    }
}

/// A connection that waits for other tests as long as it takes: on a busy machine that is longer than any limit of a service.
pub(crate) async fn unlimited(database: &Database) -> Result<Client> {
    let client = database.connect_client().await?;
    execute(&client, "set statement_timeout = 0; set lock_timeout = 0; set idle_session_timeout = 0").await?;
    Ok(client)
}

async fn server_url() -> Result<String> {
    /// Held until the process ends, and the server with it.
    static SERVER: OnceLock<LocalServer> = OnceLock::new();
    if let Some(url) = connection::database_url()? {
        if !Database::from_url(&url)?.is_local() && std::env::var_os(ELSEWHERE).is_none() {
            return Err(failed("make a test database")(&format!(
                "DATABASE_URL names a server that isn't on this machine, and tests make and drop databases and roles on it; if it \
                 is for tests, set {ELSEWHERE}=1; without DATABASE_URL they start a private server"
            )));
        }
        return Ok(url);
    }
    let server = match SERVER.get() {
        Some(server) => server,
        None => {
            // By version, so that PATH decides and not whoever tests at the same time, or did before an upgrade.
            let version = local_server::installed_version().map(|version| format!("-{version}")).unwrap_or_default();
            let server = LocalServer::for_tests(&format!("shared{version}"))?;
            SERVER.get_or_init(|| server)
        }
    };
    server.ensure_running().await?;
    // Longer than the default, for a machine that is busy with other tests.
    Ok(format!("{}&connect_timeout=60", server.url("postgres")))
}

async fn ensure_template(definitions: &[&Definition], nodes: &Nodes) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    definitions.iter().for_each(|definition| definition.fingerprint().hash(&mut hasher));
    let template = format!("{TEMPLATE}{:016x}", hasher.finish());
    sweep(nodes).await?;
    if database_names(nodes.session()).await?.contains(&template) {
        return Ok(template);
    }
    let empty = nodes.empty().await?;
    nodes.drop(UNFINISHED).await?;
    nodes.create(UNFINISHED, &empty).await?;
    let database = nodes.server().with_name(UNFINISHED);
    execute(&unlimited(&database).await?, local_server::CLOSE_PUBLIC).await?;
    for definition in definitions {
        Runner::new(definition).run_pending(&database).await?;
    }
    nodes.finish(UNFINISHED, &template).await?;
    Ok(template)
}

/// Drops what killed tests left behind more than an hour ago.
async fn sweep(nodes: &Nodes) -> Result<()> {
    let hour_ago = (Utc::now() - TimeDelta::hours(1)).timestamp();
    for name in database_names(nodes.session()).await? {
        if made_at(&name).is_some_and(|seconds| seconds < hour_ago) {
            drop_one(nodes, &name).await?;
        }
    }
    Ok(())
}

/// A database, and then the roles that had rights in it.
async fn drop_one(nodes: &Nodes, name: &str) -> Result<()> {
    nodes.drop(name).await?;
    let client = nodes.session();
    for role in
        names(client, "select rolname::text from pg_roles where starts_with(rolname, $1)", &format!("{name}_")).await?
    {
        execute(client, &format!("drop role if exists {role}")).await?;
    }
    Ok(())
}

/// Seconds since 1970; `None` for a template.
fn made_at(name: &str) -> Option<i64> {
    let id = Uuid::try_parse(name.strip_prefix(PREFIX)?).ok()?;
    i64::try_from(id.get_timestamp()?.to_unix().0).ok()
}

async fn drop_database(server: &str, name: &str) -> Result<()> {
    let nodes = Nodes::connect(server).await?;
    drop_one(&nodes, name).await?;
    execute(nodes.session(), TEMPLATE_LOCK).await?;
    sweep(&nodes).await?;
    let names = database_names(nodes.session()).await?;
    // The template of other tests stays as long as one of their databases does; a name that isn't ours, for ever.
    if names.iter().all(|name| made_at(name).is_none()) {
        let is_template = |name: &&String| name.starts_with(TEMPLATE) || *name == UNFINISHED;
        for template in names.iter().filter(is_template) {
            nodes.drop(template).await?;
        }
    }
    Ok(())
}

async fn database_names(client: &Client) -> Result<Vec<String>> {
    names(client, "select datname::text from pg_database where starts_with(datname, $1)", PREFIX).await
}

/// The names that a query finds and that start with `prefix`.
pub(crate) async fn names(client: &Client, query: &str, prefix: &str) -> Result<Vec<String>> {
    let rows = client.query(query, &[&prefix]).await.map_err(|error| refused("list test databases", &error))?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

pub(crate) async fn execute(client: &Client, statement: &str) -> Result<()> {
    client.batch_execute(statement).await.map_err(|error| refused("make or drop a test database", &error))
}

pub(crate) fn refused(what: &'static str, error: &PgError) -> Error {
    let rights = match error.code() {
        Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
            "; the role of DATABASE_URL needs CREATEDB, and CREATEROLE for `connect_as`: alter role … createdb createrole"
        }
        _ => "",
    };
    failed(what)(&format!("{}{rights}", postgres_migrate::describe(error)))
}

fn failed(what: &'static str) -> impl FnOnce(&str) -> Error {
    move |reason| Error::TestDatabase { what, reason: reason.to_owned() }
}

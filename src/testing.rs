//! [`TestDatabase`]: a migrated database for one test, for this crate's tests and for services that depend on it.
//!
//! It lives on the server of `DATABASE_URL` where one is set, else on a private one that ends with the tests.
//! It is cloned from a template that is migrated once; the last test that ends drops the template too.

use std::sync::OnceLock;
use std::thread;

use chrono::{TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use uuid::Uuid;

use crate::connection::{self, Database};
use crate::error::{Error, Result};
use crate::local_server::{self, LocalServer};
use crate::migrations::{self, Access};

const PREFIX: &str = "rcm_test_";

/// Serializes what touches the template, over all processes that test on one server.
const TEMPLATE_LOCK: &str = "select pg_advisory_lock(hashtextextended('rcm_test template', 0))";

/// In so many words: a connection that is dropped ends when its runtime gets to it, and a test may block its runtime.
const TEMPLATE_UNLOCK: &str = "select pg_advisory_unlock(hashtextextended('rcm_test template', 0))";

/// A database that one test has to itself; dropped with this value.
pub struct TestDatabase {
    maintenance: Database,
    database: Database,
    url: String,
    /// Of the roles that [`TestDatabase::database_as`] makes.
    password: String,
}

impl TestDatabase {
    /// A database with every migration applied and the reference data in it.
    pub async fn migrated() -> Result<Self> {
        let server = server_url().await?;
        let maintenance = Database::from_url(&server)?;
        let mut connection = unlimited(&maintenance).await?;
        execute(&mut connection, TEMPLATE_LOCK).await?;
        let template = ensure_template(&maintenance, &mut connection).await?;
        let made = Self::create(&server, maintenance, &template).await?;
        execute(&mut connection, TEMPLATE_UNLOCK).await?;
        Ok(made)
    }

    /// A database with nothing in it.
    pub async fn empty() -> Result<Self> {
        let server = server_url().await?;
        Self::create(&server, Database::from_url(&server)?, "template0").await
    }

    async fn create(server: &str, maintenance: Database, template: &str) -> Result<Self> {
        // Carries its time, so that what a killed test leaves behind can be told by its age.
        let name = format!("{PREFIX}{}", Uuid::now_v7().simple());
        execute(&mut unlimited(&maintenance).await?, &format!("create database {name} template {template}")).await?;
        // libpq lets a later dbname override an earlier one, in either form.
        let separator = match (server.contains("://"), server.contains('?')) {
            (false, _) => ' ',
            (true, false) => '?',
            (true, true) => '&',
        };
        let url = format!("{server}{separator}dbname={name}");
        let password = Uuid::now_v7().simple().to_string();
        Ok(Self { database: maintenance.with_name(&name), maintenance, url, password })
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
    pub async fn connect(&self) -> Result<AsyncPgConnection> {
        self.database.connect().await
    }

    /// The same migrated database, seen by a role that has this access and nothing else ([`migrations::grant`]). The role is made
    /// at the first call and dropped with the database, so the connected role must be allowed to make roles.
    ///
    /// # Errors
    /// It isn't, or the database was made by [`TestDatabase::empty`] and is not migrated.
    pub async fn database_as(&self, access: Access) -> Result<Database> {
        let role = self.role(access);
        // Two may do so at once: one of them makes it.
        let statement = format!(
            "do $$ begin
                create role {role} login password '{}';
            exception when duplicate_object or unique_violation then
                null;
            end $$",
            self.password
        );
        execute(&mut unlimited(&self.maintenance).await?, &statement).await?;
        migrations::grant(&self.database, &role, access).await?;
        Ok(self.database.with_user(&role, &self.password))
    }

    /// A connection as a role that has this access and nothing else; see [`TestDatabase::database_as`].
    pub async fn connect_as(&self, access: Access) -> Result<AsyncPgConnection> {
        self.database_as(access).await?.connect().await
    }

    fn role(&self, access: Access) -> String {
        format!("{}_{access}", self.database.name())
    }
}

impl Drop for TestDatabase {
    /// Waits until the database is gone; on a thread of its own, because the test's runtime can't be blocked.
    fn drop(&mut self) {
        let outcome = thread::scope(|scope| {
            scope
                .spawn(|| {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                    let runtime = runtime.map_err(|error| Error::Configuration(error.to_string()))?;
                    runtime.block_on(drop_database(&self.maintenance, self.database.name()))
                })
                .join()
        });
        if !matches!(outcome, Ok(Ok(()))) {
            tracing::warn!(database = self.database.name(), "a test database could not be dropped");
        }
    }
}

/// A connection that waits for other tests as long as it takes: on a busy machine that is longer than any limit of a service.
async fn unlimited(database: &Database) -> Result<AsyncPgConnection> {
    let mut connection = database.connect().await?;
    execute(&mut connection, "set statement_timeout = 0; set lock_timeout = 0; set idle_session_timeout = 0").await?;
    Ok(connection)
}

async fn server_url() -> Result<String> {
    /// Held until the process ends, and the server with it.
    static SERVER: OnceLock<LocalServer> = OnceLock::new();
    if let Some(url) = connection::database_url()? {
        return Ok(url);
    }
    let server = match SERVER.get() {
        Some(server) => server,
        None => {
            // By version, so that PATH decides and not whoever tests at the same time, or did before an upgrade.
            let version = local_server::installed_version().map(|version| format!("-{version}")).unwrap_or_default();
            let server = LocalServer::for_tests(&format!("rcm-schema{version}"))?;
            SERVER.get_or_init(|| server)
        }
    };
    server.ensure_running().await?;
    // Longer than the default, for a machine that is busy with other tests.
    Ok(format!("{}&connect_timeout=60", server.url("postgres")))
}

fn template_name() -> String {
    format!("{PREFIX}template_{:016x}", migrations::fingerprint())
}

async fn ensure_template(maintenance: &Database, connection: &mut AsyncPgConnection) -> Result<String> {
    let template = template_name();
    sweep(connection).await?;
    if database_names(connection).await?.contains(&template) {
        return Ok(template);
    }
    // Under another name until it is whole: whoever finds the template may use it.
    let unfinished = format!("{PREFIX}unfinished");
    execute(connection, &format!("drop database if exists {unfinished} with (force)")).await?;
    execute(connection, &format!("create database {unfinished} template template0")).await?;
    let template_database = maintenance.with_name(&unfinished);
    // Until PostgreSQL 14 everybody may make tables in it, which no `Access` includes.
    execute(&mut unlimited(&template_database).await?, "revoke create on schema public from public").await?;
    migrations::run_pending(&template_database).await?;
    execute(connection, &format!("alter database {unfinished} rename to {template}")).await?;
    Ok(template)
}

/// Drops what killed tests left behind more than an hour ago.
async fn sweep(connection: &mut AsyncPgConnection) -> Result<()> {
    let hour_ago = (Utc::now() - TimeDelta::hours(1)).timestamp();
    for name in database_names(connection).await? {
        if made_at(&name).is_some_and(|seconds| seconds < hour_ago) {
            drop_one(connection, &name).await?;
        }
    }
    Ok(())
}

/// A database, and then the roles that had rights in it.
async fn drop_one(connection: &mut AsyncPgConnection, name: &str) -> Result<()> {
    execute(connection, &format!("drop database if exists {name} with (force)")).await?;
    for role in names(connection, "select rolname from pg_roles", &format!("{name}_")).await? {
        execute(connection, &format!("drop role if exists {role}")).await?;
    }
    Ok(())
}

/// Seconds since 1970; `None` for a template.
fn made_at(name: &str) -> Option<i64> {
    let id = Uuid::try_parse(name.strip_prefix(PREFIX)?).ok()?;
    i64::try_from(id.get_timestamp()?.to_unix().0).ok()
}

async fn drop_database(maintenance: &Database, name: &str) -> Result<()> {
    let mut connection = unlimited(maintenance).await?;
    drop_one(&mut connection, name).await?;
    execute(&mut connection, TEMPLATE_LOCK).await?;
    sweep(&mut connection).await?;
    let names = database_names(&mut connection).await?;
    if names.iter().all(|name| made_at(name).is_none()) {
        for template in names {
            execute(&mut connection, &format!("drop database if exists {template} with (force)")).await?;
        }
    }
    Ok(())
}

async fn database_names(connection: &mut AsyncPgConnection) -> Result<Vec<String>> {
    names(connection, "select datname from pg_database", PREFIX).await
}

/// The names that a query finds and that start with `prefix`.
async fn names(connection: &mut AsyncPgConnection, query: &str, prefix: &str) -> Result<Vec<String>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let query =
        format!("select cast(name as text) as name from ({query}) as all_names (name) where starts_with(name, $1)");
    let rows: Vec<Row> = diesel::sql_query(query).bind::<Text, _>(prefix).load(connection).await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

async fn execute(connection: &mut AsyncPgConnection, statement: &str) -> Result<()> {
    Ok(connection.batch_execute(statement).await?)
}

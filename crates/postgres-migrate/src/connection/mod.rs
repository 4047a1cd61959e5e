//! How a program reaches the database: connection string, TLS, one connection, the pool.
//!
//! A connection string is what libpq takes, a URL or `key=value` pairs, with these differences:
//! - A server on another machine is verified unless `sslmode` says otherwise: `verify-full`, with `sslrootcert` if it is
//!   given and the machine's root certificates if not. `prefer` and `allow` never send plaintext to another machine.
//! - `connect_timeout` is 10 seconds unless given (0 waits for ever).
//! - Of libpq's environment variables only `PGPASSWORD` and `PGPASSFILE` are read, and no other password or service file.
//! - A raw `@` or `/` in a password is refused; write `%40` and `%2F`.
//! - `sslcert` and `sslkey` are given together or not at all.
//! - X.509 version 1, and a name that stands in a certificate's common name alone, can't be verified.

mod environment;
mod establish;
mod failure;
mod heartbeat;
mod passfile;
mod password;
mod pool;
pub(crate) mod schema;
mod server;
mod tls;
mod url;
mod verifier;

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use tokio_postgres::{Client, Config};

use crate::error::{ConnectionProblem, Error, Result};
use environment::Given;
pub use environment::database_url;
use failure::one_line;
use password::Password;
pub use pool::{Pool, PoolBuilder, PoolState, PooledConnection};
use server::{Server, SessionAttributes};
use tls::Tls;
use url::ConnectionString;

/// `statement_timeout` of [`Database::connect`] and of a pool.
pub const DEFAULT_STATEMENT_TIMEOUT: Duration = Duration::from_secs(30);

/// Which database, and how to reach it. Neither `Debug` nor `Display` shows user or password.
#[derive(Clone)]
pub struct Database {
    session: Config,
    /// In the place of the session's.
    password: Option<Password>,
    /// The text of a password file, for a session without a password.
    password_file: Option<Arc<str>>,
    servers: Arc<[Server]>,
    session_attributes: SessionAttributes,
    connect_timeout: Option<Duration>,
    tls: Tls,
    schema: Option<Arc<str>>,
}

impl Database {
    /// Reads a connection string (see the [module](self)). Without a password it takes `PGPASSWORD`, else that of the file which
    /// `PGPASSFILE` names.
    ///
    /// # Errors
    /// [`Error::Configuration`] if it can't be read, has a parameter that is not supported, or names a certificate
    /// file that can't be used.
    pub fn from_url(url: &str) -> Result<Self> {
        Self::of(&Given::of_environment(url.to_owned()))
    }

    fn of(given: &Given) -> Result<Self> {
        let parsed = ConnectionString::parse(&given.url, given.password.as_deref())?;
        let file =
            given.password_file.as_deref().filter(|_| parsed.session.get_password().is_none_or(<[u8]>::is_empty));
        let remote = parsed.servers.iter().any(|server| !server.is_local());
        Ok(Self {
            tls: Tls::new(parsed.sslmode, parsed.sslrootcert.as_ref(), parsed.client_certificate.as_ref(), remote)?,
            session: parsed.session,
            password: None,
            password_file: file.and_then(passfile::read).map(Arc::from),
            servers: parsed.servers.into(),
            session_attributes: parsed.session_attributes,
            connect_timeout: parsed.connect_timeout,
            schema: None,
        })
    }

    /// `DATABASE_URL` of the environment, else of the nearest `.env` in the current directory or above it, up to the root of
    /// the checkout or package; `None` where neither has it. The host that `.env` names gets no password but that of `.env`.
    ///
    /// # Errors
    /// [`Error::Configuration`] if it is set but empty, if `.env` can't be read, belongs to another user or can be written by
    /// everybody, or as [`Database::from_url`].
    pub fn from_env() -> Result<Option<Self>> {
        environment::given(&["DATABASE_URL"])?.as_ref().map(Self::of).transpose()
    }

    /// As [`Database::from_env`], but of `MIGRATION_DATABASE_URL` where that is set beside it: a direct way to the same database
    /// for a service that goes through a pooler. Either in the environment comes before both in `.env`.
    ///
    /// # Errors
    /// Those of [`Database::from_env`].
    pub fn for_migrations_from_env() -> Result<Option<Self>> {
        environment::given(&["MIGRATION_DATABASE_URL", "DATABASE_URL"])?.as_ref().map(Self::of).transpose()
    }

    /// The database's name.
    pub fn name(&self) -> &str {
        self.session.get_dbname().unwrap_or_default()
    }

    /// Another database of the same server, reached the same way.
    pub fn with_name(&self, name: &str) -> Self {
        self.with(|session| session.dbname(name))
    }

    /// Another role of the same server.
    pub fn with_user(&self, user: &str, password: &str) -> Self {
        Self { password: None, ..self.with(|session| session.user(user).password(password)) }
    }

    /// The same role with a password that changes, such as an IAM token of RDS or a lease of Vault: `give` is asked for it
    /// before each new connection, of a pool or a runner, and may take as long as `connect_timeout`. Connections that are
    /// open already go on; a pool replaces them after its `max_lifetime`.
    ///
    /// Where `give` fails, its error is a part of [`Error::Connection`]: it must hold no secret.
    pub fn with_password<F, E>(&self, give: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<String, E>> + Send + 'static,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        Self { password: Some(Password::new(give)), ..self.clone() }
    }

    /// One schema of the database, a tenant's say: every connection looks in it alone. The name is taken as it is, capitals and
    /// spaces too; connecting refuses one that can't be used, such as `pg_catalog` or `$user`.
    ///
    /// A pool is bound to it: [`Pool::get`] lends no connection that looks elsewhere, whatever its last user did (SET
    /// search_path is undone, a connection after DISCARD ALL is replaced). Until a connection goes back it does what its
    /// user says; rights keep tenants apart, not the search path.
    ///
    /// Not through a pooler in transaction mode, where a session's settings reach other clients: give each tenant a role
    /// there, with `alter role … set search_path = …, pg_temp`.
    pub fn with_schema(&self, schema: &str) -> Self {
        Self { schema: Some(schema.into()), ..self.clone() }
    }

    pub(crate) fn without_schema(&self) -> Self {
        Self { schema: None, ..self.clone() }
    }

    /// The PostgreSQL schema that [`Database::with_schema`] set; `None` leaves it to the `search_path` of the role.
    pub fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    /// The name that `pg_stat_activity` shows; that of the program unless set.
    pub fn with_application_name(&self, name: &str) -> Self {
        self.with(|session| session.application_name(name))
    }

    /// True if every server is a Unix socket, a loopback address or `localhost`.
    pub fn is_local(&self) -> bool {
        self.servers.iter().all(Server::is_local)
    }

    /// A URL for people and for psql: user, hosts, name and schema, no password and no other options.
    pub fn url_without_password(&self) -> String {
        let user = percent_encoded(self.session.get_user().unwrap_or_default());
        let hosts: Vec<_> = self.servers.iter().map(|server| percent_encoded(&server.host)).collect();
        let ports: Vec<_> = self.servers.iter().map(|server| server.port.to_string()).collect();
        format!(
            "postgresql:///{}?host={}&port={}&user={user}",
            percent_encoded(self.name()),
            hosts.join(","),
            ports.join(",")
        ) + &self.schema_parameter()
    }

    /// What brings psql into the schema, to be appended to a URL that has parameters.
    pub fn schema_parameter(&self) -> String {
        self.schema().map_or_else(String::new, |schema| {
            let path = schema::search_path(schema).replace('\\', "\\\\").replace(' ', "\\ ");
            format!("&options={}", percent_encoded(format!("-csearch_path={path}")))
        })
    }

    /// One connection, with [`DEFAULT_STATEMENT_TIMEOUT`] unless the connection string's `options` set another.
    ///
    /// # Errors
    /// [`Error::Connection`] with the reason.
    pub async fn connect(&self) -> Result<AsyncPgConnection> {
        self.open(Some(DEFAULT_STATEMENT_TIMEOUT)).await
    }

    /// A pool of connections with the defaults that [`PoolBuilder`] documents.
    pub fn pool(&self) -> PoolBuilder {
        PoolBuilder::new(self.clone())
    }

    /// One connection below Diesel and without a statement timeout, for the migration runner; its driver runs on the
    /// current runtime.
    pub async fn connect_client(&self) -> Result<Client> {
        self.schema().map_or(Ok(()), schema::check_name)?;
        let (client, driver) = self.establish().await?;
        tokio::spawn(async move {
            if let Err(error) = driver.await {
                // Its source could hold a row; the statements in flight report the failure themselves.
                tracing::debug!("a connection ended: {error}");
            }
        });
        if let Some(schema) = self.schema() {
            let failed = |error: tokio_postgres::Error| match error.as_db_error() {
                Some(refusal) => self.no_session(refusal.message()),
                None => self.no_session(error),
            };
            if !schema::enter_client(&client, schema).await.map_err(failed)? {
                let owner = schema::owner_client(&client, schema).await.map_err(failed)?;
                return Err(self.no_schema(schema, owner));
            }
        }
        Ok(client)
    }

    async fn open(&self, statement_timeout: Option<Duration>) -> Result<AsyncPgConnection> {
        self.schema().map_or(Ok(()), schema::check_name)?;
        let (client, driver) = self.establish().await?;
        let connection = AsyncPgConnection::try_from_client_and_connection(client, driver).await;
        let mut connection = connection.map_err(|error| self.no_session(error))?;
        if let Some(schema) = self.schema() {
            // A statement, not a startup option: poolers refuse those.
            let failed = |error| self.no_session(error);
            if !schema::enter(&mut connection, schema).await.map_err(failed)? {
                let owner = schema::owner(&mut connection, schema).await.map_err(failed)?;
                return Err(self.no_schema(schema, owner));
            }
        }
        let given = self.session.get_options().is_some_and(|options| options.contains("statement_timeout"));
        if let Some(limit) = statement_timeout.filter(|_| !given) {
            let milliseconds = limit.as_millis().clamp(1, 2_147_483_647);
            let set = connection.batch_execute(&format!("set statement_timeout = {milliseconds}")).await;
            set.map_err(|error| self.no_session(error))?;
        }
        Ok(connection)
    }

    fn no_password(&self, cause: impl fmt::Display) -> Error {
        self.failure(ConnectionProblem::Failed, one_line(&format!("there is no password for it: {cause}")))
    }

    /// The cause in PostgreSQL's words: no statement of a session's begin touches a row.
    fn no_session(&self, cause: impl fmt::Display) -> Error {
        self.failure(ConnectionProblem::Failed, one_line(&format!("the session could not be set up: {cause}")))
    }

    /// The error where the role may use no such schema; `owner` is whose it is where the login is a member of that role.
    fn no_schema(&self, schema: &str, owner: Option<String>) -> Error {
        match owner {
            None => self.failure(
                ConnectionProblem::NoSchema,
                format!(
                    "there is no schema {schema:?} that this role may use; check the name, create it, or grant USAGE on it to \
                     the role"
                ),
            ),
            Some(owner) => self.failure(
                ConnectionProblem::SchemaClosed,
                format!(
                    "schema {schema:?} belongs to role {owner:?}, of which this login is a member, and is closed to the login \
                     itself; have it act as that role: alter role … set role {owner:?}"
                ),
            ),
        }
    }

    fn with(&self, change: impl FnOnce(&mut Config) -> &mut Config) -> Self {
        let mut changed = self.clone();
        change(&mut changed.session);
        changed
    }

    fn failure(&self, problem: ConnectionProblem, reason: String) -> Error {
        Error::Connection { server: self.to_string(), reason, problem }
    }
}

/// A part of a URL, with what means something there percent-encoded.
pub fn percent_encoded(text: impl AsRef<[u8]>) -> String {
    let mut encoded = String::new();
    for &byte in text.as_ref() {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Host, port and database: `localhost:5432/books`.
impl fmt::Display for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let servers: Vec<_> = self.servers.iter().map(Server::to_string).collect();
        formatter.write_str(&one_line(&format!("{}/{}", servers.join(","), self.name())))
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Database({self})")
    }
}

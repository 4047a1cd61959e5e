//! How a program reaches the database: URL, TLS, one connection, the pool.

use diesel_async::AsyncPgConnection;

use crate::error::Result;

/// Which database, and how to reach it.
#[derive(Clone)]
pub struct Database {}

impl Database {
    /// Reads a connection URL as libpq understands it.
    pub fn from_url(_url: &str) -> Result<Self> {
        todo!()
    }
    /// `DATABASE_URL` of the environment, then of `.env`; `None` where neither has it.
    pub fn from_env() -> Result<Option<Self>> {
        todo!()
    }
    /// The database's name.
    pub fn name(&self) -> &str {
        todo!()
    }
    /// Another database of the same server, reached the same way.
    pub fn with_name(&self, _name: &str) -> Self {
        todo!()
    }
    /// Another role of the same server.
    pub fn with_user(&self, _user: &str, _password: &str) -> Self {
        todo!()
    }
    /// The name that `pg_stat_activity` shows.
    pub fn with_application_name(&self, _name: &str) -> Self {
        todo!()
    }
    /// True for a Unix socket or a loopback address.
    pub fn is_local(&self) -> bool {
        todo!()
    }
    /// One connection.
    pub async fn connect(&self) -> Result<AsyncPgConnection> {
        todo!()
    }
    /// One connection below Diesel, for the migration runner; its driver runs on the current runtime.
    pub(crate) async fn connect_client(&self) -> Result<tokio_postgres::Client> {
        todo!()
    }
}

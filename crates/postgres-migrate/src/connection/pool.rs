//! A pool of connections that says why it has none to give.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bb8::ManageConnection;
use diesel::ConnectionError;
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, PoolError, RecyclingMethod};
use futures_util::FutureExt;

use super::heartbeat::Heartbeat;
use super::{DEFAULT_STATEMENT_TIMEOUT, Database};
use crate::error::{ConnectionProblem, Error, Result};

/// A connection lent by a [`Pool`]; use it as an [`AsyncPgConnection`]. It goes back when it is dropped.
pub struct PooledConnection<'a>(bb8::PooledConnection<'a, Connections>);

impl Deref for PooledConnection<'_> {
    type Target = AsyncPgConnection;

    fn deref(&self) -> &Self::Target {
        &self.0.connection
    }
}

impl DerefMut for PooledConnection<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0.connection
    }
}

impl fmt::Debug for PooledConnection<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PooledConnection")
    }
}

/// Settings of a [`Pool`], from [`Database::pool`].
#[derive(Debug, Clone)]
#[must_use]
pub struct PoolBuilder {
    database: Database,
    max_size: u32,
    min_idle: u32,
    connection_timeout: Duration,
    idle_timeout: Option<Duration>,
    max_lifetime: Option<Duration>,
    statement_timeout: Option<Duration>,
}

impl PoolBuilder {
    pub(super) fn new(database: Database) -> Self {
        Self {
            database,
            max_size: 10,
            min_idle: 0,
            connection_timeout: Duration::from_secs(10),
            idle_timeout: Some(Duration::from_secs(10 * 60)),
            max_lifetime: Some(Duration::from_secs(30 * 60)),
            statement_timeout: Some(DEFAULT_STATEMENT_TIMEOUT),
        }
    }

    /// The most connections that are open at a time; default 10.
    pub fn max_size(mut self, connections: u32) -> Self {
        self.max_size = connections;
        self
    }

    /// How many connections are kept open in advance; default 0.
    pub fn min_idle(mut self, connections: u32) -> Self {
        self.min_idle = connections;
        self
    }

    /// How long [`Pool::get`] waits; default 10 seconds.
    pub fn connection_timeout(mut self, limit: Duration) -> Self {
        self.connection_timeout = limit;
        self
    }

    /// When an unused connection is closed; default 10 minutes, `None` for never.
    pub fn idle_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.idle_timeout = limit.into();
        self
    }

    /// When any connection is replaced; default 30 minutes, `None` for never.
    pub fn max_lifetime(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.max_lifetime = limit.into();
        self
    }

    /// When the server cancels a statement; default [`DEFAULT_STATEMENT_TIMEOUT`], `None` for never.
    /// A `statement_timeout` in the `options` of the connection string wins.
    pub fn statement_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.statement_timeout = limit.into();
        self
    }

    /// The name that `pg_stat_activity` shows; default that of the [`Database`].
    pub fn application_name(mut self, name: &str) -> Self {
        self.database = self.database.with_application_name(name);
        self
    }

    /// Opens the first connection and the pool around it.
    ///
    /// # Errors
    /// [`Error::Connection`] if the first connection fails; [`Error::Configuration`] if the settings contradict
    /// each other.
    pub async fn build(self) -> Result<Pool> {
        let timeouts = [Some(self.connection_timeout), self.idle_timeout, self.max_lifetime];
        if self.max_size == 0 || self.min_idle > self.max_size || timeouts.contains(&Some(Duration::ZERO)) {
            return Err(Error::Configuration(
                "a pool needs max_size of 1 or more, min_idle no larger than that, and timeouts above zero".to_owned(),
            ));
        }
        // bb8 would only report a timeout.
        let first = self.database.open(self.statement_timeout).await?;

        let last_failure = LastFailure::default();
        let mut config = ManagerConfig::<AsyncPgConnection>::default();
        let (database, statement_timeout) = (self.database.clone(), self.statement_timeout);
        let record = last_failure.clone();
        config.custom_setup = Box::new(move |_| {
            let (database, record) = (database.clone(), record.clone());
            async move {
                let opened = database.open(statement_timeout).await;
                record.set(opened.as_ref().err());
                opened.map_err(|error| ConnectionError::BadConnection(error.to_string()))
            }
            .boxed()
        });
        let heartbeat = Heartbeat::new(self.connection_timeout, self.database.schema.clone());
        config.recycling_method = RecyclingMethod::CustomFunction(Box::new(move |connection| {
            let heartbeat = heartbeat.clone();
            async move { heartbeat.check(connection).await }.boxed()
        }));
        let connections = bb8::Pool::builder()
            .max_size(self.max_size)
            .min_idle(self.min_idle)
            .connection_timeout(self.connection_timeout)
            .idle_timeout(self.idle_timeout)
            .max_lifetime(self.max_lifetime)
            .build_unchecked(Connections {
                manager: AsyncDieselConnectionManager::new_with_config("", config),
                always_asked: self.database.schema.is_some(),
            });
        // Where min_idle fills the pool already, this one is closed.
        drop(connections.add(Lendable::answering(first)));
        Ok(Pool { connections, waiting: Arc::default(), database: self.database, last_failure })
    }
}

/// What a [`Pool`] is doing at a moment, for metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolState {
    /// Open connections that nobody uses.
    pub idle: u32,
    /// Connections that are lent, or being opened or asked whether they answer.
    pub in_use: u32,
    /// Calls of [`Pool::get`] that have no connection yet.
    pub waiting: u32,
    /// The most connections that may be open.
    pub max_size: u32,
}

/// Connections that are opened once and lent many times. Clones share them.
#[derive(Clone)]
pub struct Pool {
    connections: bb8::Pool<Connections>,
    waiting: Arc<AtomicU32>,
    database: Database,
    last_failure: LastFailure,
}

impl Pool {
    /// Lends a connection that answers, or did within the last second.
    ///
    /// # Errors
    /// [`Error::Connection`] if there is none within the pool's `connection_timeout`: all are in use, or the reason
    /// why a new one could not be opened.
    pub async fn get(&self) -> Result<PooledConnection<'_>> {
        let _waiting = Waiting::count(&self.waiting);
        // Who gives one back and asks for the next in one breath would always be faster than those who wait.
        if self.waiting.load(Ordering::Relaxed) > 1 {
            tokio::task::yield_now().await;
        }
        self.connections.get().await.map(PooledConnection).map_err(|_| {
            let limit = self.connections.config();
            let state = self.connections.state();
            let waited = limit.connection_timeout.as_secs_f32();
            let (problem, reason) = if state.connections >= limit.max_size && state.idle_connections == 0 {
                let reason = format!(
                    "all {} connections of the pool are in use and none came back within {waited} s; \
                     look for one that is held too long, or raise max_size",
                    limit.max_size
                );
                (ConnectionProblem::PoolExhausted, reason)
            } else {
                self.last_failure.get().unwrap_or_else(|| {
                    (ConnectionProblem::Failed, format!("no connection could be opened within {waited} s"))
                })
            };
            Error::Connection { server: self.database.to_string(), reason, problem }
        })
    }

    /// What the pool is doing now: who waits, and for how many connections.
    pub fn state(&self) -> PoolState {
        let state = self.connections.state();
        PoolState {
            idle: state.idle_connections,
            in_use: state.connections.saturating_sub(state.idle_connections),
            waiting: self.waiting.load(Ordering::Relaxed),
            max_size: self.connections.config().max_size,
        }
    }
}

/// One who waits for a connection, also if the wait is cut off: bb8's own count would keep that one for ever.
struct Waiting<'a>(&'a AtomicU32);

impl<'a> Waiting<'a> {
    fn count(waiting: &'a AtomicU32) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Pool({})", self.database)
    }
}

/// How long a connection that answered is lent again unasked. Asking doubles the time of a short query.
const TRUSTED: Duration = Duration::from_secs(1);

/// A connection and when it answered last.
struct Lendable {
    connection: AsyncPgConnection,
    answered: Instant,
}

impl Lendable {
    fn answering(connection: AsyncPgConnection) -> Self {
        Self { connection, answered: Instant::now() }
    }
}

/// Diesel's manager, which asks each connection that is lent; this one asks those that have not answered lately.
struct Connections {
    manager: AsyncDieselConnectionManager<AsyncPgConnection>,
    /// Asking also binds a connection to its schema.
    always_asked: bool,
}

impl ManageConnection for Connections {
    type Connection = Lendable;
    type Error = PoolError;

    async fn connect(&self) -> Result<Lendable, PoolError> {
        self.manager.connect().await.map(Lendable::answering)
    }

    async fn is_valid(&self, lendable: &mut Lendable) -> Result<(), PoolError> {
        // What the server closed is known without asking.
        if self.always_asked || lendable.answered.elapsed() >= TRUSTED || self.has_broken(lendable) {
            self.manager.is_valid(&mut lendable.connection).await?;
            lendable.answered = Instant::now();
        }
        Ok(())
    }

    fn has_broken(&self, lendable: &mut Lendable) -> bool {
        self.manager.has_broken(&mut lendable.connection)
    }
}

/// Why the latest attempt to open a connection failed; empty after one that didn't.
#[derive(Clone, Default)]
struct LastFailure(Arc<Mutex<Option<(ConnectionProblem, String)>>>);

impl LastFailure {
    fn set(&self, error: Option<&Error>) {
        let reason = error.map(|error| match error {
            Error::Connection { reason, problem, .. } => (*problem, reason.clone()),
            other => (ConnectionProblem::Failed, other.to_string()),
        });
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = reason;
    }

    fn get(&self) -> Option<(ConnectionProblem, String)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

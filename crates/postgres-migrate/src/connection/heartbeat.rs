//! Finds out whether an idle connection still answers.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::Integer;
use diesel::{IntoSql, NotFound, QueryResult};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use tokio::time::timeout;

use super::schema;

/// Where one connection fell silent, a firewall or a failover has most likely taken the others, too.
const SUSPICIOUS: Duration = Duration::from_millis(100);

/// A connection whose other end is gone without a word would keep whoever asks it waiting, and bb8 would lend it to the
/// next one as well.
#[derive(Clone)]
pub(super) struct Heartbeat {
    /// How long a pool's caller waits.
    connection_timeout: Duration,
    /// Where the connection is to look, whatever its last user did.
    schema: Option<Arc<str>>,
    last_silence: Arc<Mutex<Option<Instant>>>,
}

impl Heartbeat {
    pub(super) fn new(connection_timeout: Duration, schema: Option<Arc<str>>) -> Self {
        Self { connection_timeout, schema, last_silence: Arc::default() }
    }

    /// Half of the caller's time for the first silent connection, next to nothing for those after it: what is left is
    /// for a new one.
    fn patience(&self) -> Duration {
        let last_silence = *self.last_silence.lock().unwrap_or_else(PoisonError::into_inner);
        let half = self.connection_timeout / 2;
        match last_silence {
            Some(instant) if instant.elapsed() < self.connection_timeout => half.min(SUSPICIOUS),
            _ => half,
        }
    }

    /// Fails where no answer comes; the pool then closes the connection.
    pub(super) async fn check(&self, connection: &mut AsyncPgConnection) -> QueryResult<()> {
        match timeout(self.patience(), self.ask(connection)).await {
            Ok(answer) => answer,
            Err(_) => {
                *self.last_silence.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
                let what = Box::new(String::from("the connection fell silent"));
                Err(DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, what))
            }
        }
    }

    /// Typed queries, so prepared statements: they fail on a session that somebody reset with DISCARD ALL.
    async fn ask(&self, connection: &mut AsyncPgConnection) -> QueryResult<()> {
        match &self.schema {
            Some(schema) => schema::enter(connection, schema).await?.then_some(()).ok_or(NotFound),
            None => diesel::select(1.into_sql::<Integer>()).get_result::<i32>(connection).await.map(|_| ()),
        }
    }
}

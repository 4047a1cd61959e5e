//! How long work waits for what other sessions have locked, and when it is done again.

use std::{future::Future, time::Duration};

use tokio::time::{Instant, sleep};
use tokio_postgres::error::{Error as PgError, SqlState};

use crate::error::{MigrationError, MigrationProblem};
use crate::{failure, session::Session, watcher::Watcher};

/// How long work may wait for locks.
#[derive(Clone, Copy)]
pub(crate) struct Patience {
    /// In one attempt, all its waits together; zero for ever.
    pub lock_timeout: Duration,
    /// In all attempts and between them; what they did besides waiting doesn't count.
    pub total: Duration,
}

/// Why work was given up.
pub(crate) enum Stop<E> {
    Failed(E),
    /// Locks were in the way at each attempt; how the last one failed, and what to say about it.
    Locked(E, String),
}

/// An error that PostgreSQL may have a part in.
pub(crate) trait Cause: From<PgError> {
    fn cause(&self) -> Option<&PgError>;
}

impl Cause for PgError {
    fn cause(&self) -> Option<&PgError> {
        Some(self)
    }
}

impl Stop<PgError> {
    /// The error of a step around the migrations.
    pub fn during(self, what: &str) -> MigrationError {
        match self {
            Self::Failed(error) => failure::during(what)(error),
            Self::Locked(_, text) => MigrationProblem::LockTimeout.because(format!("{what}: {text}")),
        }
    }
}

impl Patience {
    /// Does `work` until no lock of another session is in its way. Each attempt must leave nothing behind when it fails,
    /// but for a transaction, which is rolled back.
    pub async fn attempts<T, E: Cause, Work: Future<Output = Result<T, E>>>(
        self,
        session: &Session,
        name: &str,
        mut work: impl FnMut() -> Work,
    ) -> Result<T, Stop<E>> {
        let start = Instant::now();
        let mut watcher = Watcher::new(session);
        let mut waited = Duration::ZERO;
        let mut pause = Duration::from_millis(100);
        let mut count = 0_u32;
        loop {
            count += 1;
            let attempt = Instant::now();
            let watched = watcher.limit(self.lock_timeout, work()).await;
            let error = match watched.result {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            let is_conflict = |error: &PgError| {
                failure::is_lock_conflict(error)
                    || watched.is_cancelled && error.code() == Some(&SqlState::QUERY_CANCELED)
            };
            if !error.cause().is_some_and(is_conflict) {
                return Err(Stop::Failed(error));
            }
            let blockers = watched.blockers.map(|blockers| format!(" ({blockers})")).unwrap_or_default();
            let text = format!("other sessions hold locks that it needs{blockers}");
            waited += match self.lock_timeout {
                Duration::ZERO => attempt.elapsed(),
                limit => attempt.elapsed().min(limit),
            };
            if waited >= self.total {
                let tried = start.elapsed();
                return Err(Stop::Locked(error, format!("{text}; gave up at attempt {count}, after {tried:.0?}")));
            }
            session.client.batch_execute("rollback").await.map_err(|error| Stop::Failed(error.into()))?;
            tracing::warn!("{name}: {text}; trying again");
            // While it queues for a lock everybody else queues behind it: let them through between two attempts.
            let moment = pause.mul_f64(0.5 + fastrand::f64());
            sleep(moment).await;
            waited += moment;
            pause = (pause * 2).min(Duration::from_secs(5));
        }
    }
}

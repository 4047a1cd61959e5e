//! The lock that lets one runner at a time change a schema: the ledger in SHARE UPDATE EXCLUSIVE mode. Whoever may only read can't take
//! that, unlike an advisory lock, with which any role could stop all runners. Readers pass it, and so do the rows that a
//! runner writes.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_postgres::{Client, SimpleQueryMessage, error::Error as PgError};

use crate::error::{MigrationProblem, Result};
use crate::{
    failure,
    holder::Holder,
    session::{self, Session},
};

/// What keeps a runner out.
const EXCLUSIVE: [&str; 5] =
    ["ShareUpdateExclusiveLock", "ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"];

/// How often the connection that holds the lock shows that its runner isn't stopped; it may be idle for a minute.
const BEAT: Duration = Duration::from_secs(15);

/// A transaction of a second connection, which holds the lock through all the transactions of the first. It has no snapshot,
/// so that CREATE INDEX CONCURRENTLY doesn't wait for it: it runs nothing but LOCK TABLE.
pub(crate) struct Lock {
    client: Arc<Client>,
    beats: JoinHandle<()>,
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.beats.abort();
    }
}

/// How a transaction of the session begins, whatever the role's default is. Where no second connection could be had, it holds
/// the lock itself.
pub(crate) fn begin(session: &Session) -> String {
    let begin = String::from("begin isolation level read committed");
    if session.lock.is_some() { begin } else { format!("{begin}; {}", statement(session)) }
}

fn statement(session: &Session) -> String {
    format!("lock table {} in share update exclusive mode", session.ledger())
}

/// Takes the lock, or says who holds it at the deadline. There must be a ledger.
pub(crate) async fn acquire(session: &mut Session, deadline: Instant) -> Result<()> {
    let client = match session::connect_again(session).await {
        Ok(client) => client,
        Err(error) => {
            tracing::warn!(
                "between its transactions other runners may come in, since there is no second connection to hold the \
                 migration lock: {error}"
            );
            return Ok(());
        }
    };
    let settings = format!(
        "{}; set statement_timeout = 0; set idle_in_transaction_session_timeout = '1min'; {}",
        session.act(),
        session::NO_TRANSACTION_TIMEOUT
    );
    client.batch_execute(&settings).await.map_err(failure::during("cannot prepare a second connection"))?;
    wait(session, &client, deadline).await?;
    let lock = statement(session);
    let client = Arc::new(client);
    let beats = tokio::spawn({
        let client = Arc::clone(&client);
        async move {
            loop {
                sleep(BEAT).await;
                if client.batch_execute(&lock).await.is_err() {
                    return;
                }
            }
        }
    });
    session.lock = Some(Lock { client, beats });
    Ok(())
}

/// Takes the lock for a transaction of the session's own, or says who holds it after so long.
pub(crate) async fn acquire_in_transaction(session: &Session, patience: Duration) -> Result<()> {
    wait(session, &session.client, Instant::now() + patience).await
}

/// Begins a transaction that holds the lock.
///
/// Polls: a session that blocks in LOCK TABLE may have a snapshot that CREATE INDEX CONCURRENTLY waits for, while it waits
/// for the lock of the runner that creates the index.
async fn wait(session: &Session, client: &Client, deadline: Instant) -> Result<()> {
    let mut announced = false;
    while !try_lock(session, client).await.map_err(failure::during("cannot take the migration lock"))? {
        let holder = if announced && Instant::now() < deadline { None } else { holder(session).await? };
        if Instant::now() >= deadline {
            let text = format!(
                "gave up waiting for the migration lock of schema \"{}\", a lock of its ledger: {}",
                failure::shown(&session.schema),
                holder.as_deref().unwrap_or("its holder just released it; run again")
            );
            return Err(MigrationProblem::RunnerAtWork.because(text).into());
        }
        if let Some(holder) = holder {
            announced = true;
            tracing::info!("waiting for the migration lock: {holder}");
        }
        sleep(Duration::from_millis(fastrand::u64(100..300))).await;
        // It would be idle for too long.
        session.client.batch_execute("").await.map_err(failure::during("cannot wait for the migration lock"))?;
    }
    Ok(())
}

/// Begins a transaction that holds the lock, if it is free. Neither an error in the server's log where it isn't, nor a snapshot
/// that stays where it is.
async fn try_lock(session: &Session, client: &Client) -> Result<bool, PgError> {
    let lock = format!(
        "begin isolation level read committed;
         set local postgres_migrate.locked = 'no';
         do $postgres_migrate$ begin
             {} nowait;
             set local postgres_migrate.locked = 'yes';
         exception when lock_not_available then
             null;
         end $postgres_migrate$;
         show postgres_migrate.locked",
        statement(session)
    );
    let messages = client.simple_query(&lock).await?;
    let is_locked = messages.iter().any(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0) == Some("yes"),
        _ => false,
    });
    if !is_locked {
        client.batch_execute("rollback").await?;
    }
    Ok(is_locked)
}

/// Makes sure that the lock was held all the time, before something is kept.
pub(crate) async fn keep(session: &Session) -> Result<(), PgError> {
    match &session.lock {
        Some(lock) => lock.client.batch_execute(&statement(session)).await,
        None => Ok(()),
    }
}

/// Gives the lock back; the end of the runner would do so too, a moment later.
pub(crate) async fn release(session: &mut Session) -> Result<()> {
    if let Some(lock) = session.lock.take() {
        // What was done is done; the lock ends with its connection.
        if let Err(error) = lock.client.batch_execute("rollback").await {
            tracing::debug!("the migration lock ended before it was released: {}", failure::describe(&error));
        }
    }
    Ok(())
}

/// Who holds the lock, as far as the role may see it, and what to do.
async fn holder(session: &Session) -> Result<Option<String>> {
    let found = Holder::of_table(&session.client, &session.ledger(), &EXCLUSIVE).await;
    Ok(found
        .map_err(failure::during("cannot look up who holds the migration lock"))?
        .map(|holder| holder.advice("holds it")))
}

//! The lock that lets one runner at a time change a schema.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_postgres::error::Error as PgError;

use crate::error::{MigrationProblem, Result};
use crate::{failure, session::Session};

/// Tells these locks from those of other programs. It must not change: older binaries take the same lock. The second key is the schema's oid, and PostgreSQL keeps advisory locks
/// per database.
const LOCK_CLASS: i32 = 0x7263_6d73;

/// Takes the lock, or says who holds it at the deadline.
///
/// Polls: a session that blocks in `pg_advisory_lock` has a snapshot that CREATE INDEX CONCURRENTLY waits for, while
/// it waits for the lock of the session that creates the index.
pub(crate) async fn acquire(session: &Session, deadline: Instant) -> Result<()> {
    let mut announced = false;
    while !try_lock(session).await? {
        if Instant::now() >= deadline {
            let holder = holder(session).await?;
            let text = format!(
                "gave up waiting for the migration lock of schema \"{}\": {}",
                session.schema,
                holder.as_deref().unwrap_or("its holder just released it; run again")
            );
            return Err(MigrationProblem::RunnerAtWork.because(text).into());
        }
        if !announced {
            announced = true;
            if let Some(holder) = holder(session).await? {
                tracing::info!("waiting for the migration lock: {holder}");
            }
        }
        sleep(Duration::from_millis(fastrand::u64(100..300))).await;
    }
    Ok(())
}

/// Takes the lock if it is free.
pub(crate) async fn try_lock(session: &Session) -> Result<bool> {
    let query = "select pg_try_advisory_lock($1, $2)";
    let row = session.client.query_one(query, &[&LOCK_CLASS, &session.lock_key]).await;
    Ok(row.map_err(failure::during("cannot take the migration lock"))?.get(0))
}

/// Makes sure of the lock before something is kept: a migration may have given it away with everything else of the
/// session (DISCARD ALL, pg_advisory_unlock_all). Otherwise who holds it now.
pub(crate) async fn keep(session: &Session) -> Result<Result<(), String>, PgError> {
    let query = "
        select case
            when exists (
                select from pg_catalog.pg_locks
                where locktype = 'advisory' and granted and objsubid = 2 and pid = pg_backend_pid()
                  and classid = $1::int4::oid and objid = $2::int4::oid
            ) then true
            else pg_try_advisory_lock($1, $2)
        end";
    if session.client.query_one(query, &[&LOCK_CLASS, &session.lock_key]).await?.get(0) {
        return Ok(Ok(()));
    }
    Ok(Err(find_holder(session).await?.unwrap_or_else(|| String::from("another runner held it"))))
}

/// Gives the lock back; the end of the session would do so too, a moment later.
pub(crate) async fn release(session: &Session) -> Result<()> {
    let query = "select pg_advisory_unlock($1, $2)";
    let row = session.client.query_one(query, &[&LOCK_CLASS, &session.lock_key]).await;
    row.map_err(failure::during("cannot release the migration lock"))?;
    Ok(())
}

/// Who holds the lock, as far as the role may see it.
async fn holder(session: &Session) -> Result<Option<String>> {
    Ok(find_holder(session).await.map_err(failure::during("cannot look up who holds the migration lock"))?)
}

async fn find_holder(session: &Session) -> Result<Option<String>, PgError> {
    let query = "
        select locks.pid, coalesce(activity.application_name, ''),
               coalesce(to_char(activity.backend_start, 'YYYY-MM-DD HH24:MI:SS TZH:TZM'), 'a time this role may not see')
        from pg_catalog.pg_locks as locks
        left join pg_catalog.pg_stat_activity as activity on activity.pid = locks.pid
        where locks.locktype = 'advisory' and locks.granted and locks.objsubid = 2
          and locks.database = (select oid from pg_catalog.pg_database where datname = current_database())
          and locks.classid = $1::int4::oid and locks.objid = $2::int4::oid";
    let row = session.client.query_opt(query, &[&LOCK_CLASS, &session.lock_key]).await?;
    Ok(row.map(|row| {
        let (pid, application, since): (i32, String, String) = (row.get(0), row.get(1), row.get(2));
        format!("process {pid} (\"{application}\") holds it, connected since {since}")
    }))
}

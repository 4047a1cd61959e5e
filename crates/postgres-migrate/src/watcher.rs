//! Finds the sessions that block the runner, over a second connection.

use std::{future::Future, pin::pin, time::Duration};

use futures_util::future::{Either, select};
use tokio::time::{Instant, sleep};
use tokio_postgres::Client;

use crate::error::Result;
use crate::{
    failure,
    session::{self, Session},
};

/// Connects when there is something to look for.
pub(crate) struct Watcher<'a> {
    session: &'a Session,
    client: Option<Client>,
}

/// How an attempt ended.
pub(crate) struct Watched<T> {
    pub result: T,
    /// Who was last seen to hold what it waited for.
    pub blockers: Option<String>,
    pub is_cancelled: bool,
}

impl<'a> Watcher<'a> {
    pub fn new(session: &'a Session) -> Self {
        Self { session, client: None }
    }

    /// Does `work`, and cancels what it does in the server once all its waits for locks together took `limit`; zero is no
    /// limit. The server's lock_timeout ends each wait alone, and others queue behind what is locked already.
    pub async fn limit<T>(&mut self, limit: Duration, work: impl Future<Output = T>) -> Watched<T> {
        let mut work = pin!(work);
        let (mut blockers, mut is_cancelled) = (None, false);
        let interval = (limit / 20).clamp(Duration::from_millis(10), Duration::from_secs(1));
        let mut waited = Duration::ZERO;
        let mut seen = Instant::now();
        while !limit.is_zero() {
            let look = async {
                sleep(interval).await;
                self.blockers().await
            };
            let found = match select(work.as_mut(), pin!(look)).await {
                Either::Left((result, _)) => return Watched { result, blockers, is_cancelled },
                Either::Right((found, _)) => found,
            };
            match found {
                Ok(Some(found)) => {
                    waited += seen.elapsed();
                    blockers = Some(found);
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!("lock_timeout holds for each lock alone, since waits can't be watched: {error}");
                    break;
                }
            }
            seen = Instant::now();
            if waited + interval > limit {
                // To its end, even where the work ends first: it must not hit what comes after.
                match select(work.as_mut(), pin!(self.cancel())).await {
                    Either::Left((result, cancel)) => {
                        is_cancelled |= cancel.await;
                        return Watched { result, blockers, is_cancelled };
                    }
                    Either::Right((cancelled, _)) => is_cancelled |= cancelled,
                }
            }
        }
        Watched { result: work.await, blockers, is_cancelled }
    }

    /// Who holds what the runner waits for, as far as the role may see it; `None` where it doesn't wait.
    pub async fn blockers(&mut self) -> Result<Option<String>> {
        let query = "
            select string_agg(
                case pid
                    when 0 then coalesce(
                        (
                            select string_agg(format('the prepared transaction \"%s\"', gid), ', ' order by gid)
                            from pg_catalog.pg_locks as id
                            join pg_catalog.pg_prepared_xacts on transaction = id.transactionid
                            where id.pid is null and id.granted and exists (
                                select
                                from pg_catalog.pg_locks as wanted
                                join pg_catalog.pg_locks as held
                                    on (held.database, held.relation) = (wanted.database, wanted.relation)
                                        or held.transactionid = wanted.transactionid
                                where wanted.pid = $1 and not wanted.granted
                                    and held.granted and held.virtualtransaction = id.virtualtransaction
                            )
                        ),
                        'a prepared transaction')
                    else format('process %s (\"%s\")', pid, coalesce(nullif(application_name, ''), backend_type))
                end, ', ' order by pid)
            from (select distinct unnest(pg_catalog.pg_blocking_pids($1)) as pid) as blocking
            left join pg_catalog.pg_stat_activity using (pid)";
        let pid = self.session.pid;
        let row = self.client().await?.query_one(query, &[&pid]).await;
        let row = row.map_err(failure::during("cannot look up who holds a lock"))?;
        Ok(row.get::<_, Option<&str>>(0).map(failure::shown))
    }

    /// True where the runner's statement was told to end, because it waits still.
    async fn cancel(&mut self) -> bool {
        let query = "select pg_catalog.pg_cancel_backend($1) where pg_catalog.pg_blocking_pids($1) <> '{}'";
        let pid = self.session.pid;
        match self.client().await {
            Ok(client) => matches!(client.query_opt(query, &[&pid]).await, Ok(Some(_))),
            Err(_) => false,
        }
    }

    async fn client(&mut self) -> Result<&Client> {
        if let Some(client) = self.client.take().filter(|client| !client.is_closed()) {
            return Ok(self.client.insert(client));
        }
        let client = session::connect_again(self.session).await?;
        // A session belongs to the role that logged in, which alone may cancel what it does: not the one that it was set to.
        let prepared = client.batch_execute("set role none").await;
        prepared.map_err(failure::during("cannot prepare a second connection"))?;
        Ok(self.client.insert(client))
    }
}

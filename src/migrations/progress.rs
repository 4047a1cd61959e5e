//! Says every ten seconds how a long migration goes.

use std::{convert::Infallible, future::Future, pin::pin, time::Duration};

use futures_util::future::{Either, select};
use tokio::time::{Instant, sleep};
use tokio_postgres::error::Error as PgError;

use super::session::{self, Session};

const INTERVAL: Duration = Duration::from_secs(10);

/// Does `work`, the migration `name`, and logs meanwhile how long it has taken and for whom it waits.
pub(super) async fn watch<T>(session: &Session, name: &str, work: impl Future<Output = T>) -> T {
    match select(pin!(work), pin!(report(session, name))).await {
        Either::Left((result, _)) => result,
        Either::Right((never, _)) => match never {},
    }
}

async fn report(session: &Session, name: &str) -> Infallible {
    let start = Instant::now();
    loop {
        sleep(INTERVAL).await;
        let others = blockers(session).await.map(|others| format!(", waiting for {others}")).unwrap_or_default();
        tracing::info!("migration {name}: at work for {} s{others}", start.elapsed().as_secs());
    }
}

/// Who holds what the runner waits for. Its own connection is busy, so this takes another one; that nothing can be
/// learned is no reason to stop a migration.
async fn blockers(session: &Session) -> Option<String> {
    let client = session::connect(&session.way).await.ok()?;
    let query = "
        select string_agg(format('process %s (\"%s\")', pid, application_name), ', ')
        from (select distinct unnest(pg_catalog.pg_blocking_pids($1)) as pid) as blocking
        left join pg_catalog.pg_stat_activity using (pid)";
    let row: Result<_, PgError> = client.query_one(query, &[&session.pid]).await;
    row.ok()?.get(0)
}

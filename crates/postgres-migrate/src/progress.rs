//! Says every ten seconds how a long migration goes.

use std::{convert::Infallible, future::Future, pin::pin, time::Duration};

use futures_util::future::{Either, select};
use tokio::time::{Instant, sleep};

use crate::{session::Session, watcher::Watcher};

const INTERVAL: Duration = Duration::from_secs(10);

/// Does `work`, the migration `name`, and logs meanwhile how long it has taken and which sessions block it.
pub(crate) async fn watch<T>(session: &Session, name: &str, work: impl Future<Output = T>) -> T {
    match select(pin!(work), pin!(report(session, name))).await {
        Either::Left((result, _)) => result,
        Either::Right((never, _)) => match never {},
    }
}

async fn report(session: &Session, name: &str) -> Infallible {
    let start = Instant::now();
    let mut watcher = Watcher::new(session);
    loop {
        sleep(INTERVAL).await;
        // That nothing can be learned is no reason to stop a migration.
        let blockers = watcher.blockers().await.ok().flatten();
        let others = blockers.map(|blockers| format!(", waiting for {blockers}")).unwrap_or_default();
        tracing::info!("migration {name}: at work for {} s{others}", start.elapsed().as_secs());
    }
}

//! What breaks at the worst moment leaves nothing half done, and a pool recovers by itself.

use rcm_schema::migrations::DEFINITION;
use std::future::Future;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use private_postgres::TestDatabase;
use rcm_schema::Pool;
use rcm_schema::error::QueryErrorKind;
use rcm_schema::types::{ClaimId, PayerId};
use rcm_schema::workflow::appeals::AppealDecision;
use rcm_schema::{Database, Error, Result, workflow};
use tokio::task::JoinSet;

use crate::proxy::Proxy;
use crate::server::Server;
use crate::work::{add_payer, assert_whole, day, deny, new_appeal, new_claim, new_write_off, record_claim, work_one};

const WORKERS: u32 = 4;
/// How long a pool may need to be usable again.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

async fn count(connection: &mut AsyncPgConnection, query: &str) -> i64 {
    diesel::sql_query(format!("select count(*) as count from {query}"))
        .get_result::<Count>(connection)
        .await
        .unwrap()
        .count
}

/// Runs a command that has to wait for the lock that `obstacle` takes, and kills its backend there.
async fn kill_in<T, F>(database: &TestDatabase, obstacle: &str, command: impl FnOnce(AsyncPgConnection) -> F)
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let mut blocker = database.connect().await.unwrap();
    blocker.batch_execute(&format!("begin; {obstacle}")).await.unwrap();
    let mut victim = database.connect().await.unwrap();
    #[derive(QueryableByName)]
    struct Backend {
        #[diesel(sql_type = Integer)]
        pid: i32,
    }
    let Backend { pid } = diesel::sql_query("select pg_backend_pid() as pid").get_result(&mut victim).await.unwrap();
    let running = tokio::spawn(command(victim));

    let mut killer = database.connect().await.unwrap();
    let begin = Instant::now();
    while count(&mut killer, &format!("pg_locks where pid = {pid} and not granted")).await == 0 {
        assert!(!running.is_finished(), "it met no obstacle: {obstacle}");
        assert!(begin.elapsed() < Duration::from_secs(20), "it never waited: {obstacle}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    killer.batch_execute(&format!("select pg_terminate_backend({pid})")).await.unwrap();
    match running.await.unwrap() {
        Err(Error::Query { kind: QueryErrorKind::ConnectionLost, .. }) => {}
        Err(other) => panic!("{obstacle}: {other:?}"),
        Ok(_) => panic!("it was done in spite of {obstacle}"),
    }
    blocker.batch_execute("rollback").await.unwrap();
}

#[tokio::test]
async fn a_backend_that_is_killed_in_a_command_leaves_nothing_of_it() {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let mut connection = database.connect().await.unwrap();
    let payer = add_payer(&mut connection).await;
    let claim = record_claim(&mut connection, payer).await.unwrap();
    let appealed = deny(&mut connection, claim).await.unwrap();
    let appeal = workflow::appeals::open(&mut connection, &new_appeal(&appealed)).await.unwrap();
    let other_claim = record_claim(&mut connection, payer).await.unwrap();
    let written_off = deny(&mut connection, other_claim).await.unwrap();
    let write_off = workflow::write_offs::request(&mut connection, &new_write_off(&written_off)).await.unwrap();
    let confirmed = [claim, other_claim];

    // The claim and its diagnosis are written when the lines have to wait.
    kill_in(&database, "lock table claim_lines", async move |mut victim| {
        workflow::claims::record(&mut victim, &new_claim(payer)).await
    })
    .await;
    // A decision is written when what follows has to wait for the denial, and the denial when that has to wait for the claim.
    kill_in(&database, "select from denials for update", async move |mut victim| {
        let decision = AppealDecision::Approved;
        workflow::appeals::decide(&mut victim, appeal.id, decision, day(15), None).await
    })
    .await;
    for obstacle in ["select from denials for update", "select from claims for update"] {
        kill_in(&database, obstacle, async move |mut victim| {
            workflow::write_offs::approve(&mut victim, write_off.id, "billing.manager", day(8)).await
        })
        .await;
        assert_eq!(count(&mut connection, "claims").await, 2);
        assert_eq!(count(&mut connection, "postings").await, 0);
        assert_eq!(count(&mut connection, "appeals where status = 'submitted'").await, 1);
        assert_eq!(count(&mut connection, "write_offs where status = 'pending_approval'").await, 1);
        assert_whole(&mut connection, &confirmed).await;
    }

    // Run again, they take effect once.
    workflow::appeals::decide(&mut connection, appeal.id, AppealDecision::Approved, day(15), None).await.unwrap();
    workflow::write_offs::approve(&mut connection, write_off.id, "billing.manager", day(8)).await.unwrap();
    assert_eq!(count(&mut connection, "postings").await, 1);
    assert_whole(&mut connection, &confirmed).await;
}

async fn pool(database: &Database) -> Pool {
    database.pool().max_size(WORKERS).connection_timeout(CONNECTION_TIMEOUT).build().await.unwrap()
}

/// Works until it is told to stop; returns what was confirmed, and how many tries failed.
async fn work(pool: Pool, payer: PayerId, until: tokio::sync::watch::Receiver<bool>) -> (Vec<ClaimId>, usize) {
    let (mut confirmed, mut failed) = (Vec::new(), 0);
    for turn in 0.. {
        if *until.borrow() {
            break;
        }
        let outcome = match pool.get().await {
            Ok(mut connection) => work_one(&mut connection, payer, turn, &mut confirmed).await,
            Err(error) => Err(error.into()),
        };
        match outcome {
            Ok(()) => {}
            Err(Error::Database(_) | Error::Query { kind: QueryErrorKind::ConnectionLost, .. }) => failed += 1,
            Err(other) => panic!("not a lost connection: {other:?}"),
        }
    }
    (confirmed, failed)
}

/// Does something while all connections of a pool work; then the pool works again.
async fn under_load<F: Future<Output = ()>>(pool: &Pool, payer: PayerId, disturb: impl FnOnce() -> F) -> Vec<ClaimId> {
    let (stop, until) = tokio::sync::watch::channel(false);
    let mut workers = JoinSet::new();
    for _ in 0..WORKERS {
        workers.spawn(work(pool.clone(), payer, until.clone()));
    }
    disturb().await;
    assert_usable(pool, payer).await;
    stop.send_replace(true);
    let (mut confirmed, mut failed) = (Vec::new(), 0);
    for (claims, failures) in workers.join_all().await {
        confirmed.extend(claims);
        failed += failures;
    }
    assert!(failed > 0, "nothing was disturbed");
    assert!(!confirmed.is_empty(), "nothing was done");
    confirmed
}

/// `get` itself gives up after the pool's connection timeout.
async fn assert_usable(pool: &Pool, payer: PayerId) {
    let mut connection = pool.get().await.expect("the pool is usable within its timeout");
    work_one(&mut connection, payer, 0, &mut Vec::new()).await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_stopped_under_load_keeps_what_it_confirmed() {
    let (server, database) = Server::started().await;
    let payer = add_payer(&mut database.connect().await.unwrap()).await;
    let pool = pool(&database).await;
    for _ in 0..3 {
        let confirmed = under_load(&pool, payer, async || {
            tokio::time::sleep(Duration::from_millis(700)).await;
            server.stop_immediately();
            server.local.ensure_running().await.unwrap();
        })
        .await;
        assert_whole(&mut database.connect().await.unwrap(), &confirmed).await;
    }
    server.assert_sound(&database).await;
}

/// The server's database, by a way that breaks.
async fn proxied(server: &Server) -> (Proxy, Database) {
    let proxy = Proxy::before(server.socket()).await;
    let database =
        Database::from_url(&format!("host=127.0.0.1 port={} user=rcm_admin dbname=rcm", proxy.port)).unwrap();
    (proxy, database)
}

#[tokio::test]
async fn a_busy_pool_recovers_when_its_connections_are_cut() {
    let (server, direct) = Server::started().await;
    let payer = add_payer(&mut direct.connect().await.unwrap()).await;
    let (proxy, database) = proxied(&server).await;
    let pool = pool(&database).await;
    let confirmed = under_load(&pool, payer, async || {
        for _ in 0..10 {
            tokio::time::sleep(Duration::from_millis(200)).await;
            proxy.cut();
        }
    })
    .await;
    assert_whole(&mut direct.connect().await.unwrap(), &confirmed).await;
    server.assert_sound(&direct).await;
}

#[tokio::test]
async fn a_pool_recovers_when_its_idle_connections_fall_silent() {
    let (server, direct) = Server::started().await;
    let payer = add_payer(&mut direct.connect().await.unwrap()).await;
    let (proxy, database) = proxied(&server).await;
    let pool = pool(&database).await;
    let mut lent = Vec::new();
    for _ in 0..WORKERS {
        lent.push(pool.get().await.unwrap());
    }
    drop(lent);
    proxy.fall_silent();
    // For a second after its last answer a connection is lent unasked.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_usable(&pool, payer).await;
}

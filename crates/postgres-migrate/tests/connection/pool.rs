//! A pool says why it has no connection, and what it is doing.

use std::time::Duration;

use futures_util::FutureExt;
use postgres_migrate::Error;

use crate::server::without_tls;
use crate::{assert_silent, database, one_line, text};

#[tokio::test]
async fn a_pool_says_why_it_has_no_connection() {
    let server = without_tls();
    let wrong = database(&server.url("password=canary")).pool().build().await.err().unwrap();
    assert!(one_line(&wrong).contains("wrong password"), "{wrong}");

    server.run_sql("create role pooled login password 'canary p@ss'").await;
    let database = database(&server.url("")).with_user("pooled", "canary p@ss");
    for impossible in
        [database.pool().max_size(0), database.pool().min_idle(11), database.pool().connection_timeout(Duration::ZERO)]
    {
        let error = impossible.build().await.err().unwrap();
        assert!(matches!(error, Error::Configuration(_)), "{error}");
    }

    // Enough for a server of tests on a busy machine; the exhausted pool below is waited for as long.
    let builder = database.pool().max_size(1).connection_timeout(Duration::from_secs(5));
    let pool = builder.application_name("pooled one").statement_timeout(Duration::from_secs(7)).build().await.unwrap();
    assert_silent(&format!("{pool:?}"));
    let mut connection = pool.get().await.unwrap();
    let settings = "concat_ws('|', current_setting('statement_timeout'), current_setting('application_name'))";
    assert_eq!(text(&mut connection, settings).await, "7s|pooled one");
    let busy = pool.get().await.err().unwrap();
    assert!(one_line(&busy).contains("all 1 connections of the pool are in use"), "{busy}");
    drop(connection);
    drop(pool.get().await.unwrap());

    server.run_sql("alter role pooled nologin").await;
    let terminate = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'pooled'";
    server.run_sql(terminate).await;
    // The news of the end may be on its way still.
    let mut refused = None;
    for _ in 0..100 {
        refused = pool.get().await.err();
        if refused.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let refused = refused.unwrap();
    assert!(one_line(&refused).contains("is not permitted to log in"), "{refused}");
    server.run_sql("alter role pooled login").await;
    drop(pool.get().await.unwrap());
}

#[tokio::test]
async fn a_pool_says_how_many_connections_are_idle_and_in_use_and_who_waits() {
    let server = without_tls();
    let pool = database(&server.url("")).pool().max_size(2).build().await.unwrap();
    let state = || {
        let state = pool.state();
        [state.idle, state.in_use, state.waiting, state.max_size]
    };
    assert_eq!(state(), [1, 0, 0, 2]);
    let first = pool.get().await.unwrap();
    let second = pool.get().await.unwrap();
    assert_eq!(state(), [0, 2, 0, 2]);
    // Who waits counts, and no longer than that, however the wait ends. It first lets others go on, then waits.
    let mut wait = Box::pin(pool.get());
    assert!((&mut wait).now_or_never().is_none());
    assert!((&mut wait).now_or_never().is_none());
    assert_eq!(state(), [0, 2, 1, 2]);
    drop(wait);
    assert_eq!(state(), [0, 2, 0, 2]);
    let wait = pool.get();
    drop(second);
    let third = wait.await.unwrap();
    assert_eq!(state(), [0, 2, 0, 2]);
    drop((first, third));
    assert_eq!(state(), [2, 0, 0, 2]);
}

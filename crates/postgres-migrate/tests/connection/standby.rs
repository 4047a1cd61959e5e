//! What can't be done on a standby, and what can.

use postgres_migrate::{Database, Runner};

use crate::server::Server;
use crate::small::DEFINITION;

#[tokio::test]
async fn migrations_are_told_to_go_to_the_primary() {
    let primary = Server::start(None);
    // Until PostgreSQL 14 anybody may create in public.
    primary.run_sql("comment on database postgres is 'development'; revoke create on schema public from public").await;
    let standby = primary.start_standby();
    let database = Database::from_url(&standby.url("")).unwrap();
    let runner = Runner::new(&DEFINITION);
    for outcome in [runner.run_pending(&database).await, runner.revert(&database, 1).await] {
        let error = outcome.unwrap_err().to_string();
        assert!(error.contains("this server is a standby") && error.contains("connect to the primary"), "{error}");
    }
    let database = Database::from_url(&primary.url("")).unwrap();
    runner.run_pending(&database).await.unwrap();
}

#[tokio::test]
async fn roles_are_read_where_nothing_can_be_written() {
    let primary = Server::start(None);
    primary.run_sql("revoke create on schema public from public").await;
    let runner = Runner::new(&DEFINITION);
    runner.run_pending(&Database::from_url(&primary.url("")).unwrap()).await.unwrap();
    primary.run_sql("create role reader; grant select on first to reader").await;
    let standby = primary.start_standby();
    let roles = runner.roles(&Database::from_url(&standby.url("")).unwrap()).await.unwrap();
    assert_eq!(roles.iter().map(|role| role.role.as_str()).collect::<Vec<_>>(), ["reader"]);
}

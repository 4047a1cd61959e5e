//! A pool lends connections of its organization, whatever their last user did.

use diesel::dsl::sql;
use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use rcm_schema::models::Claim;
use rcm_schema::{Database, Error};

use crate::support::{WORLD, organizations};

async fn text(connection: &mut AsyncPgConnection, expression: &str) -> String {
    diesel::select(sql::<Text>(&format!("({expression})::text"))).get_result(connection).await.unwrap()
}

async fn backend(connection: &mut AsyncPgConnection) -> String {
    text(connection, "pg_backend_pid()").await
}

/// A claim in org_a, none in org_b.
async fn with_claim_in_a(database: &Database) {
    database.with_schema("org_a").connect().await.unwrap().batch_execute(WORLD).await.unwrap();
}

#[tokio::test]
async fn a_changed_search_path_is_undone_before_the_next_user() {
    let database = organizations(&["org_a", "org_b"]).await;
    with_claim_in_a(database.database()).await;
    let pool = database.database().with_schema("org_a").pool().max_size(1).build().await.unwrap();
    let mut first = String::new();
    for leave in ["select 1", "set search_path = org_b", "reset all", "set search_path to default", "begin; commit"] {
        let mut connection = pool.get().await.unwrap();
        assert_eq!(text(&mut connection, "current_schema()").await, "org_a");
        assert!(Claim::by_claim_id(&mut connection, "CLM-1").await.is_ok());
        let backend = backend(&mut connection).await;
        assert!(first.is_empty() || first == backend, "{leave}: it costs no new connection");
        first = backend;
        connection.batch_execute(leave).await.unwrap();
    }
}

#[tokio::test]
async fn a_connection_after_discard_all_is_replaced() {
    let database = organizations(&["org_a", "org_b"]).await;
    with_claim_in_a(database.database()).await;
    let pool = database.database().with_schema("org_a").pool().max_size(1).build().await.unwrap();
    for used in [false, true] {
        let mut connection = pool.get().await.unwrap();
        if used {
            Claim::by_claim_id(&mut connection, "CLM-1").await.unwrap();
        }
        let before = backend(&mut connection).await;
        connection.batch_execute("discard all").await.unwrap();
        drop(connection);
        let mut connection = pool.get().await.unwrap();
        assert_eq!(text(&mut connection, "current_schema()").await, "org_a");
        assert!(Claim::by_claim_id(&mut connection, "CLM-1").await.is_ok());
        assert_ne!(backend(&mut connection).await, before);
        assert_eq!(text(&mut connection, "current_setting('statement_timeout')").await, "30s");
    }
}

#[tokio::test]
async fn temporary_tables_hide_none_of_the_organization() {
    let database = organizations(&["org_a"]).await;
    with_claim_in_a(database.database()).await;
    let pool = database.database().with_schema("org_a").pool().max_size(1).build().await.unwrap();
    pool.get().await.unwrap().batch_execute("create temporary table claims (like org_a.claims)").await.unwrap();
    assert!(Claim::by_claim_id(&mut pool.get().await.unwrap(), "CLM-1").await.is_ok());
}

#[tokio::test]
async fn pools_of_two_organizations_see_each_its_own() {
    let database = organizations(&["org_a", "org_b"]).await;
    with_claim_in_a(database.database()).await;
    let a = database.database().with_schema("org_a").pool().build().await.unwrap();
    let b = database.database().with_schema("org_b").pool().build().await.unwrap();
    assert!(Claim::by_claim_id(&mut a.get().await.unwrap(), "CLM-1").await.is_ok());
    let other = Claim::by_claim_id(&mut b.get().await.unwrap(), "CLM-1").await;
    assert!(matches!(other, Err(Error::NotFound)));
}

#[tokio::test]
async fn a_schema_that_is_gone_is_told_by_the_pool() {
    let database = organizations(&["org_a"]).await;
    let bound = database.database().with_schema("org_a");
    let pool = bound.pool().connection_timeout(std::time::Duration::from_secs(5)).build().await.unwrap();
    drop(pool.get().await.unwrap());
    database.connect().await.unwrap().batch_execute("drop schema org_a cascade").await.unwrap();
    let error = pool.get().await.err().unwrap().to_string();
    assert!(error.contains("there is no schema \"org_a\" that this role may use"), "{error}");
    assert!(bound.pool().build().await.is_err());
}

#[tokio::test]
async fn the_shown_url_leads_psql_into_the_schema() {
    for name in ["org_a", "Org \"A\\ b\" 'c' $x%"] {
        let database = organizations(&[name]).await;
        let shown = database.database().with_schema(name).url_without_password();
        let mut connection = Database::from_url(&shown).unwrap().connect().await.unwrap();
        assert_eq!(text(&mut connection, "current_schema()").await, name, "{shown}");
    }
}

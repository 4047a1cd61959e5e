//! The recipe for logins that come and go, as docs/operating.md has it.

use std::fs;

use tokio_postgres::error::SqlState;
use uuid::Uuid;

use crate::support::{PASSWORD, connect, empty_database, migrate};

/// The statements of the page, for roles of this test alone.
fn recipe(id: &str) -> String {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operating.md")).unwrap();
    let block = page.split("```sql rotating\n").nth(1).unwrap().split("```").next().unwrap();
    block
        .replace("rcm_owner", &format!("owner_{id}"))
        .replace("rcm_lease", &format!("lease_{id}"))
        .replace('…', PASSWORD)
}

/// The limits of a service that docs/operating.md has.
#[tokio::test]
async fn a_service_takes_its_limits() {
    let empty = empty_database().await;
    let role = format!("service_{}", Uuid::now_v7().simple());
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operating.md")).unwrap();
    let block = page.split("```sql limits\n").nth(1).unwrap().split("```").next().unwrap();
    let limits = block.replace("denials_service", &role).replace("database rcm", &format!("database {}", empty.name));
    empty.execute(&format!("create role {role} login password '{PASSWORD}'; {limits}")).await;
    let service = connect(&empty.url_as(&role)).await;
    let error = service.batch_execute("create temporary table filled ()").await.unwrap_err();
    assert_eq!(error.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE));
    let path: String = service.query_one("show search_path", &[]).await.unwrap().get(0);
    assert_eq!(path, "rcm, pg_temp");
    empty.execute(&format!("drop role {role}")).await;
}

/// What docs/operating.md has against advisory locks.
#[tokio::test]
async fn who_records_takes_its_advisory_lock_and_others_none() {
    let empty = empty_database().await;
    let id = Uuid::now_v7().simple();
    let (service, reader) = (format!("service_{id}"), format!("reader_{id}"));
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operating.md")).unwrap();
    let block = page.split("```sql advisory\n").nth(1).unwrap().split("```").next().unwrap();
    let roles =
        format!("create role {service} login password '{PASSWORD}'; create role {reader} login password '{PASSWORD}'");
    empty.execute(&format!("{roles}; {}", block.replace("denials_service", &service))).await;
    let reading = connect(&empty.url_as(&reader)).await;
    for lock in ["pg_advisory_lock(1)", "pg_try_advisory_lock_shared(1, 2)", "pg_advisory_xact_lock(1)"] {
        let error = reading.batch_execute(&format!("select {lock}")).await.unwrap_err();
        assert_eq!(error.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{lock}");
    }
    connect(&empty.url_as(&service)).await.batch_execute("select pg_advisory_xact_lock(1)").await.unwrap();
    empty.execute(&format!("drop owned by {service}; drop role {service}, {reader}")).await;
}

#[tokio::test]
async fn a_lease_migrates_verifies_and_grants_as_the_owner() {
    let empty = empty_database().await;
    let id = Uuid::now_v7().simple().to_string();
    empty.execute(&recipe(&id)).await;
    let (owner, lease, service) = (format!("owner_{id}"), format!("lease_{id}_1"), format!("service_{id}"));
    let url = empty.url_as(&lease);
    assert_eq!(migrate(&url, &["up"]).succeeded().err.matches("WARN").count(), 0);
    assert_eq!(
        empty.value("select string_agg(distinct tableowner, ',') from pg_tables where schemaname = 'rcm'").await,
        owner
    );
    migrate(&url, &["status"]).succeeded();
    assert_eq!(migrate(&url, &["verify"]).succeeded().out, "everything is as expected\n");
    empty
        .execute(&format!(
            "create role {service} login password '{PASSWORD}'; alter role {service} set search_path = rcm"
        ))
        .await;
    empty.execute(&format!("grant usage on schema rcm to {service}")).await;
    migrate(&url, &["grant", "--role", &service, "--access", "readonly"]).succeeded();
    migrate(&empty.url_as(&service), &["verify"]).succeeded();
    migrate(&url, &["up", "--schema", "org_a", "--create-schema"]).failed_with(1);
    empty.execute(&format!("grant create on database {} to {owner}", empty.name)).await;
    migrate(&url, &["up", "--schema", "org_a", "--create-schema"]).succeeded();

    // One that is a member, without being set to the owner and without a right of its own.
    empty.execute(&format!("alter role {lease} reset role; drop owned by {lease}")).await;
    migrate(&url, &["--schema", "rcm", "up"]).succeeded();
    assert_eq!(migrate(&url, &["--schema", "rcm", "verify"]).succeeded().out, "everything is as expected\n");
    assert_eq!(migrate(&url, &["verify"]).succeeded().out, "everything is as expected\n");

    // The lease ends: nothing is its own.
    empty.execute(&format!("drop role {lease}; drop owned by {owner}, {service}; drop role {owner}, {service}")).await;
}

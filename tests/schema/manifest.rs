//! The checked-in manifest (src/migrations/catalog.txt) is what the migrations make on the server that the tests use.

use std::fs;

use postgres_migrate::{Catalog, Database, catalog};
use private_postgres::{LocalServer, TestDatabase};
use rcm_schema::migrations::{DEFINITION, run_pending};

const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/migrations/catalog.txt");

/// The checked-in manifest, and what it would be with what `live` says of its version.
fn compare(live: &Catalog) -> (String, String) {
    assert!(live.objects.len() > 1000);
    let checked_in = fs::read_to_string(MANIFEST).unwrap();
    let now = live.merge_into(&checked_in);
    (checked_in, now)
}

#[tokio::test]
async fn the_manifest_is_what_the_migrations_make() {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let (checked_in, now) = compare(&catalog(database.database(), &DEFINITION).await.unwrap());
    let differing: Vec<&str> =
        now.lines().filter(|line| !checked_in.lines().any(|checked_in| checked_in == *line)).collect();
    assert!(now == checked_in, "run scripts/print-catalog; it would write:\n{}", differing.join("\n"));
}

/// For scripts/print-catalog: on a server of its own, whose version PATH decides.
#[tokio::test]
#[ignore = "writes src/migrations/catalog.txt"]
async fn write_the_manifest() {
    let server = LocalServer::for_tests(&format!("catalog-{}", std::process::id())).unwrap();
    server.ensure_running().await.unwrap();
    server.ensure_database("catalog").await.unwrap();
    let database = Database::from_url(&server.url("catalog")).unwrap();
    run_pending(&database).await.unwrap();
    fs::write(MANIFEST, compare(&catalog(&database, &DEFINITION).await.unwrap()).1).unwrap();
}

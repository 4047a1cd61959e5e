//! The records of what the migrations make and lock are up to date, and the program tells them.
#![allow(clippy::expect_used, clippy::unwrap_used)]

use std::fs;
use std::process::Command;

use library::DEFINITION;
use postgres_migrate::{Runner, catalog};
use private_postgres::{TestDatabase, record_locks};
use tokio_postgres::Client;

const BOOKS: &str = "insert into books (title) select 'Emma' from generate_series(1, 1000)";

async fn client(database: &TestDatabase) -> Client {
    database.database().connect_client().await.unwrap()
}

/// What this server says of the migrations: [`DEFINITION`]'s `catalog` and `locks`.
async fn records() -> (String, String) {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let made = catalog(database.database(), &DEFINITION).await.unwrap().merge_into(DEFINITION.catalog);
    let database = TestDatabase::empty().await.unwrap();
    let fill = async || {
        // Before the first migration there is none.
        let _ = client(&database).await.batch_execute(BOOKS).await;
        Ok(())
    };
    (made, record_locks(&DEFINITION, database.database(), fill).await.unwrap())
}

#[tokio::test]
async fn the_records_are_what_happens() {
    let (made, locks) = records().await;
    assert_eq!(made, DEFINITION.catalog, "cargo test -p library -- --ignored writes it");
    // The first line names the version of PostgreSQL: on another one other plans may read other tables whole.
    if locks.lines().next() == DEFINITION.locks.lines().next() {
        assert_eq!(locks, DEFINITION.locks, "cargo test -p library -- --ignored writes it");
    }
}

#[tokio::test]
#[ignore = "writes src/catalog.txt and src/locks.txt"]
async fn write_the_records() {
    let (made, locks) = records().await;
    fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/catalog.txt"), made).unwrap();
    fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/locks.txt"), locks).unwrap();
}

/// What the program prints.
fn library(database: &TestDatabase, command: &str) -> String {
    let mut library = Command::new(env!("CARGO_BIN_EXE_library"));
    library.arg(command).env("DATABASE_URL", database.url()).env_remove("MIGRATION_DATABASE_URL");
    let output = library.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn the_program_migrates_and_tells() {
    let database = TestDatabase::empty().await.unwrap();
    assert_eq!(library(&database, "status").matches(": pending\n").count(), 4);
    assert_eq!(library(&database, "plan").lines().count(), 4);
    assert_eq!(library(&database, "up").lines().count(), 4);
    assert_eq!(library(&database, "status").matches(": applied\n").count(), 4);
    assert_eq!(library(&database, "verify"), "");

    Runner::new(&DEFINITION).revert(database.database(), 2).await.unwrap();
    client(&database).await.batch_execute(BOOKS).await.unwrap();
    let plan = library(&database, "plan");
    let lines: Vec<&str> = plan.lines().collect();
    assert!(lines[1].starts_with("    books (") && lines.len() == 4, "{plan}");
    assert!(
        lines[1].ends_with("bytes): ACCESS EXCLUSIVE, nobody reads or writes, all rows are written anew"),
        "{plan}"
    );
    assert!(lines[3].ends_with("bytes): SHARE UPDATE EXCLUSIVE, others read and write"), "{plan}");

    library(&database, "up");
    library(&database, "down");
    assert_eq!(library(&database, "verify"), "pending: 2024-04-01-000000_find_books_by_title\n");
}

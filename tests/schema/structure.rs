//! structure.sql shows what the migrations make, all of it.

use std::fs;

use diesel_async::AsyncPgConnection;

use crate::catalog::{migrated, run, snapshot, texts};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/structure.sql");

async fn printed(connection: &mut AsyncPgConnection) -> String {
    let lines = texts(connection, include_str!("../../scripts/structure.sql")).await;
    lines.join("\n").trim_start().to_owned() + "\n"
}

/// Other versions than 15 print some views with other names of tables or other parentheses, and 14 knows less of what
/// needs what, which the order follows.
async fn prints_otherwise(connection: &mut AsyncPgConnection) -> bool {
    texts(connection, "select cast(current_setting('server_version_num') as integer) / 10000 <> 15").await == ["true"]
}

#[tokio::test]
async fn the_file_is_what_the_migrations_make() {
    let (_database, mut connection) = migrated().await;
    let is_other = prints_otherwise(&mut connection).await;
    let blocks = |text: &str| -> Vec<String> {
        let mut blocks: Vec<String> = text.trim_end().split("\n\n").map(str::to_owned).collect();
        if is_other {
            blocks.retain(|block| !block.contains("\nCREATE VIEW "));
            blocks.sort();
        }
        blocks
    };
    let (checked_in, now) = (blocks(&fs::read_to_string(FILE).unwrap()), blocks(&printed(&mut connection).await));
    assert!(now.len() > 150);
    let differing: Vec<&str> = now.iter().filter(|block| !checked_in.contains(block)).map(String::as_str).collect();
    assert!(now == checked_in, "run scripts/print-structure; it would write:\n{}", differing.join("\n\n"));

    run(&mut connection, "comment on column claims.amount is 'Billed.'").await;
    assert_ne!(blocks(&printed(&mut connection).await), checked_in);
}

/// In a schema of any name: the file names none. What it says as comments it doesn't make.
#[tokio::test]
async fn the_file_makes_the_same_catalog() {
    let (_database, mut connection) = migrated().await;
    let mut expected = snapshot(&mut connection).await;
    expected.retain(|line| !line.starts_with("comment on ") && !line.contains(" __diesel_schema_migrations"));
    assert!(expected.len() > 700);
    run(&mut connection, "create schema elsewhere; set search_path = elsewhere").await;
    run(&mut connection, &fs::read_to_string(FILE).unwrap()).await;
    assert_eq!(snapshot(&mut connection).await, expected);
}

/// For scripts/print-structure.
#[tokio::test]
#[ignore = "writes structure.sql"]
async fn write_the_file() {
    let (_database, mut connection) = migrated().await;
    assert!(
        !prints_otherwise(&mut connection).await,
        "PostgreSQL 16 and later print views otherwise: PATH=$(scripts/server-programs 15 /tmp):$PATH scripts/print-structure"
    );
    fs::write(FILE, printed(&mut connection).await).unwrap();
}

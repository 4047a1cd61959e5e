//! The checked-in record (src/migrations/locks.txt) is what the migrations lock, rewrite and scan.

use std::fs;

use private_postgres::{TestDatabase, record_locks};
use rcm_schema::migrations::DEFINITION;

use crate::migration_chain::fill_what_is_there;

const RECORD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/migrations/locks.txt");

/// What happens now, on the server that the tests use.
async fn record() -> String {
    let database = TestDatabase::empty().await.unwrap();
    let fill = async || {
        fill_what_is_there(&mut database.connect().await?).await;
        Ok(())
    };
    record_locks(&DEFINITION, database.database(), fill).await.unwrap()
}

#[tokio::test]
async fn the_record_is_what_happens() {
    let checked_in = fs::read_to_string(RECORD).unwrap();
    let now = record().await;
    let version = |text: &str| text.lines().next().map(String::from);
    if version(&checked_in) != version(&now) {
        println!("not compared: the record is of another version of PostgreSQL");
        return;
    }
    assert!(now == checked_in, "run scripts/record-locks; it would write:\n{now}");
}

/// For scripts/record-locks.
#[tokio::test]
#[ignore = "writes src/migrations/locks.txt"]
async fn write_the_record() {
    fs::write(RECORD, record().await).unwrap();
}

//! Each migration goes up, down and up again and leaves the catalog, and the data before it, as they were.

use std::fs;
use std::path::{Path, PathBuf};

use diesel::result::DatabaseErrorKind::UniqueViolation;
use diesel::result::Error;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use private_postgres::TestDatabase;

use crate::catalog::{rows, run, snapshot, texts};
use crate::fixture;

fn folders() -> Vec<PathBuf> {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut folders: Vec<PathBuf> =
        fs::read_dir(migrations).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    assert!(folders.len() > 20);
    folders
}

async fn apply(connection: &mut AsyncPgConnection, folder: &Path, file: &str) {
    let sql = fs::read_to_string(folder.join(file)).unwrap();
    run(connection, &format!("begin; {sql}; commit")).await;
}

/// Fills the tables of the fixture that exist and are empty of its rows.
async fn fill_what_is_there(connection: &mut AsyncPgConnection) {
    let tables = texts(
        connection,
        "select relname from pg_class where relkind = 'r' and relnamespace = cast(current_schema() as regnamespace)",
    )
    .await;
    for (table, statement) in fixture::statements() {
        if tables.iter().any(|existing| existing == table) {
            // Filled after an earlier migration: the primary key refuses.
            if let Err(error) = connection.batch_execute(statement).await {
                assert!(matches!(error, Error::DatabaseError(UniqueViolation, _)), "{table}: {error}");
            }
            assert_ne!(texts(connection, &format!("select count(*) from {table}")).await, ["0"], "{table}");
        }
    }
}

#[tokio::test]
async fn each_migration_up_down_up_leaves_catalog_and_data_as_they_were() {
    let database = TestDatabase::empty().await.unwrap();
    let mut connection = database.connect().await.unwrap();
    for folder in folders() {
        fill_what_is_there(&mut connection).await;
        let (catalog_before, rows_before) = (snapshot(&mut connection).await, rows(&mut connection).await);
        apply(&mut connection, &folder, "up.sql").await;
        let catalog_after = snapshot(&mut connection).await;
        let added_rows = rows(&mut connection).await.len() - rows_before.len();
        assert!(catalog_after != catalog_before || added_rows > 0, "{} does nothing", folder.display());
        apply(&mut connection, &folder, "down.sql").await;
        assert_eq!(snapshot(&mut connection).await, catalog_before, "down.sql of {}", folder.display());
        assert_eq!(rows(&mut connection).await, rows_before, "down.sql of {}", folder.display());
        apply(&mut connection, &folder, "up.sql").await;
        assert_eq!(snapshot(&mut connection).await, catalog_after, "second up.sql of {}", folder.display());
    }
}

#[tokio::test]
async fn the_whole_chain_goes_down_to_nothing() {
    let database = TestDatabase::empty().await.unwrap();
    let mut connection = database.connect().await.unwrap();
    let folders = folders();
    for folder in &folders {
        apply(&mut connection, folder, "up.sql").await;
    }
    fixture::fill(&mut connection).await;
    assert!(snapshot(&mut connection).await.len() > 400);
    for folder in folders.iter().rev() {
        apply(&mut connection, folder, "down.sql").await;
    }
    assert_eq!(snapshot(&mut connection).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_forgotten_object_in_down_sql_is_noticed() {
    let database = TestDatabase::empty().await.unwrap();
    let mut connection = database.connect().await.unwrap();
    let before = snapshot(&mut connection).await;
    run(&mut connection, "create domain forgotten as text").await;
    assert_ne!(snapshot(&mut connection).await, before);
}

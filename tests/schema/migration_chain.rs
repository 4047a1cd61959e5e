//! Each migration goes up, down and up again and leaves the catalog, and the data before it, as they were.

use diesel::result::DatabaseErrorKind::UniqueViolation;
use diesel::result::Error;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use postgres_migrate::{Embedded, Sql};
use private_postgres::TestDatabase;
use rcm_schema::migrations::DEFINITION;

use crate::catalog::{rows, run, snapshot, texts};
use crate::fixture;

/// One file of a migration as the runner runs it: statement by statement, in a transaction unless metadata.toml says not.
async fn apply(connection: &mut AsyncPgConnection, migration: &Embedded, file: Sql) {
    if migration.run_in_transaction {
        run(connection, "begin").await;
    }
    for statement in file.statements() {
        run(connection, statement).await;
    }
    if migration.run_in_transaction {
        run(connection, "commit").await;
    }
}

/// Fills the tables of the fixture that exist and are empty of its rows.
pub async fn fill_what_is_there(connection: &mut AsyncPgConnection) {
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
    assert!(DEFINITION.migrations.len() > 20);
    for migration in DEFINITION.migrations {
        let name = migration.name;
        fill_what_is_there(&mut connection).await;
        let (catalog_before, rows_before) = (snapshot(&mut connection).await, rows(&mut connection).await);
        apply(&mut connection, migration, migration.up).await;
        let catalog_after = snapshot(&mut connection).await;
        let added_rows = rows(&mut connection).await.len() - rows_before.len();
        assert!(catalog_after != catalog_before || added_rows > 0, "{name} does nothing");
        apply(&mut connection, migration, migration.down).await;
        assert_eq!(snapshot(&mut connection).await, catalog_before, "down.sql of {name}");
        assert_eq!(rows(&mut connection).await, rows_before, "down.sql of {name}");
        apply(&mut connection, migration, migration.up).await;
        assert_eq!(snapshot(&mut connection).await, catalog_after, "second up.sql of {name}");
    }
}

#[tokio::test]
async fn the_whole_chain_goes_down_to_nothing() {
    let database = TestDatabase::empty().await.unwrap();
    let mut connection = database.connect().await.unwrap();
    for migration in DEFINITION.migrations {
        apply(&mut connection, migration, migration.up).await;
    }
    fixture::fill(&mut connection).await;
    assert!(snapshot(&mut connection).await.len() > 400);
    for migration in DEFINITION.migrations.iter().rev() {
        apply(&mut connection, migration, migration.down).await;
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

/// A service may run the same migrations by Diesel's own harness: it must find all of them, and the same ones.
#[test]
fn diesel_embeds_the_same_migrations() {
    use diesel::migration::MigrationSource;
    let of_diesel = MigrationSource::<diesel::pg::Pg>::migrations(&rcm_schema::migrations::MIGRATIONS).unwrap();
    let mut names: Vec<String> = of_diesel.iter().map(|migration| migration.name().to_string()).collect();
    names.sort();
    assert_eq!(names, DEFINITION.migrations.iter().map(|migration| migration.name).collect::<Vec<_>>());
    for (migration, of_ours) in of_diesel.iter().zip(DEFINITION.migrations) {
        assert_eq!(migration.metadata().run_in_transaction(), of_ours.run_in_transaction, "{}", of_ours.name);
    }
}

/// PostgreSQL prefers a function that takes text to ours, wherever on the search path a stranger put it.
#[test]
fn what_a_migration_passes_to_a_function_as_text_is_cast() {
    let files = DEFINITION.migrations.iter().flat_map(|migration| [migration.up, migration.down]);
    let calls: Vec<&str> =
        files.flat_map(|file| file.text.lines()).filter(|line| line.starts_with("select ")).collect();
    assert!(calls.len() > 50);
    for call in calls {
        let bare = call.match_indices("(\'").any(|(at, _)| !call[..at].ends_with("cast"));
        assert!(!bare, "{call}");
    }
}

//! What is production, and what refuses it.

use rcm_schema::{Database, migrations, types::Environment};

use crate::support::{Empty, Folder, INSERT_CLAIM, empty_database, migrate, migrate_folder};

const ROW: &str = "select environment from database_environment";

async fn migrated() -> Empty {
    let empty = empty_database().await;
    migrate(&empty.url(), &["up"]).succeeded();
    empty
}

/// Everything that destroys is refused, and nothing is different after it.
async fn assert_refused(empty: &Empty, url: &str, because: &str) {
    empty.execute("create table if not exists witness ()").await;
    let state = "select concat((select string_agg(oid::text, ',' order by oid) from pg_class where oid > 16384), ' ',
        (select string_agg(version || run_on, ',' order by version) from __diesel_schema_migrations))";
    let before = empty.value(state).await;
    for command in [&["down"][..], &["redo"], &["redo", "--all"], &["reset"]] {
        let run = migrate(url, command).failed_with(4);
        assert!(run.error().contains(&empty.name) && run.error().contains(because), "{run:?}");
        assert!(run.out.is_empty(), "{run:?}");
    }
    let refusal = migrations::runner().require_not_production(&Database::from_url(url).unwrap()).await;
    assert!(matches!(refusal, Err(postgres_migrate::Error::Production { .. })));
    assert_eq!(empty.value(state).await, before);
}

#[tokio::test]
async fn a_database_on_this_machine_starts_as_development() {
    let empty = migrated().await;
    assert_eq!(empty.value(ROW).await, "development");
    migrations::runner().require_not_production(empty.database()).await.unwrap();
    let run = migrate(&empty.url(), &["environment"]).succeeded();
    assert_eq!(run.out, "development: its table database_environment says so\n");
}

#[tokio::test]
async fn a_database_elsewhere_starts_as_production() {
    let empty = empty_database().await;
    let run = migrate(&empty.remote_url(), &["environment"]).succeeded();
    assert!(run.out.starts_with("production: it is on another host"), "{run:?}");
    migrate(&empty.remote_url(), &["up"]).succeeded();
    assert_eq!(empty.value(ROW).await, "production");
    // The row decides, not how one comes to the database.
    assert_refused(&empty, &empty.url(), "its table database_environment says so").await;
}

#[tokio::test]
async fn only_set_with_the_name_changes_it() {
    let empty = migrated().await;
    let set = |name: &str, database: &str| {
        let arguments = ["environment", "set", name, "--database", database];
        migrate(&empty.url(), &arguments)
    };
    let run = set("production", "rcmdb").failed_with(1);
    assert!(run.error().contains(&empty.name) && run.error().contains("rcmdb"), "{run:?}");
    assert_eq!(empty.value(ROW).await, "development");
    set("staging", &empty.name).failed_with(2);
    migrate(&empty.url(), &["environment", "set", "production"]).failed_with(2);

    set("production", &empty.name).succeeded();
    assert_eq!(empty.value(ROW).await, "production");
    assert_refused(&empty, &empty.url(), "its table database_environment says so").await;
    migrate(&empty.url(), &["up"]).succeeded();

    set("development", &empty.name).succeeded();
    migrate(&empty.url(), &["redo"]).succeeded();
}

#[tokio::test]
async fn without_its_row_host_and_claims_decide() {
    let empty = migrated().await;
    empty.execute("delete from database_environment").await;
    let judgement = migrations::runner().environment(empty.database()).await.unwrap();
    assert_eq!((judgement.environment, judgement.recorded), (Environment::Development, false));
    assert_refused(&empty, &empty.remote_url(), "it is on another host").await;

    empty.execute(INSERT_CLAIM).await;
    assert_refused(&empty, &empty.url(), "it holds claims").await;
    // Nothing pending writes nothing; something pending records what the database is.
    migrate(&empty.url(), &["up"]).succeeded();
    assert_eq!(empty.value("select count(*) from database_environment").await, "0");
    let folder = Folder::new().with("1999-01-01-000000_more", "create table more ();", "drop table more;");
    migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    assert_eq!(empty.value(ROW).await, "production");
}

#[tokio::test]
async fn a_development_database_elsewhere_stays_one_through_reset() {
    let empty = empty_database().await;
    migrate(&empty.remote_url(), &["up"]).succeeded();
    let set = ["environment", "set", "development", "--database", &empty.name];
    migrate(&empty.remote_url(), &set).succeeded();
    empty.execute(INSERT_CLAIM).await;
    for command in [&["reset"][..], &["redo", "--all"]] {
        migrate(&empty.remote_url(), command).succeeded();
        assert_eq!(empty.value(ROW).await, "development");
    }
    assert_eq!(empty.value("select count(*) from claims").await, "0");
}

#[tokio::test]
async fn an_unmigrated_database_cannot_be_set() {
    let empty = empty_database().await;
    let run = migrate(&empty.url(), &["environment", "set", "development", "--database", &empty.name]).failed_with(1);
    assert!(run.error().contains("run `migrate up` first"), "{run:?}");
}

//! What `migrate` refuses on a production database.

use crate::support::{empty_database, migrate};

const ROW: &str = "select environment from database_environment";

#[tokio::test]
async fn only_set_with_the_name_changes_it() {
    let empty = empty_database().await;
    let run = migrate(&empty.url(), &["environment", "set", "development", "--database", &empty.name]).failed_with(1);
    assert!(run.error().ends_with("has no table database_environment yet; apply the migrations first"), "{run:?}");
    migrate(&empty.url(), &["up"]).succeeded();
    let set = |name: &str, database: &str| migrate(&empty.url(), &["environment", "set", name, "--database", database]);
    let run = set("production", "rcmdb").failed_with(1);
    assert!(run.error().contains(&empty.name) && run.error().contains("rcmdb"), "{run:?}");
    set("staging", &empty.name).failed_with(2);
    migrate(&empty.url(), &["environment", "set", "production"]).failed_with(2);
    let run = migrate(&empty.url(), &["environment"]).succeeded();
    assert_eq!(run.out, "development: its table database_environment says so\n");

    let run = set("production", &empty.name).succeeded();
    assert_eq!(run.out, "production: its table database_environment says so\n");
    assert_eq!(empty.value(ROW).await, "production");
}

#[tokio::test]
async fn a_production_database_is_not_destroyed_and_the_way_out_is_told() {
    let empty = empty_database().await;
    migrate(&empty.url(), &["up"]).succeeded();
    migrate(&empty.url(), &["environment", "set", "production", "--database", &empty.name]).succeeded();
    let state = "select concat((select string_agg(oid::text, ',' order by oid) from pg_class where oid > 16384), ' ',
        (select string_agg(version || run_on, ',' order by version) from __diesel_schema_migrations))";
    let before = empty.value(state).await;
    for command in [&["down"][..], &["redo"], &["redo", "--all"], &["reset"]] {
        let run = migrate(&empty.url(), command).failed_with(4);
        assert!(run.out.is_empty(), "{run:?}");
        assert_eq!(
            run.error(),
            format!(
                "error: database \"{0}\" is a production database (its table database_environment says so); nothing was \
                 changed; if it is not, say so: `migrate environment set development --database {0}`",
                empty.name
            )
        );
    }
    assert_eq!(empty.value(state).await, before);
    migrate(&empty.url(), &["up"]).succeeded();

    let set = ["environment", "set", "development", "--database", &empty.name];
    migrate(&empty.url(), &set).succeeded();
    migrate(&empty.url(), &["reset"]).succeeded();
    assert_eq!(empty.value(ROW).await, "development");
}

//! What `migrate` refuses on a production database.

use std::process::Stdio;

use crate::support::{INSERT_CLAIM, Run, command, empty_database, migrate};

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

#[tokio::test]
async fn claims_that_the_demo_did_not_write_are_not_lost_unasked() {
    let empty = empty_database().await;
    migrate(&empty.url(), &["up"]).succeeded();
    rcm_seeds::seed(&mut empty.database().connect().await.unwrap()).await.unwrap();
    // Nobody's: a second time brings it back.
    migrate(&empty.url(), &["redo"]).succeeded();
    let ours = INSERT_CLAIM.replace("CLM-1", "OURS-1").replace("TEST-1", "OURS-1");
    let ours = ours.replace("from payers", "from payers where payer_id = 'OURS-1'");
    empty.execute(&ours.replace("from claims", "from claims where claim_id = 'OURS-1'")).await;
    let run =
        |arguments: &[&str]| -> Run { command(&empty.url(), arguments).stdin(Stdio::null()).output().unwrap().into() };
    let ledger = "select string_agg(version || run_on, ',' order by version) from __diesel_schema_migrations";
    let before = empty.value(ledger).await;
    for arguments in [&["reset"][..], &["down"], &["redo"], &["redo", "--all"]] {
        let told = run(arguments).failed_with(1);
        let expected = format!(
            "error: database \"{0}\" holds claims that the demo didn't write (1), which may be lost; if that is meant, say its \
             name: --database {0}; nothing was changed",
            empty.name
        );
        assert_eq!(told.error(), expected);
        let told = run(&[arguments, &["--database", "rcmdb"]].concat()).failed_with(1);
        assert!(told.error().ends_with("not \"rcmdb\"; nothing was changed"), "{told:?}");
    }
    assert_eq!(empty.value(ledger).await, before);
    assert_eq!(empty.value("select count(*) from claims where claim_id = 'OURS-1'").await, "1");
    run(&["redo", "--database", &empty.name]).succeeded();
    run(&["reset", "--database", &empty.name]).succeeded();
    assert_eq!(empty.value("select count(*) from claims").await, "0");
}

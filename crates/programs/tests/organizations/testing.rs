//! `TestDatabase` on a busy server.

use rcm_schema::migrations::DEFINITION;
use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use private_postgres::TestDatabase;

use crate::support::client;

#[tokio::test]
async fn a_test_waits_for_the_template_longer_than_a_service_waits_for_a_statement() {
    let database = TestDatabase::empty().await.unwrap();
    let server = format!("{}&dbname=postgres", database.url());
    let (other, connection) = tokio_postgres::connect(&server, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    other.batch_execute("select pg_advisory_lock(hashtextextended('pgtest template', 0))").await.unwrap();
    let mut test = Command::new(std::env::current_exe().unwrap());
    test.args(["--exact", "testing::a_test_of_its_own", "--ignored", "--nocapture"]);
    test.env("DATABASE_URL", format!("{server}&options=-cstatement_timeout%3D300ms"));
    let test = tokio::task::spawn_blocking(move || test.output().unwrap());
    let waits = "select count(*) from pg_locks where locktype = 'advisory' and not granted
        and database = (select oid from pg_database where datname = 'postgres')";
    let observer = client(&database, None).await;
    while observer.query_one(waits, &[]).await.unwrap().get::<_, i64>(0) == 0 {
        assert!(!test.is_finished(), "it didn't wait");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    drop(other);
    let output = test.await.unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[tokio::test]
async fn another_suite_finds_the_template_of_this_one() {
    let first = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let observer = client(&first, None).await;
    let templates = async || -> BTreeSet<u32> {
        let query = "select oid from pg_database where starts_with(datname, 'pgtest_template_')";
        observer.query(query, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
    };
    let before = templates().await;
    let mut other = Command::new(std::env::current_exe().unwrap());
    other.args(["--exact", "testing::a_test_of_its_own", "--ignored", "--nocapture"]).env("DATABASE_URL", first.url());
    let output = tokio::task::spawn_blocking(move || other.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(!before.is_empty() && before.is_subset(&templates().await), "it was made again");
}

#[tokio::test]
async fn a_server_on_another_machine_is_refused_unless_that_is_said() {
    // Nobody answers there.
    for (said, told) in [(None, "TEST_ON_ANOTHER_MACHINE=1"), (Some("1"), "db.invalid")] {
        let mut test = Command::new(std::env::current_exe().unwrap());
        test.args(["--exact", "testing::a_test_of_its_own", "--ignored", "--nocapture"]);
        test.env("DATABASE_URL", "postgresql://tests:canary@db.invalid/rcm?connect_timeout=2");
        test.env_remove("TEST_ON_ANOTHER_MACHINE").envs(said.map(|said| ("TEST_ON_ANOTHER_MACHINE", said)));
        let output = tokio::task::spawn_blocking(move || test.output().unwrap()).await.unwrap();
        let words = format!("{output:?}");
        assert!(!output.status.success() && words.contains(told) && !words.contains("canary"), "{words}");
        assert_eq!(words.contains("isn't on this machine"), said.is_none(), "{words}");
    }
}

#[tokio::test]
async fn a_role_that_may_not_make_databases_is_told_what_it_needs() {
    let database = TestDatabase::empty().await.unwrap();
    let observer = client(&database, None).await;
    let role = format!("plain_{}", database.database().name());
    observer.batch_execute(&format!("create role {role} login password 'plain'")).await.unwrap();
    let mut test = Command::new(std::env::current_exe().unwrap());
    test.args(["--exact", "testing::a_test_of_its_own", "--ignored", "--nocapture"]);
    test.env("DATABASE_URL", format!("{}&user={role}&password=plain", database.url()));
    let output = tokio::task::spawn_blocking(move || test.output().unwrap()).await.unwrap();
    observer.batch_execute(&format!("drop role {role}")).await.unwrap();
    let words = format!("{output:?}");
    assert!(!output.status.success() && words.contains("alter role … createdb createrole"), "{words}");
}

#[tokio::test]
async fn a_test_that_blocks_its_runtime_keeps_no_other_waiting() {
    let _first = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let second = std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            tokio::time::timeout(Duration::from_secs(60), TestDatabase::migrated(&DEFINITION)).await.is_ok()
        })
    });
    assert!(second.join().unwrap(), "the first one still holds the lock");
}

#[tokio::test]
#[ignore = "the other test runs it in a process of its own"]
async fn a_test_of_its_own() {
    TestDatabase::migrated(&DEFINITION).await.unwrap().connect().await.unwrap();
}

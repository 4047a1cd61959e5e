//! `TestDatabase` on a busy server.

use rcm_schema::migrations::DEFINITION;
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
    other.batch_execute("select pg_advisory_lock(hashtextextended('rcm_test template', 0))").await.unwrap();
    let mut test = Command::new(std::env::current_exe().unwrap());
    test.args(["--exact", "testing::a_test_of_its_own", "--ignored", "--nocapture"]);
    test.env("DATABASE_URL", format!("{server}&options=-cstatement_timeout%3D300ms"));
    let test = tokio::task::spawn_blocking(move || test.output().unwrap());
    let waits = "select count(*) from pg_locks where locktype = 'advisory' and not granted
        and database = (select oid from pg_database where datname = 'postgres')";
    let observer = client(&database, None).await;
    while observer.query_one(waits, &[]).await.unwrap().get::<_, i64>(0) == 0 && !test.is_finished() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    drop(other);
    let output = test.await.unwrap();
    assert!(output.status.success(), "{output:?}");
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

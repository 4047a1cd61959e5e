//! How long a migration waits for locks, and others for it.

use std::time::{Duration, Instant};

use postgres_migrate::Report;
use postgres_migrate::Runner;
use rcm_schema::Database;
use tokio::{task::JoinHandle, time::sleep};
use tokio_postgres::Client;

use crate::support::{Empty, Folder, connect, empty_database, migrate_folder};

const SECOND: &str = "2024-01-02-000000_second";
const THIRD: &str = "2024-01-03-000000_third";
/// Something waits for a lock on a table.
const QUEUED: &str = "select exists (select from pg_locks where not granted and locktype = 'relation'
    and database = (select oid from pg_database where datname = current_database()))";

fn milliseconds(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// A session that does this and keeps its locks so long.
async fn hold(empty: &Empty, sql: &str, time: Duration) -> JoinHandle<()> {
    let client = empty.client().await;
    client.batch_execute(&format!("begin; {sql}")).await.unwrap();
    tokio::spawn(async move {
        sleep(time).await;
        client.batch_execute("rollback").await.unwrap();
    })
}

/// Reads the table again and again until the migrations are done; the longest time that it took.
async fn while_reading(empty: &Empty, table: &str, runner: &Runner) -> (postgres_migrate::Result<Report>, Duration) {
    async fn read(client: &Client, table: &str, longest: &mut Duration) {
        loop {
            let start = Instant::now();
            client.batch_execute(&format!("select * from {table}")).await.unwrap();
            *longest = start.elapsed().max(*longest);
            sleep(milliseconds(10)).await;
        }
    }
    let client = empty.client().await;
    let mut longest = Duration::ZERO;
    let database = empty.database().clone();
    let report = tokio::select! {
        report = runner.run_pending(&database) => report,
        () = read(&client, table, &mut longest) => unreachable!(),
    };
    (report, longest)
}

#[tokio::test]
async fn the_waits_of_one_attempt_are_no_longer_together_than_one() {
    for up in [
        "alter table a add x int; alter table b add x int; alter table c add x int; alter table d add x int",
        "lock table a, b, c, d",
    ] {
        let empty = empty_database().await;
        empty.execute("create table a (); create table b (); create table c (); create table d ()").await;
        let folder = Folder::with_first().with(SECOND, up, "select 1");
        let runner = Runner::from_directory(&rcm_schema::migrations::DEFINITION, folder.path())
            .unwrap()
            .lock_timeout(milliseconds(1000));
        let holders = [
            hold(&empty, "select from b", milliseconds(900)).await,
            hold(&empty, "select from c", milliseconds(1800)).await,
            hold(&empty, "select from d", milliseconds(2700)).await,
        ];
        let (report, longest) = while_reading(&empty, "a", &runner).await;
        assert_eq!(report.unwrap().applied.len(), 2);
        assert!(longest < milliseconds(1300), "{longest:?}");
        for holder in holders {
            holder.await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_role_with_one_connection_only_migrates_too() {
    let empty = empty_database().await;
    let role = format!("role_{}", uuid::Uuid::now_v7().simple());
    let create = format!("create role {role} login password '{}' connection limit 1", crate::support::PASSWORD);
    empty.execute(&format!("{create}; grant create on schema public to {role}; create table a ()")).await;
    empty.execute(&format!("alter table a owner to {role}")).await;
    let folder = Folder::with_first().with(SECOND, "alter table a add x int", "select 1");
    let holder = hold(&empty, "select from a", milliseconds(500)).await;
    let runner = Runner::from_directory(&rcm_schema::migrations::DEFINITION, folder.path())
        .unwrap()
        .lock_timeout(milliseconds(200));
    let database = Database::from_url(&empty.url_as(&role)).unwrap();
    assert_eq!(runner.run_pending(&database).await.unwrap().applied.len(), 2);
    holder.await.unwrap();
    empty.execute(&format!("drop owned by {role}; drop role {role}")).await;
}

#[tokio::test]
async fn the_ledger_and_the_commit_wait_no_longer_than_a_statement() {
    let empty = empty_database().await;
    let deferred = "
        create table busy ();
        create function later() returns trigger language plpgsql as 'begin lock table busy; return null; end';
        create constraint trigger later after insert on first deferrable initially deferred
            for each row execute function later()";
    let folder = Folder::with_first().with(SECOND, deferred, "select 1");
    migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    let folder = folder.with(THIRD, "lock table first; insert into first values (1)", "select 1");
    for in_the_way in ["insert into __diesel_schema_migrations (version) values ('20240103000000')", "select from busy"]
    {
        let runner = Runner::from_directory(&rcm_schema::migrations::DEFINITION, folder.path())
            .unwrap()
            .lock_timeout(milliseconds(300));
        let holder = hold(&empty, in_the_way, milliseconds(1500)).await;
        let (report, longest) = while_reading(&empty, "first", &runner).await;
        assert_eq!(report.unwrap().applied, [THIRD]);
        assert!(longest < milliseconds(700), "{in_the_way}: {longest:?}");
        holder.await.unwrap();
        empty
            .execute("delete from first; delete from __diesel_schema_migrations where version = '20240103000000'")
            .await;
    }
}

#[tokio::test]
async fn a_locked_ledger_is_waited_for_and_given_up() {
    let empty = empty_database().await;
    let folder = Folder::with_first();
    migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    empty.execute("update __diesel_schema_migrations set checksum = null").await;
    let folder = folder.with(SECOND, "select 1", "select 1");
    for (lock, expected) in [
        ("share", "cannot record checksums in the ledger __diesel_schema_migrations: other sessions hold locks"),
        ("access exclusive", "cannot read the ledger __diesel_schema_migrations: process"),
    ] {
        let holder = connect(&(empty.url() + "&application_name=night")).await;
        holder.batch_execute(&format!("begin; lock table __diesel_schema_migrations in {lock} mode")).await.unwrap();
        let pid: i32 = holder.query_one("select pg_backend_pid()", &[]).await.unwrap().get(0);
        let runner = Runner::from_directory(&rcm_schema::migrations::DEFINITION, folder.path()).unwrap();
        let runner = runner.lock_timeout(milliseconds(200)).deadline(milliseconds(500));
        let run = tokio::time::timeout(Duration::from_secs(20), runner.run_pending(empty.database()));
        let error = run.await.expect("it hangs").unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains(&format!("process {pid} (\"night\")")), "{error}");
        holder.batch_execute("rollback").await.unwrap();
    }
    let runner = Runner::from_directory(&rcm_schema::migrations::DEFINITION, folder.path())
        .unwrap()
        .lock_timeout(milliseconds(200));
    let lock = "lock table __diesel_schema_migrations in share mode";
    let holder = hold(&empty, lock, milliseconds(900)).await;
    assert_eq!(runner.run_pending(empty.database()).await.unwrap().applied, [SECOND]);
    holder.await.unwrap();
}

#[tokio::test]
async fn the_time_at_work_is_no_waiting() {
    let empty = empty_database().await;
    let folder = Folder::with_first();
    migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    let third = "select pg_sleep(2); alter table first add x int";
    let folder = folder.with(SECOND, "select pg_sleep(3)", "select 1").with(THIRD, third, "select 1");
    let reader = empty.client().await;
    reader.batch_execute("begin; select from first").await.unwrap();
    let runner = Runner::from_directory(&rcm_schema::migrations::DEFINITION, folder.path()).unwrap();
    let runner = runner.lock_timeout(milliseconds(100)).deadline(milliseconds(3000));
    let database = empty.database().clone();
    let run = tokio::spawn(async move { runner.run_pending(&database).await });
    empty.wait_until(QUEUED, &[]).await;
    // Through the second attempt.
    sleep(milliseconds(2500)).await;
    reader.batch_execute("commit").await.unwrap();
    assert_eq!(run.await.unwrap().unwrap().applied, [SECOND, THIRD]);
}

#[tokio::test]
async fn giving_up_names_who_holds_the_locks() {
    let empty = empty_database().await;
    let folder = Folder::with_first();
    migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    let folder = folder.with(SECOND, "create table before ();\nalter table first add x int", "select 1");
    let reader = connect(&(empty.url() + "&application_name=night")).await;
    reader.batch_execute("begin; select from first").await.unwrap();
    let pid: i32 = reader.query_one("select pg_backend_pid()", &[]).await.unwrap().get(0);
    let runner = Runner::from_directory(&rcm_schema::migrations::DEFINITION, folder.path()).unwrap();
    let runner = runner.lock_timeout(milliseconds(200)).deadline(milliseconds(1000));
    let run = tokio::time::timeout(Duration::from_secs(20), runner.run_pending(empty.database()));
    let error = run.await.unwrap().unwrap_err().to_string();
    let start = format!(
        "migration {SECOND}, up.sql, statement 2: other sessions hold locks that it needs (process {pid} (\"night\")); \
         gave up at attempt "
    );
    assert!(error.starts_with(&start), "{error}");
    assert!(!empty.exists("before").await);
}

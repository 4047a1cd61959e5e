//! How long a migration waits for locks, and others for it.

use std::time::{Duration, Instant};

use postgres_migrate::{Report, Result, Runner};
use tokio::time::{sleep, timeout};
use tokio_postgres::Client;

use crate::support::{Empty, FIRST, Folder, QUEUED, SECOND, THIRD, empty_database, milliseconds};

/// Reads the table again and again until the migrations are done; the longest time that it took.
async fn while_reading(empty: &Empty, table: &str, runner: &Runner) -> (Result<Report>, Duration) {
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
    let report = tokio::select! {
        report = runner.run_pending(empty.database()) => report,
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
        let runner = Folder::with_first().with(SECOND, up, "select 1").runner().lock_timeout(milliseconds(1000));
        let holders = [
            empty.hold("select from b", milliseconds(900)).await,
            empty.hold("select from c", milliseconds(1800)).await,
            empty.hold("select from d", milliseconds(2700)).await,
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
    let folder = Folder::with_first().with(SECOND, "alter table a add x int", "select 1");
    empty
        .with_role(async |role, database| {
            empty
                .execute(&format!(
                    "alter role {role} connection limit 1; grant create on schema public to {role};
                     create table a (); alter table a owner to {role}"
                ))
                .await;
            let holder = empty.hold("select from a", milliseconds(500)).await;
            let runner = folder.runner().lock_timeout(milliseconds(200));
            assert_eq!(runner.run_pending(&database).await.unwrap().applied.len(), 2);
            holder.await.unwrap();
        })
        .await;
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
    empty.up(&folder).await;
    let folder = folder.with(THIRD, "lock table first; insert into first values (1)", "select 1");
    for in_the_way in ["insert into __diesel_schema_migrations (version) values ('20240103000000')", "select from busy"]
    {
        let holder = empty.hold(in_the_way, milliseconds(1500)).await;
        let runner = folder.runner().lock_timeout(milliseconds(300));
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
    empty.up(&folder).await;
    empty.execute("update __diesel_schema_migrations set checksum = null").await;
    let folder = folder.with(SECOND, "select 1", "select 1");
    for (lock, expected) in [
        ("share", "gave up waiting for the migration lock of schema \"public\", a lock of its ledger: process"),
        ("access exclusive", "cannot read the ledger __diesel_schema_migrations: process"),
    ] {
        let (_holder, pid) = empty.holder(&format!("lock table __diesel_schema_migrations in {lock} mode")).await;
        let runner = folder.runner().lock_timeout(milliseconds(200)).deadline(milliseconds(500));
        let run = timeout(Duration::from_secs(20), runner.run_pending(empty.database()));
        let error = run.await.expect("it hangs").unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains(&format!("process {pid} (\"night job\")")), "{error}");
    }
    let holder = empty.hold("lock table __diesel_schema_migrations in share mode", milliseconds(900)).await;
    let report = folder.runner().lock_timeout(milliseconds(200)).run_pending(empty.database()).await;
    assert_eq!(report.unwrap().applied, [SECOND]);
    holder.await.unwrap();
}

#[tokio::test]
async fn the_time_at_work_is_no_waiting() {
    let empty = empty_database().await;
    let folder = Folder::with_first();
    empty.up(&folder).await;
    let third = "select pg_sleep(2); alter table first add x int";
    let folder = folder.with(SECOND, "select pg_sleep(3)", "select 1").with(THIRD, third, "select 1");
    let (reader, _) = empty.holder("select from first").await;
    let run = empty.start(folder.runner().lock_timeout(milliseconds(100)).deadline(milliseconds(3000)));
    empty.wait_until(QUEUED).await;
    // Through the second attempt.
    sleep(milliseconds(2500)).await;
    reader.batch_execute("commit").await.unwrap();
    assert_eq!(run.await.unwrap().unwrap().applied, [SECOND, THIRD]);
}

#[tokio::test]
async fn giving_up_names_who_holds_the_locks() {
    let empty = empty_database().await;
    let folder = Folder::with_first();
    empty.up(&folder).await;
    let folder = folder.with(SECOND, "create table before ();\nalter table first add x int", "select 1");
    let (_reader, pid) = empty.holder("select from first").await;
    let runner = folder.runner().lock_timeout(milliseconds(200)).deadline(milliseconds(1000));
    let run = timeout(Duration::from_secs(20), runner.run_pending(empty.database()));
    let error = run.await.expect("it hangs").unwrap_err().to_string();
    let start = format!(
        "migration {SECOND}, up.sql, statement 2, line 2: other sessions hold locks that it needs (process {pid} \
         (\"night job\")); gave up at attempt "
    );
    assert!(error.starts_with(&start), "{error}");
    assert!(!empty.exists("before").await);
}

#[tokio::test]
async fn outside_a_transaction_a_table_is_queued_for_no_longer_than_inside() {
    let empty = empty_database().await;
    let folder = Folder::with_first();
    empty.up(&folder).await;
    let folder = folder.with_outside(SECOND, "alter table first add column more text", "select 1");
    let runner = || folder.runner().lock_timeout(milliseconds(100));
    let (reader, _) = empty.holder("select * from first").await;
    let error = runner().deadline(milliseconds(500)).run_pending(empty.database()).await.unwrap_err().to_string();
    assert!(error.contains("other sessions hold locks that it needs (process "), "{error}");
    let run = empty.start(runner());
    empty.wait_until(QUEUED).await;
    reader.batch_execute("commit").await.unwrap();
    assert_eq!(run.await.unwrap().unwrap().applied, [SECOND]);
}

#[tokio::test]
async fn what_may_have_committed_a_part_is_not_done_again() {
    let empty = empty_database().await;
    let folder = Folder::new().with(FIRST, "create table first (id int)", "drop table first");
    empty.up(&folder).await;
    let up = "do $$ begin insert into first values (1); commit; lock table first; end $$";
    let folder = folder.with_outside(SECOND, up, "select 1");
    let (_reader, _) = empty.holder("select * from first").await;
    let runner = folder.runner().lock_timeout(milliseconds(100));
    let run = timeout(Duration::from_secs(5), runner.run_pending(empty.database()));
    let error = run.await.expect("it hangs").unwrap_err().to_string();
    assert!(error.contains("hold locks that it needs") && error.contains("what it did until then stays"), "{error}");
    assert_eq!(empty.value("select count(*) from first").await, "1");
}

#[tokio::test]
async fn what_is_done_outside_a_transaction_is_not_done_again_because_the_ledger_is_locked() {
    let empty = empty_database().await;
    let folder = Folder::new().with(FIRST, "create table first (id int)", "drop table first");
    empty.up(&folder).await;
    let folder = folder.with_outside(SECOND, "insert into first values (1)", "select 1");
    let insert = "insert into __diesel_schema_migrations (version) values ('20240102000000')";
    let _other = empty.hold(insert, milliseconds(700)).await;
    let report = folder.runner().lock_timeout(milliseconds(100)).run_pending(empty.database()).await;
    assert_eq!(report.unwrap().applied, [SECOND]);
    assert_eq!(empty.value("select count(*) from first").await, "1");
}

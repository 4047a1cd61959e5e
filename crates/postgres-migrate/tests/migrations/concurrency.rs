//! Many runners, runners that die, locks of others.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use postgres_migrate::{Access, Reads, Report, Result};
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_postgres::error::SqlState;

use crate::support::{
    Empty, FIRST, Folder, Log, QUEUED, SECOND, SLEEPING, TERMINATE, THIRD, empty_database, milliseconds,
};

const INDEX: &str = "create index concurrently first_index on first (id);";
const NO_INDEX: &str = "drop index concurrently if exists first_index;";
const HOLDER: &str = "select pid from pg_locks where mode = 'ShareUpdateExclusiveLock' and granted
    and relation = to_regclass('__diesel_schema_migrations')
    and database = (select oid from pg_database where datname = current_database())";

fn is_locked() -> String {
    format!("select exists ({HOLDER})")
}

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_runners_apply_each_migration_once() {
    let empty = empty_database().await;
    let folder = Folder::with_first().with_outside(SECOND, INDEX, NO_INDEX).with(
        THIRD,
        "create table third ();",
        "drop table third;",
    );
    let reports = join_all((0..16).map(|_| empty.start(folder.runner()))).await;
    let mut applied: Vec<_> = reports.into_iter().flat_map(|report| report.unwrap().unwrap().applied).collect();
    applied.sort();
    assert_eq!(applied, [FIRST, SECOND, THIRD]);
    assert_eq!(empty.ledger().await, "20240101000000,20240102000000,20240103000000");
    assert_eq!(empty.value("select indisvalid from pg_index where indexrelid = 'first_index'::regclass").await, "true");
    folder.runner().redo(empty.database(), None).await.unwrap();
}

/// The first table, then a migration that takes half a minute.
fn slow() -> Folder {
    let up = "create table slow (id int);\nselect pg_sleep(30);\ncreate table slow_end (id int);";
    Folder::with_first().with(SECOND, up, "drop table slow;")
}

/// A runner in the middle of the slow migration.
async fn start_slow(empty: &Empty) -> JoinHandle<Result<Report>> {
    let run = empty.start(slow().runner());
    empty.wait_until(SLEEPING).await;
    run
}

async fn stop(empty: &Empty, run: JoinHandle<Result<Report>>) {
    empty.execute(TERMINATE).await;
    run.await.unwrap().unwrap_err();
}

#[tokio::test]
async fn a_killed_runner_leaves_nothing_of_its_migration() {
    let empty = empty_database().await;
    let folder = slow();
    let mut process = empty.start_process(&folder);
    empty.wait_until(SLEEPING).await;
    assert_eq!(empty.value(&is_locked()).await, "true");
    process.kill().unwrap();
    process.wait().unwrap();

    let killed = Instant::now();
    empty.wait_until(&format!("select not exists ({HOLDER})")).await;
    assert!(killed.elapsed() < Duration::from_secs(2), "lock held for {:?}", killed.elapsed());
    assert_eq!(empty.ledger().await, "20240101000000");
    assert!(!empty.exists("slow").await && !empty.exists("slow_end").await);

    empty.up(&folder.with(SECOND, "create table slow (id int);", "drop table slow;")).await;
    assert!(empty.exists("slow").await);
}

#[tokio::test]
async fn giving_up_names_the_holder_of_the_lock() {
    let empty = empty_database().await;
    let run = start_slow(&empty).await;
    let other = slow().runner().deadline(milliseconds(500)).run_pending(empty.database()).await;
    let pid = empty.value(HOLDER).await;
    stop(&empty, run).await;
    let error = other.unwrap_err().to_string();
    assert!(error.contains(&format!("process {pid} (\"postgres-migrate\")")), "{error}");
    assert!(error.contains("schema \"public\"") && error.contains("connected since 20"), "{error}");
}

#[tokio::test]
async fn a_prepared_transaction_that_holds_the_lock_is_named_with_its_end() {
    let empty = empty_database().await;
    if empty.value("select current_setting('max_prepared_transactions')").await == "0" {
        eprintln!("skipped: the server has max_prepared_transactions = 0");
        return;
    }
    let folder = Folder::with_first();
    empty.up(&folder).await;
    let folder = folder.with(SECOND, "create table second ()", "drop table second");
    for (mode, expected, does) in [
        ("share update exclusive", "a lock of its ledger: ", "holds it"),
        ("access exclusive", "cannot read the ledger __diesel_schema_migrations: ", "has locked it against readers"),
    ] {
        let name = format!("It's {mode} of {}", empty.name());
        let quoted = name.replace('\'', "''");
        let lock =
            format!("begin; lock table __diesel_schema_migrations in {mode} mode; prepare transaction '{quoted}'");
        empty.execute(&lock).await;
        let log = Log::default();
        let runner = folder.runner().deadline(milliseconds(500));
        let error = log.of(runner.run_pending(empty.database())).await.unwrap_err().to_string();
        let who = format!("the prepared transaction \"{name}\" {does}, prepared at 2");
        assert!(error.contains(&(expected.to_owned() + &who)), "{error}");
        let ends = format!("rollback prepared '{quoted}', or commit prepared '{quoted}'");
        assert!(error.ends_with(&ends), "{error}");
        // A ledger that can't be read is waited for by PostgreSQL first.
        assert!(mode == "access exclusive" || log.text().contains(&who), "{}", log.text());
        empty.execute(ends.split(", or").next().unwrap()).await;
    }
    empty.up(&folder).await;

    // The same of a lock that a migration needs, of a table or of a row.
    for (taken, needed) in [("lock table first", "lock table first"), ("delete from first", "update first set id = 2")]
    {
        let name = format!("It's {taken} of {}", empty.name());
        let quoted = name.replace('\'', "''");
        empty.execute("insert into first values (1) on conflict do nothing").await;
        empty.execute(&format!("begin; {taken}; prepare transaction '{quoted}'")).await;
        let folder = Folder::with_first().with(SECOND, "create table second ()", "drop table second");
        let folder = folder.with(THIRD, needed, "select 1");
        let runner = folder.runner().lock_timeout(milliseconds(200)).deadline(milliseconds(500));
        let error = runner.run_pending(empty.database()).await.unwrap_err().to_string();
        empty.execute(&format!("rollback prepared '{quoted}'")).await;
        assert!(error.contains(&format!("(the prepared transaction \"{name}\")")), "{error}");
    }
}

#[tokio::test]
async fn nothing_pending_needs_no_lock() {
    let empty = empty_database().await;
    let run = start_slow(&empty).await;
    let report = Folder::with_first().runner().deadline(Duration::ZERO).run_pending(empty.database()).await;
    stop(&empty, run).await;
    assert!(report.unwrap().applied.is_empty());
}

#[tokio::test]
async fn a_lock_on_one_schema_leaves_the_others_free() {
    let empty = empty_database().await;
    let run = start_slow(&empty).await;
    empty.execute("create schema \"Branch 2\"").await;
    let report = Folder::with_first().runner().run_pending(&empty.database().with_schema("Branch 2")).await;
    let still_at_work = empty.value(SLEEPING).await;
    stop(&empty, run).await;
    assert_eq!((report.unwrap().applied.len(), still_at_work.as_str()), (1, "true"));
    assert!(empty.exists("\"Branch 2\".__diesel_schema_migrations").await && empty.exists("\"Branch 2\".first").await);
}

#[tokio::test]
async fn a_reader_delays_a_migration_and_is_not_blocked_by_it() {
    let empty = empty_database().await;
    let folder = Folder::with_first();
    empty.up(&folder).await;
    let up = "create table before (id int); alter table first add column note text;";
    let folder = folder.with(SECOND, up, "alter table first drop column note; drop table before;");
    let release = empty.hold("select * from first", Duration::from_secs(3)).await;
    // Others read as long as the migration tries.
    let client = empty.client().await;
    let others = tokio::spawn(async move {
        let (mut reads, mut longest) = (0, Duration::ZERO);
        while client.query("select from pg_attribute where attname = 'note'", &[]).await.unwrap().is_empty() {
            let start = Instant::now();
            client.batch_execute("select * from first").await.unwrap();
            longest = longest.max(start.elapsed());
            reads += 1;
            sleep(milliseconds(20)).await;
        }
        (reads, longest)
    });
    let start = Instant::now();
    let report = folder.runner().lock_timeout(milliseconds(200)).run_pending(empty.database()).await.unwrap();
    assert_eq!(report.applied, [SECOND]);
    assert!(start.elapsed() > Duration::from_secs(2));
    release.await.unwrap();
    let (reads, longest) = others.await.unwrap();
    // Without a lock timeout the first of them would wait for three seconds.
    assert!(reads > 10 && longest < Duration::from_secs(1), "{reads} reads, the longest {longest:?}");
}

#[tokio::test]
async fn a_long_migration_says_how_long_and_for_whom_it_waits() {
    let empty = empty_database().await;
    let folder = Folder::with_first();
    empty.up(&folder).await;
    let runner = folder.with_outside(SECOND, INDEX, NO_INDEX).runner();
    let (writer, pid) = empty.holder("insert into first values (1)").await;
    let (log, database) = (Log::default(), empty.database().clone());
    let run = tokio::spawn(log.of(async move { runner.run_pending(&database).await.unwrap() }));
    log.wait_for("at work").await;
    writer.batch_execute("commit").await.unwrap();
    run.await.unwrap();
    let text = log.text();
    let line =
        text.lines().find_map(|line| line.trim_start().strip_prefix(&format!("INFO migration {SECOND}: at work for ")));
    let (seconds, others) = line.unwrap().split_once(' ').unwrap();
    assert!(seconds.parse::<u32>().unwrap() >= 10, "{text}");
    assert_eq!(others, format!("s, waiting for process {pid} (\"night job\")"));
    assert!(text.contains(&format!("applied {SECOND} in ")), "{text}");
}

#[tokio::test]
async fn a_concurrent_index_waits_as_long_as_it_takes() {
    let empty = empty_database().await;
    let folder = Folder::with_first();
    empty.up(&folder).await;
    empty.execute(&format!("alter database {} set lock_timeout = '50ms'", empty.name())).await;
    let _writer = empty.hold("insert into first values (1)", Duration::from_secs(1)).await;
    assert_eq!(empty.up(&folder.with_outside(SECOND, INDEX, NO_INDEX)).await.applied, [SECOND]);
}

#[tokio::test]
async fn a_deadlock_is_tried_again() {
    let empty = empty_database().await;
    let folder = Folder::with_first();
    empty.up(&folder).await;
    empty.execute("create table other ()").await;
    let folder = folder.with(SECOND, "lock table first; lock table other;", "select 1;");

    // The other session never looks for deadlocks itself, so the migration is the one that is cancelled.
    let (other, _) = empty.holder("set local deadlock_timeout = '1min'; lock table other").await;
    let run = empty.start(folder.runner());
    empty.wait_until(QUEUED).await;
    other.batch_execute("lock table first; commit").await.unwrap();
    assert_eq!(run.await.unwrap().unwrap().applied, [SECOND]);
}

#[tokio::test]
async fn a_migration_cannot_give_the_lock_away() {
    let empty = empty_database().await;
    let held = format!("create table held as {HOLDER}");
    let folder = Folder::with_first().with_outside(SECOND, "discard all", "select 1");
    empty.up(&folder.with(THIRD, &held, "drop table held")).await;
    assert_eq!(empty.value("select count(*) from held").await, "1");
}

#[tokio::test]
async fn a_role_that_may_connect_and_read_stops_nobody() {
    const READER: Access = Access { name: "reader", reads: Reads::Everything, writes: &[] };
    let empty = empty_database().await;
    let folder = Folder::with_first();
    empty.up(&folder).await;
    empty
        .with_role(async |role, database| {
            let grant = format!(
                "grant usage on schema public to {role}; grant select on all tables in schema public to {role}"
            );
            empty.execute(&grant).await;
            let reader = database.connect_client().await.unwrap();
            // Whatever number an advisory lock may have, and the strongest lock of the ledger that a reader may take.
            let all = "begin; lock table __diesel_schema_migrations in access share mode;
                select pg_advisory_lock(1919118707, 'public'::regnamespace::oid::int4)";
            reader.batch_execute(all).await.unwrap();
            for mode in ["share update exclusive", "share", "access exclusive"] {
                let lock = format!("savepoint s; lock table __diesel_schema_migrations in {mode} mode");
                let error = reader.batch_execute(&lock).await.unwrap_err();
                assert_eq!(error.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{mode}");
                reader.batch_execute("rollback to s").await.unwrap();
            }
            let folder = folder.with(SECOND, "create table second ()", "drop table second");
            let runner = folder.runner().deadline(milliseconds(500));
            assert_eq!(runner.run_pending(empty.database()).await.unwrap().applied, [SECOND]);
            runner.grant(empty.database(), role, &READER).await.unwrap();
            reader.batch_execute("rollback").await.unwrap();
        })
        .await;
}

#[tokio::test]
async fn a_runner_whose_lock_was_lost_keeps_nothing() {
    let empty = empty_database().await;
    let first = Folder::with_first();
    empty.up(&first).await;
    let up = "create table second ();\nlock table first";
    let folder = first.with(SECOND, up, "drop table second");
    let (reader, _) = empty.holder("select from first").await;
    let run = empty.start(folder.runner());
    empty.wait_until(QUEUED).await;
    empty.execute(&format!("select pg_terminate_backend(({HOLDER}))")).await;
    empty.wait_until(&format!("select not exists ({HOLDER})")).await;
    reader.batch_execute("rollback").await.unwrap();
    let error = run.await.unwrap().unwrap_err();
    assert_eq!(error.code(), "migration_connection_lost", "{error}");
    assert_eq!(empty.ledger().await, "20240101000000");
    assert!(!empty.exists("second").await);
}

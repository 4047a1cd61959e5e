//! Many runners, killed runners, locks of others.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use postgres_migrate::Runner;

use crate::support::{Empty, Folder, Run, command, empty_database, migrate, migrate_folder};

const SLEEPING: &str = "select exists (select from pg_stat_activity
    where datname = current_database() and query like '%pg_sleep%' and state = 'active' and pid <> pg_backend_pid())";
const LOCK_HELD: &str = "select exists (select from pg_locks where locktype = 'advisory' and granted
    and database = (select oid from pg_database where datname = current_database()))";

/// Sixteen programs at once; the names that each of them says it applied.
async fn start_sixteen(url: &str, arguments: &[&str]) -> Vec<String> {
    let start = |_| command(url, arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let children: Vec<_> = (0..16).map(start).collect();
    let mut applied = Vec::new();
    for child in children {
        let run = Run::from(child.wait_with_output().unwrap()).succeeded();
        let names = run.err.lines().filter_map(|line| line.split("applied ").nth(1)?.split(' ').next());
        applied.extend(names.map(String::from));
    }
    applied.sort();
    applied
}

#[tokio::test]
async fn sixteen_starters_apply_each_migration_once() {
    let empty = empty_database().await;
    let applied = start_sixteen(&empty.url(), &["up"]).await;
    let status = rcm_schema::migrations::runner().status(empty.database()).await.unwrap();
    assert!(status.is_up_to_date());
    let names: Vec<_> = status.migrations.into_iter().map(|migration| migration.name.unwrap()).collect();
    assert!(!names.is_empty());
    assert_eq!(applied, names);
}

#[tokio::test]
async fn sixteen_starters_with_a_concurrent_index() {
    let empty = empty_database().await;
    let index = "2024-01-02-000000_index_first";
    let folder = Folder::with_first()
        .with(
            index,
            "create index concurrently first_index on first (id);",
            "drop index concurrently if exists first_index;",
        )
        .with_metadata(index, "run_in_transaction = false\n")
        .with("2024-01-03-000000_third", "create table third ();", "drop table third;");
    let applied = start_sixteen(&empty.url(), &["up", "--migration-dir", folder.path().to_str().unwrap()]).await;
    assert_eq!(applied, ["2024-01-01-000000_first", index, "2024-01-03-000000_third"]);
    assert_eq!(empty.ledger().await, "20240101000000,20240102000000,20240103000000");
    assert_eq!(empty.value("select indisvalid from pg_index where indexrelid = 'first_index'::regclass").await, "true");
    migrate_folder(&empty.url(), &folder, &["redo", "--all"]).succeeded();
}

/// A runner in the middle of a migration that takes half a minute, and the migrations.
async fn start_slow(empty: &Empty) -> (Child, Folder) {
    let folder = Folder::with_first().with(
        "2024-01-02-000000_slow",
        "create table slow (id int);\nselect pg_sleep(30);\ncreate table slow_end (id int);",
        "drop table slow;",
    );
    let mut command = command(&empty.url(), &["up", "--migration-dir"]);
    let child = command.arg(folder.path()).stderr(Stdio::null()).spawn().unwrap();
    empty.wait_until(SLEEPING, &[]).await;
    (child, folder)
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test]
async fn a_killed_runner_leaves_nothing_of_its_migration() {
    let empty = empty_database().await;
    let (child, folder) = start_slow(&empty).await;
    empty.wait_until(LOCK_HELD, &[]).await;
    kill(child);

    let killed = Instant::now();
    empty.wait_until(&format!("select not ({LOCK_HELD})"), &[]).await;
    assert!(killed.elapsed() < Duration::from_secs(1), "lock held for {:?}", killed.elapsed());
    assert_eq!(empty.ledger().await, "20240101000000");
    assert!(!empty.exists("slow").await && !empty.exists("slow_end").await);

    let folder = folder.with("2024-01-02-000000_slow", "create table slow (id int);", "drop table slow;");
    migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    assert!(empty.exists("slow").await);
}

#[tokio::test]
async fn giving_up_names_the_holder_of_the_lock() {
    let empty = empty_database().await;
    let (child, folder) = start_slow(&empty).await;
    let runner = Runner::from_directory(&rcm_schema::migrations::DEFINITION, folder.path())
        .unwrap()
        .deadline(Duration::from_millis(500));
    let error = runner.run_pending(empty.database()).await.unwrap_err().to_string();
    let holder = "select pid from pg_locks where locktype = 'advisory' and granted
        and database = (select oid from pg_database where datname = current_database())";
    let pid = empty.value(holder).await;
    kill(child);
    assert!(error.contains(&format!("process {pid} (\"rcm-schema migrate\")")), "{error}");
    assert!(error.contains("schema \"public\"") && error.contains("connected since 20"), "{error}");
}

#[tokio::test]
async fn nothing_pending_needs_no_lock() {
    let empty = empty_database().await;
    let (child, _slow) = start_slow(&empty).await;
    empty.wait_until(LOCK_HELD, &[]).await;
    let runner = Runner::from_directory(&rcm_schema::migrations::DEFINITION, Folder::with_first().path())
        .unwrap()
        .deadline(Duration::ZERO);
    let report = runner.run_pending(empty.database()).await;
    kill(child);
    assert!(report.unwrap().applied.is_empty());
}

#[tokio::test]
async fn a_lock_on_one_schema_leaves_the_others_free() {
    let empty = empty_database().await;
    let (child, _slow) = start_slow(&empty).await;
    empty.execute("create schema \"Org 2\"").await;
    let url = empty.url() + "&options=-c%20search_path%3D%22Org%5C%202%22";
    let run = migrate(&url, &["up"]);
    let still_at_work = empty.value(SLEEPING).await;
    kill(child);
    run.succeeded();
    assert_eq!(still_at_work, "true");
    assert!(empty.exists("\"Org 2\".__diesel_schema_migrations").await);
    assert!(empty.exists("\"Org 2\".claims").await && !empty.exists("public.claims").await);
}

/// A table that somebody reads in an open transaction, and a migration that needs it alone.
async fn with_reader(empty: &Empty) -> (tokio_postgres::Client, Folder) {
    let folder = Folder::with_first();
    migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    let reader = empty.client().await;
    reader.batch_execute("begin; select * from first").await.unwrap();
    let up = "create table before (id int); alter table first add column note text;";
    (reader, folder.with("2024-01-02-000000_note", up, "alter table first drop column note; drop table before;"))
}

#[tokio::test]
async fn a_reader_delays_a_migration_and_is_not_blocked_by_it() {
    let empty = empty_database().await;
    let (reader, folder) = with_reader(&empty).await;
    let release = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(3)).await;
        reader.batch_execute("commit").await.unwrap();
    });
    // Others read as long as the migration tries.
    let client = empty.client().await;
    let others = tokio::spawn(async move {
        let (mut reads, mut longest) = (0, Duration::ZERO);
        while client.query("select from pg_attribute where attname = 'note'", &[]).await.unwrap().is_empty() {
            let start = Instant::now();
            client.batch_execute("select * from first").await.unwrap();
            longest = longest.max(start.elapsed());
            reads += 1;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        (reads, longest)
    });
    let start = Instant::now();
    let runner = Runner::from_directory(&rcm_schema::migrations::DEFINITION, folder.path())
        .unwrap()
        .lock_timeout(Duration::from_millis(200));
    let report = runner.run_pending(empty.database()).await.unwrap();
    assert_eq!(report.applied, ["2024-01-02-000000_note"]);
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
    migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    let index = "2024-01-02-000000_index";
    let folder = folder
        .with(index, "create index concurrently first_index on first (id);", "drop index first_index;")
        .with_metadata(index, "run_in_transaction = false");
    let writer = empty.client().await;
    writer.batch_execute("set application_name = 'night job'; begin; insert into first values (1)").await.unwrap();
    let pid: i32 = writer.query_one("select pg_backend_pid()", &[]).await.unwrap().get(0);
    let mut command = command(&empty.url(), &["up", "--migration-dir"]);
    let mut child = command.arg(folder.path()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let line = lines.find(|line| line.contains("at work")).unwrap();
    let (seconds, others) =
        line.strip_prefix(&format!(" INFO migration {index}: at work for ")).unwrap().split_once(' ').unwrap();
    assert!(seconds.parse::<u32>().unwrap() >= 10, "{line}");
    assert_eq!(others, format!("s, waiting for process {pid} (\"night job\")"));
    writer.batch_execute("commit").await.unwrap();
    assert!(child.wait().unwrap().success());
    assert!(lines.any(|line| line.contains(&format!("applied {index}"))));
}

#[tokio::test]
async fn a_concurrent_index_waits_as_long_as_it_takes() {
    let empty = empty_database().await;
    let folder = Folder::with_first();
    migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    empty.execute(&format!("alter database {} set lock_timeout = '50ms'", empty.name)).await;
    let index = "2024-01-02-000000_index";
    let folder = folder
        .with(index, "create index concurrently first_index on first (id);", "drop index first_index;")
        .with_metadata(index, "run_in_transaction = false");
    let writer = empty.client().await;
    writer.batch_execute("begin; insert into first values (1)").await.unwrap();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        writer.batch_execute("commit").await.unwrap();
    });
    let runner = Runner::from_directory(&rcm_schema::migrations::DEFINITION, folder.path()).unwrap();
    assert_eq!(runner.run_pending(empty.database()).await.unwrap().applied, [index]);
}

#[tokio::test]
async fn a_deadlock_is_tried_again() {
    let empty = empty_database().await;
    let folder = Folder::with_first();
    migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    empty.execute("create table other ()").await;
    let both = "2024-01-02-000000_both";
    let folder = folder.with(both, "lock table first; lock table other;", "select 1;");
    let runner = Runner::from_directory(&rcm_schema::migrations::DEFINITION, folder.path()).unwrap();

    // The other session never looks for deadlocks itself, so the migration is the one that is cancelled.
    let other = empty.client().await;
    other.batch_execute("set deadlock_timeout = '1min'; begin; lock table other").await.unwrap();
    let database = empty.database().clone();
    let run = tokio::spawn(async move { runner.run_pending(&database).await });
    let waiting = "select exists (select from pg_locks where not granted and relation = 'other'::regclass)";
    empty.wait_until(waiting, &[]).await;
    other.batch_execute("lock table first; commit").await.unwrap();
    assert_eq!(run.await.unwrap().unwrap().applied, [both]);
}

#[tokio::test]
async fn a_migration_that_gives_the_lock_away_gets_it_back() {
    let empty = empty_database().await;
    let (all, third) = ("2024-01-02-000000_all", "2024-01-03-000000_third");
    let held = "create table held as select count(*) from pg_locks
        where locktype = 'advisory' and pid = pg_backend_pid() and classid = 1919118707";
    let folder = Folder::with_first().with(all, "discard all", "select 1");
    let folder = folder.with_metadata(all, "run_in_transaction = false").with(third, held, "drop table held");
    migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    assert_eq!(empty.value("select count from held").await, "1");
}

#[tokio::test]
async fn a_migration_that_gives_the_lock_away_to_another_runner_is_rolled_back() {
    let empty = empty_database().await;
    let all = "2024-01-02-000000_all";
    let up = "select pg_advisory_unlock_all();\ncreate table second ();\nselect pg_sleep(1)";
    let folder = Folder::with_first().with(all, up, "select 1");
    let database = empty.database().clone();
    let runner = Runner::from_directory(&rcm_schema::migrations::DEFINITION, folder.path()).unwrap();
    let run = tokio::spawn(async move { runner.run_pending(&database).await });
    empty.wait_until(SLEEPING, &[]).await;
    let other = empty.client().await;
    let query = "select pg_try_advisory_lock(1919118707, current_schema()::regnamespace::oid::int4), pg_backend_pid()";
    let row = other.query_one(query, &[]).await.unwrap();
    assert!(row.get::<_, bool>(0));
    let error = run.await.unwrap().unwrap_err().to_string();
    let expected =
        format!("gave the migration lock away, and another runner took it: process {}", row.get::<_, i32>(1));
    assert!(error.contains(&expected) && error.contains(all), "{error}");
    assert_eq!(empty.ledger().await, "20240101000000");
    assert!(!empty.exists("second").await);
}

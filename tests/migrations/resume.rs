//! Concurrent index builds that were cut off: the next run builds the index, and leaves alone what isn't its own.

use std::process::{Child, Stdio};
use std::time::Duration;

use rcm_schema::migrations::Runner;
use tokio_postgres::Client;

use crate::support::{Empty, Folder, command, empty_database, migrate_folder};

const INDEX: &str = "2024-01-02-000000_index";
const RUNNER_WAITS: &str = "select exists (select from pg_stat_activity where datname = current_database()
    and application_name = 'rcm-schema migrate' and wait_event_type = 'Lock' and query like '%first%')";
const LOCK_IS_FREE: &str = "select not exists (select from pg_locks where locktype = 'advisory'
    and database = (select oid from pg_database where datname = current_database()))";
const IS_VALID: &str = "select indisvalid from pg_index where indexrelid = to_regclass('first_index')";

/// The table `first` and a migration that builds an index on it.
async fn with_index(empty: &Empty, unique: &str) -> Folder {
    let folder = Folder::with_first();
    migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    empty.execute("alter table first add column note text").await;
    let up = format!("create {unique} index concurrently first_index on first (note);");
    folder
        .with(INDEX, &up, "drop index concurrently if exists first_index;")
        .with_metadata(INDEX, "run_in_transaction = false\n")
}

/// A writer, for whom the build must wait.
async fn writer(empty: &Empty) -> Client {
    let writer = empty.client().await;
    writer.batch_execute("begin; insert into first values (1)").await.unwrap();
    writer
}

fn start(empty: &Empty, folder: &Folder) -> Child {
    let mut command = command(&empty.url(), &["up", "--migration-dir"]);
    command.arg(folder.path()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

#[tokio::test]
async fn an_index_that_was_cut_off_is_built_by_the_next_run() {
    let empty = empty_database().await;
    let folder = with_index(&empty, "").await;
    let end = |function: &str| {
        format!(
            "select {function}(pid) from pg_stat_activity
            where application_name = 'rcm-schema migrate' and datname = current_database()"
        )
    };
    for cut in ["kill -9", "pg_cancel_backend", "pg_terminate_backend"] {
        let writer = writer(&empty).await;
        let mut child = start(&empty, &folder);
        empty.wait_until(RUNNER_WAITS, &[]).await;
        match cut {
            "kill -9" => child.kill().unwrap(),
            function => empty.execute(&end(function)).await,
        }
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success());
        assert!(cut == "kill -9" || text.contains("run again, which drops what was built and builds"), "{text}");
        empty.wait_until(LOCK_IS_FREE, &[]).await;
        assert_eq!(empty.value(IS_VALID).await, "false");
        assert_eq!(empty.ledger().await, "20240101000000");
        writer.batch_execute("rollback").await.unwrap();

        let run = migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
        assert!(run.err.contains("dropping the invalid index first_index of table"), "{run:?}");
        assert_eq!(empty.value(IS_VALID).await, "true");
        migrate_folder(&empty.url(), &folder, &["down"]).succeeded();
    }
}

#[tokio::test]
async fn a_unique_index_is_built_once_the_duplicates_are_gone() {
    let empty = empty_database().await;
    let folder = with_index(&empty, "unique").await;
    empty.execute("insert into first values (1, 'secret'), (2, 'secret')").await;
    for _ in 0..2 {
        let run = migrate_folder(&empty.url(), &folder, &["up"]).failed_with(1);
        assert!(run.error().contains("rows of the table have equal keys; correct them and run again"), "{run:?}");
        assert!(run.error().contains("constraint first_index") && !run.err.contains("secret"), "{run:?}");
        assert_eq!(empty.ledger().await, "20240101000000");
    }
    empty.execute("update first set note = 'other' where id = 2").await;
    migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    assert_eq!(empty.value(IS_VALID).await, "true");
}

/// Leaves an invalid unique index.
async fn fail_to_build(empty: &Empty, index: &str, table: &str) {
    let sql = format!("create unique index concurrently {index} on {table}");
    empty.client().await.batch_execute(&sql).await.unwrap_err();
}

#[tokio::test]
async fn other_invalid_indexes_stay() {
    let empty = empty_database().await;
    let folder = with_index(&empty, "").await;
    empty.execute("insert into first values (1, 'a'), (2, 'a')").await;
    empty.execute("create schema other; create table other.first as select * from first").await;
    fail_to_build(&empty, "first_index", "other.first (note)").await;
    fail_to_build(&empty, "another", "first (note)").await;
    fail_to_build(&empty, "first_index", "first (note)").await;
    migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    let indexes =
        "select string_agg(concat(indexrelid::regclass, ' ', indisvalid), ', ' order by indexrelid::regclass::text)
        from pg_index where indexrelid::regclass::text ~ 'another|first_index'";
    assert_eq!(empty.value(indexes).await, "another f, first_index t, other.first_index f");
}

#[tokio::test]
async fn a_valid_index_of_that_name_stays_and_is_told() {
    let empty = empty_database().await;
    let folder = with_index(&empty, "").await;
    empty.execute("create index first_index on first (note desc)").await;
    let run = migrate_folder(&empty.url(), &folder, &["up"]).failed_with(1);
    assert!(
        run.error().contains("that index is valid and not written as this one, so it stays; drop it and run again, or"),
        "{run:?}"
    );
    // What the message advises.
    let advice = run.error().rsplit_once("done: ").unwrap().1;
    empty.execute(advice).await;
    assert_eq!(migrate_folder(&empty.url(), &folder, &["up"]).succeeded().out, "nothing to do\n");
}

#[tokio::test]
async fn an_index_that_another_session_is_building_is_waited_for() {
    let empty = empty_database().await;
    let folder = with_index(&empty, "").await;
    let writer = writer(&empty).await;
    let other = empty.client().await;
    let other = tokio::spawn(async move {
        other.batch_execute("create index concurrently first_index on first (note)").await.unwrap();
    });
    empty.wait_until("select to_regclass('first_index') is not null", &[]).await;
    let child = start(&empty, &folder);
    empty.wait_until(RUNNER_WAITS, &[]).await;
    writer.batch_execute("commit").await.unwrap();
    other.await.unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    // What it built is what the migration would build; a run that is cut off just before the ledger is written leaves the
    // same.
    assert!(output.status.success() && text.contains("built already") && !text.contains("dropping"), "{text}");
    assert_eq!(empty.ledger().await, "20240101000000,20240102000000");
    assert_eq!(empty.value(IS_VALID).await, "true");
}

#[tokio::test]
async fn outside_a_transaction_a_table_is_queued_for_no_longer_than_inside() {
    let empty = empty_database().await;
    let folder = with_index(&empty, "").await.with(INDEX, "alter table first add column more text", "select 1");
    let reader = empty.client().await;
    reader.batch_execute("begin; select * from first").await.unwrap();
    let runner = Runner::from_directory(folder.path()).unwrap().lock_timeout(Duration::from_millis(100));
    let error = runner.deadline(Duration::from_millis(500)).run_pending(empty.database()).await.unwrap_err();
    assert!(error.to_string().contains("55P03"), "{error}");
    let runner = Runner::from_directory(folder.path()).unwrap().lock_timeout(Duration::from_millis(100));
    let release = async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        reader.batch_execute("commit").await.unwrap();
    };
    let (report, ()) = tokio::join!(runner.run_pending(empty.database()), release);
    assert_eq!(report.unwrap().applied, [INDEX]);
}

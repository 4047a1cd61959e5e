//! Concurrent index builds that were cut off, and those of others.

use postgres_migrate::Runner;
use tokio::task::JoinHandle;
use tokio_postgres::error::Error as PgError;

use crate::support::{Empty, FIRST, Folder, Log, SECOND, empty_database};

const IS_VALID: &str = "select indisvalid from pg_index where indexrelid = to_regclass('first_index')";
/// A session that lost its runner lives a moment longer than the lock.
const LOCK_IS_FREE: &str = "select not exists (select from pg_stat_activity
    where application_name = 'postgres-migrate' and datname = current_database())";
const RUNNER_WAITS: &str = "select exists (select from pg_stat_activity where datname = current_database()
    and application_name = 'postgres-migrate' and wait_event_type = 'Lock' and query like '%first%')";
/// The indexes that tests made, and whether they are valid.
const INDEXES: &str =
    "select string_agg(concat(indexrelid::regclass, ' ', indisvalid), ', ' order by indexrelid::regclass::text)
    from pg_index where indexrelid > 16000 and not indisprimary";

/// The first table, and a migration that builds an index.
fn with_build(statement: &str) -> Folder {
    let first = "create table first (id int, note text);";
    Folder::new().with(FIRST, first, "drop table first;").with_outside(
        SECOND,
        statement,
        "drop index concurrently if exists first_index;",
    )
}

const BUILD: &str = "create index concurrently first_index on first (note);";
const BUILD_UNIQUE: &str = "create unique index concurrently first_index on first (note);";
const BUILD_IF_NOT_EXISTS: &str = "create index concurrently if not exists first_index on first (note);";

/// The first table alone is there.
async fn with_first(empty: &Empty) {
    let folder = with_build(BUILD);
    empty.up(&folder).await;
    folder.runner().revert(empty.database(), 1).await.unwrap();
}

/// Leaves an invalid unique index.
async fn fail_to_build(empty: &Empty, index: &str, on: &str) {
    let sql = format!("create unique index concurrently {index} on {on}");
    empty.client().await.batch_execute(&sql).await.unwrap_err();
}

/// Applies what is pending, with a log.
fn start(empty: &Empty, runner: Runner, log: &Log) -> JoinHandle<Result<(), String>> {
    let database = empty.database().clone();
    tokio::spawn(
        log.of(async move { runner.run_pending(&database).await.map(|_| ()).map_err(|error| error.to_string()) }),
    )
}

/// Another session that builds the index, and its process.
async fn build(empty: &Empty, sql: &'static str) -> (JoinHandle<Result<(), PgError>>, i32) {
    let client = empty.client().await;
    let pid = client.query_one("select pg_backend_pid()", &[]).await.unwrap().get(0);
    (tokio::spawn(async move { client.batch_execute(sql).await }), pid)
}

#[tokio::test]
async fn an_index_that_was_cut_off_is_built_by_the_next_run() {
    let empty = empty_database().await;
    let folder = with_build(BUILD);
    for cut in ["kill -9", "pg_cancel_backend", "pg_terminate_backend"] {
        with_first(&empty).await;
        let (writer, _) = empty.holder("insert into first values (1)").await;
        if cut == "kill -9" {
            let mut process = empty.start_process(&folder);
            empty.wait_until(RUNNER_WAITS).await;
            process.kill().unwrap();
            process.wait().unwrap();
        } else {
            let run = empty.start(folder.runner());
            empty.wait_until(RUNNER_WAITS).await;
            empty
                .execute(&format!(
                    "select {cut}(pid) from pg_stat_activity
                     where application_name = 'postgres-migrate' and datname = current_database()"
                ))
                .await;
            let text = run.await.unwrap().unwrap_err().to_string();
            assert!(text.contains("run again, which drops what was built and builds the index anew"), "{text}");
        }
        empty.wait_until(LOCK_IS_FREE).await;
        assert_eq!(empty.value(IS_VALID).await, "false");
        assert_eq!(empty.ledger().await, "20240101000000");
        writer.batch_execute("rollback").await.unwrap();

        let log = Log::default();
        log.of(empty.up(&folder)).await;
        assert!(
            log.text().contains("dropping the invalid index public.first_index of table public.first"),
            "{}",
            log.text()
        );
        assert_eq!(empty.value(IS_VALID).await, "true");
        folder.runner().revert(empty.database(), 2).await.unwrap();
    }
}

#[tokio::test]
async fn a_unique_index_is_built_once_the_duplicates_are_gone() {
    let empty = empty_database().await;
    with_first(&empty).await;
    empty.execute("insert into first values (1, 'secret'), (2, 'secret')").await;
    for _ in 0..2 {
        let text = empty.up_fails(&with_build(BUILD_UNIQUE)).await.to_string();
        assert!(text.contains("rows of the table have equal keys; correct them and run again"), "{text}");
        assert!(text.contains("constraint first_index") && !text.contains("secret"), "{text}");
        assert_eq!(empty.ledger().await, "20240101000000");
    }
    empty.execute("update first set note = 'other' where id = 2").await;
    empty.up(&with_build(BUILD_UNIQUE)).await;
    assert_eq!(empty.value(IS_VALID).await, "true");
}

#[tokio::test]
async fn every_leftover_of_the_schema_goes_and_those_of_other_schemas_stay() {
    let empty = empty_database().await;
    with_first(&empty).await;
    empty
        .execute(
            "insert into first values (1, 'a'), (2, 'a');
             create schema other; create table other.first as select * from first;
             create table \"T x\" as select * from first; create materialized view seen as select * from first",
        )
        .await;
    let long = "ein_sehr_langer_name_der_nach_dreiundsechzig_zeichen_abgeschnitten_wird";
    for (index, on) in [
        ("first_index", "other.first (note)"),
        ("first_index", "first (note)"),
        ("\"I \"\"1\"", "\"T x\" (note)"),
        ("IÄÖ", "\"T x\" (note)"),
        (long, "seen (note)"),
    ] {
        fail_to_build(&empty, index, on).await;
    }
    empty.up(&with_build(BUILD_IF_NOT_EXISTS)).await;
    assert_eq!(empty.value(INDEXES).await, "first_index t, other.first_index f");
}

#[tokio::test]
async fn what_is_invalid_for_another_reason_or_belongs_to_others_stays() {
    let empty = empty_database().await;
    with_first(&empty).await;
    empty
        .execute(
            "create table parts (a int) partition by list (a);
             create table part partition of parts for values in (1);
             create index parts_index on only parts (a);
             insert into part values (1), (1);
             create table theirs as table part",
        )
        .await;
    fail_to_build(&empty, "their_index", "theirs (a)").await;
    // Taken into the parent's index before it was whole.
    fail_to_build(&empty, "part_index", "part (a)").await;
    let attach =
        "create unique index parts_unique on only parts (a); alter index parts_unique attach partition part_index";
    empty.execute(attach).await;
    empty
        .with_role(async |role, database| {
            empty.execute(&format!("grant create on schema public to {role}")).await;
            for its in ["first", "parts", "part", "__diesel_schema_migrations"] {
                empty.execute(&format!("alter table {its} owner to {role}")).await;
            }
            with_build(BUILD).runner().run_pending(&database).await.unwrap();
            let invalid = "select string_agg(indexrelid::regclass::text, ', ' order by indexrelid::regclass::text)
                from pg_index where not indisvalid";
            assert_eq!(empty.value(invalid).await, "part_index, parts_index, parts_unique, their_index");
        })
        .await;
}

#[tokio::test]
async fn an_index_of_that_name_stays_and_is_told() {
    let empty = empty_database().await;
    with_first(&empty).await;
    empty.execute("create index first_index on first (note desc)").await;
    let text = empty.up_fails(&with_build(BUILD)).await.to_string();
    assert!(text.contains("42P07") && text.contains("drop it and run again; or, if it is valid and will do"), "{text}");
    // Written so, the migration takes it as it is.
    empty.up(&with_build(BUILD_IF_NOT_EXISTS)).await;
    empty.execute("delete from __diesel_schema_migrations where version = '20240102000000'").await;
    // What the message advises.
    empty.execute(text.rsplit_once("done: ").unwrap().1).await;
    assert_eq!(empty.up(&with_build(BUILD)).await, Default::default());
    assert_eq!(empty.value("select pg_get_indexdef('first_index'::regclass) ~ 'note DESC'").await, "true");
}

#[tokio::test]
async fn a_build_of_another_session_is_waited_for() {
    for relation in ["table", "materialized view"] {
        let empty = empty_database().await;
        with_first(&empty).await;
        if relation == "materialized view" {
            empty.execute("drop table first; create materialized view first as select 1 as id, text '' as note").await;
        }
        // The build waits for whoever may see rows that it doesn't.
        let (reader, _) = empty.holder("set transaction isolation level repeatable read; select 1").await;
        let (other, pid) = build(&empty, BUILD).await;
        empty.wait_until("select to_regclass('first_index') is not null").await;
        let log = Log::default();
        let run = start(&empty, with_build(BUILD_IF_NOT_EXISTS).runner(), &log);
        log.wait_for(&format!("waiting for process {pid}, which builds the index public.first_index of table")).await;
        reader.batch_execute("commit").await.unwrap();
        other.await.unwrap().unwrap();
        run.await.unwrap().unwrap();
        assert!(!log.text().contains("dropping"), "{}", log.text());
        assert_eq!(empty.value(IS_VALID).await, "true");
    }
}

#[tokio::test]
async fn a_build_of_another_session_that_fails_is_a_leftover() {
    let empty = empty_database().await;
    with_first(&empty).await;
    let (writer, _) = empty.holder("insert into first values (1, 'a'), (2, 'a')").await;
    let (other, pid) = build(&empty, BUILD_UNIQUE).await;
    empty.wait_until("select to_regclass('first_index') is not null").await;
    let log = Log::default();
    let run = start(&empty, with_build(BUILD_IF_NOT_EXISTS).runner(), &log);
    log.wait_for(&format!("waiting for process {pid}")).await;
    writer.batch_execute("commit").await.unwrap();
    other.await.unwrap().unwrap_err();
    run.await.unwrap().unwrap();
    assert!(log.text().contains("dropping the invalid index public.first_index"), "{}", log.text());
    assert_eq!(empty.value(IS_VALID).await, "true");
    assert_eq!(
        empty.value("select indisunique from pg_index where indexrelid = 'first_index'::regclass").await,
        "false"
    );
}

/// A build lets go of its table before it commits that the index is valid: an event trigger holds it in between.
#[tokio::test]
async fn a_build_that_is_about_to_commit_is_waited_for() {
    let empty = empty_database().await;
    with_first(&empty).await;
    empty
        .execute(
            "create function pause() returns event_trigger language plpgsql as 'begin
                if current_setting(''application_name'') = ''builder'' then
                    perform pg_advisory_xact_lock(1);
                end if;
             end';
             create event trigger pause on ddl_command_end when tag in ('CREATE INDEX') execute function pause()",
        )
        .await;
    let holder = empty.client().await;
    holder.batch_execute("select pg_advisory_lock(1)").await.unwrap();
    let builder = empty.client().await;
    builder.batch_execute("set application_name = 'builder'").await.unwrap();
    let other = tokio::spawn(async move { builder.batch_execute(BUILD).await });
    empty.wait_until("select exists (select from pg_locks where locktype = 'advisory' and not granted)").await;
    let lets_go = "select not exists (select from pg_locks where relation = 'first'::regclass)";
    assert_eq!(empty.value(lets_go).await, "true");
    assert_eq!(empty.value(IS_VALID).await, "false");

    let log = Log::default();
    let run = start(&empty, with_build(BUILD_IF_NOT_EXISTS).runner(), &log);
    log.wait_for("which builds the index public.first_index").await;
    holder.batch_execute("select pg_advisory_unlock(1)").await.unwrap();
    other.await.unwrap().unwrap();
    run.await.unwrap().unwrap();
    assert!(!log.text().contains("dropping"), "{}", log.text());
    assert_eq!(empty.value(IS_VALID).await, "true");
}

#[tokio::test]
async fn a_drop_that_was_not_recorded_is_done_again() {
    let empty = empty_database().await;
    empty.up(&with_build("drop index concurrently if exists gone;")).await;
    assert_eq!(empty.ledger().await, "20240101000000,20240102000000");
}

//! Concurrent index builds that were cut off: the next run builds the index, and leaves alone what isn't its own.

use std::process::{Child, Stdio};
use std::time::Duration;

use postgres_migrate::Runner;
use tokio_postgres::Client;

use crate::support::{Empty, Folder, command, empty_database, migrate_folder};

const INDEX: &str = "2024-01-02-000000_index";
const RUNNER_WAITS: &str = "select exists (select from pg_stat_activity where datname = current_database()
    and application_name = 'rcm-schema migrate' and wait_event_type = 'Lock' and query like '%first%')";
const LOCK_IS_FREE: &str = "select not exists (select from pg_locks where locktype = 'advisory'
    and database = (select oid from pg_database where datname = current_database()))";
/// The runner has looked for what a build left.
const LOOKS: &str = "select exists (select from pg_stat_activity where datname = current_database()
    and application_name = 'rcm-schema migrate' and query like '%pg_index.xmax%')";
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
        run.error()
            .contains("not written as this index, or not one of this table, so it stays; drop it and run again, or"),
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
async fn a_build_that_let_go_of_its_table_and_has_not_committed_yet_is_waited_for() {
    let empty = empty_database().await;
    let folder = with_index(&empty, "").await;
    empty.execute("create index first_index on first (note); update pg_index set indisvalid = false where indexrelid = 'first_index'::regclass").await;
    let builder = empty.client().await;
    builder
        .batch_execute("begin; update pg_index set indisvalid = true where indexrelid = 'first_index'::regclass")
        .await
        .unwrap();
    let child = start(&empty, &folder);
    empty.wait_until(LOOKS, &[]).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    builder.batch_execute("commit").await.unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && text.contains("built already") && !text.contains("dropping"), "{text}");
}

#[tokio::test]
async fn outside_a_transaction_a_table_is_queued_for_no_longer_than_inside() {
    let empty = empty_database().await;
    let folder = with_index(&empty, "").await.with(INDEX, "alter table first add column more text", "select 1");
    let reader = empty.client().await;
    reader.batch_execute("begin; select * from first").await.unwrap();
    let runner = Runner::from_directory(&rcm_schema::migrations::DEFINITION, folder.path())
        .unwrap()
        .lock_timeout(Duration::from_millis(100));
    let error = runner.deadline(Duration::from_millis(500)).run_pending(empty.database()).await.unwrap_err();
    assert!(error.to_string().contains("other sessions hold locks that it needs (process "), "{error}");
    let runner = Runner::from_directory(&rcm_schema::migrations::DEFINITION, folder.path())
        .unwrap()
        .lock_timeout(Duration::from_millis(100));
    let release = async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        reader.batch_execute("commit").await.unwrap();
    };
    let (report, ()) = tokio::join!(runner.run_pending(empty.database()), release);
    assert_eq!(report.unwrap().applied, [INDEX]);
}

/// One more migration, which is this statement alone.
fn with_build(folder: Folder, sql: &str) -> Folder {
    folder.with(INDEX, sql, "select 1").with_metadata(INDEX, "run_in_transaction = false\n")
}

const INDEXES: &str = "select string_agg(concat(indexrelid::regclass, ' ', indisvalid), ', ' order by 1)
    from (select * from pg_index where indexrelid > 16000 order by indexrelid::regclass::text collate \"C\") as own
    where not indisprimary";

/// What the statement names is `table`; an invalid index of that name is on it already.
#[tokio::test]
async fn what_was_cut_off_is_found_as_postgresql_reads_its_name_and_table() {
    const LONG: &str = "ein_sehr_langer_name_der_nach_dreiundsechzig_zeichen_abgeschnitten_wird";
    for (table, statement, index) in [
        ("o.t", "index concurrently i on o.t (a)", "o.i"),
        ("o.t", "index concurrently i on T (a)", "o.i"),
        ("o.\"T x\"", "unique index concurrently \"I \"\"1\" on o.\"T x\" (a)", "o.\"I \"\"1\""),
        ("public.t", "index concurrently IÄÖ on T (a)", "\"iÄÖ\""),
        ("public.t", &format!("index concurrently {LONG} on t (a)"), &LONG[..63]),
        ("public.t", "index concurrently i on only public.t (a)", "i"),
        ("o.t", "index concurrently if not exists i on t (a)", "o.i"),
    ] {
        let empty = empty_database().await;
        let folder = with_build(Folder::with_first(), &format!("create {statement};"));
        empty
            .execute(&format!("create schema o; create table {table} as select 1 as a from generate_series(1, 2)"))
            .await;
        let unique = format!("create unique {}", statement.trim_start_matches("unique "));
        let client = empty.client().await;
        client.batch_execute("set search_path = public, o").await.unwrap();
        client.batch_execute(&unique).await.unwrap_err();
        let shown =
            format!("select concat(indisvalid, ' ', indisunique) from pg_index where indexrelid = '{index}'::regclass");
        assert_eq!(empty.value(&shown).await, "f t", "{statement}");
        if statement.starts_with("unique") {
            empty.execute(&format!("update {table} set a = 2 where ctid = '(0,1)'")).await;
        }
        let url = empty.url() + "&options=-c%20search_path%3Dpublic,o";
        migrate_folder(&url, &folder, &["up"]).succeeded();
        let expected = if statement.starts_with("unique") { "t t" } else { "t f" };
        assert_eq!(empty.value(&shown).await, expected, "{statement}");
        assert_eq!(empty.ledger().await, "20240101000000,20240102000000");
    }
}

#[tokio::test]
async fn an_index_of_a_materialized_view_is_built_again() {
    let empty = empty_database().await;
    let folder = with_build(Folder::with_first(), "create unique index concurrently i on m (a);");
    empty.execute("create table t (a int); insert into t values (1), (1); create materialized view m as table t").await;
    for _ in 0..2 {
        let run = migrate_folder(&empty.url(), &folder, &["up"]).failed_with(1);
        assert!(run.error().contains("equal keys"), "{run:?}");
    }
    empty.execute("delete from t; refresh materialized view m").await;
    migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    assert_eq!(empty.value(INDEXES).await, "i t");
}

#[tokio::test]
async fn a_build_on_a_materialized_view_is_waited_for() {
    let empty = empty_database().await;
    let folder = with_build(Folder::with_first(), "create index concurrently i on m (a);");
    empty.execute("create materialized view m as select 1 as a").await;
    let reader = empty.client().await;
    reader.batch_execute("begin isolation level repeatable read; select 1").await.unwrap();
    let other = empty.client().await;
    let other = tokio::spawn(async move { other.batch_execute("create index concurrently i on m (a)").await.unwrap() });
    empty.wait_until("select to_regclass('i') is not null", &[]).await;
    let child = start(&empty, &folder);
    empty.wait_until(LOOKS, &[]).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    reader.batch_execute("commit").await.unwrap();
    other.await.unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && text.contains("built already") && !text.contains("dropping"), "{text}");
}

#[tokio::test]
async fn an_index_on_another_table_or_of_partitions_is_no_leftover() {
    let empty = empty_database().await;
    let folder = with_build(Folder::with_first(), "create index concurrently i on t (a);");
    empty.execute("create table t (a int); create table other as select 1 as a from generate_series(1, 2)").await;
    fail_to_build(&empty, "i", "other (a)").await;
    let run = migrate_folder(&empty.url(), &folder, &["up"]).failed_with(1);
    assert!(run.error().contains("or not one of this table, so it stays"), "{run:?}");
    assert_eq!(empty.value(INDEXES).await, "i f");

    let made = "drop table other; create table parts (a int) partition by list (a);
        create table part partition of parts for values in (1); create index i on only parts (a)";
    empty.execute("drop index i").await;
    empty.execute(made).await;
    let of_parts = with_build(Folder::with_first(), "create index concurrently i on parts (a);");
    for folder in [&folder, &of_parts] {
        migrate_folder(&empty.url(), folder, &["up"]).failed_with(1);
        assert_eq!(empty.value("select indisvalid from pg_index where indexrelid = 'i'::regclass").await, "false");
    }
}

#[tokio::test]
async fn a_migration_is_applied_only_where_its_own_index_is_there() {
    let empty = empty_database().await;
    empty
        .execute(
            "create schema o; create function o.f(int) returns int language sql immutable as 'select 1';
            create function f(int) returns int language sql immutable as 'select 1';
            create table t (a int, n numeric); create table o.t (a int)",
        )
        .await;
    for (found, statement) in [
        ("create index i on t (a) where n > 2.5", "create index concurrently i on t (a) where (n > 1.5);"),
        ("create index i on t (o.f(a))", "create index concurrently i on t (f(a));"),
        ("create index i on t (f(a))", "create index concurrently i on t (o.f(a));"),
    ] {
        let folder = with_build(Folder::with_first(), statement);
        empty.execute(found).await;
        let run = migrate_folder(&empty.url(), &folder, &["up"]).failed_with(1);
        assert!(run.error().contains("42P07"), "{run:?}");
        assert_eq!(empty.ledger().await, "20240101000000", "{statement}");
        empty.execute("drop index i").await;
    }
    empty.execute("create index i on t (a)").await;
    let folder = with_build(Folder::with_first(), "create index concurrently i on o.t (a);");
    let run = migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    assert!(!run.err.contains("built already"), "{run:?}");
    assert!(empty.exists("o.i").await);
}

#[tokio::test]
async fn a_concurrent_drop_that_was_not_recorded_is_done_again() {
    let empty = empty_database().await;
    let folder = with_build(Folder::with_first(), "drop index concurrently if exists gone;");
    migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    assert_eq!(empty.ledger().await, "20240101000000,20240102000000");
}

#[tokio::test]
async fn what_may_have_committed_a_part_is_not_done_again() {
    let empty = empty_database().await;
    let up = "do $$ begin insert into first values (1); commit; lock table first; end $$";
    let folder = with_index(&empty, "").await.with(INDEX, up, "select 1");
    empty.execute("alter table first drop constraint first_pkey").await;
    let reader = empty.client().await;
    reader.batch_execute("begin; select * from first").await.unwrap();
    let runner = Runner::from_directory(&rcm_schema::migrations::DEFINITION, folder.path())
        .unwrap()
        .lock_timeout(Duration::from_millis(100));
    let run = tokio::time::timeout(Duration::from_secs(5), runner.run_pending(empty.database()));
    let error = run.await.unwrap().unwrap_err().to_string();
    assert!(error.contains("hold locks that it needs") && error.contains("what it did until then stays"), "{error}");
    assert_eq!(empty.value("select count(*) from first").await, "1");
}

#[tokio::test]
async fn what_is_done_outside_a_transaction_is_not_done_again_because_the_ledger_is_locked() {
    let empty = empty_database().await;
    let up = "insert into first values (1)";
    let folder = with_index(&empty, "").await.with(INDEX, up, "select 1");
    empty.execute("alter table first drop constraint first_pkey").await;
    let other = empty.client().await;
    let insert = "begin; insert into __diesel_schema_migrations (version) values ('20240102000000')";
    other.batch_execute(insert).await.unwrap();
    let runner = Runner::from_directory(&rcm_schema::migrations::DEFINITION, folder.path())
        .unwrap()
        .lock_timeout(Duration::from_millis(100));
    let release = async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        other.batch_execute("rollback").await.unwrap();
    };
    let (report, ()) = tokio::join!(runner.run_pending(empty.database()), release);
    assert_eq!(report.unwrap().applied, [INDEX]);
    assert_eq!(empty.value("select count(*) from first").await, "1");
}

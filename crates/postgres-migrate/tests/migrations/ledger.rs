//! Diesel's ledger, which the Diesel CLI writes, too.

use diesel::migration::CREATE_MIGRATIONS_TABLE;
use postgres_migrate::MigrationState::{Applied, Pending, Unknown};
use postgres_migrate::{MigrationState, Status};

use crate::support::{Empty, FIRST, Folder, Log, SECOND, empty_database};

const COLUMNS: &str = "select string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull,
        pg_get_expr(adbin, adrelid), conname), ', ' order by attnum)
    from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
    left join pg_constraint on conrelid = attrelid and attnum = ANY (conkey) and contype = 'p'
    where attrelid = '__diesel_schema_migrations'::regclass and attnum > 0";
const UNKNOWN_CHECKSUMS: &str = "select count(*) from __diesel_schema_migrations where checksum is null";

#[tokio::test]
async fn the_ledger_is_the_one_of_the_diesel_cli() {
    let empty = empty_database().await;
    let folder = Folder::with_first();
    empty.up(&folder).await;
    let ours = empty.value(COLUMNS).await;
    assert!(ours.contains("run_on"));
    empty.execute(&format!("drop table __diesel_schema_migrations; {CREATE_MIGRATIONS_TABLE}")).await;
    // Ours has one column more; the CLI doesn't look at it.
    assert_eq!(empty.value(COLUMNS).await + ", checksum text f", ours);

    // A version that Diesel recorded is applied.
    empty.execute("insert into __diesel_schema_migrations (version) values ('20240101000000')").await;
    assert_eq!(empty.up(&folder).await, Default::default());
}

#[tokio::test]
async fn status_tells_applied_pending_and_unknown() {
    let empty = empty_database().await;
    let status = async |folder: &Folder| folder.runner().status(empty.database()).await.unwrap();
    let states = |status: &Status| -> Vec<(Option<String>, MigrationState)> {
        status.migrations.iter().map(|migration| (migration.name.clone(), migration.state)).collect()
    };
    let folder = Folder::with_first();
    let first = |state| (Some(FIRST.to_owned()), state);
    let none = status(&folder).await;
    assert_eq!((none.is_up_to_date(), states(&none)), (false, vec![first(Pending)]));
    assert!(!empty.exists("__diesel_schema_migrations").await);

    empty.up(&folder).await;
    let all = status(&folder).await;
    assert_eq!((all.is_up_to_date(), states(&all)), (true, vec![first(Applied)]));
    assert!(all.migrations[0].applied_at.as_ref().unwrap().starts_with("20"));

    empty.execute("insert into __diesel_schema_migrations (version) values ('99990101000000')").await;
    let folder = folder.with(SECOND, "create table second ();", "drop table second;");
    let ahead = status(&folder).await;
    assert_eq!(
        (ahead.is_up_to_date(), states(&ahead)),
        (false, vec![first(Applied), (Some(SECOND.to_owned()), Pending), (None, Unknown)])
    );
}

/// What the stock CLI leaves: its own ledger, and the first migration applied.
async fn migrated_by_the_cli(empty: &Empty, folder: &Folder) {
    empty.up(folder).await;
    let ledger = format!(
        "drop table __diesel_schema_migrations; {CREATE_MIGRATIONS_TABLE};
         insert into __diesel_schema_migrations (version) values ('20240101000000')"
    );
    empty.execute(&ledger).await;
}

#[tokio::test]
async fn what_the_diesel_cli_applied_is_adopted_at_the_next_start() {
    let empty = empty_database().await;
    let folder = Folder::with_first();
    migrated_by_the_cli(&empty, &folder).await;
    let differences = async || folder.runner().verify(empty.database()).await.unwrap().differences;
    assert_eq!(differences().await, []);

    // Nobody's start fails or writes for want of a right.
    let log = Log::default();
    let read_only = empty.with_setting("default_transaction_read_only", "on");
    log.of(folder.runner().run_pending(&read_only)).await.unwrap();
    assert_eq!(log.text(), "");

    empty.up(&folder).await;
    assert_eq!(empty.value(UNKNOWN_CHECKSUMS).await, "0");
    assert_eq!(differences().await, []);

    // The CLI reverts and runs it again: it may have been another text.
    empty.execute("update __diesel_schema_migrations set checksum = null").await;
    assert_eq!(differences().await, []);
    empty.up(&folder).await;
    assert_eq!(empty.value(UNKNOWN_CHECKSUMS).await, "0");
}

#[tokio::test]
async fn a_reader_of_the_ledger_does_not_hold_up_the_start_of_a_service() {
    let empty = empty_database().await;
    let folder = Folder::with_first();
    migrated_by_the_cli(&empty, &folder).await;
    let (reader, _) = empty.holder("select from __diesel_schema_migrations").await;
    let log = Log::default();
    log.of(empty.up(&folder)).await;
    let text = log.text();
    assert!(
        text.contains("WARN edited migrations will not be noticed") && text.contains("hold locks that it"),
        "{text}"
    );
    reader.batch_execute("rollback").await.unwrap();
    empty.up(&folder).await;
    assert_eq!(empty.value(UNKNOWN_CHECKSUMS).await, "0");
}

#[tokio::test]
async fn the_ledger_of_another_schema_does_not_count() {
    let empty = empty_database().await;
    let folder = Folder::with_first();
    empty.up(&folder).await;
    empty.execute("create schema other").await;
    let other = empty.with_setting("search_path", "other,public");
    let runner = folder.runner();
    assert!(!runner.status(&other).await.unwrap().is_up_to_date());
    runner.run_pending(&other).await.unwrap();
    assert!(runner.status(&other).await.unwrap().is_up_to_date());
    assert!(empty.exists("other.first").await);
}

#[tokio::test]
async fn a_database_ahead_of_the_binary_goes_on() {
    let empty = empty_database().await;
    let folder = Folder::with_first();
    empty.up(&folder).await;
    empty.execute("insert into __diesel_schema_migrations (version) values ('99990101000000')").await;

    let log = Log::default();
    log.of(empty.up(&folder)).await;
    assert!(log.text().contains("WARN") && log.text().contains("99990101000000"), "{}", log.text());
    let folder = folder.with(SECOND, "create table second ();", "drop table second;");
    let report = empty.up(&folder).await;
    assert_eq!(report.applied, [SECOND]);
    assert_eq!(report.unknown, ["99990101000000"]);

    // What this binary doesn't know it can't take back.
    let runner = folder.runner();
    for result in [
        runner.revert(empty.database(), 1).await,
        runner.redo(empty.database(), Some(1)).await,
        runner.reset(empty.database()).await,
    ] {
        let text = result.unwrap_err().to_string();
        assert!(text.contains("version 99990101000000") && text.contains("nothing was changed"), "{text}");
    }
    assert_eq!(empty.ledger().await, "20240101000000,20240102000000,99990101000000");
}

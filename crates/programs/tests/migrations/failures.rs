//! Migrations that are wrong: what stays, and what the message says.

use postgres_migrate::Runner;

use crate::support::{Folder, empty_database, migrate_folder};

const SECOND: &str = "2024-01-02-000000_second";

#[tokio::test]
async fn a_failing_statement_leaves_nothing_and_is_named() {
    let empty = empty_database().await;
    let folder = Folder::with_first();
    let up = "-- comment; with a semicolon\ncreate TABLE second (id int);\nALTER TABLE missing\n  ADD COLUMN a int;";
    let folder = folder.with(SECOND, up, "drop table second;");
    let run = migrate_folder(&empty.url(), &folder, &["up"]).failed_with(1);
    let start = format!("error: migration {SECOND}, up.sql, statement 2: relation \"missing\" does not exist");
    assert!(run.error().starts_with(&start), "{run:?}");
    assert!(run.error().contains("42P01") && run.error().contains("applied before it and kept: 1"), "{run:?}");
    assert_eq!(empty.ledger().await, "20240101000000");
    assert!(empty.exists("first").await && !empty.exists("second").await);

    let folder = folder.with(SECOND, "create table second (id int);", "drop table second;");
    migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    assert_eq!(empty.ledger().await, "20240101000000,20240102000000");
}

#[tokio::test]
async fn an_error_with_a_position_has_its_line() {
    let empty = empty_database().await;
    let up = "create table ééééé (id int);\n\nselect 1,\n  nothing\nfrom ééééé;";
    let folder = Folder::with_first().with(SECOND, up, "select 1;");
    let run = migrate_folder(&empty.url(), &folder, &["up"]).failed_with(1);
    assert!(run.error().contains("up.sql, statement 2, line 4: column \"nothing\" does not exist"), "{run:?}");

    // Nothing ran: there is a line and no number.
    let folder = folder.with(SECOND, "create table second (id int);\ncreate TABEL third ();", "select 1;");
    let run = migrate_folder(&empty.url(), &folder, &["up"]).failed_with(1);
    assert!(run.error().contains("up.sql, line 2: syntax error at or near \"TABEL\""), "{run:?}");
}

#[tokio::test]
async fn an_error_holds_no_value_of_a_row() {
    let empty = empty_database().await;
    for (up, expected) in [
        (
            "create table t (id int, note text, constraint t_key unique (note)); \
             insert into t values (1, 'secret'), (2, 'secret')",
            "statement 2: a row with this key exists already, table t, constraint t_key (SQLSTATE 23505)",
        ),
        (
            "create table t (note text, constraint short check (length(note) < 3)); insert into t values ('secret')",
            "statement 2: a check refused a row, table t, constraint short (SQLSTATE 23514)",
        ),
        ("select 'secret'::int", "a value is not valid for its type or function (SQLSTATE 22P02)"),
    ] {
        let folder = Folder::with_first().with(SECOND, up, "select 1;");
        let run = migrate_folder(&empty.url(), &folder, &["up"]).failed_with(1);
        assert!(run.error().contains(expected) && !run.err.contains("secret"), "{run:?}");
    }
}

#[tokio::test]
async fn a_file_that_the_server_lost_says_what_to_do() {
    let empty = empty_database().await;
    let folder = Folder::with_first().with(SECOND, "load '$libdir/plugins/missing'", "select 1;");
    let run = migrate_folder(&empty.url(), &folder, &["up"]).failed_with(1);
    let expected = "directory; a server that was upgraded while it ran must be restarted (SQLSTATE 58P01)";
    assert!(run.error().contains(expected), "{run:?}");
}

#[tokio::test]
async fn settings_of_a_migration_end_with_it() {
    let empty = empty_database().await;
    empty.execute("create schema elsewhere; grant usage on schema elsewhere to pg_monitor").await;
    let settings = "set search_path = elsewhere; set statement_timeout = 1; set role pg_monitor;";
    let folder = Folder::with_first().with(SECOND, settings, settings).with(
        "2024-01-03-000000_third",
        "create table third (); select pg_sleep(0.1);",
        "drop table third;",
    );
    migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    assert!(empty.exists("public.third").await);
    migrate_folder(&empty.url(), &folder, &["redo", "--all"]).succeeded();
    assert_eq!(empty.ledger().await, "20240101000000,20240102000000,20240103000000");
}

#[tokio::test]
async fn what_fails_outside_a_transaction_says_so() {
    let empty = empty_database().await;
    let folder = Folder::with_first().with(SECOND, "create table first ()", "select 1");
    let folder = folder.with_metadata(SECOND, "run_in_transaction = false");
    let run = migrate_folder(&empty.url(), &folder, &["up"]).failed_with(1);
    assert!(run.error().contains("42P07") && run.error().contains("what it did until then stays"), "{run:?}");
}

#[tokio::test]
async fn a_folder_that_cannot_be_meant_is_refused() {
    let empty = empty_database().await;
    let error = |folder: &Folder| {
        Runner::from_directory(&rcm_schema::migrations::DEFINITION, folder.path()).err().unwrap().to_string()
    };

    let twins = Folder::with_first().with("20240101000000_twin", "select 1", "select 1");
    let message = error(&twins);
    assert!(message.contains("2024-01-01-000000_first") && message.contains("20240101000000_twin"), "{message}");

    let silent = Folder::with_first().with_metadata("2024-01-01-000000_first", "run_in_transactoin = true");
    assert!(error(&silent).contains("metadata.toml does not say run_in_transaction"));

    for up in ["select 1; commit", "select 1;\nCOMMIT; begin"] {
        let ending = Folder::with_first().with(SECOND, up, "select 1");
        let run = migrate_folder(&empty.url(), &ending, &["up"]).failed_with(1);
        assert!(run.error().contains("it begins or ends a transaction") && run.error().contains(SECOND), "{run:?}");
    }

    let two = "create index concurrently a on first (id); create index concurrently b on first (id);";
    let two = Folder::with_first().with(SECOND, two, "select 1").with_metadata(SECOND, "run_in_transaction = false");
    assert!(error(&two).contains("a second statement in a migration that runs outside a transaction"));

    let unwritten = Folder::with_first().with(SECOND, "\n-- to be written\n", "");
    let run = migrate_folder(&empty.url(), &unwritten, &["up"]).failed_with(1);
    assert!(run.error().contains("up.sql has no statement"), "{run:?}");
    assert!(!empty.exists("first").await);

    let run = migrate_folder(&empty.url(), &Folder::new().with("nested/x", "", ""), &["up"]).failed_with(1);
    assert!(run.error().contains("migration directory"), "{run:?}");
}

#[tokio::test]
async fn a_failing_revert_says_what_was_reverted() {
    let empty = empty_database().await;
    let folder = Folder::with_first()
        .with(SECOND, "create table second ();", "drop table second; drop table missing;")
        .with("2024-01-03-000000_third", "create table third ();", "drop table third;");
    migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    for command in [&["down", "3"][..], &["redo", "--all"], &["reset"]] {
        let run = migrate_folder(&empty.url(), &folder, command).failed_with(1);
        let start = format!("error: migration {SECOND}, down.sql, statement 2: ");
        assert!(run.error().starts_with(&start), "{run:?}");
        assert!(run.error().ends_with("; reverted before it and kept: 1, the last 2024-01-03-000000_third"), "{run:?}");
        assert_eq!(empty.ledger().await, "20240101000000,20240102000000");
        assert!(empty.exists("second").await && !empty.exists("third").await);
        migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    }
}

#[tokio::test]
async fn a_migration_may_begin_with_its_isolation_level() {
    let empty = empty_database().await;
    let up = "set transaction isolation level repeatable read;
        create table level as select current_setting('transaction_isolation')";
    let folder = Folder::with_first().with(SECOND, up, "drop table level");
    migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    assert_eq!(empty.value("select current_setting from level").await, "repeatable read");
}

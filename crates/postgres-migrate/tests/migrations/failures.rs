//! Migrations that are wrong: what stays, and what the message says.

use postgres_migrate::{Error, Runner};

use crate::support::{DEFINITION, FIRST, Folder, SECOND, THIRD, empty_database};

#[tokio::test]
async fn a_failing_statement_leaves_nothing_and_is_named() {
    let empty = empty_database().await;
    let up = "-- comment; with a semicolon\ncreate TABLE second (id int);\nALTER TABLE missing\n  ADD COLUMN a int;";
    let folder = Folder::with_first().with(SECOND, up, "drop table second;");
    let error = empty.up_fails(&folder).await;
    assert_eq!(
        error.to_string(),
        format!(
            "migration {SECOND}, up.sql, statement 2, line 3: relation \"missing\" does not exist (SQLSTATE 42P01); \
             applied before it and kept: 1, the last {FIRST}"
        )
    );
    let Error::Migration(error) = error else { panic!("{error}") };
    let failed = error.statement().unwrap();
    assert_eq!((failed.migration.as_str(), failed.file, failed.number, failed.line), (SECOND, "up.sql", 2, 3));
    assert_eq!(failed.sqlstate.as_deref(), Some("42P01"));
    assert_eq!(empty.ledger().await, "20240101000000");
    assert!(empty.exists("first").await && !empty.exists("second").await);

    empty.up(&folder.with(SECOND, "create table second (id int);", "drop table second;")).await;
    assert_eq!(empty.ledger().await, "20240101000000,20240102000000");
}

#[tokio::test]
async fn an_error_has_the_line_that_postgresql_points_at() {
    let empty = empty_database().await;
    for (up, expected) in [
        (
            "create table ééééé (id int);\n\nselect 1,\n  nothing\nfrom ééééé;",
            "statement 2, line 4: column \"nothing\" does not exist",
        ),
        ("create table second ();\ncreate TABEL third ();", "statement 2, line 2: syntax error at or near \"TABEL\""),
        ("-- why\r\n\r\nselect 1\r\n  / 0;", "statement 1, line 3: division by zero (SQLSTATE 22012)"),
    ] {
        let error = empty.up_fails(&Folder::with_first().with(SECOND, up, "select 1;")).await.to_string();
        assert!(error.contains(&format!("up.sql, {expected}")), "{error}");
        assert!(!empty.exists("second").await);
    }
}

#[tokio::test]
async fn an_error_holds_no_value_of_a_row() {
    let empty = empty_database().await;
    for (up, expected) in [
        (
            "create table t (id int, note text, constraint t_key unique (note)); \
             insert into t values (1, 'secret'), (2, 'secret')",
            "statement 2, line 1: a row with this key exists already, table t, constraint t_key (SQLSTATE 23505)",
        ),
        (
            "create table t (note text, constraint short check (length(note) < 3)); insert into t values ('secret')",
            "statement 2, line 1: a check refused a row, table t, constraint short (SQLSTATE 23514)",
        ),
        ("select 'secret'::int", "a value is not valid for its type or function (SQLSTATE 22P02)"),
    ] {
        let error = empty.up_fails(&Folder::with_first().with(SECOND, up, "select 1;")).await;
        assert!(error.to_string().contains(expected), "{error}");
        assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
    }
}

#[tokio::test]
async fn settings_of_a_migration_end_with_it() {
    let empty = empty_database().await;
    empty.execute("create schema elsewhere; grant usage on schema elsewhere to pg_monitor").await;
    let settings = "set search_path = elsewhere; set statement_timeout = 1; set role pg_monitor;";
    let folder = Folder::with_first().with(SECOND, settings, settings).with(
        THIRD,
        "create table third (); select pg_sleep(0.1);",
        "drop table third;",
    );
    empty.up(&folder).await;
    assert!(empty.exists("public.third").await);
    folder.runner().redo(empty.database(), None).await.unwrap();
    assert_eq!(empty.ledger().await, "20240101000000,20240102000000,20240103000000");
}

#[tokio::test]
async fn what_fails_outside_a_transaction_says_so() {
    let empty = empty_database().await;
    let folder = Folder::with_first().with_outside(SECOND, "create table first ()", "select 1");
    let error = empty.up_fails(&folder).await.to_string();
    assert!(error.contains("42P07") && error.contains("what it did until then stays"), "{error}");
}

#[test]
fn a_folder_that_cannot_be_meant_is_refused() {
    let error = |folder: Folder| Runner::from_directory(&DEFINITION, folder.path()).err().unwrap().to_string();
    let with = |up: &str, down: &str| Folder::with_first().with(SECOND, up, down);

    let twins = error(Folder::with_first().with("20240101000000_twin", "select 1", "select 1"));
    assert!(twins.contains(FIRST) && twins.contains("20240101000000_twin"), "{twins}");
    for (folder, mistake) in [
        (with("select 1; commit", "select 1"), "it begins or ends a transaction"),
        (with("\n-- to be written\n", "select 1"), "up.sql has no statement"),
        (with("select 1", " \n"), "down.sql is missing or empty"),
        (with("select 1", "").with_metadata(SECOND, "run_in_transactoin = true"), "does not say run_in_transaction"),
        (
            Folder::with_first().with_outside(SECOND, "vacuum; vacuum", "select 1"),
            "a second statement in a migration that runs outside a transaction",
        ),
    ] {
        let text = error(folder);
        assert!(text.starts_with(&format!("migration {SECOND}: ")) && text.contains(mistake), "{text}");
    }
    let nested = error(Folder::new().with("nested/x", "select 1", "select 1"));
    assert_eq!(nested, "migration nested: up.sql is missing");
}

#[tokio::test]
async fn a_migration_may_begin_with_its_isolation_level() {
    let empty = empty_database().await;
    let up = "set transaction isolation level repeatable read;
        create table level as select current_setting('transaction_isolation')";
    empty.up(&Folder::with_first().with(SECOND, up, "drop table level")).await;
    assert_eq!(empty.value("select current_setting from level").await, "repeatable read");
}

#[tokio::test]
async fn a_file_that_the_server_lost_says_what_to_do() {
    let empty = empty_database().await;
    let folder = Folder::with_first().with(SECOND, "load '$libdir/plugins/missing'", "select 1;");
    let error = empty.up_fails(&folder).await.to_string();
    let expected = "directory; a server that was upgraded while it ran must be restarted (SQLSTATE 58P01)";
    assert!(error.contains(expected), "{error}");
}

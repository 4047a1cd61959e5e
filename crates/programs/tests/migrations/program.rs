//! The commands of `migrate`: what they print, do and exit with.

use std::fs;
use std::process::Stdio;

use crate::support::{Folder, Run, command, empty_database, migrate, migrate_folder};

const SECOND: &str = "2024-01-02-000000_second";

#[tokio::test]
async fn sixteen_starters_apply_each_migration_once() {
    let empty = empty_database().await;
    let start = |_| command(&empty.url(), &["up"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let children: Vec<_> = (0..16).map(start).collect();
    let mut applied = Vec::new();
    for child in children {
        let run = Run::from(child.wait_with_output().unwrap()).succeeded();
        let names = run.err.lines().filter_map(|line| line.split("applied ").nth(1)?.split(' ').next());
        applied.extend(names.map(String::from));
    }
    applied.sort();
    let status = rcm_schema::migrations::runner().status(empty.database()).await.unwrap();
    assert!(status.is_up_to_date());
    let names: Vec<_> = status.migrations.into_iter().map(|migration| migration.name.unwrap()).collect();
    assert!(!names.is_empty());
    assert_eq!(applied, names);
}

#[tokio::test]
async fn an_error_is_one_line_and_what_was_done_before_it_stays() {
    let empty = empty_database().await;
    let folder = Folder::with_first().with(SECOND, "create table second ();\nselect nothing", "select 1");
    let run = migrate_folder(&empty.url(), &folder, &["up"]).failed_with(1);
    assert_eq!(
        run.error(),
        format!(
            "error: migration {SECOND}, up.sql, statement 2, line 2: column \"nothing\" does not exist (SQLSTATE 42703); \
             applied before it and kept: 1, the last 2024-01-01-000000_first"
        )
    );
    assert!(run.out.is_empty() && empty.exists("first").await, "{run:?}");
    let folder = folder.with(SECOND, "select 1", "");
    for command in [&["up"][..], &["down"], &["status"]] {
        let run = migrate_folder(&empty.url(), &folder, command).failed_with(1);
        assert!(run.error().contains(&format!("{SECOND}: down.sql is missing or empty")), "{run:?}");
    }
    migrate("postgresql://nobody:hunter2@127.0.0.1:1/none", &["up"]).failed_with(1).error();
    migrate("postgresql://127.0.0.1", &["sideways"]).failed_with(2);
}

#[tokio::test]
async fn a_dry_run_says_what_would_be_locked_and_changes_nothing() {
    let empty = empty_database().await;
    let dry_run = |url: &str| migrate(url, &["up", "--dry-run"]).succeeded().out;
    let out = dry_run(&empty.url());
    assert!(out.starts_with(
        "00000000000000_diesel_initial_setup, in one transaction, which keeps its locks to its end\n  no table that is there\n"
    ));
    assert!(!empty.exists("__diesel_schema_migrations").await);

    migrate(&empty.url(), &["up"]).succeeded();
    assert_eq!(dry_run(&empty.url()), "nothing to do\n");
    empty
        .execute("delete from __diesel_schema_migrations where version = '20261122002000'; analyze coding_rules")
        .await;
    let read_only = empty.url() + "&options=-c%20default_transaction_read_only%3Don";
    let out = dry_run(&read_only);
    let (migration, tables) = out.trim_end().split_once('\n').unwrap();
    assert_eq!(
        migration,
        "2026-11-22-002000_add_reference_coding_rules, in one transaction, which keeps its locks to its end"
    );
    let rows = empty.value("select count(*) from coding_rules").await;
    let named = |table: &&str| table.starts_with(&format!("  coding_rules (about {rows} rows, "));
    let table = tables.lines().find(named).unwrap_or_else(|| panic!("{tables}"));
    assert!(table.contains("KiB): ROW EXCLUSIVE, others read and write"), "{table}");

    let folder = Folder::new().with("2024-01-01-000000_vacuum", "vacuum", "select 1");
    let folder = folder.with_metadata("2024-01-01-000000_vacuum", "run_in_transaction = false");
    let out = migrate_folder(&empty.url(), &folder, &["up", "--dry-run"]).succeeded().out;
    assert_eq!(
        out,
        "2024-01-01-000000_vacuum, outside a transaction\n  not recorded: try it on a copy of the database\n"
    );
}

/// The engine's tests have every order; this one has the schema's own table.
#[tokio::test]
async fn an_older_binary_is_refused_where_a_migration_needs_a_newer_one() {
    let empty = empty_database().await;
    migrate(&empty.url(), &["up"]).succeeded();
    empty
        .execute(
            "insert into required_versions (migration, crate_version, reason)
             values ('20991231000000', '99.0.0', 'claims.amount is claims.charge now');
             insert into __diesel_schema_migrations (version) values ('20991231000000')",
        )
        .await;
    for arguments in [&["up"][..], &["up", "--dry-run"]] {
        let run = migrate(&empty.url(), arguments).failed_with(1);
        let expected = format!(
            "error: the database needs version 99.0.0 of rcm-schema or a newer one, and this is {}: migration \
             20991231000000: claims.amount is claims.charge now",
            env!("CARGO_PKG_VERSION")
        );
        assert_eq!((run.error(), run.out.as_str()), (expected.as_str(), ""));
    }
}

#[tokio::test]
async fn status_tells_applied_pending_and_unknown() {
    let empty = empty_database().await;
    let folder = Folder::with_first();
    let status = |folder: &Folder, code: i32| {
        let run = migrate_folder(&empty.url(), folder, &["status", "--json"]).failed_with(code);
        let value: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        let state = |entry: &serde_json::Value| format!("{} {}", entry["name"], entry["state"]).replace('"', "");
        let states: Vec<_> = value["migrations"].as_array().unwrap().iter().map(state).collect();
        (value["up_to_date"].as_bool().unwrap(), states)
    };
    assert_eq!(status(&folder, 3), (false, vec![String::from("2024-01-01-000000_first pending")]));
    assert!(!empty.exists("__diesel_schema_migrations").await);

    migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    assert_eq!(status(&folder, 0), (true, vec![String::from("2024-01-01-000000_first applied")]));

    empty.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')").await;
    assert_eq!(status(&folder, 0).1, ["2024-01-01-000000_first applied", "null unknown"]);

    let folder = folder.with(SECOND, "CREATE TABLE second ();", "DROP TABLE second;");
    let states = ["2024-01-01-000000_first applied", "2024-01-02-000000_second pending", "null unknown"];
    assert_eq!(status(&folder, 3).1, states);
    let run = migrate_folder(&empty.url(), &folder, &["status"]).failed_with(3);
    let rows: Vec<_> = run.out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
    assert_eq!((rows.len(), rows[1][0], *rows[1].last().unwrap()), (4, "applied", "2024-01-01-000000_first"));
    assert_eq!(rows[2], ["pending", SECOND]);
    assert_eq!((rows[3][0], *rows[3].last().unwrap()), ("unknown", "99990101000000"));
}

#[tokio::test]
async fn down_redo_and_reset_say_what_they_did() {
    let empty = empty_database().await;
    let folder =
        Folder::with_first().with(SECOND, "create table second (a int references first);", "drop table second;");
    let migrate = |arguments: &[&str]| migrate_folder(&empty.url(), &folder, arguments);
    for command in [&["down"][..], &["redo"], &["down", "18446744073709551615"]] {
        let run = migrate(command).failed_with(1);
        assert!(run.error().contains("only 0 are applied; nothing was changed"), "{run:?}");
    }
    assert_eq!(migrate(&["redo", "--all"]).succeeded().out, "nothing to do\n");
    migrate(&["down", "0"]).failed_with(2);

    let run = migrate(&["reset"]).succeeded();
    let applied = format!("applied 2, the last {SECOND}\n");
    assert!(run.out.starts_with(&applied) && run.out.contains("cargo run --bin seed"), "{run:?}");
    assert_eq!(migrate(&["down"]).succeeded().out, format!("reverted 1, the last {SECOND}\n"));
    assert_eq!(migrate(&["up"]).succeeded().out, format!("applied 1, the last {SECOND}\n"));
    let run = migrate(&["redo"]).succeeded();
    assert_eq!(run.out, format!("reverted 1, the last {SECOND}\napplied 1, the last {SECOND}\n"));
    assert_eq!(migrate(&["down", "2"]).succeeded().out, "reverted 2, the last 2024-01-01-000000_first\n");
}

#[tokio::test]
async fn an_edited_migration_is_refused_until_somebody_says_so() {
    let empty = empty_database().await;
    let folder = Folder::with_first();
    migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    let folder =
        folder.with("2024-01-01-000000_first", "create table first (id bigint primary key);", "drop table first;");
    let run = |arguments: &[&str]| migrate_folder(&empty.url(), &folder, arguments);
    let out = run(&["status"]).succeeded().out;
    assert!(out.lines().nth(1).unwrap().starts_with("edited   20"), "{out}");
    for arguments in [&["up"][..], &["up", "--dry-run"], &["down"], &["redo"]] {
        let run = run(arguments).failed_with(1);
        assert!(
            run.error().contains("is not what was applied") && run.error().ends_with("say so: --edited"),
            "{run:?}"
        );
    }
    run(&["redo", "--edited"]).succeeded();
    assert_eq!(run(&["up"]).succeeded().out, "nothing to do\n");
}

/// `create` needs no database: this one is nowhere.
fn create(folder: &Folder, name: &str) -> Run {
    migrate_folder("postgresql://nobody@127.0.0.1:1/none", folder, &["create", name])
}

#[test]
fn create_makes_a_folder_with_two_files() {
    let folder = Folder::new();
    for _ in 0..3 {
        create(&folder, "add_note").succeeded();
    }
    let mut names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names.dedup_by_key(|name| name.to_str().unwrap()[..17].to_owned());
    assert_eq!(names.len(), 3, "no two have one version");
    for name in names {
        let shape = name.to_str().unwrap().replace(|digit: char| digit.is_ascii_digit(), "0");
        assert_eq!(shape, "0000-00-00-000000_add_note");
        for file in ["up.sql", "down.sql"] {
            assert!(fs::read_to_string(folder.path().join(&name).join(file)).unwrap().starts_with("-- "));
        }
    }
    // What is still to be written runs nowhere.
    let run = migrate_folder("postgresql://nobody@127.0.0.1:1/none", &folder, &["up"]).failed_with(1);
    assert!(run.error().contains("_add_note: up.sql has no statement"), "{run:?}");
}

#[test]
fn create_comes_after_the_newest_migration() {
    for (newest, after) in [
        ("2999-12-31-235959_x", Some("3000-01-01-000000_add_note")),
        ("29990101000000_x", Some("2999-01-01-000001_add_note")),
        // 90 seconds.
        ("2999-01-01-001390_x", Some("2999-01-01-001431_add_note")),
        ("9999-12-31-235959_x", None),
        ("99999999999999_x", None),
    ] {
        let folder = Folder::with_first().with(newest, "select 1", "select 1");
        fs::write(folder.path().join("README.md"), "").unwrap();
        match after {
            Some(after) => {
                create(&folder, "add_note").succeeded();
                assert!(folder.path().join(after).is_dir(), "{newest}");
            }
            None => {
                let run = create(&folder, "add_note").failed_with(1);
                assert!(run.error().contains("no time comes after the version"), "{run:?}");
            }
        }
    }
}

#[test]
fn create_refuses_other_names_and_places() {
    let folder = Folder::new();
    for name in ["", "Add", "add-note", "add__note", "_add", "add_", "1add", "add note", "../add", "a/b", "añadir"] {
        let run = create(&folder, name).failed_with(1);
        assert!(run.error().contains("lower snake case"), "{run:?}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);

    let mut elsewhere = command("postgresql://nobody@127.0.0.1:1/none", &["create", "add_note"]);
    let run: Run = elsewhere.current_dir(folder.path()).output().unwrap().into();
    assert!(run.failed_with(1).error().contains("no directory migrations"));
}

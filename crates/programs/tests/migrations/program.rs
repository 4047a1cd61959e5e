//! The commands of `migrate`: what they print, do and exit with.

use std::fs;

use diesel::migration::CREATE_MIGRATIONS_TABLE;

use crate::support::{Folder, command, empty_database, migrate, migrate_folder};

const COLUMNS: &str = "select string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull,
        pg_get_expr(adbin, adrelid), conname), ', ' order by attnum)
    from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
    left join pg_constraint on conrelid = attrelid and attnum = ANY (conkey) and contype = 'p'
    where attrelid = '__diesel_schema_migrations'::regclass and attnum > 0";

#[tokio::test]
async fn the_ledger_is_the_one_of_the_diesel_cli() {
    let empty = empty_database().await;
    migrate(&empty.url(), &["up"]).succeeded();
    let ours = empty.value(COLUMNS).await;
    assert!(ours.contains("run_on"));
    empty.execute(&format!("drop table __diesel_schema_migrations; {CREATE_MIGRATIONS_TABLE}")).await;
    // Ours has one column more; the CLI doesn't look at it.
    assert_eq!(empty.value(COLUMNS).await + ", checksum text f", ours);

    // A version that Diesel recorded is applied.
    let folder = Folder::with_first();
    empty.execute("insert into __diesel_schema_migrations (version) values ('20240101000000')").await;
    assert_eq!(migrate_folder(&empty.url(), &folder, &["up"]).succeeded().out, "nothing to do\n");
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

    let folder = folder.with("2024-01-02-000000_second", "CREATE TABLE second ();", "DROP TABLE second;");
    let states = ["2024-01-01-000000_first applied", "2024-01-02-000000_second pending", "null unknown"];
    assert_eq!(status(&folder, 3).1, states);
    let run = migrate_folder(&empty.url(), &folder, &["status"]).failed_with(3);
    let rows: Vec<_> = run.out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
    assert_eq!((rows.len(), rows[1][0], *rows[1].last().unwrap()), (4, "applied", "2024-01-01-000000_first"));
    assert_eq!(rows[2], ["pending", "2024-01-02-000000_second"]);
    assert_eq!((rows[3][0], *rows[3].last().unwrap()), ("unknown", "99990101000000"));
}

#[tokio::test]
async fn down_redo_and_reset_go_newest_first() {
    let empty = empty_database().await;
    // Each needs the one before it.
    let folder = Folder::with_first()
        .with("2024-01-02-000000_second", "CREATE TABLE second (a int REFERENCES first);", "DROP TABLE second;")
        .with("2024-01-03-000000_third", "CREATE VIEW third AS SELECT * FROM second;", "DROP VIEW third;");
    let migrate = |arguments: &[&str]| migrate_folder(&empty.url(), &folder, arguments);
    migrate(&["up"]).succeeded();

    let run = migrate(&["down", "4"]).failed_with(1);
    assert!(run.error().contains("only 3 are applied; nothing was changed"), "{run:?}");
    migrate(&["down", "0"]).failed_with(2);
    assert_eq!(empty.ledger().await, "20240101000000,20240102000000,20240103000000");

    assert_eq!(migrate(&["down"]).succeeded().out, "reverted 1, the last 2024-01-03-000000_third\n");
    assert_eq!(migrate(&["down", "2"]).succeeded().out, "reverted 2, the last 2024-01-01-000000_first\n");
    assert_eq!(empty.ledger().await, "");
    assert_eq!(migrate(&["redo", "--all"]).succeeded().out, "nothing to do\n");
    migrate(&["redo"]).failed_with(1);

    let run = migrate(&["reset"]).succeeded();
    let applied = "applied 3, the last 2024-01-03-000000_third\n";
    assert!(run.out.starts_with(applied) && run.out.contains("cargo run --bin seed"), "{run:?}");
    empty.execute("INSERT INTO first VALUES (1)").await;
    // Redo brings back what it took, and nothing that is pending besides.
    migrate(&["down"]).succeeded();
    let reverted = "reverted 1, the last 2024-01-02-000000_second\n";
    let run = migrate(&["redo"]).succeeded();
    assert_eq!(run.out, format!("{reverted}applied 1, the last 2024-01-02-000000_second\n"));
    assert_eq!(empty.ledger().await, "20240101000000,20240102000000");
    assert_eq!(empty.value("SELECT count(*) FROM first").await, "1");
    migrate(&["reset"]).succeeded();
    assert_eq!(empty.value("SELECT count(*) FROM first").await, "0");
    assert!(empty.exists("third").await);
}

#[tokio::test]
async fn a_migration_without_down_is_not_applied() {
    let empty = empty_database().await;
    let folder = Folder::with_first().with("2024-01-02-000000_second", "CREATE TABLE second ();", " \n");
    for command in [&["up"][..], &["down"], &["status"]] {
        let run = migrate_folder(&empty.url(), &folder, command).failed_with(1);
        assert!(run.error().contains("2024-01-02-000000_second: down.sql is missing or empty"), "{run:?}");
    }
    assert!(!empty.exists("first").await);
    // That there is nothing to undo must be said.
    let folder = folder.with("2024-01-02-000000_second", "comment on table first is 'x'", "-- nothing to undo");
    migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    migrate_folder(&empty.url(), &folder, &["down"]).succeeded();
}

#[tokio::test]
async fn down_where_nothing_is_applied_changes_nothing() {
    let empty = empty_database().await;
    for command in [&["down"][..], &["redo"], &["down", "18446744073709551615"]] {
        let run = migrate(&empty.url(), command).failed_with(1);
        assert!(run.error().contains("only 0 are applied; nothing was changed"), "{run:?}");
    }
    assert!(!empty.exists("__diesel_schema_migrations").await);
}

/// `create` needs no database: this one is nowhere.
fn create(folder: &Folder, name: &str) -> crate::support::Run {
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
    let run: crate::support::Run = elsewhere.current_dir(folder.path()).output().unwrap().into();
    assert!(run.failed_with(1).error().contains("no directory migrations"));
}

#[test]
fn an_unreachable_database_ends_with_one_line() {
    migrate("postgresql://nobody:hunter2@127.0.0.1:1/none", &["up"]).failed_with(1).error();
    migrate("postgresql://127.0.0.1", &["sideways"]).failed_with(2);
}

//! Binaries of two versions on one database, in every order: two sets of migrations act as the older and the newer one.

use std::process::Stdio;

use postgres_migrate::Runner;

use crate::support::{Empty, Folder, Run, command, empty_database, migrate_folder};

const TABLE: &str = "2024-01-01-100000_required";
const NEW: &str = "2024-01-03-000000_new";
const UP: &str = include_str!("../../../../migrations/2026-11-22-000320_create_required_versions/up.sql");
const DOWN: &str = include_str!("../../../../migrations/2026-11-22-000320_create_required_versions/down.sql");

fn older() -> Folder {
    Folder::with_first().with(TABLE, UP, DOWN)
}

/// The same with one migration more, which wants this version of the crate.
fn newer(version: &str) -> Folder {
    older().with(
        NEW,
        &format!(
            "alter table first rename column id to number;
             insert into required_versions (migration, crate_version, reason)
             values ('20240103000000', '{version}', 'first.id is first.number now');"
        ),
        "delete from required_versions where migration = '20240103000000';
         alter table first rename column number to id;",
    )
}

fn assert_refused(run: Run) {
    let run = run.failed_with(1);
    let expected = format!(
        "error: the database needs version 99.0.0 of rcm-schema or a newer one, and this is {}: migration \
         20240103000000: first.id is first.number now",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(run.error(), expected);
    assert!(run.out.is_empty(), "{run:?}");
}

#[tokio::test]
async fn an_older_binary_is_refused_where_a_migration_needs_a_newer_one() {
    let empty = empty_database().await;
    let (older, newer) = (older(), newer("99.0.0"));
    // The older one first, then the newer, then both again.
    migrate_folder(&empty.url(), &older, &["up"]).succeeded();
    migrate_folder(&empty.url(), &newer, &["up"]).succeeded();
    assert_refused(migrate_folder(&empty.url(), &older, &["up"]));
    assert_refused(migrate_folder(&empty.url(), &older, &["up", "--dry-run"]));
    migrate_folder(&empty.url(), &newer, &["up"]).succeeded();

    // Also with something pending, which it doesn't do then.
    let older = older.with("2024-01-02-000000_own", "create table own ();", "drop table own;");
    assert_refused(migrate_folder(&empty.url(), &older, &["up"]));
    assert!(!empty.exists("own").await);

    migrate_folder(&empty.url(), &newer, &["down"]).succeeded();
    migrate_folder(&empty.url(), &older, &["up"]).succeeded();
}

#[tokio::test]
async fn an_older_binary_of_the_needed_version_starts() {
    for version in [env!("CARGO_PKG_VERSION"), "0.0.9"] {
        let empty = empty_database().await;
        migrate_folder(&empty.url(), &newer(version), &["up"]).succeeded();
        let report = Runner::from_directory(&rcm_schema::migrations::DEFINITION, older().path())
            .unwrap()
            .run_pending(empty.database())
            .await
            .unwrap();
        assert_eq!(report.unknown, ["20240103000000"]);
    }
}

#[tokio::test]
async fn without_the_right_to_read_what_is_needed_nothing_starts() {
    let empty = empty_database().await;
    migrate_folder(&empty.url(), &newer("99.0.0"), &["up"]).succeeded();
    empty.execute("grant select on __diesel_schema_migrations to pg_monitor").await;
    let url = empty.url() + "&options=-c%20role%3Dpg_monitor";
    migrate_folder(&url, &newer("99.0.0"), &["up"]).succeeded();
    let run = migrate_folder(&url, &older(), &["up"]).failed_with(1);
    assert!(run.error().contains("which version of rcm-schema the database needs: permission denied"), "{run:?}");
}

#[tokio::test]
async fn an_older_binary_that_waited_for_a_newer_one_is_refused() {
    let empty = empty_database().await;
    let older = older();
    migrate_folder(&empty.url(), &older, &["up"]).succeeded();
    let older = older.with("2024-01-02-000000_own", "create table own ();", "drop table own;");
    let newer = newer("99.0.0");
    let start = |folder: &Folder| {
        let mut command = command(&empty.url(), &["up", "--migration-dir"]);
        command.arg(folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    // The newer one is kept from its first migration until the older one waits for it.
    let reader = empty.client().await;
    reader.batch_execute("begin; select * from first").await.unwrap();
    let newer = start(&newer);
    let blocked = "select exists (select from pg_locks where not granted
        and database = (select oid from pg_database where datname = current_database()))";
    empty.wait_until(blocked, &[]).await;
    let older = start(&older);
    let waits = "select count(*) = 2 from pg_stat_activity
        where datname = current_database() and application_name = 'rcm-schema migrate'";
    empty.wait_until(waits, &[]).await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    reader.batch_execute("commit").await.unwrap();
    assert_refused(Run::from(older.wait_with_output().unwrap()));
    Run::from(newer.wait_with_output().unwrap()).succeeded();
    assert!(!empty.exists("own").await);
}

/// Eight replicas of each at once.
async fn start_both(empty: &Empty, older: &Folder, newer: &Folder) -> (Vec<Run>, Vec<Run>) {
    let start = |folder: &Folder| {
        let mut command = command(&empty.url(), &["up", "--migration-dir"]);
        command.arg(folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<_> = (0..8).flat_map(|_| [start(older), start(newer)]).collect();
    let mut runs = (Vec::new(), Vec::new());
    for (index, child) in children.into_iter().enumerate() {
        let run = Run::from(child.wait_with_output().unwrap());
        if index % 2 == 0 { runs.0.push(run) } else { runs.1.push(run) }
    }
    runs
}

#[tokio::test]
async fn replicas_of_both_versions_start_at_once() {
    for version in ["0.0.1", "99.0.0"] {
        let empty = empty_database().await;
        let (older, newer) = start_both(&empty, &older(), &newer(version)).await;
        newer.into_iter().for_each(|run| _ = run.succeeded());
        for run in older {
            match run.code {
                Some(0) => {}
                _ if version == "99.0.0" => assert_refused(run),
                _ => panic!("{run:?}"),
            }
        }
        assert_eq!(empty.ledger().await, "20240101000000,20240101100000,20240103000000");
    }
}

//! Binaries of two versions on one database, in every order: two sets of migrations act as the older and the newer one.

use futures_util::future::join_all;
use postgres_migrate::{Error, Report, Result};

use crate::support::{Folder, QUEUED, SECOND, THIRD, empty_database};

const TABLE: &str = "2024-01-01-100000_required";

fn older() -> Folder {
    let up = "create table required_versions (migration text primary key, crate_version text, reason text)";
    Folder::with_first().with(TABLE, up, "drop table required_versions")
}

/// The same with one migration more, which wants this version of the crate.
fn newer(version: &str) -> Folder {
    older().with(
        THIRD,
        &format!(
            "alter table first rename column id to number;
             insert into required_versions (migration, crate_version, reason)
             values ('20240103000000', '{version}', 'first.id is first.number now');"
        ),
        "delete from required_versions where migration = '20240103000000';
         alter table first rename column number to id;",
    )
}

/// The older one with a migration of its own.
fn older_with_own() -> Folder {
    older().with(SECOND, "create table own ();", "drop table own;")
}

fn assert_refused(error: &Error) {
    let expected = "the database needs version 99.0.0 of books or a newer one, and this is 1.2.0: migration 20240103000000: \
                    first.id is first.number now";
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn an_older_binary_is_refused_where_a_migration_needs_a_newer_one() {
    let empty = empty_database().await;
    let (older, newer) = (older(), newer("99.0.0"));
    // The older one first, then the newer, then both again.
    empty.up(&older).await;
    empty.up(&newer).await;
    assert_refused(&empty.up_fails(&older).await);
    assert_refused(&older.runner().plan(empty.database()).await.unwrap_err());
    empty.up(&newer).await;

    // Also with something pending, which it doesn't do then.
    assert_refused(&empty.up_fails(&older_with_own()).await);
    assert!(!empty.exists("own").await);

    newer.runner().revert(empty.database(), 1).await.unwrap();
    empty.up(&older).await;
}

#[tokio::test]
async fn an_older_binary_of_the_needed_version_starts() {
    for version in ["1.2.0", "1.1.9"] {
        let empty = empty_database().await;
        empty.up(&newer(version)).await;
        assert_eq!(empty.up(&older()).await.unknown, ["20240103000000"]);
    }
}

#[tokio::test]
async fn without_the_right_to_read_what_is_needed_nothing_starts() {
    let empty = empty_database().await;
    empty.up(&newer("99.0.0")).await;
    empty
        .with_role(async |role, database| {
            empty.execute(&format!("grant select on __diesel_schema_migrations to {role}")).await;
            newer("99.0.0").runner().run_pending(&database).await.unwrap();
            let text = older().runner().run_pending(&database).await.unwrap_err().to_string();
            assert!(
                text.starts_with("cannot read which version of books the database needs: permission denied"),
                "{text}"
            );
        })
        .await;
}

#[tokio::test]
async fn an_older_binary_that_waited_for_a_newer_one_is_refused() {
    let empty = empty_database().await;
    empty.up(&older()).await;
    // The newer one is kept from its first migration until the older one waits for it.
    let (reader, _) = empty.holder("select * from first").await;
    let newer = empty.start(newer("99.0.0").runner());
    empty.wait_until(QUEUED).await;
    let older = empty.start(older_with_own().runner());
    // It has asked for the migration lock in vain.
    let waits = "select exists (select from pg_stat_activity where datname = current_database()
        and application_name = 'postgres-migrate' and query = 'rollback' and state = 'idle')";
    empty.wait_until(waits).await;
    reader.batch_execute("commit").await.unwrap();
    assert_refused(&older.await.unwrap().unwrap_err());
    newer.await.unwrap().unwrap();
    assert!(!empty.exists("own").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_of_both_versions_start_at_once() {
    for version in ["0.0.1", "99.0.0"] {
        let empty = empty_database().await;
        let (older, newer) = (older(), newer(version));
        let start = |folder: &Folder| empty.start(folder.runner());
        let both = join_all((0..8).map(|_| async { tokio::join!(start(&older), start(&newer)) })).await;
        for (older, newer) in both {
            let (older, newer): (Result<Report>, _) = (older.unwrap(), newer.unwrap());
            newer.unwrap();
            match older {
                Ok(_) => {}
                Err(error) if version == "99.0.0" => assert_refused(&error),
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(empty.ledger().await, "20240101000000,20240101100000,20240103000000");
    }
}

//! Roles with few rights, databases ahead, search paths.

use postgres_migrate::{Database, Runner};
use rcm_schema::migrations::run_pending;
use uuid::Uuid;

use crate::support::{Empty, Folder, PASSWORD, empty_database, migrate, migrate_folder};

/// A role that may log in and nothing else; dropped at the end of the test.
async fn with_role(empty: &Empty, test: impl AsyncFnOnce(&str)) {
    let role = format!("role_{}", Uuid::now_v7().simple());
    empty
        .execute(&format!("create role {role} login password '{PASSWORD}'; revoke create on schema public from public"))
        .await;
    test(&role).await;
    empty.execute(&format!("drop owned by {role}; drop role {role}")).await;
}

#[tokio::test]
async fn a_read_only_role_starts_when_nothing_is_pending() {
    let empty = empty_database().await;
    migrate(&empty.url(), &["up"]).succeeded();
    with_role(&empty, async |role| {
        empty.execute(&format!("grant select on __diesel_schema_migrations to {role}")).await;
        let url = empty.url_as(role) + "&options=-c%20default_transaction_read_only%3Don";
        let database = Database::from_url(&url).unwrap();
        assert_eq!(run_pending(&database).await.unwrap(), Default::default());
        migrate(&url, &["status"]).succeeded();
    })
    .await;
}

#[tokio::test]
async fn a_role_without_create_is_told_so() {
    let empty = empty_database().await;
    with_role(&empty, async |role| {
        let run = migrate(&empty.url_as(role), &["up"]).failed_with(1);
        let expected = format!("role \"{role}\" may not create tables in schema \"public\" of database");
        assert!(run.error().contains(&expected) && run.error().contains("pending"), "{run:?}");
    })
    .await;
    assert!(!empty.exists("__diesel_schema_migrations").await);
}

#[tokio::test]
async fn the_limits_of_a_role_do_not_end_a_migration() {
    let empty = empty_database().await;
    with_role(&empty, async |role| {
        let limits =
            ["statement_timeout", "lock_timeout", "idle_session_timeout", "idle_in_transaction_session_timeout"];
        for limit in limits {
            empty.execute(&format!("alter role {role} set {limit} = '300ms'")).await;
        }
        let has_more = "select exists (select from pg_settings where name = 'transaction_timeout')";
        if empty.value(has_more).await == "true" {
            empty.execute(&format!("alter role {role} set transaction_timeout = '300ms'")).await;
        }
        empty.execute(&format!("grant create on schema public to {role}")).await;
        let database = Database::from_url(&empty.url_as(role)).unwrap();
        // The second finds the limits again that a migration may bring back.
        let folder = Folder::with_first()
            .with("2024-01-02-000000_slow", "select pg_sleep(0.6); reset all; select 1;", "select pg_sleep(0.6);")
            .with("2024-01-03-000000_slow", "select pg_sleep(0.6);", "select pg_sleep(0.6);");
        let runner = Runner::from_directory(&rcm_schema::migrations::DEFINITION, folder.path()).unwrap();
        assert_eq!(runner.run_pending(&database).await.unwrap().applied.len(), 3);
        // A reader makes it pause, longer than an idle session may.
        let folder = folder.with("2024-01-04-000000_note", "alter table first add column note text;", "select 1");
        let reader = empty.client().await;
        reader.batch_execute("begin; select * from first").await.unwrap();
        let runner = Runner::from_directory(&rcm_schema::migrations::DEFINITION, folder.path())
            .unwrap()
            .lock_timeout(std::time::Duration::from_millis(20));
        let release = async {
            tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
            reader.batch_execute("commit").await.unwrap();
        };
        let (report, ()) = tokio::join!(runner.run_pending(&database), release);
        assert_eq!(report.unwrap().applied, ["2024-01-04-000000_note"]);
    })
    .await;
}

#[tokio::test]
async fn the_isolation_level_of_a_role_is_not_that_of_a_migration() {
    let empty = empty_database().await;
    let (inside, outside) = ("2024-01-01-000000_inside", "2024-01-02-000000_outside");
    let note = |table: &str| format!("create table {table} as select current_setting('transaction_isolation')");
    let folder = Folder::new().with(inside, &note("inside"), "-- stays").with(outside, &note("outside"), "-- stays");
    let folder = folder.with_metadata(outside, "run_in_transaction = false");
    let url = empty.url() + "&options=-c%20default_transaction_isolation%3Dserializable";
    migrate_folder(&url, &folder, &["up"]).succeeded();
    for table in ["inside", "outside"] {
        assert_eq!(empty.value(&format!("select current_setting from {table}")).await, "read committed", "{table}");
    }
}

#[tokio::test]
async fn a_session_that_may_only_read_is_told_so() {
    let empty = empty_database().await;
    let folder = Folder::with_first();
    let url = empty.url() + "&options=-c%20default_transaction_read_only%3Don";
    let expected = "error: this session may only read: somebody set default_transaction_read_only";
    let run = migrate_folder(&url, &folder, &["up"]).failed_with(1);
    assert!(run.error().starts_with(expected) && run.error().ends_with("nothing was changed"), "{run:?}");
    migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    let run = migrate_folder(&url, &folder, &["down"]).failed_with(1);
    assert!(run.error().starts_with(expected), "{run:?}");
}

#[tokio::test]
async fn a_runner_that_is_stopped_does_not_keep_its_locks_for_ever() {
    let empty = empty_database().await;
    let limits = "create table limits as select current_setting('idle_in_transaction_session_timeout') as transaction,
        current_setting('idle_session_timeout') as session";
    let folder = Folder::with_first().with("2024-01-02-000000_limits", limits, "drop table limits");
    migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    assert_eq!(empty.value("select concat(transaction, ' ', session) from limits").await, "1min 1min");
}

#[tokio::test]
async fn a_role_that_cannot_read_the_ledger_is_told_so() {
    let empty = empty_database().await;
    migrate(&empty.url(), &["up"]).succeeded();
    with_role(&empty, async |role| {
        let run = migrate(&empty.url_as(role), &["up"]).failed_with(1);
        assert!(run.error().contains("ledger") && run.error().contains("permission denied"), "{run:?}");
    })
    .await;
}

#[tokio::test]
async fn a_search_path_without_a_schema_is_refused() {
    let empty = empty_database().await;
    let url = empty.url() + "&options=-c%20search_path%3Dnowhere";
    let run = migrate(&url, &["up"]).failed_with(1);
    assert!(run.error().contains("no schema of the search_path exists"), "{run:?}");
}

#[tokio::test]
async fn the_ledger_of_another_schema_does_not_count() {
    let empty = empty_database().await;
    migrate(&empty.url(), &["up"]).succeeded();
    empty.execute("create schema other").await;
    let url = empty.url() + "&options=-c%20search_path%3Dother%2Cpublic";
    migrate(&url, &["status"]).failed_with(3);
    migrate(&url, &["up"]).succeeded();
    migrate(&url, &["status"]).succeeded();
    assert!(empty.exists("other.claims").await);
}

#[tokio::test]
async fn a_database_ahead_of_the_binary_goes_on() {
    let empty = empty_database().await;
    let folder = Folder::with_first();
    migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    empty.execute("insert into __diesel_schema_migrations (version) values ('99990101000000')").await;

    let run = migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    assert!(run.err.contains("WARN") && run.err.contains("99990101000000"), "{run:?}");
    let folder = folder.with("2024-01-02-000000_second", "create table second ();", "drop table second;");
    let report = Runner::from_directory(&rcm_schema::migrations::DEFINITION, folder.path())
        .unwrap()
        .run_pending(empty.database())
        .await
        .unwrap();
    assert_eq!(report.applied, ["2024-01-02-000000_second"]);
    assert_eq!(report.unknown, ["99990101000000"]);

    // What this binary doesn't know it can't take back.
    for command in [&["down"][..], &["redo"], &["reset"]] {
        let run = migrate_folder(&empty.url(), &folder, command).failed_with(1);
        assert!(
            run.error().contains("version 99990101000000") && run.error().contains("nothing was changed"),
            "{run:?}"
        );
    }
    assert_eq!(empty.ledger().await, "20240101000000,20240102000000,99990101000000");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_may_spawn_it_on_any_runtime() {
    let empty = empty_database().await;
    let database = empty.database().clone();
    let report = tokio::spawn(async move { run_pending(&database).await }).await.unwrap().unwrap();
    assert!(!report.applied.is_empty());
}

//! `migrate verify` and `Runner::verify`: what each finding takes, and whom they serve.

use std::{fs, time::Duration};

use diesel::migration::CREATE_MIGRATIONS_TABLE;
use postgres_migrate::Difference;
use postgres_migrate::Runner;
use postgres_migrate::Verification;
use rcm_schema::Database;
use rcm_schema::migrations::run_pending;
use rcm_schema::migrations::verify;
use uuid::Uuid;

use crate::support::{Empty, Folder, PASSWORD, empty_database, migrate, migrate_folder};

async fn verify_folder(empty: &Empty, folder: &Folder) -> Verification {
    Runner::from_directory(&rcm_schema::migrations::DEFINITION, folder.path())
        .unwrap()
        .verify(empty.database())
        .await
        .unwrap()
}

fn pending(migration: &str) -> Difference {
    Difference::Pending { migration: String::from(migration) }
}

fn edited(migration: &str) -> Difference {
    Difference::Edited { migration: String::from(migration) }
}

#[tokio::test]
async fn a_migrated_database_is_as_expected() {
    let empty = empty_database().await;
    migrate(&empty.url(), &["up"]).succeeded();
    assert_eq!(migrate(&empty.url(), &["verify"]).succeeded().out, "everything is as expected\n");
    let run = migrate(&empty.url(), &["verify", "--json"]).succeeded();
    let value: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((value["as_expected"].as_bool(), value["findings"].as_array().unwrap().len()), (Some(true), 0));
}

#[tokio::test]
async fn an_empty_database_lacks_every_migration_and_stays_empty() {
    let empty = empty_database().await;
    let run = migrate(&empty.url(), &["verify"]).failed_with(3);
    assert!(run.out.starts_with("pending: 00000000000000_diesel_initial_setup\n"), "{run:?}");
    assert!(
        run.out.ends_with("drift was not looked for: other migrations are applied than this binary has\n"),
        "{run:?}"
    );
    assert_eq!(empty.value("select count(*) from pg_class where relnamespace = 'public'::regnamespace").await, "0");
}

#[tokio::test]
async fn an_object_that_differs_is_named_and_shown() {
    let empty = empty_database().await;
    migrate(&empty.url(), &["up"]).succeeded();
    empty
        .execute(
            "alter table denial_transactions disable trigger keep_denial_totals;
             alter table claims alter column status set default 'submitted';
             drop index claims_by_status;
             create table forgotten ()",
        )
        .await;
    let run = migrate(&empty.url(), &["verify"]).failed_with(10);
    let lines: Vec<&str> = run.out.lines().collect();
    assert_eq!(
        lines[..4],
        [
            "drift: column claims.status is altered; expected \"text not null default 'pending'::text\", \
             found \"text not null default 'submitted'::text\"",
            "drift: comment on index claims_by_status is missing",
            "drift: index claims_by_status is missing",
            "drift: unexpected object: table forgotten",
        ]
    );
    assert!(lines[4].starts_with("drift: trigger keep_denial_totals on denial_transactions is altered;"), "{run:?}");
    assert!(lines[4].ends_with("EXECUTE FUNCTION keep_denial_totals(), disabled\"") && lines.len() == 5, "{run:?}");

    let run = migrate(&empty.url(), &["verify", "--json"]).failed_with(10);
    let value: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let missing = serde_json::json!({
        "kind": "drift",
        "object": "index claims_by_status",
        "expected": "CREATE INDEX claims_by_status ON claims USING btree (status, service_from DESC, id DESC)",
        "found": null,
    });
    assert_eq!((&value["as_expected"], &value["findings"][2]), (&serde_json::json!(false), &missing));
}

#[tokio::test]
async fn what_belongs_to_an_extension_is_no_drift() {
    let empty = empty_database().await;
    migrate(&empty.url(), &["up"]).succeeded();
    // Every PostgreSQL has this one; its function moves into the schema as those of other extensions do.
    empty.execute("create table mine (); alter extension plpgsql add table mine").await;
    let verification = verify(empty.database()).await.unwrap();
    assert!(verification.is_as_expected(), "{verification:?}");
}

#[tokio::test]
async fn pending_out_of_order_and_unknown_are_told_apart() {
    let empty = empty_database().await;
    let folder = Folder::with_first();
    migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    let run = migrate_folder(&empty.url(), &folder, &["verify"]).failed_with(6);
    assert_eq!(run.out, "drift was not looked for: these are not the migrations that are compiled in\n");

    let folder = folder.with("2024-01-02-000000_second", "create table second ();", "drop table second;");
    assert_eq!(verify_folder(&empty, &folder).await.differences, [pending("2024-01-02-000000_second")]);
    migrate_folder(&empty.url(), &folder, &["verify"]).failed_with(3);

    empty.execute("insert into __diesel_schema_migrations (version) values ('20240103000000')").await;
    let late = Difference::OutOfOrder {
        migration: String::from("2024-01-02-000000_second"),
        after: String::from("20240103000000"),
    };
    let unknown = Difference::Unknown { version: String::from("20240103000000") };
    assert_eq!(verify_folder(&empty, &folder).await.differences, [late, unknown]);
    migrate_folder(&empty.url(), &folder, &["verify"]).failed_with(8);

    migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    migrate_folder(&empty.url(), &folder, &["verify"]).failed_with(7);
}

#[tokio::test]
async fn an_edited_migration_is_noticed_but_not_other_line_ends() {
    let empty = empty_database().await;
    let up = "create table second (\n    id int\n);\n";
    let name = "2024-01-02-000000_second";
    let folder = Folder::with_first().with(name, up, "drop table second;");
    migrate_folder(&empty.url(), &folder, &["up"]).succeeded();

    let folder = folder.with(name, &up.replace('\n', "\r\n"), "drop table second cascade;");
    assert_eq!(verify_folder(&empty, &folder).await.differences, []);

    let folder = folder.with(name, &up.replace("int", "bigint"), "drop table second;");
    assert_eq!(verify_folder(&empty, &folder).await.differences, [edited(name)]);
    migrate_folder(&empty.url(), &folder, &["verify"]).failed_with(9);
    migrate_folder(&empty.url(), &folder, &["redo"]).succeeded();
    assert_eq!(verify_folder(&empty, &folder).await.differences, []);
}

/// What the stock CLI leaves: its own ledger, and the migrations applied.
async fn migrated_by_the_cli(empty: &Empty) {
    migrate(&empty.url(), &["up"]).succeeded();
    empty
        .execute(&format!(
            "create temp table versions as select version from __diesel_schema_migrations;
             drop table __diesel_schema_migrations;
             {CREATE_MIGRATIONS_TABLE};
             insert into __diesel_schema_migrations (version) table versions"
        ))
        .await;
}

const UNKNOWN_CHECKSUMS: &str = "select count(*) from __diesel_schema_migrations where checksum is null";

#[tokio::test]
async fn a_database_of_the_diesel_cli_is_as_expected_and_adopted_at_the_next_start() {
    let empty = empty_database().await;
    migrated_by_the_cli(&empty).await;
    assert!(verify(empty.database()).await.unwrap().is_as_expected());

    // Nobody's start fails or writes for want of a right.
    let read_only = empty.url() + "&options=-c%20default_transaction_read_only%3Don";
    assert_eq!(migrate(&read_only, &["up"]).succeeded().err, "");

    run_pending(empty.database()).await.unwrap();
    assert_eq!(empty.value(UNKNOWN_CHECKSUMS).await, "0");
    assert!(verify(empty.database()).await.unwrap().is_as_expected());

    // The CLI reverts and runs one again: it may have been another text.
    empty
        .execute(
            "delete from __diesel_schema_migrations where version = '20261122002000';
             insert into __diesel_schema_migrations (version) values ('20261122002000')",
        )
        .await;
    assert!(verify(empty.database()).await.unwrap().is_as_expected());
    run_pending(empty.database()).await.unwrap();
    assert_eq!(empty.value(UNKNOWN_CHECKSUMS).await, "0");

    empty.execute("update __diesel_schema_migrations set checksum = 'other' where version = '20261122002000'").await;
    let findings = verify(empty.database()).await.unwrap().differences;
    assert_eq!(findings, [edited("2026-11-22-002000_add_reference_coding_rules")]);
}

#[tokio::test]
async fn a_reader_of_the_ledger_does_not_hold_up_the_start_of_a_service() {
    let empty = empty_database().await;
    migrated_by_the_cli(&empty).await;
    let client = empty.client().await;
    client.batch_execute("begin; select from __diesel_schema_migrations").await.unwrap();
    let run = migrate(&empty.url(), &["up"]).succeeded();
    assert!(run.err.contains("WARN") && run.err.contains("other sessions hold locks that it needs"), "{run:?}");
    client.batch_execute("rollback").await.unwrap();
    assert_eq!(migrate(&empty.url(), &["up"]).succeeded().err, "");
    assert_eq!(empty.value(UNKNOWN_CHECKSUMS).await, "0");
}

#[tokio::test]
async fn a_role_that_may_only_read_verifies_in_a_session_that_cannot_write() {
    let empty = empty_database().await;
    migrate(&empty.url(), &["up"]).succeeded();
    let role = format!("role_{}", Uuid::now_v7().simple());
    empty
        .execute(&format!(
            "create role {role} login password '{PASSWORD}';
             grant select on __diesel_schema_migrations, status_transitions to {role}"
        ))
        .await;
    let url = empty.url_as(&role) + "&options=-c%20default_transaction_read_only%3Don";
    let run = migrate(&url, &["verify"]);
    empty.execute(&format!("revoke select on status_transitions from {role}")).await;
    let denied = migrate(&url, &["verify"]).failed_with(1);
    empty.execute(&format!("drop owned by {role}; drop role {role}")).await;
    assert_eq!(run.succeeded().out, "everything is as expected\n");
    assert!(denied.error().contains("permission denied for table status_transitions"), "{denied:?}");
}

#[tokio::test]
async fn the_settings_of_a_role_make_no_difference() {
    let empty = empty_database().await;
    migrate(&empty.url(), &["up"]).succeeded();
    for setting in [
        "quote_all_identifiers=on",
        "datestyle=German",
        "intervalstyle=iso_8601",
        "standard_conforming_strings=off",
        "extra_float_digits=-3",
        "default_transaction_isolation=serializable",
        "search_path=public,pg_catalog",
    ] {
        let url = format!("{}&options=-c%20{}", empty.url(), setting.replace('=', "%3D"));
        let run = migrate(&url, &["verify"]);
        assert_eq!((run.code, run.out.as_str()), (Some(0), "everything is as expected\n"), "{setting}: {run:?}");
    }
    for path in ["nowhere", "", "pg_catalog,public"] {
        let url = format!("{}&options=-c%20search_path%3D{path}", empty.url());
        for command in ["verify", "status"] {
            assert!(
                migrate(&url, &[command]).failed_with(1).error().contains("no schema of the search_path"),
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn a_migration_at_work_is_no_drift() {
    let empty = empty_database().await;
    migrate(&empty.url(), &["up"]).succeeded();
    let url = empty.url();
    let work = tokio::task::spawn_blocking(move || {
        for _ in 0..5 {
            migrate(&url, &["redo", "6"]).succeeded();
        }
    });
    while !work.is_finished() {
        match verify(empty.database()).await {
            Ok(seen) => {
                assert!(!seen.differences.iter().any(|finding| matches!(finding, Difference::Drift { .. })), "{seen:?}")
            }
            Err(error) => assert!(error.to_string().contains("the schema is being changed"), "{error}"),
        }
    }
    work.await.unwrap();
    assert!(verify(empty.database()).await.unwrap().is_as_expected());

    // Nor does the role's own limit end it.
    let limited = Database::from_url(&format!("{}&options=-c%20statement_timeout%3D1s", empty.url())).unwrap();
    let holder = empty.client().await;
    holder.batch_execute("begin; lock table status_transitions").await.unwrap();
    let (waited, ()) = tokio::join!(verify(&limited), async {
        empty.wait_until("select exists (select from pg_locks where not granted)", &[]).await;
        tokio::time::sleep(Duration::from_millis(1200)).await;
        holder.batch_execute("rollback").await.unwrap();
    });
    assert!(waited.unwrap().is_as_expected());
}

#[tokio::test]
async fn the_name_of_the_schema_makes_no_difference() {
    let empty = empty_database().await;
    empty.execute("create schema \"Org 2, \"\"x\"\"\"").await;
    for path in ["%22Org%5C%202,%5C%20%22%22x%22%22%22", "%22Org%5C%202,%5C%20%22%22x%22%22%22,public"] {
        let database = Database::from_url(&format!("{}&options=-c%20search_path%3D{path}", empty.url())).unwrap();
        run_pending(&database).await.unwrap();
        let verification = verify(&database).await.unwrap();
        assert!(verification.is_as_expected(), "{verification:?}");
    }
    assert!(!empty.exists("public.claims").await);
    // One beside it, with a search_path that has both.
    let database = Database::from_url(&format!(
        "{}&options=-c%20search_path%3Dpublic,%22Org%5C%202,%5C%20%22%22x%22%22%22",
        empty.url()
    ))
    .unwrap();
    run_pending(&database).await.unwrap();
    assert!(verify(&database).await.unwrap().is_as_expected());
}

#[test]
fn every_exit_code_of_verify_is_documented() {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operating.md")).unwrap();
    let help = crate::support::command("", &["--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for code in 6..=10 {
        assert!(page.contains(&format!("| {code} |")), "docs/operating.md, {code}");
        assert!(help.contains(&format!(" {code} ")), "--help, {code}");
    }
}

//! `migrate verify` and `Runner::verify`: what each finding takes, and whom they serve.

use std::{fs, time::Duration};

use postgres_migrate::Difference;
use rcm_schema::Database;
use rcm_schema::migrations::run_pending;
use rcm_schema::migrations::verify;
use uuid::Uuid;

use crate::support::{Folder, PASSWORD, empty_database, migrate, migrate_folder};

#[tokio::test]
async fn a_migrated_database_is_as_expected() {
    let empty = empty_database().await;
    migrate(&empty.url(), &["up"]).succeeded();
    assert_eq!(migrate(&empty.url(), &["verify"]).succeeded().out, "everything is as expected\n");
    let run = migrate(&empty.url(), &["verify", "--json"]).succeeded();
    let value: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((value["as_expected"].as_bool(), value["differences"].as_array().unwrap().len()), (Some(true), 0));
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
            "alter table postings disable trigger keep_totals;
             alter table claims alter column frequency_code set default '8';
             drop index claims_to_work;
             create table forgotten ()",
        )
        .await;
    let run = migrate(&empty.url(), &["verify"]).failed_with(10);
    let lines: Vec<&str> = run.out.lines().collect();
    assert_eq!(
        lines[..4],
        [
            "drift: column claims.frequency_code is altered; expected \"frequency_code not null default '1'::text\", \
             found \"frequency_code not null default '8'::text\"",
            "drift: comment on index claims_to_work is missing",
            "drift: index claims_to_work is missing",
            "drift: unexpected object: table forgotten",
        ]
    );
    assert!(lines[4].starts_with("drift: trigger keep_totals on postings is altered;"), "{run:?}");
    assert!(lines[4].ends_with("EXECUTE FUNCTION keep_totals(), disabled\"") && lines.len() == 5, "{run:?}");

    let run = migrate(&empty.url(), &["verify", "--json"]).failed_with(10);
    let value: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let missing = serde_json::json!({
        "kind": "drift",
        "object": "index claims_to_work",
        "expected": "CREATE INDEX claims_to_work ON claims USING btree (status, service_from DESC, id DESC) WHERE status::text <> 'paid'::text",
        "found": null,
    });
    assert_eq!((&value["as_expected"], &value["differences"][2]), (&serde_json::json!(false), &missing));
}

#[tokio::test]
async fn what_was_decided_is_allowed_with_its_reason() {
    let empty = empty_database().await;
    migrate(&empty.url(), &["up"]).succeeded();
    let id = Uuid::now_v7().simple();
    empty
        .execute(&format!(
            "create index bi_by_amount on claims (amount);
             create statistics bi_statistics on payer_id, status from claims;
             create view bi_claims as select id from claims;
             create table awsdms_audit (id int primary key);
             create role bi_{id}; grant select on claims to bi_{id}"
        ))
        .await;
    migrate(&empty.url(), &["verify"]).failed_with(10);
    let folder = Folder::new();
    let file = folder.path().join("allowed");
    let verify = |lines: &str, arguments: &[&str]| {
        fs::write(&file, lines).unwrap();
        migrate(&empty.url(), &[&["verify", "--allow", file.to_str().unwrap()], arguments].concat())
    };
    let lines = format!(
        "\u{feff}*bi_* -- for the BI team\n*awsdms_* -- AWS DMS audits\ngrant SELECT on * to bi_{id} -- read\n\
         table gone -- once\n"
    );
    let run = verify(&lines, &[]).succeeded();
    for line in [
        "allowed: index bi_by_amount (for the BI team)",
        "allowed: statistics object bi_statistics (for the BI team)",
        "allowed: view bi_claims (for the BI team)",
        "allowed: column awsdms_audit.id (AWS DMS audits)",
        &format!("allowed: grant SELECT on table claims to bi_{id} (for the BI team)"),
        "allowed and not found: table gone",
    ] {
        assert!(run.out.lines().any(|printed| printed == line), "{line}: {run:?}");
    }
    assert!(run.out.ends_with("\neverything else is as expected\n"), "{run:?}");
    let value: serde_json::Value = serde_json::from_str(&verify(&lines, &["--json"]).succeeded().out).unwrap();
    assert_eq!(
        (value["as_expected"].as_bool(), &value["allowed_and_not_found"][0]),
        (Some(true), &"table gone".into())
    );

    // Who works without guards is no object.
    empty
        .execute(&format!(
            "grant insert on claims to bi_{id}; alter role bi_{id} set session_replication_role = replica"
        ))
        .await;
    let run = verify("* -- everything\n", &[]).failed_with(10);
    let expected = format!("drift: unexpected object: setting session_replication_role=replica of role bi_{id}");
    assert!(run.out.lines().any(|line| line == expected), "{run:?}");
    empty.execute(&format!("alter role bi_{id} reset session_replication_role")).await;
    // A name may hold dashes.
    empty.execute("create table \"a -- b\" ()").await;
    assert!(verify("* -- everything\n", &[]).out.contains("allowed: table \"a -- b\" (everything)"));
    let run = verify("-- A comment\n\ntable \"a -- b\" -- dashes\n", &[]);
    assert!(run.out.contains("allowed: table \"a -- b\" (dashes)"), "{run:?}");

    // A guard that is gone or switched off can't be allowed.
    empty.execute("drop trigger keep_totals on postings; alter table claims disable trigger user").await;
    let run = verify("* -- everything\n", &[]).failed_with(10);
    assert!(run.out.contains("drift: trigger keep_totals on postings is missing"), "{run:?}");
    assert!(run.out.contains("on claims is altered"), "{run:?}");

    for (lines, expected) in [("table x", "line 1 has no reason"), ("\ntable x -- ", "line 2 has no reason")] {
        let run = verify(lines, &[]).failed_with(1);
        assert!(run.error().ends_with(&format!("{expected}; expected OBJECT -- REASON")), "{run:?}");
    }
    let run = migrate(&empty.url(), &["verify", "--allow", "/no/such/file"]).failed_with(1);
    assert!(run.error().contains("/no/such/file can't be read"), "{run:?}");
    empty.execute(&format!("drop owned by bi_{id}; drop role bi_{id}")).await;
}

#[tokio::test]
async fn what_belongs_to_an_extension_is_no_drift() {
    let empty = empty_database().await;
    migrate(&empty.url(), &["up"]).succeeded();
    // Whatever of PostgreSQL's own is installed.
    let usual = "
        select coalesce(string_agg(format('create extension %I;', name), ' '), '') from pg_available_extensions
        where name in ('pg_stat_statements', 'pg_trgm', 'citext', 'btree_gist', 'hstore', 'pgcrypto')";
    empty.execute(&empty.value(usual).await).await;
    // Every PostgreSQL has this one; its function moves into the schema as those of other extensions do.
    empty.execute("create table mine (); alter extension plpgsql add table mine").await;
    let verification = verify(empty.database()).await.unwrap();
    assert!(verification.is_as_expected(), "{verification:?}");
}

#[tokio::test]
async fn each_kind_of_difference_has_its_exit_code() {
    let empty = empty_database().await;
    let folder = Folder::with_first();
    let verify = |folder: &Folder, code: i32| migrate_folder(&empty.url(), folder, &["verify"]).failed_with(code).out;
    let of_folder = "drift was not looked for: these are not the migrations that are compiled in\n";
    let of_ledger = "drift was not looked for: other migrations are applied than this binary has\n";
    migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    assert_eq!(verify(&folder, 6), of_folder);

    let second = "2024-01-02-000000_second";
    let folder = folder.with(second, "create table second ();", "drop table second;");
    assert_eq!(verify(&folder, 3), format!("pending: {second}\n{of_ledger}"));

    empty.execute("insert into __diesel_schema_migrations (version) values ('20240103000000')").await;
    assert_eq!(
        verify(&folder, 8),
        format!(
            "out of order: {second} is pending, and 20240103000000 is applied\n\
             unknown: 20240103000000 was applied by another binary\n{of_ledger}"
        )
    );
    migrate_folder(&empty.url(), &folder, &["up"]).succeeded();
    assert_eq!(verify(&folder, 7), format!("unknown: 20240103000000 was applied by another binary\n{of_ledger}"));

    empty.execute("delete from __diesel_schema_migrations where version = '20240103000000'").await;
    let folder = folder.with(second, "create table second (id int);", "drop table second;");
    assert_eq!(verify(&folder, 9), format!("edited: up.sql of {second} is not what was applied\n{of_folder}"));
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

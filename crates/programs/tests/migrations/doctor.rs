//! `migrate doctor`: nothing to say of a healthy database, and of a sick one what is wrong and what to do.

use private_postgres::TestDatabase;
use rcm_schema::migrations::DEFINITION;
use serde_json::Value;
use uuid::Uuid;

use crate::support::{Run, connect, migrate};

/// A migrated database with a claim, and the setting that PostgreSQL doesn't come with.
pub async fn healthy() -> TestDatabase {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let client = connect(database.url()).await;
    client
        .batch_execute(
            "do $$ begin
                execute format('alter database %I set idle_in_transaction_session_timeout = %L', current_database(), '10min');
            end $$;
            insert into payers (payer_id, name, payer_type) values ('PAYER-1', 'Payer', 'commercial');
            begin;
            insert into claims (claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to)
            select 'CLM-1', 'PATIENT-1', id, 'professional', 100, '2024-01-01', '2024-01-01' from payers;
            insert into claim_lines (claim_id, line_number, procedure_code, charge_amount, service_date)
            select id, 1, '99213', 100, service_from from claims;
            commit;
            analyze",
        )
        .await
        .unwrap();
    database
}

/// The findings, a line each: heading, what was found, the cure. Without those of a server for tests, which doesn't wait for the
/// disk.
fn found(run: &Run) -> Vec<String> {
    let page: Value = serde_json::from_str(&run.out).unwrap();
    let sections = page["found"].as_object().unwrap().iter();
    let of = |(name, findings): (&String, &Value)| -> Vec<String> {
        let line =
            |one: &Value| format!("{name}: {} -> {}", one["found"].as_str().unwrap(), one["cure"].as_str().unwrap());
        findings.as_array().unwrap().iter().map(line).collect()
    };
    let of_tests = ["settings: fsync", "settings: full_page_writes", "settings: synchronous_commit"];
    let mut found: Vec<String> = sections.flat_map(of).collect();
    found.retain(|line| !of_tests.iter().any(|start| line.starts_with(start)));
    found
}

#[tokio::test]
async fn of_a_healthy_database_all_is_well_and_nothing_changes() {
    let database = healthy().await;
    let run = migrate(database.url(), &["doctor"]).failed_with(12);
    for heading in ["migrations", "roles", "log", "vacuum", "indexes", "sessions", "limits", "ledger"] {
        assert!(run.out.contains(&format!("\n{heading:<12}well")), "{heading}: {}", run.out);
    }
    assert!(run.out.contains("PostgreSQL") && run.out.contains("development"), "{}", run.out);
    assert_eq!(found(&migrate(database.url(), &["doctor", "--json"])), [""; 0]);
    migrate(database.url(), &["verify"]).succeeded();
}

#[tokio::test]
async fn of_a_sick_one_each_finding_has_its_cure() {
    let database = healthy().await;
    let client = connect(database.url()).await;
    let role = format!("billing_{}", Uuid::now_v7().simple());
    client
        .batch_execute(&format!(
            "do $$ begin
                execute format('alter database %I set idle_in_transaction_session_timeout = 0', current_database());
            end $$;
            create role {role} login;
            grant select, insert, delete on claims to {role};
            alter table claims set (autovacuum_enabled = off);
            update pg_class set reltuples = 20000 where oid = cast('claims' as regclass);
            update pg_index set indisvalid = false where indexrelid = cast('claims_by_payer' as regclass)"
        ))
        .await
        .unwrap();
    let run = migrate(database.url(), &["doctor", "--json"]).failed_with(12);
    client.batch_execute(&format!("drop owned by {role}; drop role {role}")).await.unwrap();
    let found = found(&run);
    for expected in [
        "migrations: drift".to_owned(),
        format!("roles: role \"{role}\" has"),
        "settings: idle_in_transaction_session_timeout is 0".to_owned(),
        "vacuum: claims has about 20000 rows and no autovacuum -> alter table public.claims reset".to_owned(),
        "indexes: claims_by_payer is invalid".to_owned(),
        format!(
            "limits: role {role} may use the tables, and has no connection limit -> alter role {role} connection limit"
        ),
        format!("limits: role {role} may use the tables, and has no statement_timeout"),
    ] {
        assert!(found.iter().any(|line| line.starts_with(&expected)), "{expected}: {found:#?}");
    }
    assert!(found.iter().all(|line| !line.contains("could not be looked at")), "{found:#?}");
}

#[tokio::test]
async fn totals_that_differ_from_the_ledger_are_found() {
    let database = healthy().await;
    let client = connect(database.url()).await;
    client.batch_execute("set session_replication_role = replica; update claims set filed_appeals = 1").await.unwrap();
    let run = migrate(database.url(), &["doctor", "--json"]).failed_with(12);
    let found = found(&run);
    assert!(matches!(found.as_slice(), [one] if one.starts_with("ledger: 1 of the claims drawn")), "{found:#?}");
}

/// A quarter of an hour is long for a test.
#[tokio::test]
async fn a_long_transaction_is_found() {
    let database = healthy().await;
    let (client, other) = (connect(database.url()).await, connect(database.url()).await);
    other.batch_execute("begin; select from claims").await.unwrap();
    let sessions = include_str!("../../src/bin/migrate/doctor/sessions.sql").replace("15 minutes", "0 minutes");
    let rows = client.query(&sessions, &[]).await.unwrap();
    let found: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert!(found.iter().any(|found| found.contains("is in a transaction since")), "{found:#?}");
}

//! `migrate doctor`: nothing to say of a healthy database, and of a sick one what is wrong and what to do.

use std::fs;
use std::time::{Duration, Instant};

use private_postgres::TestDatabase;
use rcm_schema::migrations::DEFINITION;
use serde_json::Value;
use uuid::Uuid;

use crate::support::{Folder, PASSWORD, Run, connect, empty_database, migrate};

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
pub fn found(run: &Run) -> Vec<String> {
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
    let id = Uuid::now_v7().simple();
    let (role, lease) = (format!("billing_{id}"), format!("lease_{id}"));
    client
        .batch_execute(&format!(
            "do $$ begin
                execute format('alter database %I set idle_in_transaction_session_timeout = 0', current_database());
            end $$;
            create role {role} login;
            create role {lease} login noinherit connection limit 5 in role {role};
            alter role {role} set statement_timeout = '0ms';
            grant select, insert, delete on claims to {role};
            alter table claims set (autovacuum_enabled = off);
            update pg_class set reltuples = 20000 where oid = cast('claims' as regclass);
            update pg_index set indisvalid = false where indexrelid = cast('claims_by_payer' as regclass)"
        ))
        .await
        .unwrap();
    let run = migrate(database.url(), &["doctor", "--json"]).failed_with(12);
    client.batch_execute(&format!("drop owned by {role}; drop role {role}, {lease}")).await.unwrap();
    let found = found(&run);
    assert!(!found.iter().any(|line| line.contains("temp")), "{found:#?}");
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
        format!("limits: role {lease} may use the tables, and has no statement_timeout"),
    ] {
        assert!(found.iter().any(|line| line.starts_with(&expected)), "{expected}: {found:#?}");
    }
    // Of a schema that isn't whole no function is called.
    let unseen: Vec<_> = found.iter().filter(|line| line.contains("could not be looked at")).collect();
    assert!(matches!(unseen.as_slice(), [one] if one.starts_with("ledger: ")), "{unseen:#?}");
}

#[tokio::test]
async fn totals_that_differ_from_the_ledger_are_found() {
    let database = healthy().await;
    let client = connect(database.url()).await;
    client.batch_execute("set session_replication_role = replica; update claims set filed_appeals = 1").await.unwrap();
    let run = migrate(database.url(), &["doctor", "--json"]).failed_with(12);
    let found = found(&run);
    assert!(matches!(found.as_slice(), [one] if one.starts_with("ledger: 1 of the claims differ")), "{found:#?}");
}

#[tokio::test]
async fn rows_at_the_end_of_a_table_are_compared_too() {
    let database = healthy().await;
    let client = connect(database.url()).await;
    client
        .batch_execute(
            "begin;
            insert into claims (claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to)
            select 'MORE-' || number, 'PATIENT-1', payers.id, 'professional', 100, '2024-01-01', '2024-01-01'
            from payers, generate_series(1, 500) as number order by number;
            insert into claim_lines (claim_id, line_number, procedure_code, charge_amount, service_date)
            select id, 1, '99213', 100, service_from from claims where claim_id like 'MORE-%';
            commit;
            set session_replication_role = replica;
            update claims set filed_appeals = 1 where claim_id = 'MORE-500'",
        )
        .await
        .unwrap();
    let found = found(&migrate(database.url(), &["doctor", "--json"]).failed_with(12));
    assert!(found.iter().any(|line| line.starts_with("ledger: 1 of the claims differ")), "{found:#?}");
}

/// What was decided for `verify` is no finding, and the ledger is never left out.
#[tokio::test]
async fn what_is_allowed_is_no_finding_and_the_ledger_is_always_told() {
    let database = healthy().await;
    let client = connect(database.url()).await;
    let role = format!("bi_{}", Uuid::now_v7().simple());
    let index = "create index bi_claims on claims (created_at)";
    let rights = format!("grant usage on schema public to {role}; grant select on claims, claim_facts to {role}");
    client.batch_execute(&format!("{index}; create role {role} login connection limit 5; alter role {role} set statement_timeout = '1min'; {rights}")).await.unwrap();
    let folder = Folder::new();
    let file = folder.path().join("allowed");
    let lines = format!("index bi_* -- for the BI team\ngrant SELECT on * to {role} -- it reads\n");
    fs::write(&file, &lines).unwrap();
    let all = migrate(database.url(), &["doctor", "--json"]).failed_with(12);
    let allowed = migrate(database.url(), &["doctor", "--json", "--allow", file.to_str().unwrap()]);
    client.batch_execute(&format!("grant update on claims to {role}")).await.unwrap();
    let more = migrate(database.url(), &["doctor", "--json", "--allow", file.to_str().unwrap()]).failed_with(12);
    client.batch_execute(&format!("drop owned by {role}; drop role {role}")).await.unwrap();

    let all = found(&all);
    for expected in
        ["migrations: drift: unexpected object: index bi_claims", "roles: role", "ledger: could not be looked at"]
    {
        assert!(all.iter().any(|line| line.starts_with(expected)), "{expected}: {all:#?}");
    }
    assert_eq!(found(&allowed), [""; 0]);
    let more = found(&more);
    for expected in ["migrations: drift: unexpected object: grant UPDATE", "roles: role"] {
        assert!(more.iter().any(|line| line.starts_with(expected)), "{expected}: {more:#?}");
    }
}

/// Of a server that others use, too.
#[tokio::test]
async fn in_production_the_server_has_limits() {
    let database = healthy().await;
    let name = database.database().name();
    migrate(database.url(), &["environment", "set", "production", "--database", name]).succeeded();
    let found = found(&migrate(database.url(), &["doctor", "--json"]).failed_with(12));
    for expected in ["temp_file_limit is -1", "max_locks_per_transaction is ", "PUBLIC may make temporary tables"] {
        assert!(found.iter().any(|line| line.starts_with(&format!("limits: {expected}"))), "{expected}: {found:#?}");
    }
}

/// A role that can't see other sessions is told so, and a member of the owner looks as the owner.
#[tokio::test]
async fn what_a_role_cannot_see_is_not_well() {
    let empty = empty_database().await;
    let id = Uuid::now_v7().simple();
    let (owner, lease) = (format!("owner_{id}"), format!("lease_{id}"));
    empty
        .execute(&format!(
            "create role {owner} login password '{PASSWORD}';
            create schema rcm authorization {owner};
            create role {lease} login noinherit password '{PASSWORD}' in role {owner};
            grant usage on schema rcm to {lease};
            alter role {owner} set search_path = rcm; alter role {lease} set search_path = rcm"
        ))
        .await;
    migrate(&empty.url_as(&owner), &["up"]).succeeded();
    let doctor = |role: &str| found(&migrate(&empty.url_as(role), &["doctor", "--json"]).failed_with(12));
    let of = |found: Vec<String>, heading: &str| -> Vec<String> {
        found.into_iter().filter(|line| line.starts_with(heading)).collect()
    };
    // The sessions from before end in a moment.
    let mut alone = of(doctor(&owner), "sessions");
    for _ in 0..20 {
        if !alone.is_empty() {
            tokio::time::sleep(Duration::from_millis(100)).await;
            alone = of(doctor(&owner), "sessions");
        }
    }
    let other = empty.client().await;
    let hidden = of(doctor(&owner), "sessions");
    empty.execute(&format!("grant pg_monitor to {owner}")).await;
    let (seen, leased) = (of(doctor(&owner), "sessions"), doctor(&lease));
    other.batch_execute(&format!("drop owned by {owner}, {lease}; drop role {lease}, {owner}")).await.unwrap();

    assert_eq!(alone, [""; 0]);
    let expected = format!("1 sessions of other roles are hidden from role {owner} -> grant pg_monitor to {owner}");
    assert_eq!(hidden, [format!("sessions: could not be looked at: {expected}")]);
    assert_eq!(seen, [""; 0]);
    // The lease sees what the owner sees, and its ledger is compared.
    for heading in ["migrations", "sessions", "ledger"] {
        assert_eq!(of(leased.clone(), heading), [""; 0], "{leased:#?}");
    }
}

/// Neither waits for long, and both say for whom.
#[tokio::test]
async fn who_has_locked_a_table_is_named() {
    for (table, what) in [("claims", "claims"), ("__diesel_schema_migrations", "it against readers")] {
        let database = healthy().await;
        let url = database.url().to_owned();
        let holder = connect(&format!("{url}&application_name=billing")).await;
        holder.batch_execute(&format!("begin; lock table {table}")).await.unwrap();
        let pid: i32 = holder.query_one("select pg_backend_pid()", &[]).await.unwrap().get(0);
        let start = Instant::now();
        let verify = tokio::task::spawn_blocking({
            let url = url.clone();
            move || migrate(&url, &["verify"])
        });
        let run = tokio::task::spawn_blocking(move || migrate(&url, &["doctor", "--json"])).await.unwrap();
        let verify = verify.await.unwrap().failed_with(1);
        assert!(start.elapsed() < Duration::from_secs(40), "{:?}", start.elapsed());
        holder.batch_execute("rollback").await.unwrap();
        let locked = format!("process {pid} (\"billing\") has locked {what}");
        assert!(verify.error().contains(&locked) && !verify.error().contains("migration is"), "{verify:?}");
        let found = found(&run.failed_with(12));
        let is_told =
            |line: &String| line.starts_with("migrations: could not be looked at: ") && line.contains(&locked);
        assert!(found.iter().any(is_told), "{found:#?}");
        assert!(found.iter().any(|line| line.starts_with("ledger: could not be looked at")), "{found:#?}");
    }
}

#[tokio::test]
async fn a_schema_that_is_not_migrated_is_one_line() {
    let line = |run: &Run| -> String {
        let found: Vec<_> = found(run).into_iter().filter(|line| line.starts_with("migrations")).collect();
        let [line] = found.as_slice() else { panic!("{found:#?}") };
        line.clone()
    };
    let empty = empty_database().await;
    let nothing = line(&migrate(&empty.url(), &["doctor", "--json"]).failed_with(12));
    assert!(
        nothing.starts_with("migrations: not migrated: ") && nothing.contains("are pending -> `migrate up`"),
        "{nothing}"
    );
    let database = healthy().await;
    connect(database.url()).await.batch_execute("drop table __diesel_schema_migrations").await.unwrap();
    let unrecorded = line(&migrate(database.url(), &["doctor", "--json"]).failed_with(12));
    assert!(unrecorded.contains("no ledger") && unrecorded.contains("migrate adopt"), "{unrecorded}");
}

/// What receives the log and replays nothing is no copy. Rows as those of PostgreSQL stand in for servers.
#[tokio::test]
async fn only_what_replays_the_log_is_a_standby() {
    let empty = empty_database().await;
    let client = empty.client().await;
    client
        .batch_execute(
            "create temporary table pg_stat_replication (pid int, state text, replay_lsn pg_lsn);
            create temporary table pg_replication_slots (slot_type text, active_pid int);
            insert into pg_replication_slots values ('logical', 3), ('physical', 4), ('physical', null);
            set search_path = pg_temp, pg_catalog",
        )
        .await
        .unwrap();
    for (receivers, expected) in [
        ("", "no standby is connected"),
        // pg_receivewal and pg_basebackup.
        ("(1, 'streaming', null), (2, 'backup', null)", "no standby is connected"),
        ("(3, 'streaming', '0/1')", "no standby is connected"),
        ("(1, null, null)", "could not be looked at"),
        ("(1, 'streaming', null), (4, 'streaming', '0/1')", ""),
        ("(5, 'catchup', '0/1')", ""),
    ] {
        let insert = if receivers.is_empty() { "" } else { "insert into pg_stat_replication values " };
        client.batch_execute(&format!("truncate pg_stat_replication; {insert}{receivers}")).await.unwrap();
        let query = include_str!("../../src/bin/migrate/doctor/standby.sql");
        let rows = client.query(query, &[]).await.unwrap();
        let found: String = rows.iter().map(|row| row.get::<_, String>(0)).collect();
        assert!(found.starts_with(expected) && found.is_empty() == expected.is_empty(), "{receivers}: {found}");
    }
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

//! `seed`: twice equals once, all or nothing, never on production, and the demo keeps the rules.

#![allow(clippy::expect_used, clippy::unwrap_used)]

mod volume;

use std::process::{Command, Output};

use private_postgres::TestDatabase;
use rcm_schema::migrations::DEFINITION;
use tokio_postgres::Client;

fn seed(database: &TestDatabase) -> Output {
    Command::new(env!("CARGO_BIN_EXE_seed")).env("DATABASE_URL", database.url()).output().unwrap()
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

async fn contents(connection: &Client) -> Vec<String> {
    let mut rows = Vec::new();
    let tables =
        "select relname from pg_class where relkind = 'r' and relnamespace = cast(current_schema() as regnamespace)";
    for table in texts(connection, tables).await {
        rows.extend(texts(connection, &format!("select cast(row as text) from {table} as row order by 1")).await);
    }
    rows
}

/// The first column of a query, as text.
async fn texts(client: &Client, query: &str) -> Vec<String> {
    let query = format!("select text::text from ({query}) as rows (text)");
    client.query(&query, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

/// Runs statements that must succeed.
async fn run(client: &Client, statements: &str) {
    client.batch_execute(statements).await.unwrap_or_else(|error| panic!("{error}\n{statements}"));
}

#[tokio::test]
async fn seeding_an_empty_database_migrates_it_and_tells_the_stories() {
    let database = TestDatabase::empty().await.unwrap();
    let told = stdout(&seed(&database));
    for part in [
        "CLM-2024-001234 BCBS-CA-001: 99213 on 2024-01-15, billed 150.00, paid 120.00, contractual 30.00, paid",
        "CLM-2024-001235 BCBS-CA-001: 70553 on 2024-01-10, billed 500.00, paid 0.00, appealed; \
         denied CO-197 500.00 on 2024-01-15, pending (open 500.00); appeal first_level under_review, filed 2024-01-20, due 2024-02-20",
        "denied PR-1 15.00 on 2024-01-25, abandoned (written off 15.00); write-off 15.00 below_threshold approved",
        "billed 250.00, paid 0.00, rebilled 250.00, rebilled; denied CO-4 250.00 on 2024-02-05, rebilled (rebilled 250.00); \
         rebilled as CLM-2024-001567, paid; recovered 200.00 there",
        "CLM-2024-001890 MEDICARE-001: 99214 + 93000 on 2024-02-15, billed 500.00, paid 425.00, partially_paid; \
         underpayment -75.00 (-15.00 %) for contract_adjustment",
        "denied CO-50 500.00 on 2024-03-01, pending (open 500.00); appeal first_level pending",
        "PI-60054: 99213 + 93000 on 2024-01-15, billed 200.00, paid 130.00, contractual 40.00, patient's part 30.00, paid",
        "PI-60054: 99214 on 2024-01-15, billed 180.00, paid 140.00, contractual 40.00, paid; \
         denied CO-197 180.00 on 2024-02-01, resolved (recovered 140.00, adjusted 40.00)",
    ] {
        assert!(told.contains(part), "{part}\nis not in\n{told}");
    }
}

#[tokio::test]
async fn twice_equals_once_and_says_so() {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let connection = database.database().connect_client().await.unwrap();
    assert!(!stdout(&seed(&database)).contains("nothing changed"));
    let once = contents(&connection).await;
    assert!(stdout(&seed(&database)).contains("nothing changed"));
    assert_eq!(contents(&connection).await, once);
}

#[tokio::test]
async fn a_run_that_was_cut_off_before_the_limits_is_finished_by_the_next() {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let connection = database.database().connect_client().await.unwrap();
    stdout(&seed(&database));
    let rules = "select row(payer_id, step, length) from filing_rules order by 1";
    let whole = texts(&connection, rules).await;
    run(&connection, "delete from filing_rules where payer_id is not null").await;
    stdout(&seed(&database));
    assert_eq!(texts(&connection, rules).await, whole);
    assert_eq!(texts(&connection, "select denial_id from reconcile_work_list()").await, [""; 0]);
}

#[tokio::test]
async fn four_at_once_equal_one() {
    let database = TestDatabase::empty().await.unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| stdout(&seed(&database)));
        }
    });
    let connection = database.database().connect_client().await.unwrap();
    assert_eq!(texts(&connection, "select count(*) from claims").await, ["9"]);
}

/// Runs `seed` where it must refuse; returns the table that it names.
async fn refused(database: &TestDatabase, connection: &Client) -> String {
    let before = contents(connection).await;
    let output = seed(database);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("differ from what this program writes; nothing was changed"), "{message}");
    assert!(!message.contains("canary"), "{message}");
    assert_eq!(contents(connection).await, before);
    message.split("in table ").nth(1).unwrap().split(' ').next().unwrap().to_owned()
}

/// Runs a statement that the triggers of a table would refuse or follow.
async fn unguarded(connection: &Client, table: &str, statement: &str) {
    let switched = format!(
        "alter table {table} disable trigger user; {statement}; set constraints all immediate;
         alter table {table} enable trigger user"
    );
    run(connection, &switched).await;
}

#[tokio::test]
async fn a_row_changed_in_any_table_is_noticed() {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let connection = database.database().connect_client().await.unwrap();
    stdout(&seed(&database));
    // From the table that is compared last to the first, so that each change is the first difference.
    for (table, change) in [
        ("payment_variances", "variance_reason = null"),
        ("postings", "posted_by = 'canary.role'"),
        ("rebills", "changes = 'canary'"),
        ("write_offs", "notes = null"),
        ("appeals", "assigned_to = 'canary.role'"),
        ("denials", "preventable = not preventable"),
        ("claim_lines", "units = 2"),
        ("claim_diagnoses", "diagnosis_code = 'A00.0' where ordinal = 1"),
        (
            "claim_details",
            "place_of_service = '22' where claim_id = (select id from claims where claim_id = 'CLM-2024-001902')",
        ),
        ("claims", "claim_type = 'dental' where claim_id = 'CLM-2024-001902'"),
        ("payers", "contact_details = '{}' where payer_id = 'MEDICARE-001'"),
    ] {
        unguarded(&connection, table, &format!("update {table} set {change}")).await;
        assert_eq!(refused(&database, &connection).await, table);
    }
}

#[tokio::test]
async fn a_row_added_to_a_claim_of_the_demo_or_taken_from_it_is_noticed() {
    for (table, change) in [
        ("payment_variances", "delete from payment_variances"),
        (
            "payment_variances",
            "insert into payment_variances (claim_id, payer_id, paid_on, expected_amount, actual_amount)
             select id, payer_id, date '2024-03-01', 500, 425 from claims where claim_id = 'CLM-2024-001890'",
        ),
        (
            "claim_diagnoses",
            "alter table claim_lines disable trigger user; update claim_lines set diagnosis_pointer_1 = null;
             alter table claim_lines enable trigger user; delete from claim_diagnoses",
        ),
        (
            "postings",
            "insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by)
             select claim_id, id, 'payment', 1, denied_on, 'canary.role' from denials where denial_code = 'CO-50'",
        ),
    ] {
        let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
        let connection = database.database().connect_client().await.unwrap();
        stdout(&seed(&database));
        unguarded(&connection, table, change).await;
        assert_eq!(refused(&database, &connection).await, table, "{change}");
    }
}

#[tokio::test]
async fn a_database_without_its_row_is_what_its_comment_says() {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let connection = database.database().connect_client().await.unwrap();
    // As the stock CLI leaves it.
    run(&connection, "delete from database_environment").await;
    stdout(&seed(&database));
    assert!(stdout(&seed(&database)).contains("nothing changed"));
    run(&connection, &format!("comment on database {} is null", database.database().name())).await;
    assert_eq!(seed(&database).status.code(), Some(4));
}

#[tokio::test]
async fn arguments_are_not_ignored() {
    let database = TestDatabase::empty().await.unwrap();
    for (argument, code) in [("--help", 0), ("extra", 2)] {
        let mut seed = Command::new(env!("CARGO_BIN_EXE_seed"));
        let output = seed.arg(argument).env("DATABASE_URL", database.url()).output().unwrap();
        assert_eq!(output.status.code(), Some(code));
    }
    let connection = database.database().connect_client().await.unwrap();
    assert_eq!(texts(&connection, "select count(*) from pg_class where relname = 'claims'").await, ["0"]);
}

#[tokio::test]
async fn somebody_elses_payer_of_the_same_name_stops_everything() {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let connection = database.database().connect_client().await.unwrap();
    run(
        &connection,
        "insert into payers (payer_id, name, payer_type)
         values ('BCBS-CA-001', 'Ours', 'commercial')",
    )
    .await;
    assert_eq!(refused(&database, &connection).await, "payers");
    assert_eq!(texts(&connection, "select count(*) from payers").await, ["1"]);
}

#[tokio::test]
async fn production_is_never_seeded() {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let connection = database.database().connect_client().await.unwrap();
    run(&connection, "update database_environment set environment = 'production'").await;
    let output = seed(&database);
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8(output.stderr).unwrap().contains("is a production database"));
    assert_eq!(texts(&connection, "select count(*) from payers").await, ["0"]);
}

#[tokio::test]
async fn the_demo_keeps_the_rules() {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let connection = database.database().connect_client().await.unwrap();
    stdout(&seed(&database));
    for (rule, broken) in [
        ("what the database keeps is what it is kept from", "select denial_id from reconcile()"),
        ("what the database keeps is what it is kept from", "select claim_id from reconcile_claims()"),
        ("the work list says what triage says", "select denial_id from reconcile_work_list()"),
        (
            "what is open on a claim's denials is not more than its balance",
            "select claims.claim_id from claims join denials on denials.claim_id = claims.id
             group by claims.id having sum(open_amount) > greatest(max(payer_balance_amount), 0)",
        ),
        (
            "a replacement has the original's patient and payer",
            "select new.claim_id from claims as new join claims as old on old.id = new.replaces_claim_id
             where (new.patient_reference, new.payer_id) <> (old.patient_reference, old.payer_id)",
        ),
        (
            "a rebill is due when the payer's limit says",
            "select rebills.id from rebills
             join claims on claims.id = original_claim_id
             join filing_rules on filing_rules.payer_id = claims.payer_id and step = 'corrected_claim'
             where due_on is distinct from service_to + length",
        ),
        ("a check is posted to the cent", "select remittance_id from remittance_report where not is_closed"),
        (
            "every denial code is in the library",
            "select denial_code from denials where denial_code not in (select denial_code from denial_code_library)",
        ),
    ] {
        assert_eq!(texts(&connection, broken).await, Vec::<String>::new(), "{rule}");
    }
    assert_eq!(
        texts(&connection, "select substr(claim_id, 12) || ' ' || status from claims order by claim_id").await,
        [
            "1234 paid",
            "1235 appealed",
            "1236 written_off",
            "1237 rebilled",
            "1567 paid",
            "1890 partially_paid",
            "1902 denied",
            "434OP3NN5 paid",
            "2XS72WSIP paid"
        ]
    );
}

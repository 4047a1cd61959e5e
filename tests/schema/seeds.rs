//! `seed`: twice equals once, all or nothing, never on production, and the demo keeps the rules.

use std::process::{Command, Output};

use diesel_async::AsyncPgConnection;
use rcm_schema::testing::TestDatabase;

use crate::catalog::{run, texts};

fn seed(database: &TestDatabase) -> Output {
    Command::new(env!("CARGO_BIN_EXE_seed")).env("DATABASE_URL", database.url()).output().unwrap()
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

async fn contents(connection: &mut AsyncPgConnection) -> Vec<String> {
    let mut rows = Vec::new();
    let tables =
        "select relname from pg_class where relkind = 'r' and relnamespace = cast(current_schema() as regnamespace)";
    for table in texts(connection, tables).await {
        rows.extend(texts(connection, &format!("select cast(row as text) from {table} as row order by 1")).await);
    }
    rows
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
        "denied CO-4 250.00 on 2024-02-05, resolved (recovered 200.00, adjusted 50.00); rebilled as CLM-2024-001567, paid",
        "CLM-2024-001890 MEDICARE-001: 99214 + 93000 on 2024-02-15, billed 500.00, paid 425.00, partially_paid; \
         underpayment -75.00 (-15.00 %) for contract_adjustment",
        "denied CO-50 500.00 on 2024-03-01, pending (open 500.00); appeal first_level pending",
    ] {
        assert!(told.contains(part), "{part}\nis not in\n{told}");
    }
}

#[tokio::test]
async fn twice_equals_once_and_says_so() {
    let database = TestDatabase::migrated().await.unwrap();
    let mut connection = database.connect().await.unwrap();
    assert!(!stdout(&seed(&database)).contains("nothing changed"));
    let once = contents(&mut connection).await;
    assert!(stdout(&seed(&database)).contains("nothing changed"));
    assert_eq!(contents(&mut connection).await, once);
}

#[tokio::test]
async fn four_at_once_equal_one() {
    let database = TestDatabase::empty().await.unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| stdout(&seed(&database)));
        }
    });
    let mut connection = database.connect().await.unwrap();
    assert_eq!(texts(&mut connection, "select count(*) from claims").await, ["7"]);
}

#[tokio::test]
async fn a_missing_row_is_put_back() {
    let database = TestDatabase::migrated().await.unwrap();
    let mut connection = database.connect().await.unwrap();
    stdout(&seed(&database));
    run(&mut connection, "delete from payment_variances").await;
    stdout(&seed(&database));
    assert_eq!(texts(&mut connection, "select variance_amount from payment_variances").await, ["-75.00"]);
}

#[tokio::test]
async fn a_row_with_other_content_stops_everything() {
    let database = TestDatabase::migrated().await.unwrap();
    let mut connection = database.connect().await.unwrap();
    stdout(&seed(&database));
    for change in [
        "delete from payment_variances; update appeals set assigned_to = 'canary.role'",
        "delete from payment_variances; update claims set paid_amount = 1 where claim_id = 'CLM-2024-001235'",
    ] {
        run(&mut connection, change).await;
        let before = contents(&mut connection).await;
        let output = seed(&database);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(message.contains("exist with other content; nothing was changed"), "{message}");
        assert!(!message.contains("canary"), "{message}");
        assert_eq!(contents(&mut connection).await, before);
    }
}

#[tokio::test]
async fn a_ledger_that_was_changed_stops_everything() {
    let database = TestDatabase::migrated().await.unwrap();
    let mut connection = database.connect().await.unwrap();
    stdout(&seed(&database));
    run(&mut connection, "delete from denial_transactions where kind = 'recovery'").await;
    let output = seed(&database);
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("in table denial_transactions"), "{message}");
    assert_eq!(texts(&mut connection, "select count(*) from denial_transactions").await, ["2"]);
}

#[tokio::test]
async fn a_database_without_its_row_stays_what_it_was_judged_to_be() {
    let database = TestDatabase::migrated().await.unwrap();
    let mut connection = database.connect().await.unwrap();
    // As the stock CLI leaves it.
    run(&mut connection, "delete from database_environment").await;
    stdout(&seed(&database));
    assert!(stdout(&seed(&database)).contains("nothing changed"));
    assert_eq!(texts(&mut connection, "select environment from database_environment").await, ["development"]);
}

#[tokio::test]
async fn arguments_are_not_ignored() {
    let database = TestDatabase::empty().await.unwrap();
    for (argument, code) in [("--help", 0), ("extra", 2)] {
        let mut seed = Command::new(env!("CARGO_BIN_EXE_seed"));
        let output = seed.arg(argument).env("DATABASE_URL", database.url()).output().unwrap();
        assert_eq!(output.status.code(), Some(code));
    }
    let mut connection = database.connect().await.unwrap();
    assert_eq!(texts(&mut connection, "select count(*) from pg_class where relname = 'claims'").await, ["0"]);
}

#[tokio::test]
async fn somebody_elses_payer_of_the_same_name_stops_everything() {
    let database = TestDatabase::migrated().await.unwrap();
    let mut connection = database.connect().await.unwrap();
    run(
        &mut connection,
        "insert into payers (payer_id, name, payer_type, timely_filing_days, appeal_filing_days)
         values ('BCBS-CA-001', 'Ours', 'commercial', 90, 90)",
    )
    .await;
    let output = seed(&database);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("in table payers, or rows that they depend on, exist with other content")
    );
    assert_eq!(texts(&mut connection, "select count(*) from payers").await, ["1"]);
}

#[tokio::test]
async fn production_is_never_seeded() {
    let database = TestDatabase::migrated().await.unwrap();
    let mut connection = database.connect().await.unwrap();
    run(&mut connection, "update database_environment set environment = 'production'").await;
    let output = seed(&database);
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8(output.stderr).unwrap().contains("is a production database"));
    assert_eq!(texts(&mut connection, "select count(*) from payers").await, ["0"]);
}

#[tokio::test]
async fn the_demo_keeps_the_rules() {
    let database = TestDatabase::migrated().await.unwrap();
    let mut connection = database.connect().await.unwrap();
    stdout(&seed(&database));
    for (rule, broken) in [
        (
            "a claim's amount is the sum of its lines",
            "select claim_id from claims
             where amount <> (select coalesce(sum(charge_amount), 0) from claim_lines where claim_lines.claim_id = claims.id)",
        ),
        (
            "what is open on a claim's denials is not more than what is unpaid",
            "select claims.claim_id from claims join denials on denials.claim_id = claims.id
             group by claims.id having sum(open_amount) > max(amount - paid_amount)",
        ),
        (
            "a denial's totals are the sums of its ledger",
            "select denials.id from denials left join denial_transactions on denial_id = denials.id
             group by denials.id
             having max(recovered_amount + written_off_amount + transferred_amount + adjusted_amount)
                 <> coalesce(sum(amount), 0)",
        ),
        (
            "a replacement has the original's patient and payer",
            "select new.claim_id from claims as new join claims as old on old.id = new.replaces_claim_id
             where (new.patient_reference, new.payer_id) <> (old.patient_reference, old.payer_id)",
        ),
        (
            "every denial code is in the library",
            "select denial_code from denials where denial_code not in (select denial_code from denial_code_library)",
        ),
    ] {
        assert_eq!(texts(&mut connection, broken).await, Vec::<String>::new(), "{rule}");
    }
    assert_eq!(texts(&mut connection, "select count(*) from denial_transactions").await, ["3"]);
}

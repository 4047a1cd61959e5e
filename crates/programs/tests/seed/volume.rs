//! `seed --volume`: realistic shares, every rule kept, the same rows for the same seed, only on an empty database.

use std::process::{Command, Output};

use chrono::NaiveDate;
use private_postgres::TestDatabase;
use rcm_schema::migrations::DEFINITION;
use rcm_seeds::volume::{Volume, load};
use tokio_postgres::Client;

use crate::{run, texts};

fn practice(seed: u64) -> Volume {
    let until = NaiveDate::from_ymd_opt(2025, 12, 31).unwrap();
    Volume { claims: 500, years: 2, until, payers: 5, seed }
}

async fn loaded(volume: &Volume) -> (TestDatabase, Client) {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    load(database.database(), volume, |_| ()).await.unwrap();
    let client = database.database().connect_client().await.unwrap();
    (database, client)
}

/// Every row, without the moment of its writing and the ids of what the database posts itself.
async fn digest(client: &Client) -> Vec<String> {
    let mut digest = Vec::new();
    for table in [
        "payers",
        "claims",
        "claim_diagnoses",
        "claim_lines",
        "denials",
        "denial_work_items",
        "appeals",
        "write_offs",
        "rebills",
        "postings",
        "payment_variances",
    ] {
        let without = "to_jsonb(kept) - 'created_at' - 'updated_at' - 'policy_id'";
        let own = match table {
            "postings" => {
                " - case when kind in ('write_off', 'rebilled') then array['id', 'takes_back_id'] else '{}' end"
            }
            _ => "",
        };
        let rows = format!("select cast({without}{own} as text) from {table} as kept order by 1");
        digest.extend(texts(client, &rows).await.into_iter().map(|row| format!("{table} {row}")));
    }
    digest
}

#[tokio::test]
async fn a_practice_has_everything_in_realistic_shares_and_keeps_the_rules() {
    let (_database, client) = loaded(&practice(1)).await;
    for nothing in ["reconcile()", "reconcile_claims()", "reconcile_work_list()"] {
        assert_eq!(texts(&client, &format!("select count(*) from {nothing}")).await, ["0"], "{nothing}");
    }
    assert_eq!(texts(&client, "select count(*) from claims").await, ["500"]);
    for (low, high, what) in [
        (300, 480, "claims where status = 'paid'"),
        (5, 60, "claims where status = 'submitted'"),
        (30, 75, "denials"),
        (3, 30, "denials where open_amount > 0"),
        (2, 30, "appeals"),
        (2, 30, "write_offs where status = 'approved'"),
        (2, 30, "rebills where status = 'paid'"),
        (2, 30, "payment_variances"),
        (300, 600, "postings where kind = 'payment' and amount > 0"),
        (300, 600, "postings where kind = 'contractual_adjustment'"),
        (100, 300, "postings where kind = 'patient_responsibility'"),
        (100, 300, "postings where kind = 'patient_payment'"),
        (2, 30, "postings where kind = 'rebilled'"),
        (1, 20, "postings where takes_back_id is not null and kind = 'payment'"),
        (1, 20, "postings where reverses_id is not null"),
        (1, 20, "denials where line_number is not null"),
    ] {
        let number: i64 = texts(&client, &format!("select count(*) from {what}")).await[0].parse().unwrap();
        assert!((low..=high).contains(&number), "{number} {what}");
    }
    let unknown = "select denial_code from denials except select denial_code from denial_code_library";
    assert!(texts(&client, unknown).await.is_empty(), "codes of the library");
    let largest =
        "select max(number) > 2 * min(number) from (select count(*) as number from claims group by payer_id) as sizes";
    assert_eq!(texts(&client, largest).await, ["true"]);
    let days = "select min(service_from) < '2024-02-01' and max(service_from) > '2025-12-01' from claims";
    assert_eq!(texts(&client, days).await, ["true"]);
}

#[tokio::test]
async fn the_same_seed_makes_the_same_rows() {
    let (_one, one) = loaded(&practice(7)).await;
    let (_other, other) = loaded(&practice(7)).await;
    let (_third, third) = loaded(&practice(8)).await;
    let rows = digest(&one).await;
    assert!(rows.len() > 2_000);
    assert!(rows == digest(&other).await, "another run with the same seed differs");
    assert!(rows != digest(&third).await, "another seed makes the same");
}

fn seed(database: &TestDatabase, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seed"));
    command.args(arguments).env("DATABASE_URL", database.url()).output().unwrap()
}

#[tokio::test]
async fn a_practice_is_made_once_and_never_in_production() {
    let database = TestDatabase::empty().await.unwrap();
    let made = seed(&database, &["--volume", "20", "--payers", "2"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    assert!(String::from_utf8(made.stdout).unwrap().starts_with("20 claims in "));
    let client = database.database().connect_client().await.unwrap();
    let before = digest(&client).await;
    let again = seed(&database, &["--volume", "20"]);
    assert_eq!(again.status.code(), Some(1));
    let error = String::from_utf8(again.stderr).unwrap();
    assert!(error.contains("has payers or claims already; nothing was changed"), "{error}");
    run(&client, "update database_environment set environment = 'production'").await;
    let production = seed(&database, &["--volume", "20"]);
    assert_eq!(production.status.code(), Some(4));
    assert_eq!(digest(&client).await, before);
}

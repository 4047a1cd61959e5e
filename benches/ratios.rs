//! What the crate's conveniences cost, as ratios against the bare way in the same run: `cargo bench`.
//!
//! The two sides of a pair alternate, so that a busy machine slows both; the median of each is compared.

#![allow(clippy::expect_used)]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use diesel::sql_types::BigInt;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use rcm_schema::models::Claim;
use rcm_schema::testing::TestDatabase;
use rcm_schema::{Result, migrations};
use tokio_postgres::NoTls;

#[tokio::main]
async fn main() -> Result<()> {
    startup_with_nothing_pending().await?;
    empty_to_head().await?;
    claim_by_business_id().await
}

fn report(name: &str, mut ours: Vec<Duration>, mut bare: Vec<Duration>) {
    ours.sort();
    bare.sort();
    let (ours_median, bare_median) = (ours[ours.len() / 2], bare[bare.len() / 2]);
    println!(
        "{name}: {:.2} times ({ours_median:?} against {bare_median:?}, medians of {})",
        ours_median.as_secs_f64() / bare_median.as_secs_f64(),
        ours.len()
    );
}

/// `run_pending` on an up-to-date database against connecting and one SELECT.
async fn startup_with_nothing_pending() -> Result<()> {
    let database = TestDatabase::migrated().await?;
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..100 {
        let start = Instant::now();
        migrations::run_pending(database.database()).await?;
        ours.push(start.elapsed());
        let start = Instant::now();
        let mut connection = database.connect().await?;
        diesel::select(diesel::dsl::sql::<BigInt>("count(*) from __diesel_schema_migrations"))
            .get_result::<i64>(&mut connection)
            .await?;
        bare.push(start.elapsed());
    }
    report("startup with nothing pending / connect and one SELECT", ours, bare);
    Ok(())
}

/// Every migration on an empty database against `psql -1` of the same SQL.
async fn empty_to_head() -> Result<()> {
    let mut folders: Vec<_> = std::fs::read_dir("migrations").expect("the migrations").flatten().collect();
    folders.sort_by_key(|folder| folder.file_name());
    let files = folders.into_iter().map(|folder| folder.path().join("up.sql")).filter(|file| file.exists());
    let sql: String = files.map(|file| std::fs::read_to_string(file).expect("a migration") + "\n").collect();
    let file = std::env::temp_dir().join(format!("rcm-schema-bench-{}.sql", std::process::id()));
    std::fs::write(&file, sql).expect("a temporary file");
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..10 {
        let database = TestDatabase::empty().await?;
        let start = Instant::now();
        migrations::run_pending(database.database()).await?;
        ours.push(start.elapsed());
        let database = TestDatabase::empty().await?;
        let url = database.url();
        let start = Instant::now();
        let status = Command::new("psql")
            .args(["-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-f"])
            .arg(&file)
            .arg(url)
            .stdout(Stdio::null())
            .status()
            .expect("psql");
        assert!(status.success());
        bare.push(start.elapsed());
    }
    std::fs::remove_file(&file).expect("the temporary file");
    report("empty to head / psql -1 of the same SQL", ours, bare);
    Ok(())
}

/// `Claim::by_claim_id` on a connection from the pool against a prepared statement of tokio-postgres.
async fn claim_by_business_id() -> Result<()> {
    let database = TestDatabase::migrated().await?;
    fill(&mut database.connect().await?).await?;
    let pool = database.database().pool().build().await?;
    let (client, connection) = tokio_postgres::connect(database.url(), NoTls).await.expect("a connection");
    tokio::spawn(connection);
    let statement = client.prepare("select * from claims where claim_id = $1").await.expect("a statement");
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for number in 0..2000 {
        let claim_id = format!("CLM-{number}");
        let start = Instant::now();
        Claim::by_claim_id(&mut *pool.get().await?, &claim_id).await?;
        ours.push(start.elapsed());
        let start = Instant::now();
        client.query_one(&statement, &[&claim_id]).await.expect("a claim");
        bare.push(start.elapsed());
    }
    report("claim by business id through the pool / prepared statement of tokio-postgres", ours, bare);
    Ok(())
}

async fn fill(connection: &mut AsyncPgConnection) -> Result<()> {
    connection
        .batch_execute(
            "insert into payers (payer_id, name, payer_type, timely_filing_days, appeal_filing_days)
             values ('BENCH-1', 'Bench', 'commercial', 90, 180);
             insert into claims (claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to)
             select 'CLM-' || number, 'PATIENT-' || number, payers.id, 'professional', 100, '2024-01-01', '2024-01-01'
             from payers, generate_series(0, 1999) as number;
             analyze claims",
        )
        .await?;
    Ok(())
}

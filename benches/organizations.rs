//! What an organization costs, for docs/scaling.md: `cargo bench --bench organizations`.
//!
//! Uses the server of DATABASE_URL, else a private one that doesn't wait for the disk. Prints ratios, bytes and rates;
//! the rates are of this machine, the rest is not.

#![allow(clippy::expect_used)]

use std::time::{Duration, Instant};

use chrono::NaiveDate;
use diesel::dsl::sql;
use diesel::sql_types::{BigInt, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use private_postgres::TestDatabase;
use rcm_schema::models::{Claim, NewClaim, NewClaimDiagnosis, NewClaimLine, NewDenial, NewPayer, NewPosting};
use rcm_schema::types::{ClaimType, PayerId, PayerType, PostingKind, Usd};
use rcm_schema::workflow::claims::WholeClaim;
use rcm_schema::workflow::{claims, denials, postings};
use rcm_schema::{Database, migrations};

const ORGANIZATIONS: usize = 100;
const AT_WORK: [usize; 4] = [1, 2, 4, 8];
const SPAN: Duration = Duration::from_secs(10);

/// What a bench fails with ends it.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    let database = TestDatabase::empty().await?;
    let schemas: Vec<String> = (1..=ORGANIZATIONS).map(|number| format!("org_{number:03}")).collect();
    let mut connection = database.connect().await?;
    let settings = "version() || ', fsync ' || current_setting('fsync') || ', shared_buffers ' || current_setting('shared_buffers')";
    println!("{}", diesel::select(sql::<Text>(settings)).get_result::<String>(&mut connection).await?);

    let before = number(&mut connection, "pg_database_size(current_database())").await?;
    make(&mut connection, database.database(), &schemas).await?;
    let after = number(&mut connection, "pg_database_size(current_database())").await?;
    let tables = "sum(pg_total_relation_size(oid))::int8 from pg_class where relkind = 'r' and relnamespace = 'org_001'::regnamespace";
    println!(
        "an empty organization: {} kB of tables and indexes, {} kB with its part of the system catalogs",
        number(&mut connection, tables).await? / 1024,
        (after - before) / 1024 / i64::try_from(ORGANIZATIONS).expect("a small number")
    );
    start(database.database(), &schemas).await?;
    for count in AT_WORK {
        work(database.database(), &schemas[..count]).await?;
    }
    sizes(&mut connection).await
}

async fn number(connection: &mut AsyncPgConnection, expression: &str) -> Result<i64> {
    Ok(diesel::select(sql::<BigInt>(expression)).get_result(connection).await?)
}

fn median(durations: &[Duration]) -> Duration {
    let mut sorted = durations.to_vec();
    sorted.sort();
    sorted[sorted.len() / 2]
}

fn compare(what: &str, first: &[Duration], last: &[Duration]) {
    let (first, last) = (median(first), median(last));
    println!(
        "{what}: the last ten of {ORGANIZATIONS} take {:.2} times as long as the first ten ({last:?} against {first:?}, medians)",
        last.as_secs_f64() / first.as_secs_f64()
    );
}

/// One organization after another, each from nothing. The time depends on what else the machine does, the pages don't.
async fn make(connection: &mut AsyncPgConnection, database: &Database, schemas: &[String]) -> Result<()> {
    let (mut durations, mut pages) = (Vec::new(), Vec::new());
    for schema in schemas {
        let bound = database.with_schema(schema);
        let before = pages_touched(connection).await?;
        let start = Instant::now();
        postgres_migrate::create_schema(&bound).await?;
        migrations::run_pending(&bound).await?;
        durations.push(start.elapsed());
        pages.push(pages_touched(connection).await? - before);
    }
    compare("a new organization", &durations[..10], &durations[durations.len() - 10..]);
    let last = pages.split_off(pages.len() - 10);
    println!(
        "a new organization: {} pages touched by the first ten, {} by the last ten",
        pages[..10].iter().sum::<i64>(),
        last.iter().sum::<i64>()
    );
    Ok(())
}

/// By sessions of the database that have ended: they hand in their numbers then.
async fn pages_touched(connection: &mut AsyncPgConnection) -> Result<i64> {
    let others = "count(*) from pg_stat_activity
         where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()";
    while number(connection, others).await? > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    number(connection, "blks_hit + blks_read from pg_stat_database where datname = current_database()").await
}

/// A service of an organization starts: nothing pending, a pool, the first query. The first ten and the last ten take
/// turns, so that a busy machine slows both.
async fn start(database: &Database, schemas: &[String]) -> Result<()> {
    let (first, last) = (&schemas[..10], &schemas[schemas.len() - 10..]);
    let mut durations = [Vec::new(), Vec::new()];
    for _ in 0..5 {
        for pair in first.iter().zip(last) {
            for (schema, durations) in [pair.0, pair.1].into_iter().zip(&mut durations) {
                let bound = database.with_schema(schema);
                let start = Instant::now();
                migrations::run_pending(&bound).await?;
                let pool = bound.pool().build().await?;
                drop(Claim::by_claim_id(&mut *pool.get().await?, "CLM-1").await);
                durations.push(start.elapsed());
            }
        }
    }
    compare("a service's start", &durations[0], &durations[1]);
    Ok(())
}

/// Clients at work, one an organization.
async fn work(database: &Database, schemas: &[String]) -> Result<()> {
    let tasks: Vec<_> = schemas.iter().map(|schema| tokio::spawn(client(database.with_schema(schema)))).collect();
    let (mut written, mut read) = (Vec::new(), Vec::new());
    for task in tasks {
        let (writes, reads) = task.await.expect("a client")?;
        written.push(writes);
        read.push(reads);
    }
    for (what, counts) in [("claims recorded", written), ("claims looked up", read)] {
        let rates: Vec<f64> = counts.iter().map(|count| f64::from(*count) / SPAN.as_secs_f64()).collect();
        let (least, most) = (rates.iter().copied().fold(f64::MAX, f64::min), rates.iter().copied().fold(0.0, f64::max));
        println!(
            "{} organizations at work, one connection each: {:.0} {what} a second, {least:.0} to {most:.0} in each",
            schemas.len(),
            rates.iter().sum::<f64>()
        );
    }
    Ok(())
}

async fn client(database: Database) -> Result<(u32, u32)> {
    let mut connection = database.connect().await?;
    let round = u32::try_from(number(&mut connection, "count(*) from claims").await?).expect("a small number");
    let payer = NewPayer::builder()
        .payer_id(format!("PAYER-{round}").parse()?)
        .name("Payer")
        .payer_type(PayerType::Commercial)
        .build();
    diesel::insert_into(rcm_schema::schema::payers::table).values(&payer).execute(&mut connection).await?;
    let (mut written, mut read) = (0, 0);
    let start = Instant::now();
    while start.elapsed() < SPAN {
        record(&mut connection, payer.id, round + written).await?;
        written += 1;
    }
    let start = Instant::now();
    while start.elapsed() < SPAN {
        let number = round + fastrand::u32(0..written);
        Claim::by_claim_id(&mut connection, &format!("CLM-{number}")).await?;
        read += 1;
    }
    Ok((written, read))
}

/// A submitted claim with two diagnoses and three lines, in one transaction; every tenth is denied, and a part recovered.
async fn record(connection: &mut AsyncPgConnection, payer: PayerId, number: u32) -> Result<()> {
    let day = NaiveDate::from_ymd_opt(2024, 1, 10).expect("a day");
    let usd = |text: &str| text.parse::<Usd>();
    let mut claim = NewClaim::builder()
        .claim_id(format!("CLM-{number}").parse()?)
        .patient_reference(format!("PATIENT-{}", number / 5).parse()?)
        .payer_id(payer)
        .claim_type(ClaimType::Professional)
        .amount(usd("450")?)
        .service_from(day)
        .service_to(day)
        .build();
    claim.submitted_on = Some(day);
    let diagnoses = vec![
        NewClaimDiagnosis::builder().claim_id(claim.id).ordinal(1).diagnosis_code("I10".parse()?).build(),
        NewClaimDiagnosis::builder().claim_id(claim.id).ordinal(2).diagnosis_code("E11.9".parse()?).build(),
    ];
    let mut lines = Vec::new();
    for line in 1..=3 {
        lines.push(
            NewClaimLine::builder()
                .claim_id(claim.id)
                .line_number(line)
                .procedure_code("99213".parse()?)
                .charge_amount(usd("150")?)
                .service_date(day)
                .build(),
        );
    }
    let claim = claims::record(connection, &WholeClaim { diagnoses, lines, ..WholeClaim::new(claim) }).await?;
    if number.is_multiple_of(10) {
        let denial = NewDenial::builder()
            .claim_id(claim.id)
            .denial_code("CO-197".parse()?)
            .denied_on(day)
            .denial_amount(usd("150")?)
            .build();
        let denial = denials::record(connection, &denial).await?;
        let payment = NewPosting::settling(&denial)
            .kind(PostingKind::Payment)
            .amount("100".parse()?)
            .posted_on(day)
            .posted_by("payment.poster")
            .build();
        postings::post(connection, None, &[payment]).await?;
    }
    Ok(())
}

/// Bytes a row, of the first organization's tables.
async fn sizes(connection: &mut AsyncPgConnection) -> Result<()> {
    connection.batch_execute("set search_path = org_001; set statement_timeout = 0").await?;
    connection.batch_execute("vacuum").await?;
    let claims = number(connection, "count(*) from claims").await?;
    let mut all = 0;
    for table in ["claims", "claim_diagnoses", "claim_lines", "denials", "postings"] {
        let rows = number(connection, &format!("count(*) from {table}")).await?;
        let heap = number(connection, &format!("pg_table_size('{table}')")).await?;
        let indexes = number(connection, &format!("pg_indexes_size('{table}')")).await?;
        println!("{table}: {} bytes a row and {} of its indexes, {rows} rows", heap / rows, indexes / rows);
        all += heap + indexes;
    }
    println!("a claim with all that belongs to it: {} bytes, {claims} claims", all / claims);
    Ok(())
}

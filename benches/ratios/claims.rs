//! What recording claims costs: each of a professional claim with a diagnosis and two lines.

use std::fmt::Write;
use std::io::Cursor;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use diesel_async::SimpleAsyncConnection;
use futures_util::SinkExt;
use private_postgres::TestDatabase;
use rcm_schema::migrations::DEFINITION;
use rcm_schema::models::{NewClaim, NewClaimDiagnosis, NewClaimLine, NewPayer};
use rcm_schema::schema::payers;
use rcm_schema::types::{ClaimId, ClaimType, PayerId, PayerType};
use rcm_schema::workflow::Commit;
use rcm_schema::workflow::claims::{self, WholeClaim};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, NoTls, Statement};

use crate::{Result, report};

const A_CALL: usize = 10_000;
const CALLS: usize = 7;

/// `claims::record_many` against COPY into the same tables, three in one transaction.
pub async fn many_claims() -> Result<()> {
    let bench = Bench::new().await?;
    let mut connection = bench.database.connect().await?;
    let client = bench.client().await;
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..CALLS {
        let claims = bench.whole(A_CALL);
        let start = Instant::now();
        claims::record_many(&mut connection, &claims, Commit::Together).await?;
        ours.push(start.elapsed());
        bare.push(copy(&client, &bench.whole(A_CALL)).await);
    }
    report("10,000 claims by record_many / by COPY into the same tables", ours, bare);
    Ok(())
}

/// `claims::record` against the same statements as SQL, and those against themselves without triggers and foreign keys.
pub async fn one_claim() -> Result<()> {
    let bench = Bench::new().await?;
    let mut connection = bench.database.connect().await?;
    let guarded = Statements::prepare(bench.client().await).await;
    let unguarded = bench.client().await;
    unguarded.batch_execute("set session_replication_role = replica").await.expect("the owner's rights");
    let unguarded = Statements::prepare(unguarded).await;
    claims::record_many(&mut connection, &bench.whole(A_CALL), Commit::Together).await?;
    connection.batch_execute("analyze").await?;
    let (mut typed, mut with, mut without) = (Vec::new(), Vec::new(), Vec::new());
    for whole in bench.whole(3000).chunks_exact(3) {
        let [one, other, third] = whole else { continue };
        let start = Instant::now();
        claims::record(&mut connection, one).await?;
        typed.push(start.elapsed());
        with.push(guarded.insert(other).await);
        without.push(unguarded.insert(third).await);
    }
    report("a claim by record / the same statements as SQL", typed, with.clone());
    report("a claim with two lines, guarded / without triggers and foreign keys", with, without);
    Ok(())
}

struct Bench {
    database: TestDatabase,
    payer: PayerId,
}

impl Bench {
    async fn new() -> Result<Self> {
        let database = TestDatabase::migrated(&DEFINITION).await?;
        let payer =
            NewPayer::builder().payer_id("BENCH-1".parse()?).name("Bench").payer_type(PayerType::Commercial).build();
        let insert = diesel::insert_into(payers::table).values(&payer);
        diesel_async::RunQueryDsl::execute(insert, &mut database.connect().await?).await?;
        Ok(Self { database, payer: payer.id })
    }

    async fn client(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(self.database.url(), NoTls).await.expect("a connection");
        tokio::spawn(connection);
        client
    }

    /// New claims of 100.00, submitted.
    fn whole(&self, number: usize) -> Vec<WholeClaim> {
        (0..number).map(|_| whole(self.payer)).collect()
    }
}

fn whole(payer: PayerId) -> WholeClaim {
    let id = ClaimId::new();
    let day = NaiveDate::from_ymd_opt(2024, 1, 1).expect("a day");
    let claim = NewClaim::builder()
        .id(id)
        .claim_id(format!("CLM-{}", id.0.simple()).to_uppercase().parse().expect("a business id"))
        .patient_reference("PATIENT-1".parse().expect("a reference"))
        .payer_id(payer)
        .claim_type(ClaimType::Professional)
        .amount("100".parse().expect("an amount"))
        .service_from(day)
        .service_to(day)
        .submitted_on(day)
        .build();
    let diagnosis = NewClaimDiagnosis::builder().claim_id(id).ordinal(1);
    let lines = [("99213", "60"), ("85025", "40")].into_iter().zip(1..).map(|((code, charge), number)| {
        NewClaimLine::builder()
            .claim_id(id)
            .line_number(number)
            .procedure_code(code.parse().expect("a code"))
            .charge_amount(charge.parse().expect("an amount"))
            .service_date(day)
            .diagnosis_pointer_1(1)
            .build()
    });
    WholeClaim {
        diagnoses: vec![diagnosis.diagnosis_code("I10".parse().expect("a code")).build()],
        lines: lines.collect(),
        ..WholeClaim::new(claim)
    }
}

const CLAIM: &str =
    "id, claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to, submitted_on";
const DIAGNOSIS: &str = "claim_id, ordinal, diagnosis_code";
const LINE: &str = "claim_id, line_number, procedure_code, charge_amount, service_date, diagnosis_pointer_1";

/// The time of three COPY in one transaction, without that of writing the text that they send.
async fn copy(client: &Client, rows: &[WholeClaim]) -> Duration {
    let (mut claims, mut diagnoses, mut lines) = (String::new(), String::new(), String::new());
    for WholeClaim { claim, diagnoses: of_claim, lines: services, .. } in rows {
        let NewClaim { id, claim_id, payer_id, claim_type, amount, service_from: day, .. } = claim;
        writeln!(claims, "{id}\t{claim_id}\tPATIENT-1\t{payer_id}\t{claim_type}\t{amount}\t{day}\t{day}\t{day}")
            .expect("memory");
        for NewClaimDiagnosis { ordinal, diagnosis_code, .. } in of_claim {
            writeln!(diagnoses, "{id}\t{ordinal}\t{diagnosis_code}").expect("memory");
        }
        for NewClaimLine { line_number, procedure_code, charge_amount, .. } in services {
            let procedure_code = procedure_code.as_ref().expect("a code");
            writeln!(lines, "{id}\t{line_number}\t{procedure_code}\t{charge_amount}\t{day}\t1").expect("memory");
        }
    }
    let start = Instant::now();
    client.batch_execute("begin").await.expect("a transaction");
    for (table, columns, text) in
        [("claims", CLAIM, claims), ("claim_diagnoses", DIAGNOSIS, diagnoses), ("claim_lines", LINE, lines)]
    {
        let sink = client.copy_in(&format!("copy {table} ({columns}) from stdin")).await.expect("a copy");
        let mut sink = std::pin::pin!(sink);
        sink.send(Cursor::new(text)).await.expect("rows");
        sink.finish().await.expect("rows that fit");
    }
    client.batch_execute("commit").await.expect("sums that fit");
    start.elapsed()
}

/// What `record` sends, prepared; values as text, which the server reads.
struct Statements {
    client: Client,
    claim: Statement,
    diagnosis: Statement,
    lines: Statement,
}

impl Statements {
    async fn prepare(client: Client) -> Self {
        let prepare = async |columns: &str, casts: &[&str], into: &str, rows: usize, returning: &str| {
            let mut values = Vec::new();
            for row in 0..rows {
                let row = casts
                    .iter()
                    .enumerate()
                    .map(|(column, cast)| format!("cast(${} as {cast})", row * casts.len() + column + 1));
                values.push(format!("({})", row.collect::<Vec<_>>().join(", ")));
            }
            let statement = format!("insert into {into} ({columns}) values {} {returning}", values.join(", "));
            client.prepare_typed(&statement, &vec![Type::TEXT; rows * casts.len()]).await.expect("a statement")
        };
        let claim = ["uuid", "text", "text", "uuid", "text", "numeric", "date", "date", "date"];
        let claim = prepare(CLAIM, &claim, "claims", 1, "returning *").await;
        let diagnosis = prepare(DIAGNOSIS, &["uuid", "smallint", "text"], "claim_diagnoses", 1, "").await;
        let line = ["uuid", "smallint", "text", "numeric", "date", "smallint"];
        let lines = prepare(LINE, &line, "claim_lines", 2, "").await;
        Self { client, claim, diagnosis, lines }
    }

    async fn insert(&self, whole: &WholeClaim) -> Duration {
        let WholeClaim { claim, diagnoses, lines, .. } = whole;
        let (id, day) = (claim.id.to_string(), claim.service_from.to_string());
        let claim = [
            id.clone(),
            claim.claim_id.to_string(),
            "PATIENT-1".into(),
            claim.payer_id.to_string(),
            claim.claim_type.to_string(),
            claim.amount.to_string(),
            day.clone(),
            day.clone(),
            day.clone(),
        ];
        let diagnosis = [id.clone(), "1".into(), diagnoses[0].diagnosis_code.to_string()];
        let lines: Vec<String> = lines
            .iter()
            .flat_map(|line| {
                [
                    id.clone(),
                    line.line_number.to_string(),
                    line.procedure_code.as_ref().expect("a code").to_string(),
                    line.charge_amount.to_string(),
                    day.clone(),
                    "1".into(),
                ]
            })
            .collect();
        let start = Instant::now();
        self.client.batch_execute("begin").await.expect("a transaction");
        self.client.query_one(&self.claim, &texts(&claim)).await.expect("a claim");
        self.client.execute(&self.diagnosis, &texts(&diagnosis)).await.expect("a diagnosis");
        self.client.execute(&self.lines, &texts(&lines)).await.expect("lines");
        self.client.batch_execute("commit").await.expect("a commit");
        start.elapsed()
    }
}

fn texts(values: &[String]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|value| -> &(dyn ToSql + Sync) { value }).collect()
}

//! What organizations on one node and on two post at once, for docs/scaling.md, on the coordinator of Citus that DATABASE_URL
//! names: `cargo bench --bench citus`. The rates are of this machine.

#![allow(clippy::expect_used)]

use std::time::{Duration, Instant};

use diesel::dsl::sql;
use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use private_postgres::TestDatabase;
use rcm_schema::models::{NewClaim, NewClaimLine, NewPayer, NewPosting};
use rcm_schema::types::{ClaimType, PayerType, PostingKind};
use rcm_schema::workflow::claims::WholeClaim;
use rcm_schema::workflow::{claims, postings};
use rcm_schema::{Database, migrations};

const SPAN: Duration = Duration::from_secs(10);
/// Connections at work in each organization.
const AT_WORK: usize = 4;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    let test = TestDatabase::empty().await?;
    let database = test.database();
    let mut connection = test.connect().await?;
    println!("{}", text(&mut connection, "citus_version()").await?);
    let mut placed = Vec::new();
    for schema in ["org_1", "org_2", "org_3"] {
        let bound = database.with_schema(schema);
        postgres_migrate::create_schema(&bound).await?;
        migrations::run_pending(&bound).await?;
        let node = format!(
            "(select nodename || ':' || nodeport from citus_shards where table_name::text = '{schema}.claims')"
        );
        placed.push((bound, text(&mut connection, &node).await?));
    }
    let first = &placed[0];
    let same = placed[1..].iter().find(|(_, node)| *node == first.1).expect("two organizations on a node");
    let other = placed[1..].iter().find(|(_, node)| *node != first.1).expect("organizations on two nodes");
    for _ in 0..2 {
        for (what, organizations) in [
            ("one organization", vec![&first.0]),
            ("two on one node", vec![&first.0, &same.0]),
            ("two on two nodes", vec![&first.0, &other.0]),
        ] {
            let tasks =
                organizations.iter().flat_map(|bound| (0..AT_WORK).map(|_| tokio::spawn(post((*bound).clone()))));
            let mut posted = 0;
            for task in tasks.collect::<Vec<_>>() {
                posted += task.await.expect("a client")?;
            }
            println!(
                "{what}, {AT_WORK} connections each: {:.0} postings a second",
                f64::from(posted) / SPAN.as_secs_f64()
            );
        }
    }
    Ok(())
}

async fn text(connection: &mut AsyncPgConnection, expression: &str) -> Result<String> {
    Ok(diesel::select(sql::<Text>(expression)).get_result(connection).await?)
}

/// Payments of a claim of its own, one a transaction.
async fn post(database: Database) -> Result<u32> {
    let mut connection = database.connect().await?;
    let day = "2024-01-10".parse()?;
    let payer = NewPayer::builder()
        .payer_id(format!("PAYER-{}", fastrand::u32(..)).parse()?)
        .name("Payer")
        .payer_type(PayerType::Commercial)
        .build();
    diesel::insert_into(rcm_schema::schema::payers::table).values(&payer).execute(&mut connection).await?;
    let mut claim = NewClaim::builder()
        .claim_id(format!("CLM-{}", fastrand::u32(..)).parse()?)
        .patient_reference("PATIENT-1".parse()?)
        .payer_id(payer.id)
        .claim_type(ClaimType::Professional)
        .amount("100000".parse()?)
        .service_from(day)
        .service_to(day)
        .build();
    claim.submitted_on = Some(day);
    let line = NewClaimLine::builder()
        .claim_id(claim.id)
        .line_number(1)
        .procedure_code("99213".parse()?)
        .charge_amount("100000".parse()?)
        .service_date(day)
        .build();
    let claim = claims::record(&mut connection, &WholeClaim { lines: vec![line], ..WholeClaim::new(claim) }).await?;
    let (start, mut posted) = (Instant::now(), 0);
    while start.elapsed() < SPAN {
        let payment = NewPosting::builder()
            .claim_id(claim.id)
            .kind(PostingKind::Payment)
            .amount("0.01".parse()?)
            .posted_on(day)
            .posted_by("payment.poster")
            .build();
        postings::post(&mut connection, None, &[payment]).await?;
        posted += 1;
    }
    Ok(posted)
}

//! Reading one row.

use rcm_schema::migrations::DEFINITION;
use std::time::Instant;

use private_postgres::TestDatabase;
use rcm_schema::models::Claim;
use tokio_postgres::NoTls;

use crate::{Result, insert_claims, report};

/// `Claim::by_claim_id` on a connection from the pool against the same on a connection of its own, and against a prepared
/// statement of tokio-postgres, whose row nobody reads.
pub async fn claim_by_business_id() -> Result<()> {
    let database = TestDatabase::migrated(&DEFINITION).await?;
    insert_claims(&mut database.connect().await?).await?;
    let pool = database.database().pool().build().await?;
    let (client, connection) = tokio_postgres::connect(database.url(), NoTls).await.expect("a connection");
    tokio::spawn(connection);
    let statement = client.prepare("select * from claims where claim_id = $1").await.expect("a statement");
    let mut own = database.connect().await?;
    let (mut ours, mut alone, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..6000 {
        let claim_id = format!("CLM-{}", number % 2000);
        // Each is the first to read a claim as often as the others.
        for turn in number..number + 3 {
            let start = Instant::now();
            match turn % 3 {
                0 => {
                    Claim::by_claim_id(&mut *pool.get().await?, &claim_id).await?;
                    ours.push(start.elapsed());
                }
                1 => {
                    Claim::by_claim_id(&mut own, &claim_id).await?;
                    alone.push(start.elapsed());
                }
                _ => {
                    client.query_one(&statement, &[&claim_id]).await.expect("a claim");
                    bare.push(start.elapsed());
                }
            }
        }
    }
    report("claim by business id through the pool / on one connection", ours.clone(), alone);
    report("claim by business id through the pool / prepared statement of tokio-postgres", ours, bare);
    Ok(())
}

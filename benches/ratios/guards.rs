//! What the guards of the ledger cost: the same insert with all triggers, and with none (foreign keys off, too).

use rcm_schema::migrations::DEFINITION;
use std::time::Instant;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use futures_util::future::join_all;
use private_postgres::TestDatabase;
use rcm_schema::schema::denials;
use rcm_schema::sql_types::{ClaimKey, DenialKey};
use rcm_schema::types::{ClaimId, DenialId};

use crate::{Result, report};

const CONNECTIONS: usize = 4;
const INSERTS: usize = 25;

pub async fn ledger_inserts() -> Result<()> {
    let database = TestDatabase::migrated(&DEFINITION).await?;
    let mut owner = database.connect().await?;
    crate::insert_claims(&mut owner).await?;
    crate::insert_denials(&mut owner).await?;
    let ids: Vec<(ClaimId, DenialId)> =
        denials::table.select((denials::claim_id, denials::id)).load(&mut owner).await?;
    let (mut guarded, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..CONNECTIONS {
        guarded.push(database.connect().await?);
        let mut unguarded = database.connect().await?;
        unguarded.batch_execute("set session_replication_role = replica").await?;
        bare.push(unguarded);
    }
    for (name, ids) in [("2000 denials", &ids[..]), ("one hot denial", &ids[..1])] {
        let (mut with, mut without) = (Vec::new(), Vec::new());
        for _ in 0..40 {
            let start = Instant::now();
            insert(&mut guarded, ids).await?;
            with.push(start.elapsed());
            let start = Instant::now();
            insert(&mut bare, ids).await?;
            without.push(start.elapsed());
        }
        let name = format!("{CONNECTIONS} sessions insert {INSERTS} postings each on {name} / without triggers");
        report(&name, with, without);
    }
    Ok(())
}

/// One posting a statement, on all connections at once.
async fn insert(connections: &mut [AsyncPgConnection], denials: &[(ClaimId, DenialId)]) -> Result<()> {
    let sessions = connections.iter_mut().map(async |connection| -> Result<()> {
        for _ in 0..INSERTS {
            let (claim, denial) = fastrand::choice(denials).expect("a denial");
            diesel::sql_query(
                "insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by)
                 values ($1, $2, 'payment', 0.01, '2024-02-01', 'payment.poster')",
            )
            .bind::<ClaimKey, _>(claim)
            .bind::<DenialKey, _>(denial)
            .execute(connection)
            .await?;
        }
        Ok(())
    });
    join_all(sessions).await.into_iter().collect()
}

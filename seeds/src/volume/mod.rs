//! A practice of any size: claims over years, and what became of them, in realistic shares. Drawn from a seed, and written
//! through the rules by two connections, batch by batch.

mod batch;
mod denied;
mod draw;
mod practice;
mod story;

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{Days, NaiveDate};
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use futures_util::future::try_join;
use rcm_schema::schema::payers;
use rcm_schema::workflow::payers::limit_filing;
use rcm_schema::{Database, Error};

use draw::Draw;
use story::Teller;

/// What is made. The same figures make the same rows, ids included, except the ids of what the database posts itself.
#[derive(Debug, Clone, Copy)]
pub struct Volume {
    /// How many claims, those that correct others among them.
    pub claims: u64,
    /// Over how many years they spread.
    pub years: u32,
    /// The last day.
    pub until: NaiveDate,
    /// How many payers; the second has half of the first one's claims, the third a third, and so on.
    pub payers: u32,
    /// What chance begins with.
    pub seed: u64,
}

/// Why it wasn't made, or not all of it.
#[derive(Debug, thiserror::Error)]
pub enum VolumeError {
    /// The database failed, or refused a row. The batches before are there as they should be.
    #[error(transparent)]
    Database(#[from] Error),
    /// There are payers or claims already, from a run that was cut off, too.
    #[error(
        "the database has payers or claims already; nothing was changed. \
         `cargo run --bin migrate -- reset` empties a development database"
    )]
    NotEmpty,
}

impl From<diesel::result::Error> for VolumeError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error.into())
    }
}

impl From<postgres_migrate::Error> for VolumeError {
    fn from(error: postgres_migrate::Error) -> Self {
        Self::Database(error.into())
    }
}

/// Claims of one transaction.
const BATCH: u64 = 5_000;

/// Fills an empty development database and gathers its statistics; ask `Runner::require_not_production` first. `progress`
/// hears of the claims of each batch once it is committed.
pub async fn load(database: &Database, volume: &Volume, progress: impl Fn(u64)) -> Result<(), VolumeError> {
    let mut connections = [database.connect().await?, database.connect().await?];
    let begin = volume.until - Days::new(u64::from(volume.years.max(1)) * 365);
    let payers = practice::payers(volume.payers, &mut Draw::new(volume.seed, 0, begin))?;
    let [first, second] = &mut connections;
    // The last statement waits for the disk, and so for everything before it. Of ten million claims it takes minutes.
    for connection in [&mut *first, &mut *second] {
        connection.batch_execute("set synchronous_commit = off; set statement_timeout = 0").await?;
    }
    first
        .transaction(async |connection: &mut AsyncPgConnection| {
            // Of two runs at once one waits, and finds the payers of the other.
            connection.batch_execute("lock table payers in share row exclusive mode").await?;
            // Every claim has a payer.
            if diesel::select(diesel::dsl::exists(payers::table.select(payers::id))).get_result(connection).await? {
                return Err(VolumeError::NotEmpty);
            }
            let new: Vec<_> = payers.iter().map(|(_, payer)| &payer.new).collect();
            diesel::insert_into(payers::table).values(new).execute(connection).await?;
            for (_, payer) in &payers {
                let source = "Provider agreement.";
                limit_filing(connection, payer.new.id, payer.claim_days, payer.appeal_days, source).await?;
            }
            Ok(())
        })
        .await?;

    let teller = Teller { volume, begin, payers };
    let next = AtomicU64::new(0);
    let write = async |connection: &mut AsyncPgConnection| {
        loop {
            let batch = next.fetch_add(1, Ordering::Relaxed);
            let before = batch * BATCH;
            if before >= volume.claims {
                return Ok::<_, VolumeError>(());
            }
            let number = BATCH.min(volume.claims - before);
            teller.batch(batch, before, number)?.write(connection).await?;
            progress(number);
        }
    };
    try_join(write(first), write(second)).await?;
    // In practice days pass between the versions of a row, and their room is used again.
    connections[0].batch_execute("reset synchronous_commit").await?;
    connections[0].batch_execute("vacuum (full) denials, appeals, write_offs, rebills").await?;
    connections[0].batch_execute("analyze").await?;
    Ok(())
}

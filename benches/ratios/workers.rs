//! Eight workers empty a work list of 10,000 items through the pool: each takes the most urgent, asks for its write-off, commits.

use std::collections::BTreeSet;
use std::time::Instant;

use diesel::QueryDsl;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use futures_util::future::try_join_all;
use private_postgres::TestDatabase;
use rcm_schema::migrations::DEFINITION;
use rcm_schema::models::{Denial, NewWriteOff};
use rcm_schema::types::{DenialId, WriteOffCategory, WriteOffReason};
use rcm_schema::views::WorkListFilter;
use rcm_schema::workflow::{work_list, write_offs};
use rcm_schema::{Error, schema::denials};

use crate::Result;

const WORKERS: usize = 8;

pub async fn eight_workers() -> Result<()> {
    let database = TestDatabase::migrated(&DEFINITION).await?;
    let mut owner = database.connect().await?;
    crate::insert_claims(&mut owner).await?;
    owner
        .batch_execute(
            "insert into denials (claim_id, denial_code, denied_on, denial_amount)
             select id, 'CO-197', date '2024-01-10' + number % 20, 100 + number from claims, generate_series(1, 5) as number;
             analyze denials, denial_work_items",
        )
        .await?;
    let pool = database.database().pool().max_size(u32::try_from(WORKERS)?).build().await?;
    let start = Instant::now();
    let taken = try_join_all((0..WORKERS).map(|worker| {
        let pool = pool.clone();
        tokio::spawn(async move { work(&mut *pool.get().await?, &format!("worker.{worker}")).await })
    }))
    .await?;
    let seconds = start.elapsed().as_secs_f64();
    let taken: Vec<DenialId> = taken.into_iter().collect::<Result<Vec<_>>>()?.concat();
    let distinct = taken.iter().collect::<BTreeSet<_>>().len();
    assert_eq!((taken.len(), distinct), (10_000, 10_000));
    println!("{WORKERS} workers took 10,000 items, each once: {:.0} a second", 10_000.0 / seconds);
    Ok(())
}

async fn work(connection: &mut AsyncPgConnection, worker: &str) -> Result<Vec<DenialId>> {
    let mut worked = Vec::new();
    loop {
        let done = connection
            .transaction(async |connection| -> std::result::Result<_, Error> {
                let Some(item) = work_list::take(connection, worker, &WorkListFilter::default()).await? else {
                    return Ok(None);
                };
                let denial: Denial = denials::table.find(item.denial_id).first(connection).await?;
                let request = NewWriteOff::builder(&denial)
                    .amount(item.open_amount)
                    .reason(WriteOffReason::BelowThreshold)
                    .category(WriteOffCategory::Financial)
                    .requested_by(worker)
                    .requested_on(denial.denied_on)
                    .build();
                write_offs::request(connection, &request).await?;
                Ok(Some(denial.id))
            })
            .await?;
        let Some(denial) = done else { return Ok(worked) };
        worked.push(denial);
    }
}

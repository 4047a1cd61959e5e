//! A service runs its work in spawned tasks: what a call returns can go from thread to thread.

use rcm_schema::models::{
    Appeal, AppealFilter, Claim, ClaimFilter, PaymentVariance, PaymentVarianceFilter, Rebill, RebillFilter, WriteOff,
    WriteOffFilter,
};
use rcm_schema::types::*;
use rcm_schema::views::{DenialToWork, WorkListFilter};
use rcm_schema::workflow::{Commit, appeals, claims, denials, postings, work_list};
use rcm_schema::{Error, PoolExt, reports, transaction};

use crate::world::{World, day};

#[tokio::test]
async fn lists_reports_and_commands_can_be_spawned() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let work = async move {
        let connection = &mut connection;
        assert_eq!(Claim::list(connection, &ClaimFilter::default(), None, 9).await?, []);
        assert_eq!(Appeal::list(connection, &AppealFilter::default(), None, 9).await?, []);
        assert_eq!(WriteOff::list(connection, &WriteOffFilter::default(), None, 9).await?, []);
        assert_eq!(Rebill::list(connection, &RebillFilter::default(), None, 9).await?, []);
        assert_eq!(PaymentVariance::list(connection, &PaymentVarianceFilter::default(), None, 9).await?, []);
        assert_eq!(DenialToWork::list(connection, &WorkListFilter::default(), None, 9).await?, []);
        assert_eq!(work_list::take(connection, "biller", &WorkListFilter::default()).await?, None);
        assert_eq!(reports::denials(connection, DenialGrouping::Payer, DateRange::default(), None).await?, []);
        claims::record_many(connection, &[], Commit::Together).await?;
        denials::record_many(connection, &[], Commit::Together).await?;
        postings::post_many(connection, &[], Commit::ByChunk).await?;
        let nothing = appeals::file(connection, AppealId::new(), day(1)).await;
        assert!(matches!(nothing, Err(Error::NotFound)), "{nothing:?}");
        transaction(connection, async |connection| denials::add_remarks(connection, DenialId::new(), &[]).await)
            .await?;
        Ok::<_, Error>(())
    };
    tokio::spawn(work).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_pool_does_a_transaction_whose_work_looks_at_what_the_caller_has() {
    let world = World::new().await;
    let pool = world.pool().await;
    let work = async move {
        let (appeal, filed_on) = (AppealId::new(), day(1));
        pool.transaction(async |connection| appeals::file(connection, appeal, filed_on).await).await
    };
    let nothing = tokio::spawn(work).await.unwrap();
    assert!(matches!(nothing, Err(Error::NotFound)), "{nothing:?}");
}

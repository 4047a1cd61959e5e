//! What the audit log costs whoever changes something, and whoever posts.

use std::time::{Duration, Instant};

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use private_postgres::TestDatabase;
use rcm_schema::migrations::DEFINITION;
use rcm_schema::models::{Denial, NewPaymentVariance, NewPosting, NewWriteOff, PaymentVariance};
use rcm_schema::types::{PostingKind, Usd, WriteOffCategory, WriteOffReason};
use rcm_schema::workflow::{denials, postings, variances, write_offs};

use crate::{Result, report};

const WITHOUT: &str = "
    do $$
    declare
        audited regclass;
    begin
        for audited in select tgrelid from pg_trigger where tgname = 'audit'
        loop
            execute format('drop trigger audit on %s', audited);
        end loop;
    end
    $$";

const NAMES: [&str; 4] = ["a denial assigned", "a write-off approved", "a variance resolved", "a posting"];

/// The same commands on two databases in turn; one of them doesn't audit.
pub async fn changes_and_postings() -> Result<()> {
    let (audited, unaudited) = (TestDatabase::migrated(&DEFINITION).await?, TestDatabase::migrated(&DEFINITION).await?);
    let (mut with, mut without) = (audited.connect().await?, unaudited.connect().await?);
    without.batch_execute(WITHOUT).await?;
    let (with_rows, without_rows) = (fill(&mut with).await?, fill(&mut without).await?);
    let mut times: [[Vec<Duration>; 2]; 4] = Default::default();
    for (number, (one, other)) in with_rows.iter().zip(&without_rows).enumerate() {
        let one = measure(&mut with, one).await?;
        let other = measure(&mut without, other).await?;
        // The first are slower: nothing is cached, nothing is planned.
        if number >= 20 {
            for (times, (one, other)) in times.iter_mut().zip(one.into_iter().zip(other)) {
                times[0].push(one);
                times[1].push(other);
            }
        }
    }
    for (name, [with, without]) in NAMES.into_iter().zip(times) {
        report(&format!("{name}, audited / not"), with, without);
    }
    Ok(())
}

/// Denials, each with a payment variance of its claim.
async fn fill(connection: &mut AsyncPgConnection) -> Result<Vec<(Denial, PaymentVariance)>> {
    crate::insert_claims(connection).await?;
    crate::insert_denials(connection).await?;
    let denials: Vec<Denial> = Denial::query().load(connection).await?;
    let mut rows = Vec::new();
    for denial in denials {
        let variance = NewPaymentVariance::builder()
            .claim_id(denial.claim_id)
            .paid_on(day())
            .expected_amount(usd("100"))
            .actual_amount(usd("80"))
            .build();
        rows.push((denial, variances::record(connection, &variance).await?));
    }
    connection.batch_execute("analyze").await?;
    Ok(rows)
}

async fn measure(
    connection: &mut AsyncPgConnection,
    (denial, variance): &(Denial, PaymentVariance),
) -> Result<[Duration; 4]> {
    let start = Instant::now();
    denials::assign(connection, denial.id, Some("billing.specialist")).await?;
    let assigned = start.elapsed();

    let request = NewWriteOff::builder(denial)
        .amount(usd("10"))
        .reason(WriteOffReason::Other)
        .category(WriteOffCategory::Financial)
        .requested_by("billing.specialist")
        .requested_on(day())
        .build();
    let requested = write_offs::request(connection, &request).await?;
    let start = Instant::now();
    write_offs::approve(connection, requested.id, "billing.manager", day()).await?;
    let approved = start.elapsed();

    let start = Instant::now();
    variances::resolve(connection, variance.id, "Paid in full.", day()).await?;
    let resolved = start.elapsed();

    let posting = NewPosting::builder()
        .claim_id(denial.claim_id)
        .denial_id(denial.id)
        .kind(PostingKind::Payment)
        .amount("10".parse()?)
        .posted_on(day())
        .posted_by("payment.poster")
        .build();
    let start = Instant::now();
    postings::post(connection, None, &[posting]).await?;
    Ok([assigned, approved, resolved, start.elapsed()])
}

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 2, 1).expect("a day")
}

fn usd(amount: &str) -> Usd {
    amount.parse().expect("dollars")
}

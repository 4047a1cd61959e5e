//! A file a story, told by the operations that a service calls, in the order in which it happened.

mod appeal_to_file;
mod appeal_under_review;
mod paid_visit;
mod rebill_with_modifier;
mod small_balance;
mod underpayment;
mod visit;

use chrono::NaiveDate;
use diesel_async::AsyncPgConnection;
use rcm_schema::models::NewPosting;
use rcm_schema::types::{ClaimId, PostingKind};
use rcm_schema::workflow::postings;
use rcm_schema::{Error, Result};

use crate::keys::Keys;

pub async fn write(connection: &mut AsyncPgConnection, keys: Keys) -> Result<()> {
    paid_visit::write(connection, keys).await?;
    appeal_under_review::write(connection, keys).await?;
    small_balance::write(connection, keys).await?;
    rebill_with_modifier::write(connection, keys).await?;
    underpayment::write(connection, keys).await?;
    appeal_to_file::write(connection, keys).await
}

/// What the payer of a claim paid and what its contract took off, US dollars.
async fn post_payment(
    connection: &mut AsyncPgConnection,
    claim: ClaimId,
    paid_on: NaiveDate,
    amounts: &[(PostingKind, &str)],
) -> Result<()> {
    let rows = amounts.iter().map(|(kind, amount)| {
        Ok(NewPosting::builder()
            .claim_id(claim)
            .kind(*kind)
            .amount(amount.parse()?)
            .posted_on(paid_on)
            .posted_by("payment.poster")
            .build())
    });
    postings::post(connection, None, &rows.collect::<Result<Vec<_>>>()?).await?;
    Ok(())
}

/// Month and day of 2024, the demo's year.
fn day(month: u32, day: u32) -> Result<NaiveDate> {
    NaiveDate::from_ymd_opt(2024, month, day)
        .ok_or(Error::Invalid { what: "day of the demo", rule: "a month and a day of 2024" })
}

//! Say what a payer's contract allows; note what others call it; make one of two payers.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::command::record_rows;
use super::{Parts, command, fetch_one};
use crate::error::Result;
use crate::models::{FilingRule, NewFilingRule, NewPayerIdentifier, PayerIdentifier, PayerMerge};
use crate::schema::{filing_rules, payer_identifiers, payer_merges};
use crate::types::{DeadlineBasis, FilingStep, PayerId};

/// Says how long a payer takes claims and corrections, in days from the last service, and first appeals, in days from the
/// remittance that denied. Later levels stay with the rules for its type or for any payer; write other rules of a payer
/// into [`filing_rules`]. The last days of its pending claims and open denials follow. For the owner of the tables.
///
/// Errors: a unique violation (`filing_rules_one_answer`) where the payer has such a rule already; a check violation for
/// a length of no or of more than 3,660 days; a foreign key violation for a payer that is not there.
pub async fn limit_filing(
    connection: &mut AsyncPgConnection,
    payer: PayerId,
    claim_days: i16,
    appeal_days: i16,
    source: &str,
) -> Result<Vec<FilingRule>> {
    let rules = [
        (FilingStep::OriginalClaim, DeadlineBasis::ServiceThrough, claim_days),
        (FilingStep::CorrectedClaim, DeadlineBasis::ServiceThrough, claim_days),
        (FilingStep::FirstLevel, DeadlineBasis::RemittanceReceipt, appeal_days),
    ]
    .map(|(step, basis, length)| {
        NewFilingRule::builder().payer_id(payer).step(step).basis(basis).length(length).source(source).build()
    });
    command(connection, "payers.limit_filing", Parts::One, async |connection: &mut AsyncPgConnection| {
        let insert = diesel::insert_into(filing_rules::table).values(&rules).returning(FilingRule::as_returning());
        let written: Vec<FilingRule> = insert.get_results(connection).await?;
        record_rows(written.len());
        Ok(written)
    })
    .await
}

/// Notes a number that others know a payer by; a payer has several.
///
/// Errors: a unique violation (`payer_identifiers_pkey`) where a payer has it already; a foreign key violation for a payer
/// that is not there.
pub async fn identify(connection: &mut AsyncPgConnection, identifier: &NewPayerIdentifier) -> Result<PayerIdentifier> {
    let insert =
        diesel::insert_into(payer_identifiers::table).values(identifier).returning(PayerIdentifier::as_returning());
    fetch_one(connection, "payers.identify", insert).await
}

/// Makes one of two payers that turned out to be the same: claims, denials and all that follows from them, policies, rules
/// and identifiers go to the second, and the first is taken out. Denials are triaged anew, as the second payer's policies
/// say. Whoever records something for the first meanwhile waits, and is then refused. For the owner of the tables.
///
/// Errors: a foreign key violation for a payer that is not there; a check violation (`payer_merges_two_payers`) for one
/// payer.
pub async fn merge(
    connection: &mut AsyncPgConnection,
    from: PayerId,
    into: PayerId,
    merged_by: &str,
) -> Result<PayerMerge> {
    let insert = diesel::insert_into(payer_merges::table)
        .values((
            payer_merges::from_payer_id.eq(from),
            payer_merges::into_payer_id.eq(into),
            payer_merges::merged_by.eq(merged_by),
        ))
        .returning(PayerMerge::as_returning());
    fetch_one(connection, "payers.merge", insert).await
}

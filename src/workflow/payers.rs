//! Note what others call a payer; make one of two payers.

use diesel::prelude::*;
use diesel_async::AsyncPgConnection;

use super::fetch_one;
use crate::error::Result;
use crate::models::{NewPayerIdentifier, PayerIdentifier, PayerMerge};
use crate::schema::{payer_identifiers, payer_merges};
use crate::types::PayerId;

/// Notes a number that others know a payer by; a payer has several.
///
/// Errors: a unique violation (`payer_identifiers_pkey`) where a payer has it already; a foreign key violation for a payer
/// that is not there.
pub async fn identify(connection: &mut AsyncPgConnection, identifier: &NewPayerIdentifier) -> Result<PayerIdentifier> {
    let insert =
        diesel::insert_into(payer_identifiers::table).values(identifier).returning(PayerIdentifier::as_returning());
    fetch_one(connection, insert).await
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
    fetch_one(connection, insert).await
}

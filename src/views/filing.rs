//! `claims_to_file`: pending claims by their last day to file.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::AsyncPgConnection;

use crate::error::Result;
use crate::models::cursor::in_pages;
use crate::models::{Cursor, debug_shows_id};
use crate::types::{BusinessId, ClaimId, ClaimType, PayerId, Usd};

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// Pending claims with their last day to file.
    claims_to_file (claim_id) {
        claim_id -> ClaimKey,
        claim -> Text,
        payer_id -> PayerKey,
        claim_type -> ClaimType,
        is_correction -> Bool,
        service_from -> Date,
        service_to -> Date,
        amount -> Numeric,
        file_by -> Date,
        days_left -> Integer,
    }
}

/// A pending claim and its last day to file.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, Eq, HasQuery)]
#[diesel(table_name = claims_to_file, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct ClaimToFile {
    pub claim_id: ClaimId,
    pub claim: BusinessId,
    pub payer_id: PayerId,
    pub claim_type: ClaimType,
    pub is_correction: bool,
    pub service_from: NaiveDate,
    pub service_to: NaiveDate,
    pub amount: Usd,
    pub file_by: NaiveDate,
    pub days_left: i32,
}

debug_shows_id!(ClaimToFile { claim_id });

in_pages!(ClaimToFile, claims_to_file: file_by asc NaiveDate, claim_id asc ClaimId);

impl ClaimToFile {
    /// Pending claims, the nearest last day first, those whose last day is over before them; at most `limit`, after the
    /// cursor. Counts the last day of each pending claim. Index: `claims_to_work`.
    pub async fn list(
        connection: &mut AsyncPgConnection,
        after: Option<Cursor<(NaiveDate, ClaimId)>>,
        limit: u32,
    ) -> Result<Vec<Self>> {
        page(connection, claims_to_file::table.into_boxed(), after, limit).await
    }
}

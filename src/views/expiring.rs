//! `denials_expiring`: denials of which the payer has nothing yet, by their last day.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::AsyncPgConnection;

use crate::error::Result;
use crate::models::cursor::in_pages;
use crate::models::{Cursor, debug_shows_id};
use crate::types::{Action, ClaimId, DenialCode, DenialId, PayerId, Usd};

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// Denials of which the payer has nothing yet, with the last day to file the corrected claim or to appeal.
    denials_expiring (denial_id) {
        denial_id -> DenialKey,
        claim_id -> ClaimKey,
        payer_id -> PayerKey,
        denial_code -> Text,
        denied_on -> Date,
        open_amount -> Numeric,
        action -> DenialAction,
        is_begun -> Bool,
        assigned_to -> Nullable<Text>,
        last_day -> Date,
        days_left -> Integer,
    }
}

/// A denial of which the payer has nothing yet, and until when its claim may be corrected, where that is to be done, else
/// appealed. `is_begun` where an appeal waits to be filed or a rebill to be submitted.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, Eq, HasQuery)]
#[diesel(table_name = denials_expiring, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct DenialExpiring {
    pub denial_id: DenialId,
    pub claim_id: ClaimId,
    pub payer_id: PayerId,
    pub denial_code: DenialCode,
    pub denied_on: NaiveDate,
    pub open_amount: Usd,
    pub action: Action,
    pub is_begun: bool,
    pub assigned_to: Option<String>,
    pub last_day: NaiveDate,
    pub days_left: i32,
}

debug_shows_id!(DenialExpiring { denial_id });

in_pages!(DenialExpiring, denials_expiring: last_day asc NaiveDate, denial_id asc DenialId);

impl DenialExpiring {
    /// Denials whose last day is `day` or later, the nearest first; at most `limit`, after the cursor. What
    /// expired before is found with an earlier day. Indexes:
    /// `denial_work_items_by_last_day`, `appeals_expiring`, `rebills_expiring`.
    pub async fn list(
        connection: &mut AsyncPgConnection,
        day: NaiveDate,
        after: Option<Cursor<(NaiveDate, DenialId)>>,
        limit: u32,
    ) -> Result<Vec<Self>> {
        let query = denials_expiring::table.filter(denials_expiring::last_day.ge(day)).into_boxed();
        page(connection, query, after, limit).await
    }
}

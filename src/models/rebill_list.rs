//! Lists of rebills.

use chrono::NaiveDate;
use diesel::dsl::{count_star, sum};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::cursor::in_pages;
use crate::models::{Cursor, Rebill, Totals};
use crate::schema::rebills;
use crate::types::{ClaimId, DateRange, PayerId, RebillId, RebillReason, RebillStatus};
use crate::views::rebill_recoveries;

/// Which rebills; each field that is given narrows the list, the default is all of them.
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(default))]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RebillFilter {
    /// In this state.
    pub status: Option<RebillStatus>,
    /// For this reason.
    pub reason: Option<RebillReason>,
    /// Of this denied claim.
    pub claim_id: Option<ClaimId>,
    /// Of claims of this payer.
    pub payer_id: Option<PayerId>,
    /// Submitted on one of these days.
    pub submitted_on: DateRange,
}

in_pages!(Rebill, rebills: submitted_on desc_nulls_first Option<NaiveDate>, id desc RebillId);

impl Rebill {
    /// The rebills that match: those not yet submitted, then newest submission first; then by id, greatest first. At
    /// most `limit`, after the cursor. A page that is shorter than `limit` is the last.
    ///
    /// Indexes: `rebills_by_reason` for a reason, `rebills_by_original_claim` for a claim, `rebills_by_payer` for a
    /// payer, `rebills_by_submission` for days of submission and for everything else.
    pub async fn list(
        connection: &mut AsyncPgConnection,
        filter: &RebillFilter,
        after: Option<Cursor<(Option<NaiveDate>, RebillId)>>,
        limit: u32,
    ) -> Result<Vec<Self>> {
        let query = match filter.payer_id {
            Some(_) => matching(filter).order(rebills::payer_id),
            None => matching(filter),
        };
        page(connection, query, after, limit).await
    }

    /// How many rebills match, and what they recovered on their new claims.
    pub async fn totals(connection: &mut AsyncPgConnection, filter: &RebillFilter) -> Result<Totals> {
        let query = rebill_recoveries::table
            .filter(rebill_recoveries::rebill_id.eq_any(matching(filter).select(rebills::id)))
            .select((count_star(), sum(rebill_recoveries::recovered_amount)));
        Ok(Totals::new(query.first(connection).await?))
    }
}

fn matching(filter: &RebillFilter) -> rebills::BoxedQuery<'_, Pg> {
    let mut query = rebills::table.into_boxed();
    if let Some(status) = filter.status {
        query = query.filter(rebills::status.eq(status));
    }
    if let Some(reason) = filter.reason {
        query = query.filter(rebills::reason.eq(reason));
    }
    if let Some(claim) = filter.claim_id {
        query = query.filter(rebills::original_claim_id.eq(claim));
    }
    if let Some(payer) = filter.payer_id {
        query = query.filter(rebills::payer_id.eq_any([payer]));
    }
    if let Some(day) = filter.submitted_on.from {
        query = query.filter(rebills::submitted_on.ge(day));
    }
    if let Some(day) = filter.submitted_on.to {
        query = query.filter(rebills::submitted_on.le(day));
    }
    query
}

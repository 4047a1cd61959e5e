//! Lists of denials.

use chrono::NaiveDate;
use diesel::dsl::{count_star, sum};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::cursor::in_pages;
use crate::models::{Cursor, Denial, Totals};
use crate::schema::denials;
use crate::types::{ClaimId, DateRange, DenialCode, DenialId, PayerId, ResolutionStatus};

/// Which denials; each field that is given narrows the list, the default is all of them.
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(default))]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DenialFilter {
    /// Of claims of this payer.
    pub payer_id: Option<PayerId>,
    /// Of this claim.
    pub claim_id: Option<ClaimId>,
    /// For this group and reason.
    pub denial_code: Option<DenialCode>,
    /// Settled so, or pending.
    pub resolution_status: Option<ResolutionStatus>,
    /// Assigned to this role or user id.
    pub assigned_to: Option<String>,
    /// Denied on one of these days.
    pub denied_on: DateRange,
}

in_pages!(Denial, denials: denied_on desc NaiveDate, id desc DenialId);

impl Denial {
    /// The denials that match, newest first, then by id, greatest first; at most `limit`, after the cursor. A page that
    /// is shorter than `limit` is the last.
    ///
    /// Indexes: `denials_by_claim` for a claim, `denials_by_assignee` for an assignee, `denials_by_payer` for a payer,
    /// `denials_by_payer_and_code` for a payer and a code, `denials_by_day` for days of denial and for everything else.
    pub async fn list(
        connection: &mut AsyncPgConnection,
        filter: &DenialFilter,
        after: Option<Cursor<(NaiveDate, DenialId)>>,
        limit: u32,
    ) -> Result<Vec<Self>> {
        let query = match (&filter.payer_id, &filter.assigned_to) {
            (Some(_), _) => matching(filter).order(denials::payer_id),
            (None, Some(_)) => matching(filter).order(denials::assigned_to),
            (None, None) => matching(filter),
        };
        page(connection, query, after, limit).await
    }

    /// How many denials match, and what they refuse.
    pub async fn totals(connection: &mut AsyncPgConnection, filter: &DenialFilter) -> Result<Totals> {
        let query = matching(filter).select((count_star(), sum(denials::denial_amount)));
        Ok(Totals::new(query.first(connection).await?))
    }
}

fn matching(filter: &DenialFilter) -> denials::BoxedQuery<'_, Pg> {
    let mut query = denials::table.into_boxed();
    if let Some(payer) = filter.payer_id {
        query = query.filter(denials::payer_id.eq_any([payer]));
    }
    if let Some(claim) = filter.claim_id {
        query = query.filter(denials::claim_id.eq(claim));
    }
    if let Some(code) = &filter.denial_code {
        query = query.filter(denials::denial_code.eq(code));
    }
    if let Some(status) = filter.resolution_status {
        query = query.filter(denials::resolution_status.eq(status));
    }
    if let Some(assignee) = &filter.assigned_to {
        query = query.filter(denials::assigned_to.eq_any([assignee]));
    }
    if let Some(day) = filter.denied_on.from {
        query = query.filter(denials::denied_on.ge(day));
    }
    if let Some(day) = filter.denied_on.to {
        query = query.filter(denials::denied_on.le(day));
    }
    query
}

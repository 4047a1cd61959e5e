//! Lists of appeals.

use chrono::NaiveDate;
use diesel::dsl::{count_star, sql, sum};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::cursor::in_pages;
use crate::models::{Appeal, Cursor, Totals};
use crate::schema::appeals;
use crate::types::{AppealId, AppealStatus, ClaimId, PayerId, Priority};

/// Which appeals; each field that is given narrows the list, the default is all of them.
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(default))]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppealFilter {
    /// In this state.
    pub status: Option<AppealStatus>,
    /// Neither decided nor withdrawn, or the contrary.
    pub open: Option<bool>,
    /// Of this priority.
    pub priority: Option<Priority>,
    /// Of this claim.
    pub claim_id: Option<ClaimId>,
    /// Of claims of this payer.
    pub payer_id: Option<PayerId>,
    /// Assigned to this role or user id.
    pub assigned_to: Option<String>,
    /// Overdue as of this day: neither filed nor withdrawn, and due before it.
    pub overdue_on: Option<NaiveDate>,
}

in_pages!(Appeal, appeals: due_on asc NaiveDate, id asc AppealId);

impl Appeal {
    /// The appeals that match, first due first, then by id; at most `limit`, after the cursor. A page that is shorter
    /// than `limit` is the last.
    ///
    /// Indexes: `appeals_by_status` for a state, `appeals_by_claim` for a claim, `appeals_by_payer` for a payer,
    /// `appeals_by_assignee` for an assignee's open ones, `appeals_to_file` for the overdue ones,
    /// `appeals_by_due_day` for everything else.
    pub async fn list(
        connection: &mut AsyncPgConnection,
        filter: &AppealFilter,
        after: Option<Cursor<(NaiveDate, AppealId)>>,
        limit: u32,
    ) -> Result<Vec<Self>> {
        let query = match (&filter.payer_id, &filter.assigned_to) {
            (Some(_), _) => matching(filter).order(appeals::payer_id),
            (None, Some(_)) if filter.open == Some(true) => matching(filter).order(appeals::assigned_to),
            _ => matching(filter),
        };
        page(connection, query, after, limit).await
    }

    /// How many appeals match, and what they ask for.
    pub async fn totals(connection: &mut AsyncPgConnection, filter: &AppealFilter) -> Result<Totals> {
        let query = matching(filter).select((count_star(), sum(appeals::appealed_amount)));
        Ok(Totals::new(query.first(connection).await?))
    }
}

fn matching(filter: &AppealFilter) -> appeals::BoxedQuery<'_, Pg> {
    let mut query = appeals::table.into_boxed();
    if let Some(status) = filter.status {
        query = query.filter(appeals::status.eq(status));
    }
    // These two are written as the indexes have them, so that a cached plan can use an index, too.
    if let Some(open) = filter.open {
        query = match open {
            true => query.filter(sql::<Bool>("status in ('pending', 'in_progress', 'submitted', 'under_review')")),
            false => query.filter(sql::<Bool>("status in ('approved', 'partially_approved', 'denied', 'withdrawn')")),
        };
    }
    if let Some(day) = filter.overdue_on {
        query = query.filter(sql::<Bool>("status in ('pending', 'in_progress')")).filter(appeals::due_on.lt(day));
    }
    if let Some(priority) = filter.priority {
        query = query.filter(appeals::priority.eq(priority));
    }
    if let Some(claim) = filter.claim_id {
        query = query.filter(appeals::claim_id.eq(claim));
    }
    if let Some(payer) = filter.payer_id {
        query = query.filter(appeals::payer_id.eq_any([payer]));
    }
    if let Some(assignee) = &filter.assigned_to {
        query = query.filter(appeals::assigned_to.eq_any([assignee]));
    }
    query
}

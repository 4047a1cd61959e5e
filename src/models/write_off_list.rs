//! Lists of write-offs.

use chrono::NaiveDate;
use diesel::dsl::{count_star, sql, sum};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::cursor::in_pages;
use crate::models::{Cursor, Totals, WriteOff};
use crate::schema::write_offs;
use crate::types::{ClaimId, DateRange, PayerId, WriteOffCategory, WriteOffId, WriteOffReason, WriteOffStatus};

/// Which write-offs; each field that is given narrows the list, the default is all of them.
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(default))]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WriteOffFilter {
    /// In this state.
    pub status: Option<WriteOffStatus>,
    /// For this reason.
    pub reason: Option<WriteOffReason>,
    /// Of this category.
    pub category: Option<WriteOffCategory>,
    /// Judged to be preventable, or judged not to be; neither finds those that nobody has judged.
    pub preventable: Option<bool>,
    /// Of this claim.
    pub claim_id: Option<ClaimId>,
    /// Of claims of this payer.
    pub payer_id: Option<PayerId>,
    /// Requested on one of these days.
    pub requested_on: DateRange,
}

in_pages!(WriteOff, write_offs: requested_on desc NaiveDate, id desc WriteOffId);

impl WriteOff {
    /// The write-offs that match, newest request first, then by id, greatest first; at most `limit`, after the cursor.
    /// A page that is shorter than `limit` is the last.
    ///
    /// Indexes: `write_offs_by_reason` for a reason, `write_offs_by_claim` for a claim, `write_offs_by_payer` for a
    /// payer, `write_offs_to_approve` for those that wait for approval, `write_offs_by_request` for days of request and
    /// for everything else.
    pub async fn list(
        connection: &mut AsyncPgConnection,
        filter: &WriteOffFilter,
        after: Option<Cursor<(NaiveDate, WriteOffId)>>,
        limit: u32,
    ) -> Result<Vec<Self>> {
        let query = match filter.payer_id {
            Some(_) => matching(filter).order(write_offs::payer_id),
            None => matching(filter),
        };
        page(connection, query, after, limit).await
    }

    /// How many write-offs match, and their amounts, whatever their state.
    pub async fn totals(connection: &mut AsyncPgConnection, filter: &WriteOffFilter) -> Result<Totals> {
        let query = matching(filter).select((count_star(), sum(write_offs::amount)));
        Ok(Totals::new(query.first(connection).await?))
    }
}

fn matching(filter: &WriteOffFilter) -> write_offs::BoxedQuery<'_, Pg> {
    let mut query = write_offs::table.into_boxed();
    query = match filter.status {
        // As the index has it, so that a cached plan can use the index, too.
        Some(WriteOffStatus::PendingApproval) => query.filter(sql::<Bool>("status = 'pending_approval'")),
        Some(status) => query.filter(write_offs::status.eq(status)),
        None => query,
    };
    if let Some(reason) = filter.reason {
        query = query.filter(write_offs::reason.eq(reason));
    }
    if let Some(category) = filter.category {
        query = query.filter(write_offs::category.eq(category));
    }
    if let Some(preventable) = filter.preventable {
        query = query.filter(write_offs::preventable.eq(preventable));
    }
    if let Some(claim) = filter.claim_id {
        query = query.filter(write_offs::claim_id.eq(claim));
    }
    if let Some(payer) = filter.payer_id {
        query = query.filter(write_offs::payer_id.eq_any([payer]));
    }
    if let Some(day) = filter.requested_on.from {
        query = query.filter(write_offs::requested_on.ge(day));
    }
    if let Some(day) = filter.requested_on.to {
        query = query.filter(write_offs::requested_on.le(day));
    }
    query
}

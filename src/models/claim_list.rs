//! Lists of claims.

use chrono::NaiveDate;
use diesel::dsl::{count_star, sql, sum};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::cursor::in_pages;
use crate::models::{Claim, Cursor, Totals};
use crate::schema::claims;
use crate::types::{ClaimId, ClaimStatus, DateRange, PatientReference, PayerId};

/// Which claims; each field that is given narrows the list, the default is all of them.
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(default))]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClaimFilter {
    /// To this payer.
    pub payer_id: Option<PayerId>,
    /// In this state.
    pub status: Option<ClaimStatus>,
    /// Whose first day of service is one of these.
    pub service_from: DateRange,
}

in_pages!(Claim, claims: service_from desc NaiveDate, id desc ClaimId);

impl Claim {
    /// The claims that match, newest service first, then by id, greatest first; at most `limit`, after the cursor. A page
    /// that is shorter than `limit` is the last.
    ///
    /// Indexes: `claims_to_work` for a state, `claims_by_payer` for a payer, `claims_to_work_by_payer` for both,
    /// `claims_by_service` for days of service and for everything else. Most claims are paid: those are found by payer or day, as
    /// are a payer's submitted ones, which are its newest.
    pub async fn list(
        connection: &mut AsyncPgConnection,
        filter: &ClaimFilter,
        after: Option<Cursor<(NaiveDate, ClaimId)>>,
        limit: u32,
    ) -> Result<Vec<Self>> {
        let query = match filter.payer_id {
            Some(_) => matching(filter).order(claims::payer_id),
            None => matching(filter),
        };
        page(connection, query, after, limit).await
    }

    /// A patient's claims, newest service first, at most `limit`, after the cursor. Index: `claims_by_patient`.
    pub async fn by_patient(
        connection: &mut AsyncPgConnection,
        patient: &PatientReference,
        after: Option<Cursor<(NaiveDate, ClaimId)>>,
        limit: u32,
    ) -> Result<Vec<Self>> {
        page(connection, claims::table.filter(claims::patient_reference.eq(patient)).into_boxed(), after, limit).await
    }

    /// How many claims match, and what they bill.
    pub async fn totals(connection: &mut AsyncPgConnection, filter: &ClaimFilter) -> Result<Totals> {
        let query = matching(filter).select((count_star(), sum(claims::amount)));
        Ok(Totals::new(query.first(connection).await?))
    }
}

fn matching(filter: &ClaimFilter) -> claims::BoxedQuery<'_, Pg> {
    let mut query = claims::table.into_boxed();
    if let Some(payer) = filter.payer_id {
        query = query.filter(claims::payer_id.eq_any([payer]));
    }
    if let Some(status) = filter.status {
        query = query.filter(claims::status.eq(status));
        // As the indexes have it, so that a cached plan can use them, too.
        if status != ClaimStatus::Paid {
            query = query.filter(sql::<Bool>("status <> 'paid'"));
            if status != ClaimStatus::Submitted {
                query = query.filter(sql::<Bool>("status not in ('paid', 'submitted')"));
            }
        }
    }
    if let Some(day) = filter.service_from.from {
        query = query.filter(claims::service_from.ge(day));
    }
    if let Some(day) = filter.service_from.to {
        query = query.filter(claims::service_from.le(day));
    }
    query
}

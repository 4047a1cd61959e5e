//! `payer_merges`: payers that turned out to be one.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::schema::payer_merges;
use crate::types::{BusinessId, PayerId, PayerMergeId};

/// A payer that was taken out, and the one that has now what it had; [`crate::workflow::payers::merge`] writes it.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Identifiable)]
#[diesel(table_name = payer_merges, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct PayerMerge {
    pub id: PayerMergeId,
    pub from_payer_id: PayerId,
    pub into_payer_id: PayerId,
    pub from_business_id: BusinessId,
    pub from_name: String,
    pub merged_by: String,
    pub recorded_login: String,
    pub recorded_role: String,
    pub created_at: DateTime<Utc>,
}

impl PayerMerge {
    /// What was merged into a payer, the first first. Index: `payer_merges_by_payer`.
    pub async fn by_payer(connection: &mut AsyncPgConnection, into: PayerId) -> Result<Vec<Self>> {
        let found = Self::query().filter(payer_merges::into_payer_id.eq(into));
        Ok(found.order(payer_merges::id).load(connection).await?)
    }
}

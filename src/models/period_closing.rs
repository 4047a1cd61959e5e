//! `period_closings`: until which day the books are closed.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::schema::period_closings;

/// A closing of the books; [`crate::workflow::periods::close`] writes it.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Identifiable)]
#[diesel(table_name = period_closings, primary_key(closed_through), check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct PeriodClosing {
    pub closed_through: NaiveDate,
    pub closed_by: String,
    pub is_last: bool,
    pub recorded_login: String,
    pub recorded_role: String,
    pub created_at: DateTime<Utc>,
}

impl PeriodClosing {
    /// The one that holds: nothing is posted or denied on or before its day. Index: `period_closings_one_is_last`.
    pub async fn last(connection: &mut AsyncPgConnection) -> Result<Self> {
        Ok(Self::query().filter(period_closings::is_last).get_result(connection).await?)
    }
}

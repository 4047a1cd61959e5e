//! `appeals`: a request that the payer reconsider a denial.

use bon::Builder;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::{Result, Rule};
use crate::models::{Claim, Denial, Payer, debug_shows_id};
use crate::schema::appeals;
use crate::types::{AppealId, AppealLevel, AppealStatus, ClaimId, DenialCode, DenialId, PayerId, Priority, Usd};

/// A request that the payer reconsider a denial.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = appeals, belongs_to(Denial), belongs_to(Claim), belongs_to(Payer), check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct Appeal {
    pub id: AppealId,
    pub denial_id: DenialId,
    pub claim_id: ClaimId,
    pub payer_id: PayerId,
    pub denial_code: DenialCode,
    pub appeal_level: AppealLevel,
    pub status: AppealStatus,
    pub priority: Priority,
    pub appealed_amount: Usd,
    pub approved_amount: Option<Usd>,
    pub paid_amount: Usd,
    pub due_on: NaiveDate,
    pub filed_on: Option<NaiveDate>,
    pub filed_late: bool,
    pub decided_on: Option<NaiveDate>,
    pub released_on: Option<NaiveDate>,
    pub granted_amount: Usd,
    pub reason: String,
    pub supporting_documents: serde_json::Value,
    pub assigned_to: Option<String>,
    pub payer_response: Option<String>,
    pub recorded_login: String,
    pub recorded_role: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// An appeal to make; [`crate::workflow::appeals::open`] writes it. Filed already when `filed_on` is given.
#[derive(Clone, PartialEq, Insertable, Builder)]
#[diesel(table_name = appeals)]
#[builder(on(String, into), start_fn(name = of, vis = ""))]
#[allow(missing_docs)]
pub struct NewAppeal {
    #[builder(start_fn)]
    pub denial_id: DenialId,
    #[builder(start_fn)]
    pub claim_id: ClaimId,
    #[builder(default = AppealId::new())]
    pub id: AppealId,
    pub appeal_level: AppealLevel,
    pub priority: Option<Priority>,
    pub appealed_amount: Usd,
    /// The last day that [`crate::models::FilingRule`]s allow, unless given.
    pub due_on: Option<NaiveDate>,
    pub filed_on: Option<NaiveDate>,
    pub reason: String,
    pub supporting_documents: Option<serde_json::Value>,
    pub assigned_to: Option<String>,
}

debug_shows_id!(Appeal, NewAppeal);

impl NewAppeal {
    /// An appeal against this denial.
    pub fn builder(denial: &Denial) -> NewAppealBuilder {
        Self::of(denial.id, denial.claim_id)
    }
}

impl Appeal {
    /// The appeals of a denial, in the order they were made. Index: `appeals_by_denial`.
    pub async fn by_denial(connection: &mut AsyncPgConnection, denial: DenialId) -> Result<Vec<Self>> {
        Ok(Self::query().filter(appeals::denial_id.eq(denial)).order(appeals::id).load(connection).await?)
    }
    /// The level that the next appeal against a denial is made at: the first, or the one after the last that was denied,
    /// partially approved, or released. Index: `appeals_by_denial`.
    ///
    /// Errors: [`Rule::AppealStillOpen`]; [`Rule::AppealLevelOutOfOrder`] after one was approved in full, and after all four.
    pub async fn next_level(connection: &mut AsyncPgConnection, denial: DenialId) -> Result<AppealLevel> {
        use AppealStatus::{Approved, Denied, PartiallyApproved, Withdrawn};
        let appeals: Vec<(AppealStatus, Option<NaiveDate>)> = appeals::table
            .filter(appeals::denial_id.eq(denial).and(appeals::status.ne(Withdrawn)))
            .select((appeals::status, appeals::released_on))
            .load(connection)
            .await?;
        for (status, released_on) in &appeals {
            match status {
                Denied | PartiallyApproved => {}
                Approved if released_on.is_some() => {}
                Approved => return Err(Rule::AppealLevelOutOfOrder.into()),
                _ => return Err(Rule::AppealStillOpen.into()),
            }
        }
        AppealLevel::ALL.get(appeals.len()).copied().ok_or_else(|| Rule::AppealLevelOutOfOrder.into())
    }
}

//! `org_policies`: what the organization does with a denial of a category and size.

use bon::Builder;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::Payer;
use crate::schema::org_policies;
use crate::types::{Action, DenialCategory, OrgPolicyId, PayerId, PolicyType, Usd};

/// What the organization does with a denial of a category and size.
#[derive(Debug, Clone, PartialEq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = org_policies, belongs_to(Payer), check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct OrgPolicy {
    pub id: OrgPolicyId,
    pub name: String,
    pub policy_type: PolicyType,
    pub payer_id: Option<PayerId>,
    pub denial_category: Option<DenialCategory>,
    pub min_amount: Usd,
    pub max_amount: Option<Usd>,
    pub days_to_act: i32,
    pub automatic: bool,
    pub priority_rank: i32,
    pub valid_from: Option<NaiveDate>,
    pub valid_to: Option<NaiveDate>,
    pub active: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A policy to insert.
#[derive(Debug, Clone, PartialEq, Insertable, Builder)]
#[diesel(table_name = org_policies)]
#[builder(on(String, into))]
#[allow(missing_docs)]
pub struct NewOrgPolicy {
    #[builder(default = OrgPolicyId::new())]
    pub id: OrgPolicyId,
    pub name: String,
    pub policy_type: PolicyType,
    pub payer_id: Option<PayerId>,
    pub denial_category: Option<DenialCategory>,
    pub min_amount: Option<Usd>,
    pub max_amount: Option<Usd>,
    pub days_to_act: i32,
    pub automatic: Option<bool>,
    pub priority_rank: i32,
    pub valid_from: Option<NaiveDate>,
    pub valid_to: Option<NaiveDate>,
    pub active: Option<bool>,
}

impl OrgPolicy {
    /// The policies that apply to an open amount of a denial on a day, the deciding one first. A few dozen rows: read
    /// whole, no index.
    pub async fn that_apply(
        connection: &mut AsyncPgConnection,
        payer: PayerId,
        category: DenialCategory,
        open_amount: &Usd,
        denied_on: NaiveDate,
    ) -> Result<Vec<Self>> {
        let mut policies: Vec<Self> = Self::query().filter(org_policies::active).load(connection).await?;
        policies.retain(|policy| policy.fits(payer, category, open_amount, denied_on));
        policies.sort_by(|one, other| one.decision_order().cmp(&other.decision_order()));
        Ok(policies)
    }

    /// Is it in use on the day of the denial, and for this payer, category and open amount?
    pub fn fits(&self, payer: PayerId, category: DenialCategory, open_amount: &Usd, denied_on: NaiveDate) -> bool {
        self.active
            && self.payer_id.is_none_or(|own| own == payer)
            && self.denial_category.is_none_or(|own| own == category)
            && self.min_amount <= *open_amount
            && self.max_amount.as_ref().is_none_or(|limit| open_amount < limit)
            && self.valid_from.is_none_or(|first| first <= denied_on)
            && self.valid_to.is_none_or(|last| denied_on <= last)
    }

    /// Which of several that fit decides, the least: lowest rank, then payer-specific, then category-specific, then the
    /// name, compared as bytes.
    pub fn decision_order(&self) -> impl Ord + '_ {
        (self.priority_rank, self.payer_id.is_none(), self.denial_category.is_none(), &self.name)
    }

    /// What it leads to.
    pub fn action(&self) -> Action {
        match self.policy_type {
            PolicyType::AppealThreshold => Action::Appeal,
            PolicyType::WriteOffThreshold => Action::WriteOff,
            PolicyType::RebillThreshold => Action::Rebill,
            PolicyType::TransferToPatient => Action::TransferToPatient,
        }
    }
}

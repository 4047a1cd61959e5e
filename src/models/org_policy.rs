//! `org_policies`: what the organization does with a denial of a category and size.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::Payer;
use crate::schema::org_policies;
use crate::types::{DenialCategory, OrgPolicyId, PayerId, PolicyType, Usd};

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
#[derive(Debug, Clone, PartialEq, Insertable, HasQuery)]
#[diesel(table_name = org_policies, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct NewOrgPolicy {
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
}

impl NewOrgPolicy {
    /// A policy in use for every payer, category, amount and day, not automatic.
    pub fn new(name: impl Into<String>, policy_type: PolicyType, days_to_act: i32, priority_rank: i32) -> Self {
        Self {
            id: OrgPolicyId::new(),
            name: name.into(),
            policy_type,
            payer_id: None,
            denial_category: None,
            min_amount: Usd::zero(),
            max_amount: None,
            days_to_act,
            automatic: false,
            priority_rank,
            valid_from: None,
            valid_to: None,
            active: true,
        }
    }
}

impl OrgPolicy {
    /// The policies that apply to an open amount of a denial on a day, the deciding one first: lowest rank, then
    /// payer-specific, then category-specific, then name. A few dozen rows: read whole, no index.
    pub async fn that_apply(
        connection: &mut AsyncPgConnection,
        payer: PayerId,
        category: DenialCategory,
        open_amount: &Usd,
        denied_on: NaiveDate,
    ) -> Result<Vec<Self>> {
        use org_policies as policy;
        Ok(Self::query()
            .filter(policy::active)
            .filter(policy::payer_id.is_null().or(policy::payer_id.eq(payer)))
            .filter(policy::denial_category.is_null().or(policy::denial_category.eq(category)))
            .filter(policy::min_amount.le(open_amount))
            .filter(policy::max_amount.is_null().or(policy::max_amount.gt(open_amount)))
            .filter(policy::valid_from.is_null().or(policy::valid_from.le(denied_on)))
            .filter(policy::valid_to.is_null().or(policy::valid_to.ge(denied_on)))
            .order((
                policy::priority_rank,
                policy::payer_id.is_null(),
                policy::denial_category.is_null(),
                // As bytes: the same order under every locale.
                diesel::dsl::sql::<Text>("org_policies.name collate \"C\""),
            ))
            .load(connection)
            .await?)
    }
}

//! `org_policies`: what the organization does with a denial of a category and size.

use bon::Builder;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::Payer;
use crate::schema::org_policies;
use crate::sql_types::PayerKey;
use crate::types::{DenialCategory, OrgPolicyId, PayerId, PayerTypes, PolicyType, Usd};

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
    pub payer_types: Option<PayerTypes>,
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
    pub payer_types: Option<PayerTypes>,
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
    /// The policies that apply to an open amount of a denial on a day, the first one first: by rank, those for the payer
    /// before those for any, those for the category before those for any, then by name. Triage skips those that appeal
    /// what is not appealable, and those that bill a patient for what the contract (group CO) forbids. A few dozen
    /// rows: read whole, no index.
    pub async fn that_apply(
        connection: &mut AsyncPgConnection,
        payer: PayerId,
        category: DenialCategory,
        open_amount: &Usd,
        denied_on: NaiveDate,
    ) -> Result<Vec<Self>> {
        use org_policies as policy;
        let for_its_type = sql::<Bool>("(select payer_type from payers where id = ")
            .bind::<PayerKey, _>(payer)
            .sql(") = any (payer_types)");
        Ok(Self::query()
            .filter(policy::active)
            .filter(policy::payer_id.is_null().or(policy::payer_id.eq(payer)))
            .filter(policy::payer_types.is_null().or(for_its_type))
            .filter(policy::denial_category.is_null().or(policy::denial_category.eq(category)))
            .filter(policy::min_amount.le(open_amount))
            .filter(policy::max_amount.is_null().or(policy::max_amount.gt(open_amount)))
            .filter(policy::valid_from.is_null().or(policy::valid_from.le(denied_on)))
            .filter(policy::valid_to.is_null().or(policy::valid_to.ge(denied_on)))
            .order((
                policy::priority_rank,
                policy::payer_id.is_null(),
                policy::denial_category.is_null(),
                sql::<Text>("name collate \"C\""),
            ))
            .load(connection)
            .await?)
    }
}

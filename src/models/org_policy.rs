//! `org_policies`: what the organization does with a denial of a code or category and size.

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
use crate::types::{DenialCategory, DenialCode, OrgPolicyId, PayerId, PayerTypes, PolicyType, Usd};

/// What the organization does with a denial of a code or category and size.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Debug, Clone, PartialEq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = org_policies, belongs_to(Payer), check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct OrgPolicy {
    pub id: OrgPolicyId,
    pub name: String,
    pub policy_type: PolicyType,
    pub payer_id: Option<PayerId>,
    pub denial_category: Option<DenialCategory>,
    pub denial_code: Option<DenialCode>,
    pub payer_types: Option<PayerTypes>,
    pub except_group: Option<String>,
    pub min_amount: Usd,
    pub max_amount: Option<Usd>,
    pub days_to_act: i32,
    pub automatic: bool,
    pub priority_rank: i32,
    pub valid_from: Option<NaiveDate>,
    pub valid_to: Option<NaiveDate>,
    pub active: bool,
    pub recorded_login: String,
    pub recorded_role: String,
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
    pub denial_code: Option<DenialCode>,
    pub payer_types: Option<PayerTypes>,
    /// The group of codes that it is not for, such as PR.
    pub except_group: Option<String>,
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
    /// before those for any, those for the code before those for its category before those for any, then by name. Triage
    /// skips those that appeal what has no appeal or what the library cures otherwise, and those that bill a patient for
    /// what the contract (group CO) forbids. A few dozen rows: read whole, no index.
    pub async fn that_apply(
        connection: &mut AsyncPgConnection,
        payer: PayerId,
        category: DenialCategory,
        denial_code: &DenialCode,
        open_amount: &Usd,
        denied_on: NaiveDate,
    ) -> Result<Vec<Self>> {
        use org_policies as policy;
        let group = denial_code.as_str().split('-').next().unwrap_or_default();
        let for_its_type = sql::<Bool>("(select payer_type from payers where id = ")
            .bind::<PayerKey, _>(payer)
            .sql(") = any (payer_types)");
        Ok(Self::query()
            .filter(policy::active)
            .filter(policy::policy_type.ne(PolicyType::ApprovalThreshold))
            .filter(policy::payer_id.is_null().or(policy::payer_id.eq(payer)))
            .filter(policy::payer_types.is_null().or(for_its_type))
            .filter(policy::denial_category.is_null().or(policy::denial_category.eq(category)))
            .filter(policy::denial_code.is_null().or(policy::denial_code.eq(denial_code)))
            .filter(policy::except_group.is_null().or(policy::except_group.ne(group)))
            .filter(policy::min_amount.le(open_amount))
            .filter(policy::max_amount.is_null().or(policy::max_amount.gt(open_amount)))
            .filter(policy::valid_from.is_null().or(policy::valid_from.le(denied_on)))
            .filter(policy::valid_to.is_null().or(policy::valid_to.ge(denied_on)))
            .order((
                policy::priority_rank,
                policy::payer_id.is_null(),
                policy::denial_code.is_null(),
                policy::denial_category.is_null(),
                sql::<Text>("name collate \"C\""),
            ))
            .load(connection)
            .await?)
    }
}

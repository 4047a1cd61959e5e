//! `adjustment_rules`: what an adjustment is to us, where it isn't what the library says.

use bon::Builder;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::Payer;
use crate::schema::adjustment_rules;
use crate::types::{AdjustmentRuleId, Disposition, PayerId};

/// What an adjustment is to us. A payer's own rule goes before one for all, one of a reason before one of its group.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = adjustment_rules, belongs_to(Payer), check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct AdjustmentRule {
    pub id: AdjustmentRuleId,
    pub payer_id: Option<PayerId>,
    pub group_code: String,
    pub reason_code: Option<String>,
    pub disposition: Disposition,
    pub recorded_login: String,
    pub recorded_role: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A rule to insert.
#[derive(Debug, Clone, PartialEq, Eq, Insertable, Builder)]
#[diesel(table_name = adjustment_rules)]
#[builder(on(String, into))]
#[allow(missing_docs)]
pub struct NewAdjustmentRule {
    #[builder(default = AdjustmentRuleId::new())]
    pub id: AdjustmentRuleId,
    pub payer_id: Option<PayerId>,
    pub group_code: String,
    pub reason_code: Option<String>,
    pub disposition: Disposition,
}

impl AdjustmentRule {
    /// All of them, by group and reason: an organization has a few.
    pub async fn all(connection: &mut AsyncPgConnection) -> Result<Vec<Self>> {
        Ok(Self::query().order((adjustment_rules::group_code, adjustment_rules::reason_code)).load(connection).await?)
    }
}

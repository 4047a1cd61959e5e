//! `coding_rules`: what a claim's coding must satisfy.

use bon::Builder;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::Payer;
use crate::schema::coding_rules;
use crate::types::{CodingRuleId, CodingRuleType, PayerId, ProcedureCode, ProcedureModifier, Severity};

/// What a claim's coding must satisfy.
#[derive(Debug, Clone, PartialEq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = coding_rules, belongs_to(Payer), check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct CodingRule {
    pub id: CodingRuleId,
    pub name: String,
    pub rule_type: CodingRuleType,
    pub payer_id: Option<PayerId>,
    pub procedure_from: ProcedureCode,
    pub procedure_to: ProcedureCode,
    pub procedure_modifier_1: Option<ProcedureModifier>,
    pub procedure_modifier_2: Option<ProcedureModifier>,
    pub companion_from: Option<ProcedureCode>,
    pub companion_to: Option<ProcedureCode>,
    pub companion_is_same_procedure: bool,
    pub companion_modifier: Option<ProcedureModifier>,
    pub modifier: Option<ProcedureModifier>,
    pub diagnosis_prefix_1: Option<String>,
    pub diagnosis_prefix_2: Option<String>,
    pub diagnosis_prefix_3: Option<String>,
    pub message: String,
    pub severity: Severity,
    pub active: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A rule to insert.
#[derive(Debug, Clone, PartialEq, Insertable, Builder)]
#[diesel(table_name = coding_rules)]
#[builder(on(String, into))]
#[allow(missing_docs)]
pub struct NewCodingRule {
    #[builder(default = CodingRuleId::new())]
    pub id: CodingRuleId,
    pub name: String,
    pub rule_type: CodingRuleType,
    pub payer_id: Option<PayerId>,
    pub procedure_from: ProcedureCode,
    pub procedure_to: ProcedureCode,
    pub procedure_modifier_1: Option<ProcedureModifier>,
    pub procedure_modifier_2: Option<ProcedureModifier>,
    pub companion_from: Option<ProcedureCode>,
    pub companion_to: Option<ProcedureCode>,
    pub companion_is_same_procedure: Option<bool>,
    pub companion_modifier: Option<ProcedureModifier>,
    pub modifier: Option<ProcedureModifier>,
    pub diagnosis_prefix_1: Option<String>,
    pub diagnosis_prefix_2: Option<String>,
    pub diagnosis_prefix_3: Option<String>,
    pub message: String,
    pub severity: Severity,
    pub active: Option<bool>,
}

impl CodingRule {
    /// The rules in use for a payer, its own and the general ones, errors first, then by name.
    /// A few dozen rows: read whole, no index.
    pub async fn that_apply(connection: &mut AsyncPgConnection, payer: PayerId) -> Result<Vec<Self>> {
        let mut rules: Vec<Self> = Self::query()
            .filter(coding_rules::active)
            .filter(coding_rules::payer_id.is_null().or(coding_rules::payer_id.eq(payer)))
            .order(coding_rules::name)
            .load(connection)
            .await?;
        rules.sort_by_key(|rule| rule.severity);
        Ok(rules)
    }
}

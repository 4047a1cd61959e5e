//! `coding_rules` and `coding_rule_diagnoses`: what a claim's coding must satisfy.

use bon::Builder;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::Payer;
use crate::schema::{coding_rule_diagnoses, coding_rules};
use crate::types::{
    CodingRuleId, CodingRuleType, DiagnosisCode, GlobalPeriod, PayerId, ProcedureCode, ProcedureModifier, Severity,
};

/// What a claim's coding must satisfy.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
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
    pub procedure_takes_50: Option<bool>,
    pub companion_from: Option<ProcedureCode>,
    pub companion_to: Option<ProcedureCode>,
    pub companion_is_same_procedure: bool,
    pub companion_modifier: Option<ProcedureModifier>,
    pub companion_global_period: Option<GlobalPeriod>,
    pub modifier: Option<ProcedureModifier>,
    pub may_be_bypassed: bool,
    pub message: String,
    pub severity: Severity,
    pub active: bool,
    pub recorded_login: String,
    pub recorded_role: String,
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
    pub procedure_takes_50: Option<bool>,
    pub companion_from: Option<ProcedureCode>,
    pub companion_to: Option<ProcedureCode>,
    pub companion_is_same_procedure: Option<bool>,
    pub companion_modifier: Option<ProcedureModifier>,
    pub companion_global_period: Option<GlobalPeriod>,
    pub modifier: Option<ProcedureModifier>,
    pub may_be_bypassed: Option<bool>,
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

/// A diagnosis of a rule: the start of ICD-10-CM codes, or a whole one.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable, Identifiable, Associations, Builder)]
#[diesel(table_name = coding_rule_diagnoses, primary_key(coding_rule_id, prefix))]
#[diesel(belongs_to(CodingRule), check_for_backend(diesel::pg::Pg))]
#[builder(on(String, into))]
#[allow(missing_docs)]
pub struct CodingRuleDiagnosis {
    pub coding_rule_id: CodingRuleId,
    pub prefix: String,
    pub header_since: Option<NaiveDate>,
}

impl CodingRuleDiagnosis {
    /// The diagnoses of these rules. Index: `coding_rule_diagnoses_pkey`.
    pub async fn of_rules(connection: &mut AsyncPgConnection, rules: &[CodingRule]) -> Result<Vec<Self>> {
        Ok(Self::belonging_to(rules).select(Self::as_select()).load(connection).await?)
    }

    /// Is the diagnosis one of these on the day of the service?
    pub fn matches(&self, diagnosis: &DiagnosisCode, on: NaiveDate) -> bool {
        let is_header = self.header_since.is_some_and(|since| since <= on);
        diagnosis.as_str().starts_with(&self.prefix) && !(is_header && diagnosis.as_str() == self.prefix)
    }
}

//! `filing_rules`: by when a payer must have a claim, its correction or an appeal.

use bon::Builder;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::Payer;
use crate::schema::{filing_rules, payers};
use crate::types::{ClaimType, DeadlineBasis, FilingRuleId, FilingStep, LengthUnit, PayerId, PayerType};

/// A time limit. Of those that fit, a payer's own goes before one of its type, that before one for any payer; then one of
/// the claim's type before one for any; then the one that began last.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = filing_rules, belongs_to(Payer), check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct FilingRule {
    pub id: FilingRuleId,
    pub payer_id: Option<PayerId>,
    pub payer_type: Option<PayerType>,
    pub claim_type: Option<ClaimType>,
    pub step: FilingStep,
    pub basis: DeadlineBasis,
    pub length: i16,
    pub unit: LengthUnit,
    pub receipt_days: i16,
    pub valid_from: Option<NaiveDate>,
    pub valid_to: Option<NaiveDate>,
    pub source: String,
    pub recorded_login: String,
    pub recorded_role: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A time limit to insert.
#[derive(Debug, Clone, PartialEq, Eq, Insertable, Builder)]
#[diesel(table_name = filing_rules)]
#[builder(on(String, into))]
#[allow(missing_docs)]
pub struct NewFilingRule {
    #[builder(default = FilingRuleId::new())]
    pub id: FilingRuleId,
    pub payer_id: Option<PayerId>,
    pub payer_type: Option<PayerType>,
    pub claim_type: Option<ClaimType>,
    pub step: FilingStep,
    pub basis: DeadlineBasis,
    pub length: i16,
    pub unit: Option<LengthUnit>,
    pub receipt_days: Option<i16>,
    pub valid_from: Option<NaiveDate>,
    pub valid_to: Option<NaiveDate>,
    pub source: String,
}

impl FilingRule {
    /// The rules that may decide for a payer: its own first, then those of its type, then those for any; of one kind by
    /// their ids. A few dozen rows: read whole, no index.
    pub async fn that_apply(connection: &mut AsyncPgConnection, payer: PayerId) -> Result<Vec<Self>> {
        let its_type = payers::table.find(payer).select(payers::payer_type.nullable()).single_value();
        Ok(Self::query()
            .filter(filing_rules::payer_id.is_null().or(filing_rules::payer_id.eq(payer)))
            .filter(filing_rules::payer_type.is_null().or(filing_rules::payer_type.eq(its_type)))
            .order((filing_rules::payer_id.is_null(), filing_rules::payer_type.is_null(), filing_rules::id))
            .load(connection)
            .await?)
    }
}

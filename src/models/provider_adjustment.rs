//! `provider_adjustments`: what a payer withholds or adds beside the claims.

use bigdecimal::BigDecimal;
use bon::Builder;
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::{Remittance, debug_shows_id};
use crate::schema::provider_adjustments;
use crate::types::RemittanceId;

/// What a payer withholds or adds beside the claims (X12 PLB).
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = provider_adjustments, primary_key(remittance_id, adjustment_number))]
#[diesel(belongs_to(Remittance), check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct ProviderAdjustment {
    pub remittance_id: RemittanceId,
    pub adjustment_number: i32,
    pub provider: Option<String>,
    pub fiscal_period_ends_on: Option<NaiveDate>,
    pub reason_code: Option<String>,
    pub reference: Option<String>,
    pub amount: BigDecimal,
}

/// What a payer withholds or adds, to store as it came.
#[derive(Clone, PartialEq, Insertable, Builder)]
#[diesel(table_name = provider_adjustments, treat_none_as_default_value = false)]
#[builder(on(String, into))]
#[allow(missing_docs)]
pub struct NewProviderAdjustment {
    pub remittance_id: RemittanceId,
    pub adjustment_number: i32,
    pub provider: Option<String>,
    pub fiscal_period_ends_on: Option<NaiveDate>,
    pub reason_code: Option<String>,
    pub reference: Option<String>,
    pub amount: BigDecimal,
}

debug_shows_id!(
    ProviderAdjustment { remittance_id, adjustment_number },
    NewProviderAdjustment { remittance_id, adjustment_number }
);

impl ProviderAdjustment {
    /// Those of a remittance, in its order. Index: `provider_adjustments_pkey`.
    pub async fn by_remittance(connection: &mut AsyncPgConnection, remittance: RemittanceId) -> Result<Vec<Self>> {
        let found = Self::query().filter(provider_adjustments::remittance_id.eq(remittance));
        Ok(found.order(provider_adjustments::adjustment_number).load(connection).await?)
    }
}

//! `remittance_claims`: what a remittance says of a claim.

use bigdecimal::BigDecimal;
use bon::Builder;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::{Claim, Remittance, debug_shows_id};
use crate::schema::remittance_claims;
use crate::types::{ClaimId, RemittanceClaimId, RemittanceId, WaitReason};

/// What a remittance says of a claim (X12 CLP).
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = remittance_claims, belongs_to(Remittance), belongs_to(Claim))]
#[diesel(check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct RemittanceClaim {
    pub id: RemittanceClaimId,
    pub remittance_id: RemittanceId,
    pub claim_number: i32,
    pub patient_control_number: Option<String>,
    pub payer_claim_control_number: Option<String>,
    pub claim_status: Option<String>,
    pub charge_amount: BigDecimal,
    pub paid_amount: BigDecimal,
    pub patient_amount: Option<BigDecimal>,
    pub filing_indicator: Option<String>,
    pub facility_code: Option<String>,
    pub frequency_code: Option<String>,
    pub drg: Option<String>,
    pub rendering_npi: Option<String>,
    pub service_from: Option<NaiveDate>,
    pub service_to: Option<NaiveDate>,
    pub received_on: Option<NaiveDate>,
    pub is_reversal: bool,
    pub is_prediction: bool,
    pub claim_id: Option<ClaimId>,
    pub matched_by: Option<String>,
    pub posted_on: Option<NaiveDate>,
    pub posted_by: Option<String>,
    pub being_posted: bool,
    pub waits_for: Option<WaitReason>,
    pub waits_for_rule: Option<String>,
    pub waiting_difference: Option<BigDecimal>,
    pub other_segments: serde_json::Value,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What a remittance says of a claim, to store as it came.
#[derive(Clone, PartialEq, Insertable, Builder)]
#[diesel(table_name = remittance_claims, treat_none_as_default_value = false)]
#[builder(on(String, into))]
#[allow(missing_docs)]
pub struct NewRemittanceClaim {
    #[builder(default = RemittanceClaimId::new())]
    pub id: RemittanceClaimId,
    pub remittance_id: RemittanceId,
    pub claim_number: i32,
    pub patient_control_number: Option<String>,
    pub payer_claim_control_number: Option<String>,
    pub claim_status: Option<String>,
    pub charge_amount: BigDecimal,
    pub paid_amount: BigDecimal,
    pub patient_amount: Option<BigDecimal>,
    pub filing_indicator: Option<String>,
    pub facility_code: Option<String>,
    pub frequency_code: Option<String>,
    pub drg: Option<String>,
    pub rendering_npi: Option<String>,
    pub service_from: Option<NaiveDate>,
    pub service_to: Option<NaiveDate>,
    pub received_on: Option<NaiveDate>,
    #[builder(default = serde_json::Value::Array(Vec::new()))]
    pub other_segments: serde_json::Value,
}

debug_shows_id!(RemittanceClaim, NewRemittanceClaim);

impl RemittanceClaim {
    /// Those of a remittance, in its order. Index: `remittance_claims_claim_number_unique`.
    pub async fn by_remittance(connection: &mut AsyncPgConnection, remittance: RemittanceId) -> Result<Vec<Self>> {
        let found = Self::query().filter(remittance_claims::remittance_id.eq(remittance));
        Ok(found.order(remittance_claims::claim_number).load(connection).await?)
    }

    /// What payers said of a claim, in the order in which it came. Index: `remittance_claims_by_claim`.
    pub async fn by_claim(connection: &mut AsyncPgConnection, claim: ClaimId) -> Result<Vec<Self>> {
        let found = Self::query().filter(remittance_claims::claim_id.eq(claim));
        Ok(found.order(remittance_claims::id).load(connection).await?)
    }

    /// What payers said under a control number (X12 CLP01), matched or not, in the order in which it came. Index:
    /// `remittance_claims_by_control_number`.
    pub async fn by_patient_control_number(connection: &mut AsyncPgConnection, number: &str) -> Result<Vec<Self>> {
        let found = Self::query().filter(remittance_claims::patient_control_number.eq(number));
        Ok(found.order(remittance_claims::id).load(connection).await?)
    }
}

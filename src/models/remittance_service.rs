//! `remittance_services`, `remittance_adjustments`, `remittance_remarks`: the parts of what a remittance says of a claim.

use bigdecimal::BigDecimal;
use bon::Builder;
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::{RemittanceClaim, debug_shows_id};
use crate::schema::{remittance_adjustments, remittance_remarks, remittance_services};
use crate::types::{ClaimId, Disposition, RemittanceClaimId};

/// What a remittance says of a service (X12 SVC).
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = remittance_services, primary_key(remittance_claim_id, service_number))]
#[diesel(belongs_to(RemittanceClaim), check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct RemittanceService {
    pub remittance_claim_id: RemittanceClaimId,
    pub service_number: i16,
    pub code_qualifier: Option<String>,
    pub code: Option<String>,
    pub modifier_1: Option<String>,
    pub modifier_2: Option<String>,
    pub modifier_3: Option<String>,
    pub modifier_4: Option<String>,
    pub revenue_code: Option<String>,
    pub billed_code: Option<String>,
    pub charge_amount: BigDecimal,
    pub paid_amount: BigDecimal,
    pub allowed_amount: BigDecimal,
    pub units_paid: Option<BigDecimal>,
    pub units_billed: Option<BigDecimal>,
    pub service_from: Option<NaiveDate>,
    pub service_to: Option<NaiveDate>,
    pub line_control_number: Option<String>,
    pub claim_id: Option<ClaimId>,
    pub line_number: Option<i16>,
}

/// What a remittance says of a service, to store as it came.
#[derive(Clone, PartialEq, Insertable, Builder)]
#[diesel(table_name = remittance_services, treat_none_as_default_value = false)]
#[builder(on(String, into))]
#[allow(missing_docs)]
pub struct NewRemittanceService {
    pub remittance_claim_id: RemittanceClaimId,
    pub service_number: i16,
    pub code_qualifier: Option<String>,
    pub code: Option<String>,
    pub modifier_1: Option<String>,
    pub modifier_2: Option<String>,
    pub modifier_3: Option<String>,
    pub modifier_4: Option<String>,
    pub revenue_code: Option<String>,
    pub billed_code: Option<String>,
    pub charge_amount: BigDecimal,
    pub paid_amount: BigDecimal,
    pub allowed_amount: BigDecimal,
    pub units_paid: Option<BigDecimal>,
    pub units_billed: Option<BigDecimal>,
    pub service_from: Option<NaiveDate>,
    pub service_to: Option<NaiveDate>,
    pub line_control_number: Option<String>,
}

/// What a payer doesn't pay, and why (X12 CAS).
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = remittance_adjustments, primary_key(remittance_claim_id, adjustment_number))]
#[diesel(belongs_to(RemittanceClaim), check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct RemittanceAdjustment {
    pub remittance_claim_id: RemittanceClaimId,
    pub adjustment_number: i16,
    pub service_number: Option<i16>,
    pub group_code: Option<String>,
    pub reason_code: Option<String>,
    pub amount: BigDecimal,
    pub quantity: Option<BigDecimal>,
    pub disposition: Option<Disposition>,
    pub is_assumed: bool,
    pub classified_by: Option<String>,
    pub denial_code: String,
}

/// What a payer doesn't pay, to store as it came. Posting says what it is to us.
#[derive(Clone, PartialEq, Insertable, Builder)]
#[diesel(table_name = remittance_adjustments, treat_none_as_default_value = false)]
#[builder(on(String, into))]
#[allow(missing_docs)]
pub struct NewRemittanceAdjustment {
    pub remittance_claim_id: RemittanceClaimId,
    pub adjustment_number: i16,
    pub service_number: Option<i16>,
    pub group_code: Option<String>,
    pub reason_code: Option<String>,
    pub amount: BigDecimal,
    pub quantity: Option<BigDecimal>,
}

/// A remark on a claim or a service (X12 LQ, MOA, MIA).
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, Eq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = remittance_remarks, primary_key(remittance_claim_id, remark_number))]
#[diesel(belongs_to(RemittanceClaim), check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct RemittanceRemark {
    pub remittance_claim_id: RemittanceClaimId,
    pub remark_number: i16,
    pub service_number: Option<i16>,
    pub code_list: Option<String>,
    pub code: String,
}

/// A remark to store as it came.
#[derive(Clone, PartialEq, Eq, Insertable, Builder)]
#[diesel(table_name = remittance_remarks, treat_none_as_default_value = false)]
#[builder(on(String, into))]
#[allow(missing_docs)]
pub struct NewRemittanceRemark {
    pub remittance_claim_id: RemittanceClaimId,
    pub remark_number: i16,
    pub service_number: Option<i16>,
    pub code_list: Option<String>,
    pub code: String,
}

debug_shows_id!(
    RemittanceService { remittance_claim_id, service_number },
    NewRemittanceService { remittance_claim_id, service_number },
    RemittanceAdjustment { remittance_claim_id, adjustment_number },
    NewRemittanceAdjustment { remittance_claim_id, adjustment_number },
    RemittanceRemark { remittance_claim_id, remark_number },
    NewRemittanceRemark { remittance_claim_id, remark_number }
);

impl RemittanceService {
    /// Those of a claim of a remittance, in its order. Index: `remittance_services_pkey`.
    pub async fn by_claim(connection: &mut AsyncPgConnection, claim: RemittanceClaimId) -> Result<Vec<Self>> {
        let found = Self::query().filter(remittance_services::remittance_claim_id.eq(claim));
        Ok(found.order(remittance_services::service_number).load(connection).await?)
    }
}

impl RemittanceAdjustment {
    /// Those of a claim of a remittance, in its order. Index: `remittance_adjustments_pkey`.
    pub async fn by_claim(connection: &mut AsyncPgConnection, claim: RemittanceClaimId) -> Result<Vec<Self>> {
        let found = Self::query().filter(remittance_adjustments::remittance_claim_id.eq(claim));
        Ok(found.order(remittance_adjustments::adjustment_number).load(connection).await?)
    }
}

impl RemittanceRemark {
    /// Those of a claim of a remittance, in its order. Index: `remittance_remarks_pkey`.
    pub async fn by_claim(connection: &mut AsyncPgConnection, claim: RemittanceClaimId) -> Result<Vec<Self>> {
        let found = Self::query().filter(remittance_remarks::remittance_claim_id.eq(claim));
        Ok(found.order(remittance_remarks::remark_number).load(connection).await?)
    }
}

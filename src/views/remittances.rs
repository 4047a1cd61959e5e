//! What came of the remittances, and what waits.

use bigdecimal::BigDecimal;
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::debug_shows_id;
use crate::types::*;

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// The number that each claim was sent as, which payers echo.
    claim_control_numbers (claim_id) {
        claim_id -> ClaimKey,
        control_number -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// Each remittance with what came of it.
    remittance_report (remittance_id) {
        remittance_id -> RemittanceKey,
        payer_id -> PayerKey,
        trace_number -> Nullable<Text>,
        paid_on -> Nullable<Date>,
        total_amount -> Numeric,
        provider_adjusted_amount -> Numeric,
        paid_amount -> Numeric,
        posted_amount -> Numeric,
        waiting_amount -> Numeric,
        difference -> Numeric,
        unaccounted_amount -> Numeric,
        claims -> BigInt,
        waiting_claims -> BigInt,
        needs_review -> Bool,
        is_closed -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// What payers said and is not posted.
    unposted (remittance_id) {
        remittance_id -> RemittanceKey,
        payer_id -> PayerKey,
        trace_number -> Nullable<Text>,
        paid_on -> Nullable<Date>,
        remittance_claim_id -> Nullable<RemittanceClaimKey>,
        claim_number -> Nullable<Integer>,
        patient_control_number -> Nullable<Text>,
        payer_claim_control_number -> Nullable<Text>,
        claim_status -> Nullable<Text>,
        charge_amount -> Nullable<Numeric>,
        claim_id -> Nullable<ClaimKey>,
        waits_for -> WaitReason,
        waits_for_rule -> Nullable<Text>,
        waiting_difference -> Nullable<Numeric>,
        waiting_amount -> Numeric,
        candidate_ids -> Array<ClaimKey>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    /// Codes that payers sent and nobody knows.
    adjustments_to_classify (denial_code) {
        denial_code -> Text,
        adjustments -> BigInt,
        amount -> Numeric,
        is_waiting -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// Money that payers withheld or carried forward, whose other side isn't here.
    provider_adjustments_to_review (remittance_id, adjustment_number) {
        remittance_id -> RemittanceKey,
        adjustment_number -> Integer,
        payer_id -> PayerKey,
        trace_number -> Nullable<Text>,
        paid_on -> Nullable<Date>,
        reason_code -> Nullable<Text>,
        reference -> Nullable<Text>,
        amount -> Numeric,
    }
}

/// A remittance with what came of it.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, HasQuery)]
#[diesel(table_name = remittance_report, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct RemittanceReport {
    pub remittance_id: RemittanceId,
    pub payer_id: PayerId,
    pub trace_number: Option<String>,
    pub paid_on: Option<NaiveDate>,
    pub total_amount: BigDecimal,
    pub provider_adjusted_amount: BigDecimal,
    pub paid_amount: BigDecimal,
    pub posted_amount: BigDecimal,
    pub waiting_amount: BigDecimal,
    pub difference: BigDecimal,
    pub unaccounted_amount: BigDecimal,
    pub claims: i64,
    pub waiting_claims: i64,
    pub needs_review: bool,
    pub is_closed: bool,
}

/// What a payer said of a claim and is not posted, with its reason and the claims that it may be about; or, without a claim, a
/// remittance that a person has to look at, with its difference.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, HasQuery)]
#[diesel(table_name = unposted, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct Unposted {
    pub remittance_id: RemittanceId,
    pub payer_id: PayerId,
    pub trace_number: Option<String>,
    pub paid_on: Option<NaiveDate>,
    pub remittance_claim_id: Option<RemittanceClaimId>,
    pub claim_number: Option<i32>,
    pub patient_control_number: Option<String>,
    pub payer_claim_control_number: Option<String>,
    pub claim_status: Option<String>,
    pub charge_amount: Option<BigDecimal>,
    pub claim_id: Option<ClaimId>,
    pub waits_for: WaitReason,
    pub waits_for_rule: Option<String>,
    pub waiting_difference: Option<BigDecimal>,
    pub waiting_amount: BigDecimal,
    pub candidate_ids: Vec<ClaimId>,
}

/// A code that payers sent and neither the library nor a rule knows.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Debug, Clone, PartialEq, HasQuery)]
#[diesel(table_name = adjustments_to_classify, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct AdjustmentToClassify {
    pub denial_code: String,
    pub adjustments: i64,
    pub amount: BigDecimal,
    pub is_waiting: bool,
}

/// Money that a payer withheld or carried forward, whose other side isn't here.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, HasQuery)]
#[diesel(table_name = provider_adjustments_to_review, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct ProviderAdjustmentToReview {
    pub remittance_id: RemittanceId,
    pub adjustment_number: i32,
    pub payer_id: PayerId,
    pub trace_number: Option<String>,
    pub paid_on: Option<NaiveDate>,
    pub reason_code: Option<String>,
    pub reference: Option<String>,
    pub amount: BigDecimal,
}

debug_shows_id!(
    RemittanceReport { remittance_id },
    Unposted { remittance_id, remittance_claim_id },
    ProviderAdjustmentToReview { remittance_id, adjustment_number }
);

impl RemittanceReport {
    /// What came of a remittance; [`crate::Error::NotFound`] where there is none.
    pub async fn by_id(connection: &mut AsyncPgConnection, remittance: RemittanceId) -> Result<Self> {
        Ok(Self::query().filter(remittance_report::remittance_id.eq(remittance)).get_result(connection).await?)
    }
}

impl Unposted {
    /// What waits of a remittance, in its order, the remittance itself last. Indexes: `remittance_claims_unposted`,
    /// `remittances_pkey`.
    pub async fn by_remittance(connection: &mut AsyncPgConnection, remittance: RemittanceId) -> Result<Vec<Self>> {
        let found = Self::query().filter(unposted::remittance_id.eq(remittance));
        Ok(found.order(unposted::claim_number).load(connection).await?)
    }
}

impl AdjustmentToClassify {
    /// All of them, the most money first. Indexes: `remittance_adjustments_assumed`, `remittance_claims_unposted`.
    pub async fn all(connection: &mut AsyncPgConnection) -> Result<Vec<Self>> {
        Ok(Self::query()
            .order((adjustments_to_classify::amount.desc(), adjustments_to_classify::denial_code))
            .load(connection)
            .await?)
    }
}

impl ProviderAdjustmentToReview {
    /// All of them, in the order in which they came. Indexes: `provider_adjustments_to_settle`,
    /// `remittance_claims_by_control_number`, `remittance_claims_reversals`.
    pub async fn all(connection: &mut AsyncPgConnection) -> Result<Vec<Self>> {
        use provider_adjustments_to_review as listed;
        Ok(Self::query().order((listed::remittance_id, listed::adjustment_number)).load(connection).await?)
    }
}

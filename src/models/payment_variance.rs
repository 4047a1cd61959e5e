//! `payment_variances`: a payment beside what the contract says.

use bigdecimal::BigDecimal;
use bon::Builder;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;

use crate::models::{Appeal, Claim, Payer, debug_shows_id};
use crate::schema::payment_variances;
use crate::types::{AppealId, ClaimId, PayerId, PaymentVarianceId, SignedUsd, Usd, VarianceReason, VarianceType};

/// A payment beside what the contract says.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = payment_variances, belongs_to(Claim), belongs_to(Payer), belongs_to(Appeal), check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct PaymentVariance {
    pub id: PaymentVarianceId,
    pub claim_id: ClaimId,
    pub payer_id: PayerId,
    pub paid_on: NaiveDate,
    pub expected_amount: Usd,
    pub actual_amount: Usd,
    pub variance_reason: Option<VarianceReason>,
    pub needs_appeal: bool,
    pub appeal_id: Option<AppealId>,
    pub resolution: Option<String>,
    pub resolved_on: Option<NaiveDate>,
    pub variance_amount: SignedUsd,
    pub variance_percentage: BigDecimal,
    pub variance_type: VarianceType,
    pub recorded_login: String,
    pub recorded_role: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A variance to insert; amount, percentage and type are computed.
#[derive(Clone, PartialEq, Insertable, Builder)]
#[diesel(table_name = payment_variances)]
#[builder(on(String, into))]
#[allow(missing_docs)]
pub struct NewPaymentVariance {
    #[builder(default = PaymentVarianceId::new())]
    pub id: PaymentVarianceId,
    pub claim_id: ClaimId,
    pub paid_on: NaiveDate,
    pub expected_amount: Usd,
    pub actual_amount: Usd,
    pub variance_reason: Option<VarianceReason>,
    pub needs_appeal: Option<bool>,
    pub appeal_id: Option<AppealId>,
    pub resolution: Option<String>,
    pub resolved_on: Option<NaiveDate>,
}

debug_shows_id!(PaymentVariance, NewPaymentVariance);

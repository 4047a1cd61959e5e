//! `payment_variances`: a payment beside what the contract says.

use bigdecimal::BigDecimal;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;

use crate::models::{Appeal, Claim, debug_shows_id};
use crate::schema::payment_variances;
use crate::types::{AppealId, ClaimId, PaymentVarianceId, SignedUsd, Usd, VarianceReason, VarianceType};

/// A payment beside what the contract says.
#[derive(Clone, PartialEq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = payment_variances, belongs_to(Claim), belongs_to(Appeal), check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct PaymentVariance {
    pub id: PaymentVarianceId,
    pub claim_id: ClaimId,
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
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A variance to insert; amount, percentage and type are computed.
#[derive(Clone, PartialEq, Insertable, HasQuery)]
#[diesel(table_name = payment_variances, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct NewPaymentVariance {
    pub id: PaymentVarianceId,
    pub claim_id: ClaimId,
    pub paid_on: NaiveDate,
    pub expected_amount: Usd,
    pub actual_amount: Usd,
    pub variance_reason: Option<VarianceReason>,
    pub needs_appeal: bool,
    pub appeal_id: Option<AppealId>,
    pub resolution: Option<String>,
    pub resolved_on: Option<NaiveDate>,
}

debug_shows_id!(PaymentVariance, NewPaymentVariance);

impl NewPaymentVariance {
    /// An unresolved variance of unknown reason.
    pub fn new(claim_id: ClaimId, paid_on: NaiveDate, expected_amount: Usd, actual_amount: Usd) -> Self {
        Self {
            id: PaymentVarianceId::new(),
            claim_id,
            paid_on,
            expected_amount,
            actual_amount,
            variance_reason: None,
            needs_appeal: false,
            appeal_id: None,
            resolution: None,
            resolved_on: None,
        }
    }
}

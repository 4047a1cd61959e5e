//! `claims`: one bill to one payer.

use bon::Builder;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::{Payer, debug_shows_id};
use crate::schema::claims;
use crate::types::{
    BusinessId, ClaimId, ClaimStatus, ClaimType, FrequencyCode, PatientReference, PayerId, SignedUsd, Usd, UsdTotal,
};

/// One bill to one payer.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = claims, belongs_to(Payer), check_for_backend(Pg))]
#[allow(missing_docs)]
pub struct Claim {
    pub id: ClaimId,
    pub claim_id: BusinessId,
    #[cfg_attr(feature = "serde", serde(skip))]
    pub patient_reference: PatientReference,
    pub payer_id: PayerId,
    pub claim_type: ClaimType,
    pub frequency_code: FrequencyCode,
    pub replaces_claim_id: Option<ClaimId>,
    pub amount: Usd,
    pub service_from: NaiveDate,
    pub service_to: NaiveDate,
    pub submitted_on: Option<NaiveDate>,
    pub voided_on: Option<NaiveDate>,
    pub paid_amount: SignedUsd,
    pub contractual_amount: SignedUsd,
    pub patient_responsibility_amount: SignedUsd,
    pub other_payer_amount: SignedUsd,
    pub written_off_amount: Usd,
    pub rebilled_amount: Usd,
    pub patient_paid_amount: SignedUsd,
    pub patient_written_off_amount: Usd,
    pub open_denied_amount: Usd,
    pub answers: i32,
    pub filed_appeals: i32,
    pub payer_balance_amount: SignedUsd,
    pub patient_balance_amount: SignedUsd,
    pub status: ClaimStatus,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A claim to record; [`crate::workflow::claims::record`] writes it with its lines. Submitted already when `submitted_on`
/// is given.
#[derive(Clone, PartialEq, Insertable, Builder)]
// A statement with a default in it is prepared anew each time.
#[diesel(table_name = claims, treat_none_as_default_value = false)]
#[builder(on(String, into))]
#[allow(missing_docs)]
pub struct NewClaim {
    #[builder(default = ClaimId::new())]
    pub id: ClaimId,
    pub claim_id: BusinessId,
    pub patient_reference: PatientReference,
    pub payer_id: PayerId,
    pub claim_type: ClaimType,
    pub amount: Usd,
    pub service_from: NaiveDate,
    pub service_to: NaiveDate,
    pub submitted_on: Option<NaiveDate>,
    #[builder(default = FrequencyCode::Original)]
    pub frequency_code: FrequencyCode,
    pub replaces_claim_id: Option<ClaimId>,
}

debug_shows_id!(Claim, NewClaim);

impl Claim {
    /// What payer and patient still owe, US dollars; below zero where they paid too much.
    pub fn balance(&self) -> UsdTotal {
        &self.payer_balance_amount + &self.patient_balance_amount
    }

    /// The claim with this business id, such as CLM-2024-001235; [`crate::Error::NotFound`] where there is none.
    /// Index: `claims_claim_id_unique`.
    pub async fn by_claim_id(connection: &mut AsyncPgConnection, claim_id: &str) -> Result<Self> {
        Ok(Self::query().filter(claims::claim_id.eq(claim_id)).get_result(connection).await?)
    }
}

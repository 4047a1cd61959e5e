//! `claims`: one bill to one payer.

use bon::Builder;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::cursor::in_pages;
use crate::models::{Cursor, Payer, debug_shows_id};
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

in_pages!(Claim, claims: service_from desc NaiveDate, id desc ClaimId);

impl Claim {
    /// What payer and patient still owe, US dollars; below zero where they paid too much.
    pub fn balance(&self) -> UsdTotal {
        &self.payer_balance_amount + &self.patient_balance_amount
    }

    /// The claim with this business id, such as CLM-2024-001235; [`crate::Error::NotFound`] where there is none.
    /// Index: `claims_claim_id_unique`.
    pub async fn by_claim_id(connection: &mut AsyncPgConnection, claim_id: &str) -> Result<Self> {
        Ok(Self::query().filter(claims::claim_id.eq(claim_id)).first(connection).await?)
    }

    /// A patient's claims, newest service first, at most `limit`, after the cursor. Index: `claims_by_patient`.
    pub async fn by_patient(
        connection: &mut AsyncPgConnection,
        patient: &PatientReference,
        after: Option<Cursor<(NaiveDate, ClaimId)>>,
        limit: u32,
    ) -> Result<Vec<Self>> {
        page(connection, claims::table.filter(claims::patient_reference.eq(patient)).into_boxed(), after, limit).await
    }

    /// All claims, newest service first, at most `limit`, after the cursor. Index: `claims_by_service`.
    pub async fn newest(
        connection: &mut AsyncPgConnection,
        after: Option<Cursor<(NaiveDate, ClaimId)>>,
        limit: u32,
    ) -> Result<Vec<Self>> {
        page(connection, claims::table.into_boxed(), after, limit).await
    }

    /// A payer's claims, newest service first, at most `limit`, after the cursor. Index: `claims_by_payer`.
    pub async fn by_payer(
        connection: &mut AsyncPgConnection,
        payer: PayerId,
        after: Option<Cursor<(NaiveDate, ClaimId)>>,
        limit: u32,
    ) -> Result<Vec<Self>> {
        page(connection, claims::table.filter(claims::payer_id.eq(payer)).into_boxed(), after, limit).await
    }

    /// Claims of one status, newest service first, at most `limit`, after the cursor. Indexes: `claims_to_work`; for
    /// those that are paid, which most are, `claims_by_service`.
    pub async fn by_status(
        connection: &mut AsyncPgConnection,
        status: ClaimStatus,
        after: Option<Cursor<(NaiveDate, ClaimId)>>,
        limit: u32,
    ) -> Result<Vec<Self>> {
        let mut query = claims::table.filter(claims::status.eq(status)).into_boxed();
        if status != ClaimStatus::Paid {
            // As the index has it, so that a cached plan can use the index, too.
            query = query.filter(sql::<Bool>("status <> 'paid'"));
        }
        page(connection, query, after, limit).await
    }
}

//! `institutional_claims`: what only the claims of institutions say.

use bon::Builder;
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::{Claim, debug_shows_id};
use crate::schema::institutional_claims;
use crate::types::{ClaimId, DiagnosisCode, FacilityCode};

/// What only the claims of hospitals and other institutions say, at most one row per claim; to read and to insert.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, Eq, Insertable, Builder, HasQuery, Identifiable, Associations)]
#[diesel(table_name = institutional_claims, primary_key(claim_id), belongs_to(Claim))]
#[diesel(check_for_backend(diesel::pg::Pg))]
#[builder(on(String, into))]
#[allow(missing_docs)]
pub struct InstitutionalClaim {
    pub claim_id: ClaimId,
    pub facility_code: FacilityCode,
    pub admitted_on: Option<NaiveDate>,
    pub admission_hour: Option<i16>,
    pub admission_type: Option<String>,
    pub admission_source: Option<String>,
    pub discharge_hour: Option<i16>,
    pub patient_status: Option<String>,
    pub admitting_diagnosis: Option<DiagnosisCode>,
    pub drg: Option<String>,
}

debug_shows_id!(InstitutionalClaim { claim_id });

impl InstitutionalClaim {
    /// What a claim says as an institution's; [`crate::Error::NotFound`] where it is none. Index:
    /// `institutional_claims_pkey`.
    pub async fn by_claim(connection: &mut AsyncPgConnection, claim: ClaimId) -> Result<Self> {
        Ok(Self::query().filter(institutional_claims::claim_id.eq(claim)).get_result(connection).await?)
    }
}

//! `claim_diagnoses`: one diagnosis of a claim.

use bon::Builder;
use diesel::prelude::*;

use crate::models::{Claim, debug_shows_id};
use crate::schema::claim_diagnoses;
use crate::types::{ClaimId, DiagnosisCode, PresentOnAdmission};

/// One diagnosis of a claim.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = claim_diagnoses, primary_key(claim_id, ordinal), belongs_to(Claim), check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct ClaimDiagnosis {
    pub claim_id: ClaimId,
    pub ordinal: i16,
    pub diagnosis_code: DiagnosisCode,
    pub present_on_admission: Option<PresentOnAdmission>,
}

/// A diagnosis to insert.
#[derive(Clone, PartialEq, Insertable, Builder, HasQuery)]
#[diesel(table_name = claim_diagnoses, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct NewClaimDiagnosis {
    pub claim_id: ClaimId,
    pub ordinal: i16,
    pub diagnosis_code: DiagnosisCode,
    pub present_on_admission: Option<PresentOnAdmission>,
}

debug_shows_id!(ClaimDiagnosis { claim_id, ordinal }, NewClaimDiagnosis { claim_id, ordinal });

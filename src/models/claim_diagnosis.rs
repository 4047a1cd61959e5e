//! `claim_diagnoses`: one diagnosis of a claim.

use bon::Builder;
use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::models::{Claim, debug_shows_id};
use crate::schema::claim_diagnoses;
use crate::types::{ClaimDiagnosisId, ClaimId, DiagnosisCode};

/// One diagnosis of a claim.
#[derive(Clone, PartialEq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = claim_diagnoses, belongs_to(Claim), check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct ClaimDiagnosis {
    pub id: ClaimDiagnosisId,
    pub claim_id: ClaimId,
    pub ordinal: i16,
    pub diagnosis_code: DiagnosisCode,
    pub created_at: DateTime<Utc>,
}

/// A diagnosis to insert.
#[derive(Clone, PartialEq, Insertable, Builder, HasQuery)]
#[diesel(table_name = claim_diagnoses, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct NewClaimDiagnosis {
    #[builder(default = ClaimDiagnosisId::new())]
    pub id: ClaimDiagnosisId,
    pub claim_id: ClaimId,
    pub ordinal: i16,
    pub diagnosis_code: DiagnosisCode,
}

debug_shows_id!(ClaimDiagnosis, NewClaimDiagnosis);

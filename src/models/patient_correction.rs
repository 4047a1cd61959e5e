//! `patient_corrections`: claims that stood under the wrong reference.

use bon::Builder;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::debug_shows_id;
use crate::schema::patient_corrections;
use crate::types::{ClaimIds, PatientCorrectionId, PatientReference};

/// A correction of the patient of claims.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, Eq, HasQuery, Identifiable)]
#[diesel(table_name = patient_corrections, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct PatientCorrection {
    pub id: PatientCorrectionId,
    #[cfg_attr(feature = "serde", serde(skip))]
    pub from_reference: PatientReference,
    #[cfg_attr(feature = "serde", serde(skip))]
    pub to_reference: PatientReference,
    pub claim_ids: ClaimIds,
    pub corrected_by: String,
    pub recorded_login: String,
    pub recorded_role: String,
    pub created_at: DateTime<Utc>,
}

/// A correction to make; [`crate::workflow::claims::correct_patient`] writes it. All claims of the wrong reference, or only
/// those that are named.
#[derive(Clone, PartialEq, Eq, Insertable, Builder)]
#[diesel(table_name = patient_corrections)]
#[builder(on(String, into))]
#[allow(missing_docs)]
pub struct NewPatientCorrection {
    #[builder(default = PatientCorrectionId::new())]
    pub id: PatientCorrectionId,
    pub from_reference: PatientReference,
    pub to_reference: PatientReference,
    pub claim_ids: Option<ClaimIds>,
    pub corrected_by: String,
}

debug_shows_id!(PatientCorrection, NewPatientCorrection);

impl PatientCorrection {
    /// What was corrected from or to a reference, the first first. Indexes: `patient_corrections_by_reference`,
    /// `patient_corrections_by_corrected_reference`.
    pub async fn by_reference(connection: &mut AsyncPgConnection, reference: &PatientReference) -> Result<Vec<Self>> {
        use patient_corrections as correction;
        let found = correction::from_reference.eq(reference).or(correction::to_reference.eq(reference));
        Ok(Self::query().filter(found).order(correction::id).load(connection).await?)
    }
}

//! `claim_details`: what identifies a claim to others and relates it to them.

use bon::Builder;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::{Claim, debug_shows_id};
use crate::schema::claim_details;
use crate::types::{ClaimId, Npi};

/// What identifies a claim to others and relates it to them, at most one row per claim.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, Eq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = claim_details, primary_key(claim_id), belongs_to(Claim))]
#[diesel(check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct ClaimDetails {
    pub claim_id: ClaimId,
    pub patient_control_number: Option<String>,
    pub payer_claim_control_number: Option<String>,
    pub place_of_service: Option<String>,
    pub payer_sequence: i16,
    pub prior_claim_id: Option<ClaimId>,
    pub billing_provider: Option<Npi>,
    pub rendering_provider: Option<Npi>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Details to note; [`crate::workflow::claims::note_details`] writes them.
#[derive(Clone, PartialEq, Eq, Insertable, AsChangeset, Builder)]
#[diesel(table_name = claim_details, primary_key(claim_id))]
#[builder(on(String, into))]
#[allow(missing_docs)]
pub struct NewClaimDetails {
    pub claim_id: ClaimId,
    pub patient_control_number: Option<String>,
    pub payer_claim_control_number: Option<String>,
    pub place_of_service: Option<String>,
    pub payer_sequence: Option<i16>,
    pub prior_claim_id: Option<ClaimId>,
    pub billing_provider: Option<Npi>,
    pub rendering_provider: Option<Npi>,
}

debug_shows_id!(ClaimDetails { claim_id }, NewClaimDetails { claim_id });

impl ClaimDetails {
    /// The details of a claim; [`crate::Error::NotFound`] where it has none. Index: `claim_details_pkey`.
    pub async fn by_claim(connection: &mut AsyncPgConnection, claim: ClaimId) -> Result<Self> {
        Ok(Self::query().filter(claim_details::claim_id.eq(claim)).get_result(connection).await?)
    }

    /// Those that were sent as this control number (X12 CLM01), which payers echo; where a claim has none here, its
    /// `claim_id` was sent. Index: `claim_details_by_patient_control_number`.
    pub async fn by_patient_control_number(connection: &mut AsyncPgConnection, number: &str) -> Result<Vec<Self>> {
        let found = Self::query().filter(claim_details::patient_control_number.eq(number));
        Ok(found.order(claim_details::claim_id).load(connection).await?)
    }

    /// Those that the payer gave this number, or that name a claim with it (X12 REF*F8). Index:
    /// `claim_details_by_payer_claim_control_number`.
    pub async fn by_payer_claim_control_number(connection: &mut AsyncPgConnection, number: &str) -> Result<Vec<Self>> {
        let found = Self::query().filter(claim_details::payer_claim_control_number.eq(number));
        Ok(found.order(claim_details::claim_id).load(connection).await?)
    }

    /// Those of the claims of later payers: mostly one row. Index: `claim_details_by_prior_claim`.
    pub async fn by_prior_claim(connection: &mut AsyncPgConnection, claim: ClaimId) -> Result<Vec<Self>> {
        let found = Self::query().filter(claim_details::prior_claim_id.eq(claim));
        Ok(found.order(claim_details::claim_id).load(connection).await?)
    }
}

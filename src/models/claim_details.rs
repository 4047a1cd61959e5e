//! `claim_details`: what identifies a claim to others.

use bon::Builder;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::{Claim, debug_shows_id};
use crate::schema::claim_details;
use crate::types::ClaimId;

/// What identifies a claim to others, at most one row per claim.
#[derive(Clone, PartialEq, Eq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = claim_details, primary_key(claim_id), belongs_to(Claim), check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct ClaimDetails {
    pub claim_id: ClaimId,
    pub patient_control_number: Option<String>,
    pub payer_claim_control_number: Option<String>,
    pub place_of_service: Option<String>,
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
}

debug_shows_id!(ClaimDetails { claim_id }, NewClaimDetails { claim_id });

impl ClaimDetails {
    /// The details of a claim; [`crate::Error::NotFound`] where it has none. Index: `claim_details_pkey`.
    pub async fn by_claim(connection: &mut AsyncPgConnection, claim: ClaimId) -> Result<Self> {
        Ok(Self::query().filter(claim_details::claim_id.eq(claim)).first(connection).await?)
    }
}

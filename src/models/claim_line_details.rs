//! `claim_line_details`: what only some lines say; `claim_line_teeth`: the teeth of a dental one.

use bigdecimal::BigDecimal;
use bon::Builder;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::{Claim, debug_shows_id};
use crate::schema::{claim_line_details, claim_line_teeth};
use crate::types::{ClaimId, DrugUnit, Ndc, Npi, RateCode, Tooth, ToothSurfaces, UnitBasis};

/// What only some lines say, at most one row per line.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = claim_line_details, primary_key(claim_id, line_number), belongs_to(Claim))]
#[diesel(check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct ClaimLineDetails {
    pub claim_id: ClaimId,
    pub line_number: i16,
    pub unit_basis: UnitBasis,
    pub place_of_service: Option<String>,
    pub rendering_provider: Option<Npi>,
    pub line_control_number: Option<String>,
    pub rate_code: Option<RateCode>,
    pub ndc: Option<Ndc>,
    pub drug_quantity: Option<BigDecimal>,
    pub drug_unit: Option<DrugUnit>,
}

/// Details of a line to insert.
#[derive(Clone, PartialEq, Insertable, Builder)]
#[diesel(table_name = claim_line_details)]
#[builder(on(String, into))]
#[allow(missing_docs)]
pub struct NewClaimLineDetails {
    pub claim_id: ClaimId,
    pub line_number: i16,
    #[builder(default = UnitBasis::Units)]
    pub unit_basis: UnitBasis,
    pub place_of_service: Option<String>,
    pub rendering_provider: Option<Npi>,
    pub line_control_number: Option<String>,
    pub rate_code: Option<RateCode>,
    pub ndc: Option<Ndc>,
    pub drug_quantity: Option<BigDecimal>,
    pub drug_unit: Option<DrugUnit>,
}

/// A tooth that a dental service was for.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, Eq, Insertable, HasQuery, Identifiable, Associations)]
#[diesel(table_name = claim_line_teeth, primary_key(claim_id, line_number, tooth), belongs_to(Claim))]
#[diesel(check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct ClaimLineTooth {
    pub claim_id: ClaimId,
    pub line_number: i16,
    pub tooth: Tooth,
    pub surfaces: Option<ToothSurfaces>,
}

debug_shows_id!(
    ClaimLineDetails { claim_id, line_number },
    NewClaimLineDetails { claim_id, line_number },
    ClaimLineTooth { claim_id, line_number }
);

impl ClaimLineDetails {
    /// Those of the lines of a claim, in order. Index: `claim_line_details_pkey`.
    pub async fn by_claim(connection: &mut AsyncPgConnection, claim: ClaimId) -> Result<Vec<Self>> {
        let found = Self::query().filter(claim_line_details::claim_id.eq(claim));
        Ok(found.order(claim_line_details::line_number).load(connection).await?)
    }
}

impl ClaimLineTooth {
    /// Those of the lines of a claim, by line and by tooth, as text. Index: `claim_line_teeth_pkey`.
    pub async fn by_claim(connection: &mut AsyncPgConnection, claim: ClaimId) -> Result<Vec<Self>> {
        let found = Self::query().filter(claim_line_teeth::claim_id.eq(claim));
        Ok(found.order((claim_line_teeth::line_number, claim_line_teeth::tooth)).load(connection).await?)
    }
}

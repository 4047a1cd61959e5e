//! `claim_sources`: the claims that came in files.

use bon::Builder;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::{Claim, debug_shows_id};
use crate::schema::claim_sources;
use crate::types::ClaimId;

/// What tells a claim of a file when it comes again; to read and to insert.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, Eq, Insertable, Builder, HasQuery, Identifiable, Associations)]
#[diesel(table_name = claim_sources, primary_key(claim_id), belongs_to(Claim))]
#[diesel(check_for_backend(diesel::pg::Pg))]
#[builder(on(String, into))]
#[allow(missing_docs)]
pub struct ClaimSource {
    pub claim_id: ClaimId,
    pub identity_sha256: Vec<u8>,
    pub content_sha256: Vec<u8>,
    pub pseudonym_key: String,
}

debug_shows_id!(ClaimSource { claim_id });

impl ClaimSource {
    /// The claims with these identities that are here, in no order. Index: `claim_sources_identity_unique`.
    pub async fn by_identities(connection: &mut AsyncPgConnection, identities: &[Vec<u8>]) -> Result<Vec<Self>> {
        Ok(Self::query().filter(claim_sources::identity_sha256.eq_any(identities)).load(connection).await?)
    }
}

//! `postings`: one row of a claim's ledger; never changed, only reversed.

use bon::Builder;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use self::new_posting_builder::{SetClaimId, SetDenialId};
use crate::error::Result;
use crate::models::{Appeal, Claim, Denial, Rebill, WriteOff, debug_shows_id};
use crate::schema::postings;
use crate::types::{
    AppealId, ClaimId, DenialId, IdempotencyKey, PostingId, PostingKind, RebillId, RemittanceClaimId, SignedUsd,
    WriteOffId,
};

/// One row of a claim's ledger; never changed, only reversed.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = postings, belongs_to(Claim), belongs_to(Denial), belongs_to(Appeal), belongs_to(WriteOff), belongs_to(Rebill), check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct Posting {
    pub id: PostingId,
    pub claim_id: ClaimId,
    pub denial_id: Option<DenialId>,
    pub kind: PostingKind,
    pub amount: SignedUsd,
    pub posted_on: NaiveDate,
    pub posted_by: String,
    pub appeal_id: Option<AppealId>,
    pub write_off_id: Option<WriteOffId>,
    pub rebill_id: Option<RebillId>,
    pub moved_to_claim_id: Option<ClaimId>,
    pub reverses_id: Option<PostingId>,
    pub takes_back_id: Option<PostingId>,
    pub unsettled_denial_id: Option<DenialId>,
    pub remittance_claim_id: Option<RemittanceClaimId>,
    pub service_number: Option<i16>,
    pub adjustment_number: Option<i16>,
    pub idempotency_key: Option<IdempotencyKey>,
    pub idempotency_ordinal: Option<i16>,
    pub recorded_login: String,
    pub recorded_role: String,
    pub created_at: DateTime<Utc>,
}

/// A row to post; [`crate::workflow::postings::post`] writes it, and the totals follow.
#[derive(Clone, PartialEq, Insertable, Builder)]
// A statement with a default in it is prepared anew each time.
#[diesel(table_name = postings, treat_none_as_default_value = false)]
#[builder(on(String, into))]
#[allow(missing_docs)]
pub struct NewPosting {
    #[builder(default = PostingId::new())]
    pub id: PostingId,
    pub claim_id: ClaimId,
    pub denial_id: Option<DenialId>,
    pub kind: PostingKind,
    pub amount: SignedUsd,
    pub posted_on: NaiveDate,
    pub posted_by: String,
    pub appeal_id: Option<AppealId>,
    pub write_off_id: Option<WriteOffId>,
    pub rebill_id: Option<RebillId>,
    pub moved_to_claim_id: Option<ClaimId>,
    pub reverses_id: Option<PostingId>,
    pub takes_back_id: Option<PostingId>,
    pub remittance_claim_id: Option<RemittanceClaimId>,
    pub service_number: Option<i16>,
    pub adjustment_number: Option<i16>,
}

debug_shows_id!(Posting, NewPosting);

impl NewPosting {
    /// A row that settles this denial, wholly or in part.
    pub fn settling(denial: &Denial) -> NewPostingBuilder<SetDenialId<SetClaimId>> {
        Self::builder().claim_id(denial.claim_id).denial_id(denial.id)
    }
}

impl Posting {
    /// The ledger of a claim, in the order in which it was written. Index: `postings_by_claim`.
    pub async fn by_claim(connection: &mut AsyncPgConnection, claim: ClaimId) -> Result<Vec<Self>> {
        Ok(Self::query().filter(postings::claim_id.eq(claim)).order(postings::id).load(connection).await?)
    }
}

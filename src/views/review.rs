//! What the database posted by itself, for a person to look at.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::AsyncPgConnection;

use crate::error::Result;
use crate::models::cursor::in_pages;
use crate::models::{Cursor, debug_shows_id};
use crate::types::*;

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// What the database posted or changed by itself.
    postings_to_review (id) {
        id -> PostingKey,
        claim_id -> ClaimKey,
        denial_id -> Nullable<DenialKey>,
        kind -> PostingKind,
        amount -> Numeric,
        posted_on -> Date,
        takes_back_id -> Nullable<PostingKey>,
        created_at -> Timestamptz,
    }
}

/// What the database took back by itself, because a payer paid for what was settled otherwise or a new claim was voided; and
/// what a payer took back beyond its denial.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, HasQuery)]
#[diesel(table_name = postings_to_review, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct PostingToReview {
    pub id: PostingId,
    pub claim_id: ClaimId,
    pub denial_id: Option<DenialId>,
    pub kind: PostingKind,
    pub amount: SignedUsd,
    pub posted_on: NaiveDate,
    pub takes_back_id: Option<PostingId>,
    pub created_at: DateTime<Utc>,
}

in_pages!(PostingToReview, postings_to_review: id desc PostingId);

impl PostingToReview {
    /// The newest first, at most `limit`, after the cursor. Index: `postings_to_review_by_id`.
    pub async fn list(
        connection: &mut AsyncPgConnection,
        after: Option<Cursor<(PostingId,)>>,
        limit: u32,
    ) -> Result<Vec<Self>> {
        page(connection, postings_to_review::table.into_boxed(), after, limit).await
    }
}

debug_shows_id!(PostingToReview);

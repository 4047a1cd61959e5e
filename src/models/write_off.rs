//! `write_offs`: a decision not to collect an amount.

use bon::Builder;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;

use crate::models::{Claim, Denial, Payer, debug_shows_id};
use crate::schema::write_offs;
use crate::types::{
    ClaimId, DenialCode, DenialId, PayerId, Usd, WriteOffCategory, WriteOffId, WriteOffReason, WriteOffStatus,
};

/// A decision not to collect an amount.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = write_offs, belongs_to(Denial), belongs_to(Claim), belongs_to(Payer), check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct WriteOff {
    pub id: WriteOffId,
    pub denial_id: DenialId,
    pub claim_id: ClaimId,
    pub payer_id: PayerId,
    pub denial_code: DenialCode,
    pub amount: Usd,
    pub reason: WriteOffReason,
    pub category: WriteOffCategory,
    pub status: WriteOffStatus,
    pub preventable: Option<bool>,
    pub requested_by: String,
    pub requested_on: NaiveDate,
    pub approved_by: Option<String>,
    pub approved_on: Option<NaiveDate>,
    pub rejected_by: Option<String>,
    pub rejected_on: Option<NaiveDate>,
    pub reversed_by: Option<String>,
    pub reversed_on: Option<NaiveDate>,
    pub notes: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A write-off to request; [`crate::workflow::write_offs::request`] writes it.
#[derive(Clone, PartialEq, Insertable, Builder)]
#[diesel(table_name = write_offs)]
#[builder(on(String, into), start_fn(name = of, vis = ""))]
#[allow(missing_docs)]
pub struct NewWriteOff {
    #[builder(start_fn)]
    pub denial_id: DenialId,
    #[builder(start_fn)]
    pub claim_id: ClaimId,
    #[builder(default = WriteOffId::new())]
    pub id: WriteOffId,
    pub amount: Usd,
    pub reason: WriteOffReason,
    pub category: WriteOffCategory,
    pub preventable: Option<bool>,
    pub requested_by: String,
    pub requested_on: NaiveDate,
    pub notes: Option<String>,
}

debug_shows_id!(WriteOff, NewWriteOff);

impl NewWriteOff {
    /// A write-off of this denial.
    pub fn builder(denial: &Denial) -> NewWriteOffBuilder {
        Self::of(denial.id, denial.claim_id)
    }
}

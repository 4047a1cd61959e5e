//! `write_offs`: a decision not to collect an amount.

use bon::Builder;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;

use crate::models::{Claim, Denial, OrgPolicy, Payer, debug_shows_id};
use crate::schema::write_offs;
use crate::types::{
    ClaimId, DenialCode, DenialId, OrgPolicyId, PayerId, PostingKind, Usd, WriteOffCategory, WriteOffId,
    WriteOffReason, WriteOffStatus,
};

/// A decision not to collect an amount, or to say by hand that the contract, the patient or another payer takes it.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = write_offs, belongs_to(Denial), belongs_to(Claim), belongs_to(Payer), belongs_to(OrgPolicy, foreign_key = policy_id), check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct WriteOff {
    pub id: WriteOffId,
    pub denial_id: DenialId,
    pub claim_id: ClaimId,
    pub payer_id: PayerId,
    pub denial_code: DenialCode,
    pub kind: PostingKind,
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
    pub policy_id: Option<OrgPolicyId>,
    pub notes: Option<String>,
    pub recorded_login: String,
    pub recorded_role: String,
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
    /// What is posted once it is approved: [`PostingKind::WriteOff`] unless it says so.
    #[builder(default = PostingKind::WriteOff)]
    pub kind: PostingKind,
    pub amount: Usd,
    pub reason: WriteOffReason,
    pub category: WriteOffCategory,
    pub preventable: Option<bool>,
    pub requested_by: String,
    pub requested_on: NaiveDate,
    /// The automatic policy of the work list that approves it at once; without one a person approves.
    pub policy_id: Option<OrgPolicyId>,
    pub notes: Option<String>,
}

debug_shows_id!(WriteOff, NewWriteOff);

impl NewWriteOff {
    /// A write-off of this denial.
    pub fn builder(denial: &Denial) -> NewWriteOffBuilder {
        Self::of(denial.id, denial.claim_id)
    }
}

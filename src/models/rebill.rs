//! `rebills`: a denied claim sent again with a correction.

use bon::Builder;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;

use crate::models::{Claim, Denial, Payer, debug_shows_id};
use crate::schema::rebills;
use crate::types::{ClaimId, DenialCode, DenialId, PayerId, RebillId, RebillReason, RebillStatus};

/// A denied claim sent again with a correction.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = rebills, belongs_to(Denial), belongs_to(Claim, foreign_key = original_claim_id), belongs_to(Payer), check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct Rebill {
    pub id: RebillId,
    pub denial_id: DenialId,
    pub original_claim_id: ClaimId,
    pub payer_id: PayerId,
    pub denial_code: DenialCode,
    pub new_claim_id: Option<ClaimId>,
    pub reason: RebillReason,
    pub changes: String,
    pub status: RebillStatus,
    pub due_on: Option<NaiveDate>,
    pub submitted_on: Option<NaiveDate>,
    pub resolved_on: Option<NaiveDate>,
    pub assigned_to: Option<String>,
    pub recorded_login: String,
    pub recorded_role: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A rebill to open; [`crate::workflow::rebills::open`] writes it. Submitted already when `submitted_on` is given; due on
/// the last day that `filing_rules` allow, when `due_on` is left out.
#[derive(Clone, PartialEq, Insertable, Builder)]
#[diesel(table_name = rebills)]
#[builder(on(String, into), start_fn(name = of, vis = ""))]
#[allow(missing_docs)]
pub struct NewRebill {
    #[builder(start_fn)]
    pub denial_id: DenialId,
    #[builder(start_fn)]
    pub original_claim_id: ClaimId,
    #[builder(default = RebillId::new())]
    pub id: RebillId,
    pub new_claim_id: Option<ClaimId>,
    pub reason: RebillReason,
    pub changes: String,
    pub due_on: Option<NaiveDate>,
    pub submitted_on: Option<NaiveDate>,
    pub assigned_to: Option<String>,
}

debug_shows_id!(Rebill, NewRebill);

impl NewRebill {
    /// A rebill for this denial.
    pub fn builder(denial: &Denial) -> NewRebillBuilder {
        Self::of(denial.id, denial.claim_id)
    }
}

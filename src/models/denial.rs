//! `denials`: a payer's denial of a claim or of part of it.

use bon::Builder;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::{Claim, Payer, debug_shows_id};
use crate::schema::denials;
use crate::types::{ClaimId, DenialCode, DenialId, OpenAction, PayerId, RemittanceClaimId, ResolutionStatus, Usd};

/// A payer's denial of a claim or of part of it, for one code.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = denials, belongs_to(Claim), belongs_to(Payer), check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct Denial {
    pub id: DenialId,
    pub claim_id: ClaimId,
    pub payer_id: PayerId,
    pub line_number: Option<i16>,
    pub denial_code: DenialCode,
    pub denied_on: NaiveDate,
    pub denial_amount: Usd,
    pub root_cause: Option<String>,
    pub preventable: Option<bool>,
    pub assigned_to: Option<String>,
    pub recovered_amount: Usd,
    pub written_off_amount: Usd,
    pub transferred_amount: Usd,
    pub adjusted_amount: Usd,
    pub rebilled_amount: Usd,
    pub withdrawn_amount: Usd,
    pub granted_amount: Usd,
    pub open_action: Option<OpenAction>,
    pub remittance_claim_id: Option<RemittanceClaimId>,
    pub adjustment_number: Option<i16>,
    pub taken_back_in_id: Option<RemittanceClaimId>,
    pub taken_back_adjustment_number: Option<i16>,
    pub open_amount: Usd,
    pub resolution_status: ResolutionStatus,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A denial to insert; its totals come from the ledger, its payer from the claim.
#[derive(Clone, PartialEq, Insertable, Builder)]
// A statement with a default in it is prepared anew each time.
#[diesel(table_name = denials, treat_none_as_default_value = false)]
#[builder(on(String, into))]
#[allow(missing_docs)]
pub struct NewDenial {
    #[builder(default = DenialId::new())]
    pub id: DenialId,
    pub claim_id: ClaimId,
    pub line_number: Option<i16>,
    pub denial_code: DenialCode,
    pub denied_on: NaiveDate,
    pub denial_amount: Usd,
    pub root_cause: Option<String>,
    pub preventable: Option<bool>,
    /// Who works it: a role or user id.
    pub assigned_to: Option<String>,
    pub remittance_claim_id: Option<RemittanceClaimId>,
    pub adjustment_number: Option<i16>,
}

debug_shows_id!(Denial, NewDenial);

impl Denial {
    /// The denials of a claim, newest first. Index: `denials_by_claim`.
    pub async fn by_claim(connection: &mut AsyncPgConnection, claim: ClaimId) -> Result<Vec<Self>> {
        Ok(Self::query()
            .filter(denials::claim_id.eq(claim))
            .order((denials::denied_on.desc(), denials::id.desc()))
            .load(connection)
            .await?)
    }
}

//! `denials`: a payer's denial of a claim or of part of it.

use bon::Builder;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::{Claim, debug_shows_id};
use crate::schema::denials;
use crate::types::{ClaimId, DenialCode, DenialId, OpenAction, ResolutionStatus, Usd};

/// A payer's denial of a claim or of part of it, for one code.
#[derive(Clone, PartialEq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = denials, belongs_to(Claim), check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct Denial {
    pub id: DenialId,
    pub claim_id: ClaimId,
    pub line_number: Option<i16>,
    pub denial_code: DenialCode,
    pub denied_on: NaiveDate,
    pub denial_amount: Usd,
    pub root_cause: Option<String>,
    pub preventable: Option<bool>,
    pub recovered_amount: Usd,
    pub written_off_amount: Usd,
    pub transferred_amount: Usd,
    pub adjusted_amount: Usd,
    pub open_amount: Usd,
    pub resolution_status: ResolutionStatus,
    pub open_action: Option<OpenAction>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A denial to insert; its totals come from the ledger.
#[derive(Clone, PartialEq, Insertable, Builder)]
#[diesel(table_name = denials)]
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

//! `claims`: one bill to one payer.

use bon::Builder;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::AsSelect;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::error::Result;
use crate::models::{Payer, debug_shows_id};
use crate::schema::claims;
use crate::types::{
    BusinessId, ClaimId, ClaimStatus, ClaimType, FrequencyCode, PatientReference, PayerId, SignedUsd, Usd,
};

/// One bill to one payer.
#[derive(Clone, PartialEq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = claims, belongs_to(Payer), check_for_backend(Pg))]
#[allow(missing_docs)]
pub struct Claim {
    pub id: ClaimId,
    pub claim_id: BusinessId,
    pub patient_reference: PatientReference,
    pub payer_id: PayerId,
    pub claim_type: ClaimType,
    pub status: ClaimStatus,
    pub amount: Usd,
    pub paid_amount: Usd,
    pub adjusted_amount: Usd,
    pub denied_amount: Usd,
    pub recovered_amount: Usd,
    pub written_off_amount: Usd,
    pub transferred_amount: Usd,
    pub denial_adjusted_amount: Usd,
    pub filed_appeals: i32,
    pub open_denied_amount: Usd,
    pub balance_amount: SignedUsd,
    pub service_from: NaiveDate,
    pub service_to: NaiveDate,
    pub submitted_on: Option<NaiveDate>,
    pub place_of_service: Option<String>,
    pub frequency_code: FrequencyCode,
    pub payer_claim_control_number: Option<String>,
    pub replaces_claim_id: Option<ClaimId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A claim to record; [`crate::workflow::claims::record`] writes it with its lines. Its status follows from
/// `submitted_on`, its totals from its denials.
#[derive(Clone, PartialEq, Insertable, Builder)]
#[diesel(table_name = claims)]
#[builder(on(String, into))]
#[allow(missing_docs)]
pub struct NewClaim {
    #[builder(default = ClaimId::new())]
    pub id: ClaimId,
    pub claim_id: BusinessId,
    pub patient_reference: PatientReference,
    pub payer_id: PayerId,
    pub claim_type: ClaimType,
    pub amount: Usd,
    pub service_from: NaiveDate,
    pub service_to: NaiveDate,
    pub submitted_on: Option<NaiveDate>,
    pub place_of_service: Option<String>,
    pub frequency_code: Option<FrequencyCode>,
    pub payer_claim_control_number: Option<String>,
    pub replaces_claim_id: Option<ClaimId>,
}

debug_shows_id!(Claim, NewClaim);

/// Where a list of claims goes on: after this claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClaimCursor {
    /// First day of service of that claim.
    pub service_from: NaiveDate,
    /// Its id.
    pub id: ClaimId,
}

impl From<&Claim> for ClaimCursor {
    fn from(claim: &Claim) -> Self {
        Self { service_from: claim.service_from, id: claim.id }
    }
}

impl Claim {
    /// The claim with this business id, such as CLM-2024-001235; [`crate::Error::NotFound`] where there is none.
    /// Index: `claims_claim_id_unique`.
    pub async fn by_claim_id(connection: &mut AsyncPgConnection, claim_id: &str) -> Result<Self> {
        Ok(Self::query().filter(claims::claim_id.eq(claim_id)).first(connection).await?)
    }

    /// A patient's claims, newest service first, at most `limit`, after the cursor. Index: `claims_by_patient`.
    pub async fn by_patient(
        connection: &mut AsyncPgConnection,
        patient: &PatientReference,
        after: Option<ClaimCursor>,
        limit: u32,
    ) -> Result<Vec<Self>> {
        let query = newest_first(after.unwrap_or(NEWEST), limit).filter(claims::patient_reference.eq(patient));
        Ok(query.load(connection).await?)
    }

    /// A payer's claims, newest service first, at most `limit`, after the cursor. Index: `claims_by_payer`.
    pub async fn by_payer(
        connection: &mut AsyncPgConnection,
        payer: PayerId,
        after: Option<ClaimCursor>,
        limit: u32,
    ) -> Result<Vec<Self>> {
        let query = newest_first(after.unwrap_or(NEWEST), limit).filter(claims::payer_id.eq(payer));
        Ok(query.load(connection).await?)
    }

    /// Claims of one status, newest service first, at most `limit`, after the cursor. Index: `claims_by_status`.
    pub async fn by_status(
        connection: &mut AsyncPgConnection,
        status: ClaimStatus,
        after: Option<ClaimCursor>,
        limit: u32,
    ) -> Result<Vec<Self>> {
        let query = newest_first(after.unwrap_or(NEWEST), limit).filter(claims::status.eq(status));
        Ok(query.load(connection).await?)
    }
}

/// After the last of all claims, for a list that starts at the newest.
const NEWEST: ClaimCursor = ClaimCursor { service_from: NaiveDate::MAX, id: ClaimId(Uuid::max()) };

#[diesel::dsl::auto_type]
fn newest_first(after: ClaimCursor, limit: u32) -> _ {
    let service_from: NaiveDate = after.service_from;
    let id: ClaimId = after.id;
    let limit: i64 = limit.into();
    let columns: AsSelect<Claim, Pg> = Claim::as_select();
    claims::table
        // A condition on the first sort column alone lets the index start at the cursor.
        .filter(claims::service_from.le(service_from))
        .filter(claims::service_from.lt(service_from).or(claims::id.lt(id)))
        .order((claims::service_from.desc(), claims::id.desc()))
        .limit(limit)
        .select(columns)
}

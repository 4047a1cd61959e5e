//! `patient_work_list`: what patients owe.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::AsyncPgConnection;

use crate::error::Result;
use crate::models::cursor::in_pages;
use crate::models::{Cursor, debug_shows_id};
use crate::types::{Action, BusinessId, ClaimId, OrgPolicyId, PatientReference, PayerId, Usd};

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// What patients owe, and what to do about it.
    patient_work_list (claim_id) {
        claim_id -> ClaimKey,
        claim -> Text,
        patient_reference -> Text,
        payer_id -> PayerKey,
        service_from -> Date,
        patient_balance_amount -> Numeric,
        responsible_on -> Nullable<Date>,
        days -> Nullable<Integer>,
        action -> DenialAction,
        policy_id -> Nullable<OrgPolicyKey>,
        policy_name -> Nullable<Text>,
    }
}

/// What a patient owes of a claim, and what to do about it: follow up, or suggest to write it off. A person decides; the
/// write-off is posted ([`PatientWriteOff`](crate::types::PostingKind::PatientWriteOff)).
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, Eq, HasQuery)]
#[diesel(table_name = patient_work_list, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct PatientBalance {
    pub claim_id: ClaimId,
    pub claim: BusinessId,
    #[cfg_attr(feature = "serde", serde(skip))]
    pub patient_reference: PatientReference,
    pub payer_id: PayerId,
    pub service_from: NaiveDate,
    pub patient_balance_amount: Usd,
    pub responsible_on: Option<NaiveDate>,
    pub days: Option<i32>,
    pub action: Action,
    pub policy_id: Option<OrgPolicyId>,
    pub policy_name: Option<String>,
}

debug_shows_id!(PatientBalance { claim_id });

in_pages!(PatientBalance, patient_work_list: service_from asc NaiveDate, claim_id asc ClaimId);

impl PatientBalance {
    /// What patients owe, of all claims or of a payer's, the oldest service first; at most `limit`, after the cursor.
    /// Indexes: `claims_patients_owe`, for a payer `claims_patients_owe_by_payer`.
    pub async fn list(
        connection: &mut AsyncPgConnection,
        payer: Option<PayerId>,
        after: Option<Cursor<(NaiveDate, ClaimId)>>,
        limit: u32,
    ) -> Result<Vec<Self>> {
        let mut query = patient_work_list::table.into_boxed();
        if let Some(payer) = payer {
            query = query.filter(patient_work_list::payer_id.eq_any([payer])).order(patient_work_list::payer_id);
        }
        page(connection, query, after, limit).await
    }
}

//! What to do about a denial, by the organization's policies: the database's function `triage` says it, here for denials that
//! are not stored. A stored one is triaged by the view [`denial_triage`](crate::views::denial_triage), and what waits for
//! an action stands on the [work list](crate::views::DenialToWork).

use std::fmt;

use chrono::NaiveDate;
use diesel::sql_types::{Array, Date, Numeric, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::sql_types::PayerKey;
use crate::types::{DenialCode, PayerId, Usd};
use crate::views::Triage;

/// What triage looks at.
#[derive(Clone, PartialEq, Eq)]
pub struct DenialFacts {
    /// The payer of the claim.
    pub payer_id: PayerId,
    /// Group and reason.
    pub denial_code: DenialCode,
    /// Day of the payer's decision.
    pub denied_on: NaiveDate,
    /// What is open: of a new denial all of it. US dollars.
    pub open_amount: Usd,
}

/// Shows nothing: the facts belong to a patient's claim.
impl fmt::Debug for DenialFacts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("DenialFacts").finish_non_exhaustive()
    }
}

/// What to do about each of these denials, in their order; one round trip.
///
/// The first policy that fits decides: by rank, those for the payer before those for any, those for the category before
/// those for any, then by name. One that appeals doesn't fit a code that is not appealable, one that bills the patient
/// doesn't fit the group CO. Where none fits, a person investigates within 30 days. Where nothing is open, nothing is to
/// be done.
pub async fn triage(connection: &mut AsyncPgConnection, denials: &[DenialFacts]) -> Result<Vec<Triage>> {
    let column = |denial: &DenialFacts| (denial.payer_id, denial.denied_on);
    let (payers, days): (Vec<_>, Vec<_>) = denials.iter().map(column).unzip();
    let codes: Vec<_> = denials.iter().map(|denial| &denial.denial_code).collect();
    let amounts: Vec<_> = denials.iter().map(|denial| &denial.open_amount).collect();
    Ok(diesel::sql_query(
        "select decision.*
         from unnest($1, $2, $3, $4) with ordinality as denial (payer_id, denial_code, denied_on, open_amount, position)
         cross join lateral triage(
             cast(row(denial.payer_id, denial.denial_code, denial.denied_on, denial.open_amount) as denial_to_triage)
         ) as decision
         order by denial.position",
    )
    .bind::<Array<PayerKey>, _>(payers)
    .bind::<Array<Text>, _>(codes)
    .bind::<Array<Date>, _>(days)
    .bind::<Array<Numeric>, _>(amounts)
    .load(connection)
    .await?)
}

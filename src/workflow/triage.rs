//! What to do about a denial, by the organization's policies: the database's function `triage` says it, here for denials that
//! are not stored. A stored one is triaged by the view [`denial_triage`](crate::views::denial_triage), and what waits for
//! an action stands on the [work list](crate::views::DenialToWork).

use std::fmt;

use chrono::NaiveDate;
use diesel::sql_types::{Array, Date, Numeric, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::sql_types::PayerKey;
use crate::types::{DenialCode, PayerId, RemarkCode, Usd};
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
    /// What the payer remarked.
    pub remarks: Vec<RemarkCode>,
}

/// Shows nothing: the facts belong to a patient's claim.
impl fmt::Debug for DenialFacts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("DenialFacts").finish_non_exhaustive()
    }
}

/// What to do about each of these denials, in their order; one round trip.
///
/// A contractual adjustment is posted, whatever the amount. Else the first policy that fits decides: by rank, those for the
/// payer before those for any, those for the code before those for its category before those for any, then by name. One
/// that appeals doesn't fit where the code, the type of the payer or a remark leaves no appeal; one that names neither
/// payer nor category nor code appeals only what a remark, else the library, says to appeal. One that bills the patient
/// doesn't fit the group CO. Where none fits, what the remark or the library says is done within 30 days, and a person
/// investigates where they say nothing or to appeal. Nothing is to be done later than `filing_rules` allow: an appeal at the
/// first level, or a corrected claim where its limit doesn't count from the service. Where nothing is open, nothing is to be
/// done.
pub async fn triage(connection: &mut AsyncPgConnection, denials: &[DenialFacts]) -> Result<Vec<Triage>> {
    let column = |denial: &DenialFacts| (denial.payer_id, denial.denied_on);
    let (payers, days): (Vec<_>, Vec<_>) = denials.iter().map(column).unzip();
    let codes: Vec<_> = denials.iter().map(|denial| &denial.denial_code).collect();
    let amounts: Vec<_> = denials.iter().map(|denial| &denial.open_amount).collect();
    // Arrays of arrays have to be equally long.
    let joined = |codes: &[RemarkCode]| codes.iter().map(RemarkCode::as_str).collect::<Vec<_>>().join(" ");
    let remarks: Vec<_> = denials.iter().map(|denial| joined(&denial.remarks)).collect();
    Ok(diesel::sql_query(
        "select
             decision.category, decision.appealable, decision.action,
             decision.automatic and coalesce(decision.last_day >= current_date, true) as automatic, decision.priority,
             decision.days, decision.act_by, decision.last_day, decision.policy_id, decision.policy_name,
             decision.remark_code, decision.decided_by, decision.reason, decision.next_steps
         from unnest($1, $2, $3, $4, $5) with ordinality
             as denial (payer_id, denial_code, denied_on, open_amount, remarks, position)
         cross join lateral triage(
             cast(row(
                 denial.payer_id, denial.denial_code, denial.denied_on, denial.open_amount,
                 string_to_array(denial.remarks, ' '), null
             ) as denial_to_triage)
         ) as decision
         order by denial.position",
    )
    .bind::<Array<PayerKey>, _>(payers)
    .bind::<Array<Text>, _>(codes)
    .bind::<Array<Date>, _>(days)
    .bind::<Array<Numeric>, _>(amounts)
    .bind::<Array<Text>, _>(remarks)
    .load(connection)
    .await?)
}

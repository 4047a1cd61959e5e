//! Open, submit, accept and resolve a rebill. Submitting one moves what is open of the denial to the new claim; what that
//! one is paid is posted there, and [`RebilledDenial`](crate::views::RebilledDenial) tells what was recovered.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::AsyncPgConnection;

use super::fetch_one;
use crate::error::Result;
#[cfg(doc)]
use crate::error::Rule;
use crate::models::{NewRebill, Rebill};
use crate::schema::rebills;
use crate::types::{ClaimId, RebillId, RebillStatus};

/// How a rebill ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RebillOutcome {
    /// The payer paid the new claim.
    Paid,
    /// It paid in part.
    PartiallyPaid,
    /// It denied once more: that is a denial of the new claim.
    DeniedAgain,
}

#[derive(Default, AsChangeset)]
#[diesel(table_name = rebills)]
struct Changes {
    status: Option<RebillStatus>,
    new_claim_id: Option<ClaimId>,
    submitted_on: Option<NaiveDate>,
    resolved_on: Option<NaiveDate>,
}

/// Opens a rebill: `submitted` when `submitted_on` is given, else `pending`.
///
/// Errors: [`Rule::AppealStillOpen`], [`Rule::RebillStillOpen`], [`Rule::NothingOpen`], [`Rule::OtherPatient`],
/// [`Rule::OtherPayer`], [`Rule::ClaimNotSubmitted`]; a check violation where the new claim is the original one.
///
/// ```
/// use rcm_schema::models::{Claim, Denial, NewRebill, Rebill};
/// use rcm_schema::types::RebillReason;
/// use rcm_schema::workflow::rebills;
/// # use rcm_schema::{chrono::NaiveDate, diesel_async::AsyncPgConnection};
///
/// /// The corrected claim went out.
/// async fn rebill(
///     connection: &mut AsyncPgConnection,
///     denial: &Denial,
///     corrected: &Claim,
///     on: NaiveDate,
/// ) -> rcm_schema::Result<Rebill> {
///     let new = NewRebill::builder(denial)
///         .new_claim_id(corrected.id)
///         .reason(RebillReason::AddedModifier)
///         .changes("Modifier 25 on the visit.")
///         .submitted_on(on)
///         .build();
///     rebills::open(connection, &new).await
/// }
/// ```
pub async fn open(connection: &mut AsyncPgConnection, rebill: &NewRebill) -> Result<Rebill> {
    let status = match rebill.submitted_on {
        Some(_) => RebillStatus::Submitted,
        None => RebillStatus::Pending,
    };
    let insert = diesel::insert_into(rebills::table)
        .values((rebill, rebills::status.eq(status)))
        .returning(Rebill::as_returning());
    fetch_one(connection, "rebills.open", insert).await
}

/// Records the corrected claim, and the day it went to the payer. What is open of the denial and not granted moves to the new
/// claim, unless that one replaces the original (frequency 7) and moved it when it was submitted itself.
///
/// Errors: [`Rule::ClaimNotSubmitted`] for the new claim: submit that one first; [`Rule::NothingOpen`],
/// [`Rule::OtherPatient`], [`Rule::OtherPayer`], [`Rule::IllegalTransition`]; [`Rule::Unchangeable`] once it is
/// submitted with another claim or day.
pub async fn submit(
    connection: &mut AsyncPgConnection,
    rebill: RebillId,
    new_claim: ClaimId,
    submitted_on: NaiveDate,
) -> Result<Rebill> {
    let changes = Changes {
        status: Some(RebillStatus::Submitted),
        new_claim_id: Some(new_claim),
        submitted_on: Some(submitted_on),
        ..Changes::default()
    };
    change(connection, "rebills.submit", rebill, changes).await
}

/// Records that the payer accepted the corrected claim for processing. Error: [`Rule::IllegalTransition`].
pub async fn accept(connection: &mut AsyncPgConnection, rebill: RebillId) -> Result<Rebill> {
    change(connection, "rebills.accept", rebill, Changes { status: Some(RebillStatus::Accepted), ..Changes::default() })
        .await
}

/// Records how a rebill ended. Repeating the same outcome changes nothing.
///
/// Errors: [`Rule::NewClaimNotPaid`] where the new claim was not paid: post its payment first;
/// [`Rule::IllegalTransition`] before it is submitted and after another outcome; [`Rule::Unchangeable`] for the same
/// outcome on another day.
pub async fn resolve(
    connection: &mut AsyncPgConnection,
    rebill: RebillId,
    outcome: RebillOutcome,
    resolved_on: NaiveDate,
) -> Result<Rebill> {
    let status = match outcome {
        RebillOutcome::Paid => RebillStatus::Paid,
        RebillOutcome::PartiallyPaid => RebillStatus::PartiallyPaid,
        RebillOutcome::DeniedAgain => RebillStatus::DeniedAgain,
    };
    let changes = Changes { status: Some(status), resolved_on: Some(resolved_on), ..Changes::default() };
    change(connection, "rebills.resolve", rebill, changes).await
}

async fn change(
    connection: &mut AsyncPgConnection,
    name: &'static str,
    rebill: RebillId,
    changes: Changes,
) -> Result<Rebill> {
    let update = diesel::update(rebills::table.find(rebill)).set(changes).returning(Rebill::as_returning());
    fetch_one(connection, name, update).await
}

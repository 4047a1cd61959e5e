//! Open, submit, accept and resolve a rebill. What it is paid is posted to the denial's ledger.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::{debug_shows_variant, fetch_one, naming_denial};
use crate::error::Result;
#[cfg(doc)]
use crate::error::Rule;
use crate::models::{NewRebill, Rebill};
use crate::schema::rebills;
use crate::types::{ClaimId, RebillId, RebillStatus, Usd};

/// How a rebill ended.
#[derive(Clone, PartialEq, Eq, strum::IntoStaticStr)]
pub enum RebillOutcome {
    /// The payer paid the new claim for this denial.
    Paid {
        /// Paid, US dollars.
        paid: Usd,
        /// Taken off by the contract, US dollars; may be nothing.
        adjusted: Usd,
    },
    /// It paid in part; the rest of the denial is open again.
    PartiallyPaid {
        /// Paid, US dollars.
        paid: Usd,
        /// Taken off by the contract, US dollars; may be nothing.
        adjusted: Usd,
    },
    /// It denied once more; the denial is open again.
    DeniedAgain,
}

debug_shows_variant!(RebillOutcome);

#[derive(Default, AsChangeset)]
#[diesel(table_name = rebills)]
struct Changes {
    status: Option<RebillStatus>,
    new_claim_id: Option<ClaimId>,
    submitted_on: Option<NaiveDate>,
    paid_amount: Option<Usd>,
    adjusted_amount: Option<Usd>,
    resolved_on: Option<NaiveDate>,
}

/// Opens a rebill: `submitted` when `submitted_on` is given, else `pending`.
///
/// Errors: [`Rule::AppealStillOpen`], [`Rule::RebillStillOpen`], [`Rule::NothingOpen`], [`Rule::OtherPatient`],
/// [`Rule::OtherPayer`]; a check violation where the new claim is the original one.
pub async fn open(connection: &mut AsyncPgConnection, rebill: &NewRebill) -> Result<Rebill> {
    let status = match rebill.submitted_on {
        Some(_) => RebillStatus::Submitted,
        None => RebillStatus::Pending,
    };
    let insert = diesel::insert_into(rebills::table)
        .values((rebill, rebills::status.eq(status)))
        .returning(Rebill::as_returning());
    fetch_one(connection, insert).await
}

/// Records the corrected claim, and the day it went to the payer.
///
/// Errors: [`Rule::OtherPatient`], [`Rule::OtherPayer`], [`Rule::IllegalTransition`]; [`Rule::Unchangeable`] once it is
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
    change(connection, rebill, changes).await
}

/// Records that the payer accepted the corrected claim for processing. Error: [`Rule::IllegalTransition`].
pub async fn accept(connection: &mut AsyncPgConnection, rebill: RebillId) -> Result<Rebill> {
    change(connection, rebill, Changes { status: Some(RebillStatus::Accepted), ..Changes::default() }).await
}

/// Records how a rebill ended. What was paid and adjusted is posted to the denial. Repeating the same outcome changes
/// nothing.
///
/// Errors: [`Rule::NewClaimNotPaid`] where the new claim was paid less: post its payment first; [`Rule::OverAllocated`]
/// where the denial has less open; [`Rule::IllegalTransition`] before it is submitted and after another outcome;
/// [`Rule::Unchangeable`] for the same outcome with another day or amount.
pub async fn resolve(
    connection: &mut AsyncPgConnection,
    rebill: RebillId,
    outcome: RebillOutcome,
    resolved_on: NaiveDate,
) -> Result<Rebill> {
    let (status, amounts) = match outcome {
        RebillOutcome::Paid { paid, adjusted } => (RebillStatus::Paid, Some((paid, adjusted))),
        RebillOutcome::PartiallyPaid { paid, adjusted } => (RebillStatus::PartiallyPaid, Some((paid, adjusted))),
        RebillOutcome::DeniedAgain => (RebillStatus::DeniedAgain, None),
    };
    let (paid_amount, adjusted_amount) = amounts.unzip();
    let resolved_on = Some(resolved_on);
    change(
        connection,
        rebill,
        Changes { status: Some(status), paid_amount, adjusted_amount, resolved_on, ..Changes::default() },
    )
    .await
}

async fn change(connection: &mut AsyncPgConnection, rebill: RebillId, changes: Changes) -> Result<Rebill> {
    let update = diesel::update(rebills::table.find(rebill)).set(changes).returning(Rebill::as_returning());
    let changed = fetch_one(connection, update).await;
    naming_denial(changed, async || rebills::table.find(rebill).select(rebills::denial_id).first(connection).await)
        .await
}

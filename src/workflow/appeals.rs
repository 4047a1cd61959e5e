//! Open, update, file, decide, release and withdraw an appeal. A decision grants; what the payer then pays is posted
//! ([`crate::workflow::postings`]) and names the appeal.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::AsyncPgConnection;
use serde_json::Value;

use super::{debug_shows_variant, fetch_one};
use crate::error::Result;
#[cfg(doc)]
use crate::error::Rule;
use crate::models::{Appeal, NewAppeal};
use crate::schema::appeals;
use crate::types::{AppealId, AppealStatus, Priority, Usd};

/// What may change about an appeal beside its filing and its end.
#[derive(Clone, PartialEq, strum::IntoStaticStr)]
pub enum AppealUpdate {
    /// Somebody writes it: `pending` becomes `in_progress`.
    Start,
    /// The payer confirms it: `submitted` becomes `under_review`.
    ConfirmReview,
    /// This role or user id works on it.
    Assign(String),
    /// How urgent it is.
    Priority(Priority),
    /// Why the payer should pay; only before the filing.
    Reason(String),
    /// What is sent along: an array of objects; only before the filing.
    SupportingDocuments(Value),
    /// What is asked for, US dollars; only before the filing.
    AppealedAmount(Usd),
    /// The last day to file; only before the filing.
    DueOn(NaiveDate),
    /// The payer's answer; only before the decision, which may come with it.
    PayerResponse(String),
}

/// How the payer decided.
#[derive(Clone, PartialEq, Eq, strum::IntoStaticStr)]
pub enum AppealDecision {
    /// It will pay all that was asked for.
    Approved,
    /// It will pay this much of it, US dollars.
    PartiallyApproved(Usd),
    /// It pays nothing.
    Denied,
}

debug_shows_variant!(AppealUpdate, AppealDecision);

#[derive(Default, AsChangeset)]
#[diesel(table_name = appeals)]
struct Changes {
    status: Option<AppealStatus>,
    priority: Option<Priority>,
    appealed_amount: Option<Usd>,
    approved_amount: Option<Usd>,
    due_on: Option<NaiveDate>,
    filed_on: Option<NaiveDate>,
    decided_on: Option<NaiveDate>,
    released_on: Option<NaiveDate>,
    reason: Option<String>,
    supporting_documents: Option<Value>,
    assigned_to: Option<String>,
    payer_response: Option<String>,
}

/// Opens an appeal: `submitted` when `filed_on` is given, else `pending`.
///
/// Errors: [`Rule::AppealStillOpen`], [`Rule::RebillStillOpen`], [`Rule::AppealLevelOutOfOrder`], [`Rule::NoLastDay`],
/// [`Rule::NothingOpen`], [`Rule::MoreThanOpen`]; a foreign key violation where the claim is not the denial's.
///
/// ```
/// use rcm_schema::models::{Appeal, Denial, NewAppeal};
/// use rcm_schema::workflow::appeals;
/// # use rcm_schema::diesel_async::AsyncPgConnection;
///
/// /// All that is open, at the level that comes next, by the last day that `filing_rules` allow.
/// async fn appeal(connection: &mut AsyncPgConnection, denial: &Denial) -> rcm_schema::Result<Appeal> {
///     let level = Appeal::next_level(connection, denial.id).await?;
///     let new = NewAppeal::builder(denial)
///         .appeal_level(level)
///         .appealed_amount(denial.open_amount.clone())
///         .reason("The authorization was given by phone.")
///         .build();
///     appeals::open(connection, &new).await
/// }
/// ```
pub async fn open(connection: &mut AsyncPgConnection, appeal: &NewAppeal) -> Result<Appeal> {
    let status = match appeal.filed_on {
        Some(_) => AppealStatus::Submitted,
        None => AppealStatus::Pending,
    };
    let insert = diesel::insert_into(appeals::table)
        .values((appeal, appeals::status.eq(status)))
        .returning(Appeal::as_returning());
    fetch_one(connection, "appeals.open", insert).await
}

/// Changes one thing about an appeal.
///
/// Errors: [`Rule::Unchangeable`] for amount, deadline, reason and documents once it is filed, for the payer's answer once
/// it is decided; [`Rule::MoreThanOpen`]; [`Rule::IllegalTransition`].
pub async fn update(connection: &mut AsyncPgConnection, appeal: AppealId, update: AppealUpdate) -> Result<Appeal> {
    let none = Changes::default();
    let changes = match update {
        AppealUpdate::Start => Changes { status: Some(AppealStatus::InProgress), ..none },
        AppealUpdate::ConfirmReview => Changes { status: Some(AppealStatus::UnderReview), ..none },
        AppealUpdate::Assign(assignee) => Changes { assigned_to: Some(assignee), ..none },
        AppealUpdate::Priority(priority) => Changes { priority: Some(priority), ..none },
        AppealUpdate::Reason(reason) => Changes { reason: Some(reason), ..none },
        AppealUpdate::SupportingDocuments(documents) => Changes { supporting_documents: Some(documents), ..none },
        AppealUpdate::AppealedAmount(amount) => Changes { appealed_amount: Some(amount), ..none },
        AppealUpdate::DueOn(day) => Changes { due_on: Some(day), ..none },
        AppealUpdate::PayerResponse(response) => Changes { payer_response: Some(response), ..none },
    };
    change(connection, "appeals.update", appeal, changes).await
}

/// Records the day an appeal went to the payer; late is recorded (`filed_late`), not refused.
///
/// Errors: [`Rule::MoreThanOpen`] where less is open by now; [`Rule::ImpossibleDay`] for a day before the denial; [`Rule::Unchangeable`] where it is filed on another day
/// already; [`Rule::IllegalTransition`].
pub async fn file(connection: &mut AsyncPgConnection, appeal: AppealId, filed_on: NaiveDate) -> Result<Appeal> {
    let status = Some(AppealStatus::Submitted);
    change(connection, "appeals.file", appeal, Changes { status, filed_on: Some(filed_on), ..Changes::default() }).await
}

/// Records the payer's decision. What it approves is granted: off the work list until it is paid or [released](release), and
/// back on it after 30 days; the rest stays there. The claim stays `appealed`. Repeating the same decision changes
/// nothing.
///
/// Errors: [`Rule::IllegalTransition`] before the filing, after another decision or a withdrawal;
/// [`Rule::Unchangeable`] for the same decision with another day or amount; [`Rule::MoreThanApproved`] where more was
/// paid for it already; a check violation for a partial approval of nothing or of all.
pub async fn decide(
    connection: &mut AsyncPgConnection,
    appeal: AppealId,
    decision: AppealDecision,
    decided_on: NaiveDate,
    payer_response: Option<&str>,
) -> Result<Appeal> {
    let payer_response = payer_response.map(str::to_owned);
    let decided_on = Some(decided_on);
    let (status, partly) = match decision {
        AppealDecision::Approved => {
            // All that was asked for: the row knows how much.
            let approved = appeals::approved_amount.eq(appeals::appealed_amount.nullable());
            let changes =
                Changes { status: Some(AppealStatus::Approved), decided_on, payer_response, ..Changes::default() };
            let update =
                diesel::update(appeals::table.find(appeal)).set((changes, approved)).returning(Appeal::as_returning());
            return fetch_one(connection, "appeals.decide", update).await;
        }
        AppealDecision::PartiallyApproved(amount) => (AppealStatus::PartiallyApproved, Some(amount)),
        AppealDecision::Denied => (AppealStatus::Denied, None),
    };
    let changes =
        Changes { status: Some(status), approved_amount: partly, decided_on, payer_response, ..Changes::default() };
    change(connection, "appeals.decide", appeal, changes).await
}

/// Waits no longer for the rest of what an approved appeal granted: it is to be worked again. Repeating it changes
/// nothing.
///
/// Errors: [`Rule::Unchangeable`] once it is released on another day; a check violation (`appeals_released_is_approved`)
/// unless it was approved, and for a day before the decision.
pub async fn release(connection: &mut AsyncPgConnection, appeal: AppealId, released_on: NaiveDate) -> Result<Appeal> {
    change(connection, "appeals.release", appeal, Changes { released_on: Some(released_on), ..Changes::default() })
        .await
}

/// Withdraws an undecided appeal. Error: [`Rule::IllegalTransition`] once it is decided.
pub async fn withdraw(connection: &mut AsyncPgConnection, appeal: AppealId) -> Result<Appeal> {
    change(
        connection,
        "appeals.withdraw",
        appeal,
        Changes { status: Some(AppealStatus::Withdrawn), ..Changes::default() },
    )
    .await
}

async fn change(
    connection: &mut AsyncPgConnection,
    name: &'static str,
    appeal: AppealId,
    changes: Changes,
) -> Result<Appeal> {
    let update = diesel::update(appeals::table.find(appeal)).set(changes).returning(Appeal::as_returning());
    fetch_one(connection, name, update).await
}

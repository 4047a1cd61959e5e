//! Request, approve, reject and reverse a write-off, and an adjustment or a transfer by hand that is too large to post without
//! approval. Only an approved one moves money: approval posts it to the ledger, a reversal takes it back. Whoever requests has
//! [`access::APP`](crate::access::APP), whoever decides [`access::APPROVER`](crate::access::APPROVER).

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::{fetch_one, naming_denial};
use crate::error::Result;
#[cfg(doc)]
use crate::error::Rule;
use crate::models::{NewWriteOff, WriteOff};
use crate::schema::write_offs;
use crate::types::{WriteOffId, WriteOffStatus};

#[derive(Default, AsChangeset)]
#[diesel(table_name = write_offs)]
struct Changes<'a> {
    status: Option<WriteOffStatus>,
    approved_by: Option<&'a str>,
    approved_on: Option<NaiveDate>,
    rejected_by: Option<&'a str>,
    rejected_on: Option<NaiveDate>,
    reversed_by: Option<&'a str>,
    reversed_on: Option<NaiveDate>,
}

/// Asks for a write-off; it waits for approval and moves no money. The denial is off the work list meanwhile. One that names
/// the automatic policy of the denial's [`DenialToWork`](crate::views::DenialToWork) is approved at once, by `database`.
///
/// Errors: [`Rule::NothingOpen`], [`Rule::MoreThanOpen`], [`Rule::ContractualWriteOff`]; [`Rule::NotByPolicy`]; a foreign key violation where the claim is not the denial's.
///
/// ```
/// use rcm_schema::models::{Denial, NewWriteOff};
/// use rcm_schema::types::{WriteOffCategory, WriteOffReason};
/// use rcm_schema::workflow::write_offs;
/// # use rcm_schema::{chrono::NaiveDate, diesel_async::AsyncPgConnection};
///
/// /// Whoever approves it is somebody else.
/// async fn give_up(connection: &mut AsyncPgConnection, denial: &Denial, today: NaiveDate) -> rcm_schema::Result<()> {
///     let request = NewWriteOff::builder(denial)
///         .amount(denial.open_amount.clone())
///         .reason(WriteOffReason::BelowThreshold)
///         .category(WriteOffCategory::Administrative)
///         .requested_by("billing.specialist")
///         .requested_on(today)
///         .build();
///     let requested = write_offs::request(connection, &request).await?;
///     write_offs::approve(connection, requested.id, "billing.manager", today).await?;
///     Ok(())
/// }
/// ```
pub async fn request(connection: &mut AsyncPgConnection, write_off: &NewWriteOff) -> Result<WriteOff> {
    let insert = diesel::insert_into(write_offs::table).values(write_off).returning(WriteOff::as_returning());
    let requested = fetch_one(connection, "write_offs.request", insert).await?;
    match requested.policy_id {
        // The trigger has approved it since.
        Some(_) => WriteOff::by_id(connection, requested.id).await,
        None => Ok(requested),
    }
}

/// Approves a write-off and posts it. Repeating it changes nothing.
///
/// Errors: [`Rule::ApproverIsRequester`], of the names and of logins that are people; [`Rule::OverAllocated`] where the denial has less open by now;
/// [`Rule::IllegalTransition`] once it was rejected or reversed; [`Rule::Unchangeable`] once it was approved by
/// somebody else or on another day.
pub async fn approve(
    connection: &mut AsyncPgConnection,
    write_off: WriteOffId,
    approved_by: &str,
    approved_on: NaiveDate,
) -> Result<WriteOff> {
    let status = Some(WriteOffStatus::Approved);
    let changes =
        Changes { status, approved_by: Some(approved_by), approved_on: Some(approved_on), ..Changes::default() };
    change(connection, "write_offs.approve", write_off, changes).await
}

/// Rejects a write-off. Repeating it changes nothing.
///
/// Errors: [`Rule::IllegalTransition`] once it was approved; [`Rule::Unchangeable`] once it was rejected by somebody
/// else or on another day.
pub async fn reject(
    connection: &mut AsyncPgConnection,
    write_off: WriteOffId,
    rejected_by: &str,
    rejected_on: NaiveDate,
) -> Result<WriteOff> {
    let status = Some(WriteOffStatus::Rejected);
    let changes =
        Changes { status, rejected_by: Some(rejected_by), rejected_on: Some(rejected_on), ..Changes::default() };
    change(connection, "write_offs.reject", write_off, changes).await
}

/// Reverses an approved write-off; its amount is open again, less what a later payment took back. Repeating it changes
/// nothing.
///
/// Errors: [`Rule::IllegalTransition`] unless it was approved; [`Rule::Unchangeable`] once it was reversed by somebody
/// else or on another day.
pub async fn reverse(
    connection: &mut AsyncPgConnection,
    write_off: WriteOffId,
    reversed_by: &str,
    reversed_on: NaiveDate,
) -> Result<WriteOff> {
    let status = Some(WriteOffStatus::Reversed);
    let changes =
        Changes { status, reversed_by: Some(reversed_by), reversed_on: Some(reversed_on), ..Changes::default() };
    change(connection, "write_offs.reverse", write_off, changes).await
}

async fn change(
    connection: &mut AsyncPgConnection,
    name: &'static str,
    write_off: WriteOffId,
    changes: Changes<'_>,
) -> Result<WriteOff> {
    let update = diesel::update(write_offs::table.find(write_off)).set(changes).returning(WriteOff::as_returning());
    let changed = fetch_one(connection, name, update).await;
    naming_denial(changed, async || {
        write_offs::table.find(write_off).select(write_offs::denial_id).first(connection).await
    })
    .await
}

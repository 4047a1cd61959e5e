//! Record a denial. What settles it is posted ([`crate::workflow::postings`]).

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::bulk::{self, Bulk, insert_arrays};
use super::command::record_rows;
use super::{Commit, Parts, command, fetch_one};
use crate::error::Result;
#[cfg(doc)]
use crate::error::{Error, Rule};
use crate::models::{Denial, DenialNote, DenialRemark, NewDenial, NewDenialNote, NewDenialRemark};
use crate::schema::{denial_notes, denial_remarks, denials};
use crate::types::{DenialId, RemarkCode};

/// Records a denial. The claim's totals and status follow.
///
/// Errors: [`Rule::OverDenied`] where the claim's open denials would exceed what its payer owes, as where it denies again
/// what was written off: reverse the write-off instead, and the first denial is open again; [`Rule::OverDeniedLine`];
/// [`Rule::ClaimNotSubmitted`]; [`Rule::ClaimVoided`]; [`Rule::PeriodClosed`]; [`Rule::ImpossibleDay`] for a day before the
/// service.
///
/// ```
/// use rcm_schema::models::{Claim, Denial, NewDenial};
/// use rcm_schema::workflow::denials;
/// # use rcm_schema::{chrono::NaiveDate, diesel_async::AsyncPgConnection};
///
/// async fn denied(connection: &mut AsyncPgConnection, claim: &Claim, on: NaiveDate) -> rcm_schema::Result<Denial> {
///     let denial = NewDenial::builder()
///         .claim_id(claim.id)
///         .denial_code("CO-197".parse()?)
///         .denied_on(on)
///         .denial_amount(claim.amount.clone())
///         .build();
///     denials::record(connection, &denial).await
/// }
/// ```
pub async fn record(connection: &mut AsyncPgConnection, denial: &NewDenial) -> Result<Denial> {
    let insert = diesel::insert_into(denials::table).values(denial).returning(Denial::as_returning());
    fetch_one(connection, "denials.record", insert).await.map_err(|error| error.of_claim(denial.claim_id))
}

/// Records many denials, as [`record`] does each, by one statement for thousands of them.
///
/// Errors: [`Error::Bulk`] around one of [`record`], with the position of the denial.
pub async fn record_many(connection: &mut AsyncPgConnection, denials: &[NewDenial], commit: Commit) -> Result<()> {
    bulk::record(connection, "denials.record_many", denials, commit).await
}

impl Bulk for NewDenial {
    fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.root_cause.as_ref().map_or(0, String::len)
            + self.assigned_to.as_ref().map_or(0, String::len)
    }

    async fn insert(connection: &mut AsyncPgConnection, rows: &[Self]) -> QueryResult<()> {
        let insert = insert_arrays!(rows.iter(), NewDenial into denials {
            id, claim_id, line_number, denial_code, denied_on, denial_amount, root_cause, preventable, assigned_to,
            remittance_claim_id, adjustment_number
        });
        insert.send(connection).await
    }
}

/// Records what the payer remarked on a denial, by hand: the remarks of a remittance come with it. What is there already
/// stays, and counts again where it was withdrawn. The work list follows.
pub async fn add_remarks(connection: &mut AsyncPgConnection, denial: DenialId, remarks: &[RemarkCode]) -> Result<()> {
    let distinct: BTreeSet<_> = remarks.iter().collect();
    let rows: Vec<_> =
        distinct.into_iter().map(|code| NewDenialRemark { denial_id: denial, remark_code: code.clone() }).collect();
    command(connection, "denials.add_remarks", Parts::One, async |connection: &mut AsyncPgConnection| {
        let insert = diesel::insert_into(denial_remarks::table)
            .values(&rows)
            .on_conflict((denial_remarks::denial_id, denial_remarks::remark_code))
            .do_update()
            .set(denial_remarks::withdrawn_by.eq(None::<String>));
        record_rows(insert.execute(connection).await?);
        Ok(())
    })
    .await
}

/// Withdraws a remark that was entered by mistake: it stays, with who (a role or user id) withdrew it, and counts no more. The
/// work list follows.
///
/// Error: not found where the denial has no such remark.
pub async fn withdraw_remark(
    connection: &mut AsyncPgConnection,
    denial: DenialId,
    remark: &RemarkCode,
    withdrawn_by: &str,
) -> Result<DenialRemark> {
    let update = diesel::update(denial_remarks::table.find((denial, remark)))
        .set(denial_remarks::withdrawn_by.eq(withdrawn_by))
        .returning(DenialRemark::as_returning());
    fetch_one(connection, "denials.withdraw_remark", update).await
}

/// Adds a note, for whoever works the denial next.
pub async fn add_note(connection: &mut AsyncPgConnection, note: &NewDenialNote) -> Result<DenialNote> {
    let insert = diesel::insert_into(denial_notes::table).values(note).returning(DenialNote::as_returning());
    fetch_one(connection, "denials.add_note", insert).await
}

/// Gives a denial to a worker (a role or user id), or with `None` back to all of them. Whose it is says the work list, too;
/// [`work_list::assign`](crate::workflow::work_list::assign) gives many.
pub async fn assign(connection: &mut AsyncPgConnection, denial: DenialId, worker: Option<&str>) -> Result<Denial> {
    let update = diesel::update(denials::table.find(denial))
        .set(denials::assigned_to.eq(worker))
        .returning(Denial::as_returning());
    fetch_one(connection, "denials.assign", update).await
}

/// Records what went wrong, and whether the practice could have prevented it.
pub async fn note_cause(
    connection: &mut AsyncPgConnection,
    denial: DenialId,
    root_cause: &str,
    preventable: bool,
) -> Result<Denial> {
    let update = diesel::update(denials::table.find(denial))
        .set((denials::root_cause.eq(root_cause), denials::preventable.eq(preventable)))
        .returning(Denial::as_returning());
    fetch_one(connection, "denials.note_cause", update).await
}

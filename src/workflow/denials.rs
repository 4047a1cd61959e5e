//! Record a denial. What settles it is posted ([`crate::workflow::postings`]).

use diesel::prelude::*;
use diesel_async::AsyncPgConnection;

use super::bulk::{self, Bulk, insert_arrays};
use super::{Commit, fetch_one};
use crate::error::Result;
#[cfg(doc)]
use crate::error::{Error, Rule};
use crate::models::{Denial, NewDenial};
use crate::schema::denials;
use crate::types::DenialId;

/// Records a denial. The claim's totals and status follow.
///
/// Errors: [`Rule::OverDenied`] where the claim's open denials would exceed what its payer owes, as where it denies again
/// what was written off: reverse the write-off instead, and the first denial is open again; [`Rule::OverDeniedLine`];
/// [`Rule::ClaimNotSubmitted`]; [`Rule::PeriodClosed`]; [`Rule::ImpossibleDay`] for a day before the service.
pub async fn record(connection: &mut AsyncPgConnection, denial: &NewDenial) -> Result<Denial> {
    let insert = diesel::insert_into(denials::table).values(denial).returning(Denial::as_returning());
    fetch_one(connection, insert).await.map_err(|error| error.of_claim(denial.claim_id))
}

/// Records many denials, as [`record`] does each, by one statement for thousands of them.
///
/// Errors: [`Error::Bulk`] around one of [`record`], with the position of the denial.
pub async fn record_many(connection: &mut AsyncPgConnection, denials: &[NewDenial], commit: Commit) -> Result<()> {
    bulk::record(connection, denials, commit).await
}

impl Bulk for NewDenial {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.root_cause.as_ref().map_or(0, String::len)
    }

    async fn insert(connection: &mut AsyncPgConnection, rows: &[Self]) -> QueryResult<()> {
        let insert = insert_arrays!(rows.iter(), NewDenial into denials {
            id, claim_id, line_number, denial_code, denied_on, denial_amount, root_cause, preventable, remittance_claim_id,
            adjustment_number
        });
        insert.send(connection).await
    }
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
    fetch_one(connection, update).await
}

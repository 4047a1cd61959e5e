//! Close the books.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::AsyncPgConnection;

use super::fetch_one;
use crate::error::Result;
#[cfg(doc)]
use crate::error::Rule;
use crate::models::PeriodClosing;
use crate::schema::period_closings;

/// Closes the books through a day: nothing is posted or denied on or before it any more. It waits for everybody who is
/// writing, and the next ones wait for it; they read the closing. For the owner of the tables; a closed period stays
/// closed.
///
/// Error: [`Rule::ClosingOutOfOrder`] for a day that isn't over or that is closed.
pub async fn close(
    connection: &mut AsyncPgConnection,
    closed_through: NaiveDate,
    closed_by: &str,
) -> Result<PeriodClosing> {
    let insert = diesel::insert_into(period_closings::table)
        .values((period_closings::closed_through.eq(closed_through), period_closings::closed_by.eq(closed_by)))
        .returning(PeriodClosing::as_returning());
    fetch_one(connection, "periods.close", insert).await
}

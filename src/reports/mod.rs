//! The figures of the business. What each means is defined once, by functions of the database that psql and BI tools
//! call too: `select * from denial_report('payer', '2024-01-01', '2024-03-31')`.
//!
//! A report has one row per group, or one row for the whole; the whole is there also when there is nothing to report.
//! Groups come in the order of their values, the group without one last. Money is in US dollars, rates are in percent
//! with two decimals, and a rate or an average of nothing is `None`.

mod appeals;
mod denials;
mod rebills;
mod variances;
mod write_offs;

pub use appeals::{AppealReport, appeals};
pub use denials::{DenialReport, denials};
pub use rebills::{RebillReport, rebills};
pub use variances::{VarianceReport, variances};
pub use write_offs::{WriteOffReport, top_preventable_reasons, write_offs};

use chrono::NaiveDate;
use diesel::QueryableByName;
use diesel::pg::Pg;
use diesel::sql_types::{Date, Nullable, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::types::DateRange;

/// The rows of one of the database's report functions, in the order of their groups. Without `as_of` it is left to the
/// function.
async fn load<Row: QueryableByName<Pg> + Send + 'static>(
    connection: &mut AsyncPgConnection,
    function: &'static str,
    grouped_by: &'static str,
    period: DateRange,
    as_of: Option<NaiveDate>,
) -> Result<Vec<Row>> {
    let fourth = if as_of.is_some() { ", $4" } else { "" };
    let query = format!(r#"select * from {function}($1, $2, $3{fourth}) order by group_value collate "C" nulls last"#);
    let mut query = diesel::sql_query(query)
        .into_boxed::<Pg>()
        .bind::<Text, _>(grouped_by)
        .bind::<Nullable<Date>, _>(period.from)
        .bind::<Nullable<Date>, _>(period.to);
    if let Some(as_of) = as_of {
        query = query.bind::<Date, _>(as_of);
    }
    Ok(query.load(connection).await?)
}

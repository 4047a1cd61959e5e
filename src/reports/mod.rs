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

//! `seed`: from nothing to a database with the demo's claims in it.

mod appeals;
mod claim_diagnoses;
mod claim_lines;
mod claims;
mod demo;
mod denial_transactions;
mod denials;
mod keys;
mod payers;
mod payment_variances;
mod rebills;
mod stories;
mod write_offs;

use chrono::NaiveDate;
use rcm_schema::{Error, Result};

/// Month and day of 2024, the demo's year.
fn day((month, day): (u32, u32)) -> Result<NaiveDate> {
    NaiveDate::from_ymd_opt(2024, month, day).ok_or(Error::Invalid {
        what: "day of the demo",
        rule: "a month and a day of 2024",
    })
}

fn main() {}

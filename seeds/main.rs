//! `seed`: from nothing to a database with the demo's claims in it. Never on a production database.

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

use std::process::ExitCode;

use chrono::NaiveDate;
use rcm_schema::programs::{self, Target};
use rcm_schema::{Error, Result, migrations};

use demo::SeedError;

/// Month and day of 2024, the demo's year.
fn day((month, day): (u32, u32)) -> Result<NaiveDate> {
    NaiveDate::from_ymd_opt(2024, month, day)
        .ok_or(Error::Invalid { what: "day of the demo", rule: "a month and a day of 2024" })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    programs::log_to_stderr();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(SeedError::Database(error)) => programs::fail(&error),
        Err(different @ SeedError::Different { .. }) => {
            eprintln!("error: {different}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), SeedError> {
    let target = Target::find().await?;
    migrations::require_not_production(&target.database).await?;
    let report = migrations::run_pending(&target.database).await?;
    let mut connection = target.database.connect().await?;
    let seeded = demo::seed(&mut connection).await?;

    println!("{} migrations applied", report.applied.len());
    println!("\n{:<24}{:>6}{:>6}", "table", "rows", "new");
    for table in &seeded {
        println!("{:<24}{:>6}{:>6}", table.table, table.rows, table.inserted);
    }
    if seeded.iter().all(|table| table.inserted == 0) {
        println!("nothing changed: the demo data was there already");
    }
    println!();
    for story in stories::tell(&mut connection).await? {
        println!("{story}");
    }
    println!("\nDATABASE_URL  {}", target.shown_url());
    println!("look around   {}", target.psql_command());
    Ok(())
}

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
use clap::Parser;
use rcm_schema::programs::{self, Target};
use rcm_schema::{Error, Result, migrations};

use demo::SeedError;

/// Month and day of 2024, the demo's year.
fn day((month, day): (u32, u32)) -> Result<NaiveDate> {
    NaiveDate::from_ymd_opt(2024, month, day)
        .ok_or(Error::Invalid { what: "day of the demo", rule: "a month and a day of 2024" })
}

/// Load the demo data into the development database that DATABASE_URL names (the environment first, then .env; without
/// it, this project's private PostgreSQL), migrating it first. A second run changes nothing; a production database is
/// refused.
#[derive(Parser)]
#[command(name = "seed", version)]
struct Arguments {
    /// Work in this PostgreSQL schema, an organization's
    #[arg(long, value_name = "NAME")]
    schema: Option<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    programs::log_to_stderr();
    match run(arguments.schema.as_deref()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(SeedError::Database(error)) => programs::fail(&error),
        Err(different @ SeedError::Different { .. }) => {
            eprintln!("error: {different}");
            ExitCode::FAILURE
        }
    }
}

async fn run(schema: Option<&str>) -> Result<(), SeedError> {
    let target = Target::find().await?.in_schema(schema);
    migrations::require_not_production(&target.database).await?;
    let report = migrations::run_pending(&target.database).await?;
    let mut connection = target.database.connect().await?;
    let seeded = demo::seed(&mut connection).await?;

    programs::print(format_args!("{} migrations applied\n", report.applied.len()))?;
    programs::print(format_args!("{:<24}{:>6}{:>6}", "table", "rows", "new"))?;
    for table in &seeded {
        programs::print(format_args!("{:<24}{:>6}{:>6}", table.name, table.rows, table.inserted))?;
    }
    if seeded.iter().all(|table| table.inserted == 0) {
        programs::print("nothing changed: the demo data was there already")?;
    }
    programs::print("")?;
    for story in stories::tell(&mut connection).await? {
        programs::print(story)?;
    }
    programs::print(format_args!("\nDATABASE_URL  {}", target.shown_url()))?;
    programs::print(format_args!("look around   {}", target.psql_command()))?;
    Ok(())
}

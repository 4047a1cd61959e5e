//! `seed`: from nothing to a database with the demo's claims in it, or with a practice of any size. Never on a production
//! database.

mod volume;

use std::process::ExitCode;

use clap::Parser;
use rcm_programs::{self as programs, Install, Result, Target};
use rcm_schema::migrations;

/// Load the demo data into the development database that DATABASE_URL names (the environment first, then .env; without
/// it, this project's private PostgreSQL), migrating it first. A second run changes nothing; a production database is
/// refused. With --volume, a practice of that many claims instead, on a database without payers and claims.
#[derive(Parser)]
#[command(name = "seed", version)]
struct Arguments {
    /// Work in this PostgreSQL schema, an organization's
    #[arg(long, value_name = "NAME")]
    schema: Option<String>,

    #[command(flatten)]
    volume: volume::Options,

    #[command(flatten)]
    install: Install,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    programs::log_to_stderr();
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => programs::fail(&error),
    }
}

async fn run(arguments: Arguments) -> Result<()> {
    let target = Target::find(arguments.install).await?.in_schema(arguments.schema.as_deref());
    let runner = migrations::runner();
    runner.require_not_production(&target.database).await?;
    let report = runner.run_pending(&target.database).await?;
    if let Some(volume) = arguments.volume.volume() {
        volume::load(&target.database, &volume).await?;
        return Ok(());
    }
    let mut connection = target.database.connect().await?;
    let seeded = rcm_seeds::seed(&mut connection).await?;

    programs::print(format_args!("{} migrations applied\n", report.applied.len()))?;
    programs::print(format_args!("{:<24}{:>6}{:>6}", "table", "rows", "new"))?;
    for table in &seeded {
        programs::print(format_args!("{:<24}{:>6}{:>6}", table.name, table.rows, table.written))?;
    }
    if seeded.iter().all(|table| table.written == 0) {
        programs::print("nothing changed: the demo data was there already")?;
    }
    programs::print("")?;
    for story in rcm_seeds::tell(&mut connection).await? {
        programs::print(story)?;
    }
    programs::print(format_args!("\nDATABASE_URL  {}", target.shown_url()))?;
    programs::print(format_args!("look around   {}", target.psql_command()))?;
    Ok(())
}

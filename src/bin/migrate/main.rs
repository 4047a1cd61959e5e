//! Brings a database up to date, takes it back, and says where it stands.

mod create;
mod server;
mod show;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Parser, Subcommand};
use rcm_schema::migrations::{self, Access, Report, Runner};
use rcm_schema::programs::{self, Target};
use rcm_schema::types::Environment;
use rcm_schema::{Database, Result};
use strum::VariantNames as _;

use server::Server;

/// Manage the schema of the revenue-cycle database that DATABASE_URL names (the environment first, then .env; without
/// it, this project's private PostgreSQL).
///
/// Exit codes: 0 done, 1 failed, 2 wrong usage, 3 something is pending (status, verify), 4 refused because it is a
/// production database, 5 no DATABASE_URL and no PostgreSQL server programs. Of verify, the highest that applies: 6 drift
/// can't be judged, 7 the database is ahead of this program, 8 something is pending out of order, 9 a migration was edited
/// after it was applied, 10 drift.
#[derive(Parser)]
#[command(name = "migrate", version)]
struct Arguments {
    /// Read the migrations from this directory instead of the ones compiled in
    #[arg(long, global = true, value_name = "DIR")]
    migration_dir: Option<PathBuf>,

    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Apply every pending migration
    Up,
    /// Revert the last migrations
    Down {
        /// How many
        #[arg(default_value = "1")]
        count: NonZeroUsize,
    },
    /// Revert the last migrations and apply them again
    Redo {
        /// How many
        #[arg(default_value = "1")]
        count: NonZeroUsize,
        /// All that are applied
        #[arg(long, conflicts_with = "count")]
        all: bool,
    },
    /// Show which migrations are applied; exits with 3 where one is pending
    Status {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Say whether the database is what this program expects: migrations applied, unedited, and no object that differs from
    /// what they make. Changes nothing; SELECT is enough, also on a standby
    Verify {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Give an existing role what it needs in the schema, and take back every other right to it; again after migrations that
    /// add tables or columns
    Grant {
        /// The role; it must not own the tables
        #[arg(long)]
        role: String,
        /// app: reads, inserts, updates what workflows update; readonly: reads; reporting: reads the views that hold no
        /// patient reference
        #[arg(long, value_parser = PossibleValuesParser::new(Access::VARIANTS).try_map(|name| name.parse::<Access>()))]
        access: Access,
    },
    /// Make the folder of a new migration, with up.sql and down.sql to be written
    Create {
        /// What it does, in lower snake case: add_claims_filing_date
        name: String,
    },
    /// Revert every migration and apply every migration; the data is gone
    Reset,
    /// Show whether this is a development or a production database, and why
    Environment {
        #[command(subcommand)]
        change: Option<Change>,
    },
    /// Start, stop or find this project's private PostgreSQL, whatever DATABASE_URL says
    #[command(subcommand)]
    Server(Server),
}

#[derive(Subcommand)]
enum Change {
    /// Record what this database is
    Set {
        /// What it is
        #[arg(value_parser = PossibleValuesParser::new(["development", "production"]).try_map(|name| name.parse::<Environment>()))]
        name: Environment,
        /// The name of the database, to confirm which one is meant
        #[arg(long, value_name = "DBNAME")]
        database: String,
    },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    programs::log_to_stderr();
    match run(arguments).await {
        Ok(code) => code,
        Err(error) => programs::fail(&error),
    }
}

async fn run(arguments: Arguments) -> Result<ExitCode> {
    let directory = arguments.migration_dir.as_deref();
    let runner = || directory.map_or_else(Runner::embedded, Runner::from_directory);
    match arguments.command {
        Command::Up => report(&runner()?.run_pending(&database().await?).await?)?,
        Command::Down { count } => report(&runner()?.revert(&database().await?, count.get()).await?)?,
        Command::Redo { count, all } => {
            let count = (!all).then_some(count.get());
            report(&runner()?.redo(&database().await?, count).await?)?;
        }
        Command::Status { json } => return show::status(&runner()?.status(&database().await?).await?, json),
        Command::Verify { json } => {
            return show::verification(&runner()?.verify(&database().await?).await?, json);
        }
        Command::Grant { role, access } => {
            let database = database().await?;
            migrations::grant(&database, &role, access).await?;
            programs::print(format_args!("role \"{role}\" now has {access} access to {database}"))?;
        }
        Command::Create { name } => create::create(directory, &name)?,
        Command::Reset => {
            report(&runner()?.reset(&database().await?).await?)?;
            programs::print(format_args!("the demo data is gone as well; load it with: cargo run --bin seed"))?;
        }
        Command::Environment { change } => environment(&database().await?, change).await?,
        Command::Server(command) => return server::run(command).await,
    }
    Ok(ExitCode::SUCCESS)
}

async fn database() -> Result<Database> {
    Ok(Target::find().await?.database)
}

async fn environment(database: &Database, change: Option<Change>) -> Result<()> {
    if let Some(Change::Set { name, database: confirmation }) = change {
        migrations::set_environment(database, name, &confirmation).await?;
    }
    let judgement = migrations::environment(database).await?;
    programs::print(format_args!("{}: {}", judgement.environment, judgement.because))?;
    Ok(())
}

/// What a run did; the log names the migrations one by one while it runs.
fn report(report: &Report) -> Result<()> {
    for (what, names) in [("reverted", &report.reverted), ("applied", &report.applied)] {
        if let Some(last) = names.last() {
            programs::print(format_args!("{what} {}, the last {last}", names.len()))?;
        }
    }
    if report.reverted.is_empty() && report.applied.is_empty() {
        programs::print(format_args!("nothing to do"))?;
    }
    Ok(())
}

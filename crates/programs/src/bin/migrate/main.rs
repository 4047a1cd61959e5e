//! Brings a database up to date, takes it back, and says where it stands.

mod allow;
mod audit;
mod confirm;
mod create;
mod doctor;
mod fleet;
mod server;
mod show;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use postgres_migrate::{Access, DEFAULT_JOBS, Database, Edited, Environment, Report, Runner};
use rcm_programs::{self as programs, Install, Result, Target};
use rcm_schema::migrations::{self, DEFINITION};
use strum::VariantNames as _;

use allow::Allowed;
use audit::Audit;
use server::Server;

/// Manage the schema of the revenue-cycle database that DATABASE_URL names (the environment first, then .env; without
/// it, this project's private PostgreSQL).
///
/// Exit codes: 0 done, 1 failed, 2 wrong usage, 3 something is pending (status, verify), 4 refused because it is a
/// production database, 5 no DATABASE_URL and no PostgreSQL server programs, 11 some schemas failed (up --all-schemas), 12
/// something is to be looked at (doctor), 13 the audit log is not as it was sealed (audit verify). Of
/// verify and adopt, the highest that applies: 6 drift can't be judged, 7 the database is ahead of this program, 8 something is
/// pending out of order, 9 a migration was edited after it was applied, 10 drift.
#[derive(Parser)]
#[command(name = "migrate", version)]
struct Arguments {
    /// Read the migrations from this directory instead of the ones compiled in
    #[arg(long, global = true, value_name = "DIR")]
    migration_dir: Option<PathBuf>,

    /// Work in this PostgreSQL schema, an organization's
    #[arg(long, global = true, value_name = "NAME")]
    schema: Option<String>,

    #[command(flatten)]
    install: Install,

    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Apply every pending migration
    Up {
        /// First make the schema that --schema names, where it doesn't exist
        #[arg(long, conflicts_with = "all_schemas")]
        create_schema: bool,
        /// Migrate every organization whose schema's name is LIKE this (`'org\_%'`; `_` alone is any character) and that the
        /// role may use; one that fails doesn't stop the others
        #[arg(long, value_name = "PATTERN", conflicts_with = "schema")]
        all_schemas: Option<String>,
        /// How many schemas at a time
        #[arg(long, requires = "all_schemas", default_value_t = DEFAULT_JOBS)]
        jobs: NonZeroUsize,
        /// Only show what would run, and what it locks, rewrites and scans; of all schemas, what is pending in each
        #[arg(long, conflicts_with = "create_schema")]
        dry_run: bool,
        /// Take the files of migrations that were edited after they were applied for what was applied
        #[arg(long)]
        edited: bool,
    },
    /// Revert the last migrations
    Down {
        /// How many
        #[arg(default_value = "1")]
        count: NonZeroUsize,
        /// Take the files of migrations that were edited after they were applied for what was applied
        #[arg(long)]
        edited: bool,
        /// The name of the database, where it holds claims that the demo didn't write
        #[arg(long, value_name = "DBNAME")]
        database: Option<String>,
    },
    /// Revert the last migrations and apply them again
    Redo {
        /// How many
        #[arg(default_value = "1")]
        count: NonZeroUsize,
        /// All that are applied
        #[arg(long, conflicts_with = "count")]
        all: bool,
        /// Take the files of migrations that were edited after they were applied for what was applied
        #[arg(long)]
        edited: bool,
        /// The name of the database, where it holds claims that the demo didn't write
        #[arg(long, value_name = "DBNAME")]
        database: Option<String>,
    },
    /// Write the ledger of a schema that has the tables and no ledger, or lost rows of it: it was restored without one, or made by
    /// another program. Finds out which migrations made it, in a transaction that is rolled back
    Adopt {
        /// Only say which
        #[arg(long)]
        dry_run: bool,
        /// Accept the objects that this file names, as `verify` does
        #[arg(long, value_name = "FILE")]
        allow: Option<PathBuf>,
    },
    /// Have the functions of a schema that was renamed, or copied from another, look into it and no longer into that one
    Repin,
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
        /// Accept the objects that this file names: a line each, `OBJECT -- REASON`, where `*` in OBJECT is any text
        #[arg(long, value_name = "FILE")]
        allow: Option<PathBuf>,
    },
    /// Say on one page how the database is, and what to do about what isn't well: migrations, rights of roles, settings, log,
    /// vacuum, indexes, sessions, and totals against the ledger. Changes nothing; exits with 12 where something is to be looked at
    Doctor {
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Accept the objects and rights that this file names, as `verify` does
        #[arg(long, value_name = "FILE")]
        allow: Option<PathBuf>,
    },
    /// Give an existing role what it needs in the schema, and take back every other right to it; again after migrations that
    /// add tables or columns
    Grant {
        /// The role; it must not own the tables
        #[arg(long)]
        role: String,
        /// app: reads, inserts, updates what workflows update; approver: reads, decides on write-offs; readonly: reads;
        /// reporting: reads the views that hold no patient reference; statistics: reads figures of months and of eleven
        /// patients or more; audit: reads the audit log
        #[arg(long, value_parser = access())]
        access: &'static Access,
    },
    /// Seal, verify and prune the audit log
    #[command(subcommand)]
    Audit(Audit),
    /// Make the folder of a new migration, with up.sql and down.sql to be written
    Create {
        /// What it does, in lower snake case: add_claims_filing_date
        name: String,
    },
    /// Revert every migration and apply every migration; the data is gone
    Reset {
        /// Take the files of migrations that were edited after they were applied for what was applied
        #[arg(long)]
        edited: bool,
        /// The name of the database, where it holds claims that the demo didn't write
        #[arg(long, value_name = "DBNAME")]
        database: Option<String>,
    },
    /// Show whether this is a development or a production database, and why
    Environment {
        #[command(subcommand)]
        change: Option<Change>,
    },
    /// Start, stop or find this project's private PostgreSQL, whatever DATABASE_URL says, or those of all projects
    #[command(subcommand)]
    Server(Server),
}

#[derive(Subcommand)]
enum Change {
    /// Record what this database is
    Set {
        /// What it is
        #[arg(value_parser = PossibleValuesParser::new(Environment::VARIANTS).try_map(|name| name.parse::<Environment>()))]
        name: Environment,
        /// The name of the database, to confirm which one is meant
        #[arg(long, value_name = "DBNAME")]
        database: String,
    },
}

/// The accesses, by their names.
fn access() -> impl TypedValueParser<Value = &'static Access> {
    let names = DEFINITION.accesses.iter().map(|access| access.name);
    PossibleValuesParser::new(names).try_map(|name| DEFINITION.access(&name).ok_or("no such access"))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    check(&arguments);
    match arguments.command {
        // What hundreds of schemas have in common, said hundreds of times, hides what they have not.
        Command::Up { all_schemas: Some(_), .. } => programs::log_to_stderr_from(tracing::Level::WARN),
        _ => programs::log_to_stderr(),
    }
    match run(arguments).await {
        Ok(code) => code,
        Err(error) => programs::fail(&error),
    }
}

/// What clap doesn't see where --schema stands before the command.
fn check(arguments: &Arguments) {
    let wrong = |kind, text| Arguments::command().error(kind, text).exit();
    match (&arguments.command, &arguments.schema) {
        (Command::Up { all_schemas: Some(_), .. }, Some(_)) => {
            wrong(ErrorKind::ArgumentConflict, "--schema is one, --all-schemas are many: give one of them")
        }
        (Command::Up { create_schema: true, .. }, None) => {
            wrong(ErrorKind::MissingRequiredArgument, "--create-schema needs --schema NAME")
        }
        (Command::Create { .. } | Command::Server(_), Some(_)) => {
            wrong(ErrorKind::ArgumentConflict, "this command works in no schema: leave --schema out")
        }
        _ => {}
    }
}

async fn run(arguments: Arguments) -> Result<ExitCode> {
    let directory = arguments.migration_dir.as_deref();
    let edited = match arguments.command {
        Command::Up { edited: true, .. }
        | Command::Down { edited: true, .. }
        | Command::Redo { edited: true, .. }
        | Command::Reset { edited: true, .. } => Edited::Accept,
        _ => Edited::Refuse,
    };
    let runner = || -> Result<Runner> {
        let runner = match directory {
            Some(directory) => Runner::from_directory(&DEFINITION, directory)?,
            None => migrations::runner(),
        };
        Ok(runner.edited(edited))
    };
    let database = || database(arguments.install, arguments.schema.as_deref());
    match arguments.command {
        Command::Up { all_schemas: Some(pattern), dry_run: true, .. } => {
            return fleet::plan(&runner()?, &database().await?, &pattern).await;
        }
        Command::Up { dry_run: true, .. } => show::plan(&runner()?.plan(&database().await?).await?)?,
        Command::Up { all_schemas: Some(pattern), jobs, .. } => {
            return fleet::up(&runner()?, &database().await?, &pattern, jobs).await;
        }
        Command::Up { create_schema, .. } => {
            let (runner, database) = (runner()?, database().await?);
            if create_schema && postgres_migrate::create_schema(&database).await? {
                programs::print(format_args!(
                    "made the schema {}",
                    postgres_migrate::shown(database.schema().unwrap_or_default())
                ))?;
            }
            report(&runner.run_pending(&database).await?)?;
        }
        Command::Down { count, database: named, .. } => {
            let (runner, database) = (runner()?, development(database().await?, named).await?);
            report(&runner.revert(&database, count.get()).await?)?;
        }
        Command::Redo { count, all, database: named, .. } => {
            let (runner, database) = (runner()?, development(database().await?, named).await?);
            report(&runner.redo(&database, (!all).then_some(count.get())).await?)?;
        }
        Command::Adopt { dry_run, allow } => {
            let allowed = Allowed::read(allow.as_deref())?;
            let is_allowed = |difference: &_| allowed.reason(difference).is_some();
            let adoption = runner()?.adopt(&database().await?, is_allowed, dry_run).await?;
            return show::adoption(&adoption, &allowed, dry_run);
        }
        Command::Repin => match runner()?.repin(&database().await?).await? {
            0 => programs::print(format_args!("nothing to do"))?,
            functions => programs::print(format_args!("{functions} functions look into their own schema now"))?,
        },
        Command::Status { json } => return show::status(&runner()?.status(&database().await?).await?, json),
        Command::Verify { json, allow } => {
            let allowed = Allowed::read(allow.as_deref())?;
            return show::verification(&runner()?.verify(&database().await?).await?, &allowed, json);
        }
        Command::Doctor { json, allow } => {
            let allowed = Allowed::read(allow.as_deref())?;
            return doctor::examine(&runner()?, &database().await?, &allowed, json).await;
        }
        Command::Grant { role, access } => {
            let database = database().await?;
            migrations::runner().grant(&database, &role, access).await?;
            programs::print(format_args!("role \"{role}\" now has {access} access to {database}"))?;
        }
        Command::Audit(command) => return audit::run(command, &runner()?, &database().await?).await,
        Command::Create { name } => create::create(directory, &name)?,
        Command::Reset { database: named, .. } => {
            let (runner, database) = (runner()?, development(database().await?, named).await?);
            report(&runner.reset(&database).await?)?;
            programs::print(format_args!("the demo data is gone as well; load it with: cargo run --bin seed"))?;
        }
        Command::Environment { change } => environment(&database().await?, change).await?,
        Command::Server(command) => return server::run(command, arguments.install).await,
    }
    Ok(ExitCode::SUCCESS)
}

async fn database(install: Install, schema: Option<&str>) -> Result<Database> {
    Ok(Target::find(install).await?.in_schema(schema).database)
}

/// A database whose content may go.
async fn development(database: Database, named: Option<String>) -> Result<Database> {
    migrations::runner().require_not_production(&database).await?;
    confirm::confirm(&database, named.as_deref()).await?;
    Ok(database)
}

async fn environment(database: &Database, change: Option<Change>) -> Result<()> {
    if let Some(Change::Set { name, database: confirmation }) = change {
        migrations::runner().set_environment(database, name, &confirmation).await?;
    }
    let judgement = migrations::runner().environment(database).await?;
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

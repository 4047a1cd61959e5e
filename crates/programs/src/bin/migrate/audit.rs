//! `migrate audit`: seals of the audit log.

use std::process::ExitCode;

use chrono::NaiveDate;
use clap::Subcommand;
use postgres_migrate::{Database, Runner};
use rcm_programs::{self as programs, Result};
use rcm_schema::audit::{self, Head};

/// What `migrate audit verify` exits with where something is not as it was sealed.
const BROKEN: u8 = 13;

#[derive(Subcommand)]
pub enum Audit {
    /// Put a digest over all rows that have none yet, and print the head of the chain, to be kept elsewhere
    Seal,
    /// Compute all digests anew and say which don't fit; exits with 13 where one doesn't. SELECT is enough (access audit)
    Verify {
        /// A head that `seal` printed: what it covers is as it was then
        #[arg(long)]
        head: Option<Head>,
    },
    /// Take out rows that were sealed six years ago or earlier; their seals stay
    Prune {
        /// Only what was sealed before this day, UTC; without it, six years ago
        #[arg(long, value_name = "YYYY-MM-DD")]
        before: Option<NaiveDate>,
    },
}

pub async fn run(command: Audit, runner: &Runner, database: &Database) -> Result<ExitCode> {
    // Nothing of a schema that is somebody else's is called.
    runner.status(database).await?;
    let mut connection = database.connect().await?;
    match command {
        Audit::Seal => programs::print(format_args!("head {}", audit::seal(&mut connection).await?))?,
        Audit::Verify { head } => {
            let trail = audit::verify(&mut connection, head.as_ref()).await?;
            for broken in &trail.broken {
                programs::print(broken)?;
            }
            let whole = if trail.broken.is_empty() { "whole: " } else { "" };
            let (sealed, unsealed) = (trail.sealed, trail.unsealed);
            programs::print(format_args!("{whole}{sealed} rows sealed, {unsealed} not yet, head {}", trail.head))?;
            if !trail.broken.is_empty() {
                return Ok(ExitCode::from(BROKEN));
            }
        }
        Audit::Prune { before } => {
            let seals = audit::prune(&mut connection, before).await?;
            programs::print(format_args!("the rows of {seals} seals are gone; the seals stay"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

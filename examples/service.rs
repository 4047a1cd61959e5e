//! What a service does: migrate at startup, take a connection from the pool, query with compile-checked joins.
//!
//! `cargo run --bin seed` first, then `cargo run --example service`.

use std::process::ExitCode;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use rcm_programs::{Install, Target};
use rcm_schema::models::{Appeal, Claim, Denial};
use rcm_schema::schema::{appeals, claims, denials};
use rcm_schema::types::DenialId;
use rcm_schema::{Database, migrations};

/// A service that is more than an example has an error type of its own.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<()> {
    let database = database().await?;
    migrations::run_pending(&database).await?;
    let pool = database.pool().application_name("example-service").build().await?;
    let mut connection = pool.get().await?;

    let denied: Vec<(Claim, Denial)> = claims::table
        .inner_join(denials::table)
        .filter(claims::claim_id.eq("CLM-2024-001235"))
        .order(denials::denied_on)
        .select((Claim::as_select(), Denial::as_select()))
        .load(&mut connection)
        .await?;
    let appealed: Vec<(DenialId, Appeal)> = appeals::table
        .inner_join(denials::table.inner_join(claims::table))
        .filter(claims::claim_id.eq("CLM-2024-001235"))
        .order(appeals::id)
        .select((denials::id, Appeal::as_select()))
        .load(&mut connection)
        .await?;

    match denied.as_slice().first() {
        Some((claim, _)) => println!("{} {}: billed {}", claim.claim_id, claim.status, claim.amount),
        None => println!("CLM-2024-001235 has no denial: run `cargo run --bin seed`"),
    }
    for (_, denial) in &denied {
        println!("  denied {} on {}: {}", denial.denial_code, denial.denied_on, denial.denial_amount);
        for (_, appeal) in appealed.iter().filter(|(of, _)| *of == denial.id) {
            println!("    appeal {} {}, due {}", appeal.appeal_level, appeal.status, appeal.due_on);
        }
    }
    Ok(())
}

/// `Database::from_env` is all that a service needs; without `DATABASE_URL` this example takes the private server that
/// `seed` fills.
async fn database() -> Result<Database> {
    match Database::from_env()? {
        Some(database) => Ok(database),
        None => Ok(Target::find(Install::NEVER).await?.database),
    }
}

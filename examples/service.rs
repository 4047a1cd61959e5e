//! What a service does: migrate at startup, take a connection from the pool, query with compile-checked joins.
//!
//! `cargo run --bin seed` first, then `cargo run --example service`.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use rcm_schema::models::{Appeal, Claim, Denial};
use rcm_schema::programs::Target;
use rcm_schema::schema::{appeals, claims, denials};
use rcm_schema::{Database, Result, migrations};

#[tokio::main]
async fn main() -> Result<()> {
    let database = database().await?;
    migrations::run_pending(&database).await?;
    let pool = database.pool().application_name("example-service").build().await?;
    let mut connection = pool.get().await?;

    let rows: Vec<(Claim, Denial, Option<Appeal>)> = claims::table
        .inner_join(denials::table.left_join(appeals::table))
        .filter(claims::claim_id.eq("CLM-2024-001235"))
        .order((denials::denied_on, appeals::id))
        .select((Claim::as_select(), Denial::as_select(), Option::<Appeal>::as_select()))
        .load(&mut connection)
        .await?;
    if rows.is_empty() {
        println!("CLM-2024-001235 is not there: run `cargo run --bin seed`");
    }
    for (claim, denial, appeal) in rows {
        println!("{} {}: billed {}, paid {}", claim.claim_id, claim.status, claim.amount, claim.paid_amount);
        println!("  denied {} on {}: {}", denial.denial_code, denial.denied_on, denial.denial_amount);
        if let Some(appeal) = appeal {
            println!("  appeal {} {}, due {}", appeal.appeal_level, appeal.status, appeal.due_on);
        }
    }
    Ok(())
}

/// `Database::from_env` is all that a service needs; without `DATABASE_URL` this example takes the private server that
/// `seed` fills.
async fn database() -> Result<Database> {
    match Database::from_env()? {
        Some(database) => Ok(database),
        None => Ok(Target::find().await?.database),
    }
}

//! What the crate's conveniences and guards cost, as ratios against the bare way in the same run: `cargo bench`.
//!
//! The two sides of a pair alternate, so that a busy machine slows both; the median of each is compared.

#![allow(clippy::expect_used)]

mod audit;
mod claims;
mod guards;
mod lookups;
mod remittances;
mod startup;
mod workers;
mod workflow;

use std::time::Duration;

use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};

/// What a bench fails with ends it.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    // `cargo bench --bench ratios -- claims` runs those of one module.
    let module = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let wanted = |name| module.as_deref().is_none_or(|module| module == name);
    if wanted("startup") {
        startup::startup_with_nothing_pending().await?;
        startup::empty_to_head().await?;
    }
    if wanted("lookups") {
        lookups::claim_by_business_id().await?;
    }
    if wanted("audit") {
        audit::changes_and_postings().await?;
    }
    if wanted("guards") {
        guards::ledger_inserts().await?;
    }
    if wanted("claims") {
        claims::many_claims().await?;
        claims::one_claim().await?;
    }
    if wanted("remittances") {
        remittances::one_remittance().await?;
    }
    if wanted("workers") {
        workers::eight_workers().await?;
    }
    if wanted("workflow") {
        workflow::file_and_decide().await?;
    }
    Ok(())
}

fn report(name: &str, mut ours: Vec<Duration>, mut bare: Vec<Duration>) {
    ours.sort();
    bare.sort();
    let (ours_median, bare_median) = (ours[ours.len() / 2], bare[bare.len() / 2]);
    println!(
        "{name}: {:.2} times ({ours_median:?} against {bare_median:?}, medians of {})",
        ours_median.as_secs_f64() / bare_median.as_secs_f64(),
        ours.len()
    );
}

/// 2000 submitted claims of 10000.00, CLM-0 to CLM-1999.
async fn insert_claims(connection: &mut AsyncPgConnection) -> Result<()> {
    connection
        .batch_execute(
            "begin;
             insert into payers (payer_id, name, payer_type)
             values ('BENCH-1', 'Bench', 'commercial');
             insert into claims (
                 claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to, submitted_on
             )
             select
                 'CLM-' || number, 'PATIENT-' || number, payers.id, 'professional', 10000,
                 '2024-01-01', '2024-01-01', '2024-01-02'
             from payers, generate_series(0, 1999) as number;
             insert into claim_lines (claim_id, line_number, procedure_code, charge_amount, service_date)
             select id, 1, '99213', 10000, '2024-01-01' from claims;
             commit;
             analyze claims",
        )
        .await?;
    Ok(())
}

/// A denial of 10000.00 for each of them, code PR-1.
async fn insert_denials(connection: &mut AsyncPgConnection) -> Result<()> {
    connection
        .batch_execute(
            "insert into denials (claim_id, denial_code, denied_on, denial_amount)
             select id, 'PR-1', '2024-01-10', 10000 from claims;
             analyze denials",
        )
        .await?;
    Ok(())
}

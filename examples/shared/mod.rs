//! What the examples share: a connection whose changes are undone, a claim to begin with, and a look at the outcome.
#![allow(dead_code, reason = "each example uses a part")]

use std::process::ExitCode;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use rcm_programs::{Install, Target};
use rcm_schema::models::{Claim, Denial, NewClaim, NewClaimDiagnosis, NewClaimLine, NewPayer, Posting};
use rcm_schema::schema::{claims as claim_rows, denials, payers};
use rcm_schema::types::{ClaimType, DenialId, PayerType};
use rcm_schema::views::DenialTriage;
use rcm_schema::workflow::claims::{self, WholeClaim};
use rcm_schema::{Error, Result, migrations};

/// Runs a story on the development database, migrated if it isn't yet, and undoes all that it wrote.
pub async fn run(story: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<()>) -> ExitCode {
    match run_undone(story).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => rcm_programs::fail(&error),
    }
}

async fn run_undone(story: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<()>) -> rcm_programs::Result<()> {
    let target = Target::find(Install::NEVER).await?;
    migrations::runner().require_not_production(&target.database).await?;
    migrations::run_pending(&target.database).await?;
    let mut connection = target.database.connect().await?;
    // Nobody commits it: it ends with the connection.
    connection.begin_test_transaction().await.map_err(Error::from)?;
    story(&mut connection).await?;
    // What a commit would check.
    connection.batch_execute("set constraints all immediate").await.map_err(Error::from)?;
    println!("rolled back: the database is as it was");
    Ok(())
}

/// Month and day of 2024.
pub fn day(month: u32, day: u32) -> Result<NaiveDate> {
    NaiveDate::from_ymd_opt(2024, month, day).ok_or(Error::Invalid { what: "day", rule: "a month and a day of 2024" })
}

/// A claim to a new payer for a visit on 2024-01-10, submitted on the next day.
pub async fn new_claim(connection: &mut AsyncPgConnection, claim_id: &str, billed: &str) -> Result<NewClaim> {
    let payer = NewPayer::builder()
        .payer_id(format!("PAYER-OF-{claim_id}").parse()?)
        .name("Example")
        .payer_type(PayerType::Commercial)
        .build();
    diesel::insert_into(payers::table).values(&payer).execute(connection).await?;
    let visit = day(1, 10)?;
    Ok(NewClaim::builder()
        .claim_id(claim_id.parse()?)
        .patient_reference("EXAMPLE-PATIENT".parse()?)
        .payer_id(payer.id)
        .claim_type(ClaimType::Professional)
        .amount(billed.parse()?)
        .service_from(visit)
        .service_to(visit)
        .submitted_on(day(1, 11)?)
        .build())
}

/// Records a claim of one diagnosis. A line is a procedure, a modifier and a charge.
pub async fn record(
    connection: &mut AsyncPgConnection,
    claim: &NewClaim,
    diagnosis: &str,
    lines: &[(&str, Option<&str>, &str)],
) -> Result<Claim> {
    let diagnosis =
        NewClaimDiagnosis::builder().claim_id(claim.id).ordinal(1).diagnosis_code(diagnosis.parse()?).build();
    let lines = (1..).zip(lines).map(|(number, (procedure, modifier, charge))| {
        Ok(NewClaimLine::builder()
            .claim_id(claim.id)
            .line_number(number)
            .procedure_code(procedure.parse()?)
            .charge_amount(charge.parse()?)
            .service_date(claim.service_from)
            .maybe_modifier_1(modifier.map(str::parse).transpose()?)
            .diagnosis_pointer_1(1)
            .build())
    });
    let lines = lines.collect::<Result<_>>()?;
    let whole = WholeClaim { diagnoses: vec![diagnosis], lines, ..WholeClaim::new(claim.clone()) };
    let recorded = claims::record(connection, &whole).await?;
    println!("{} recorded: {}, billed {}", recorded.claim_id, recorded.status, recorded.amount);
    Ok(recorded)
}

/// Prints what the policies say about a denial.
pub async fn show_triage(connection: &mut AsyncPgConnection, denial: DenialId) -> Result<()> {
    let triage = DenialTriage::by_denial(connection, denial).await?.triage;
    match (triage.action, triage.priority, triage.act_by) {
        (Some(action), Some(priority), Some(act_by)) => {
            let automatic = if triage.automatic { "automatic, " } else { "" };
            println!("triage: {action}, {automatic}priority {priority}, by {act_by}. {}", triage.reason);
        }
        _ => println!("triage: {}", triage.reason),
    }
    Ok(())
}

/// Prints what the database made of a denial: the ledger of its claim, its totals, the status of the claim.
pub async fn show(connection: &mut AsyncPgConnection, denial: DenialId) -> Result<()> {
    let (denial, claim): (Denial, Claim) = denials::table
        .inner_join(claim_rows::table)
        .filter(denials::id.eq(denial))
        .select((Denial::as_select(), Claim::as_select()))
        .first(connection)
        .await?;
    for posting in Posting::by_claim(connection, claim.id).await? {
        println!("  ledger: {} {} {}, {}", posting.posted_on, posting.kind, posting.amount, posting.posted_by);
    }
    println!("  denial {}: {}, open {}", denial.denial_code, denial.resolution_status, denial.open_amount);
    println!("  claim {}: {}, balance {}", claim.claim_id, claim.status, claim.balance());
    Ok(())
}

/// Tries what a rule refuses, and prints the refusal. The savepoint keeps what the transaction did before.
pub async fn refused<T>(
    connection: &mut AsyncPgConnection,
    what: &str,
    attempt: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T>,
) -> Result<()> {
    connection.batch_execute("savepoint attempt").await?;
    match attempt(connection).await {
        Ok(_) => Err(Error::Invalid { what: "example", rule: "what it shows as refused is refused" }),
        Err(error) => {
            println!("refused: {what}: {}: {error}", error.code());
            Ok(connection.batch_execute("rollback to savepoint attempt").await?)
        }
    }
}

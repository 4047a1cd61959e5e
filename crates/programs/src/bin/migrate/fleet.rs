//! Many schemas, a few at a time.

use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use postgres_migrate::{Database, Runner, SchemaReport, shown};
use rcm_programs::{self as programs, Error, Result};

/// What `migrate up --all-schemas` exits with where schemas failed.
const FAILED: u8 = 11;

/// A line for every schema when it is done, and a bar below them where stderr is a terminal.
pub async fn up(runner: &Runner, database: &Database, pattern: &str, jobs: NonZeroUsize) -> Result<ExitCode> {
    let schemas = runner.schemas_like(database, pattern).await?;
    let bar = progress_bar(schemas.len())?;
    let mut printed = Ok(());
    let fleet = runner
        .run_pending_in_schemas(database, &schemas, jobs, |report| {
            let shown = bar.suspend(|| programs::print(line(report)));
            bar.inc(1);
            if printed.is_ok() {
                printed = shown;
            }
        })
        .await;
    bar.finish_and_clear();
    printed?;
    let failed: Vec<&str> = fleet.failed().map(|report| report.schema.as_str()).collect();
    if failed.is_empty() {
        programs::print(format_args!("schemas up to date: {}", fleet.schemas.len()))?;
    }
    Ok(exit(&failed, fleet.schemas.len(), "up to date"))
}

/// A line for every schema that says what is pending there; nothing is changed.
pub async fn plan(runner: &Runner, database: &Database, pattern: &str) -> Result<ExitCode> {
    let schemas = runner.schemas_like(database, pattern).await?;
    let mut failed = Vec::new();
    for schema in &schemas {
        let told = match runner.plan(&database.with_schema(schema)).await.map(|plan| plan.migrations) {
            Ok(pending) => match pending.last() {
                Some(last) => format!("pending {}, the last {}", pending.len(), last.name),
                None => String::from("up to date"),
            },
            Err(error) => {
                failed.push(schema.as_str());
                format!("failed: {error}")
            }
        };
        programs::print(format_args!("{}: {told}", shown(schema)))?;
    }
    Ok(exit(&failed, schemas.len(), "shown"))
}

fn exit(failed: &[&str], schemas: usize, others: &str) -> ExitCode {
    if failed.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!(
        "error: {} of {schemas} schemas failed ({}); the others are {others}",
        failed.len(),
        shown(&failed.join(", "))
    );
    ExitCode::from(FAILED)
}

fn line(report: &SchemaReport) -> String {
    let outcome = match &report.outcome {
        Ok(done) => match done.applied.last() {
            Some(last) => format!("applied {}, the last {last}", done.applied.len()),
            None => String::from("up to date"),
        },
        Err(error) => format!("failed: {error}"),
    };
    format!("{}: {outcome}", shown(&report.schema))
}

fn progress_bar(schemas: usize) -> Result<ProgressBar> {
    let style = ProgressStyle::with_template("{wide_bar} {pos} of {len} schemas, {elapsed}");
    let style = style.map_err(|error| Error::Usage(error.to_string()))?;
    // A bar hides itself where stderr is no terminal.
    let bar = ProgressBar::new(u64::try_from(schemas).unwrap_or(u64::MAX)).with_style(style);
    bar.enable_steady_tick(Duration::from_millis(200));
    Ok(bar)
}

//! Prints where the migrations stand, and what differs.

use std::process::ExitCode;

use rcm_schema::migrations::{Finding, Plan, PlannedStatement, Status, Verification};
use rcm_schema::{Result, programs};
use serde_json::json;

/// What `migrate status` exits with where something is pending.
const PENDING: u8 = 3;

/// A table or JSON on stdout, and the exit code.
pub fn status(status: &Status, as_json: bool) -> Result<ExitCode> {
    match as_json {
        true => programs::print(format_args!("{:#}", json(status)))?,
        false => programs::print(table(status))?,
    }
    Ok(match status.is_up_to_date() {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(PENDING),
    })
}

/// What a run would do, statement by statement.
pub fn plan(plan: &Plan) -> Result<()> {
    if plan.migrations.is_empty() {
        return programs::print("nothing to do");
    }
    for migration in &plan.migrations {
        let how = match migration.run_in_transaction {
            true => "in one transaction, which keeps its locks to its end",
            false => "outside a transaction",
        };
        programs::print(format_args!("{}, {how}", migration.name))?;
        let is_harmless = |statement: &&PlannedStatement| statement.locks.is_empty() && statement.untold.is_empty();
        let harmless = migration.statements.iter().filter(is_harmless).count();
        for statement in migration.statements.iter().filter(|statement| !is_harmless(statement)) {
            programs::print(format_args!("  line {}: {}", statement.line, statement.text))?;
            for (table, mode) in &statement.locks {
                programs::print(format_args!("    {table}: {mode}, {}", mode.blocks()))?;
            }
            for untold in &statement.untold {
                programs::print(format_args!("    ? {untold}"))?;
            }
        }
        if harmless > 0 {
            programs::print(format_args!("  statements that lock no table that is there: {harmless}"))?;
        }
    }
    Ok(())
}

fn json(status: &Status) -> serde_json::Value {
    let migrations: Vec<_> = status
        .migrations
        .iter()
        .map(|migration| {
            json!({
                "version": migration.version,
                "name": migration.name,
                "state": migration.state.to_string(),
                "applied_at": migration.applied_at,
            })
        })
        .collect();
    json!({ "up_to_date": status.is_up_to_date(), "migrations": migrations })
}

fn table(status: &Status) -> String {
    let mut text = format!("{:<9}{:<21}migration", "state", "applied at");
    for migration in &status.migrations {
        text.push_str(&format!(
            "\n{:<9}{:<21}{}",
            migration.state.to_string(),
            migration.applied_at.as_deref().unwrap_or_default(),
            migration.name.as_ref().unwrap_or(&migration.version)
        ));
    }
    text
}

/// What `migrate verify` exits with where drift can't be judged and nothing else differs.
const DRIFT_UNKNOWN: u8 = 6;

/// A line per finding or JSON on stdout, and the exit code: the highest of the findings'.
pub fn verification(verification: &Verification, as_json: bool) -> Result<ExitCode> {
    if as_json {
        let findings: Vec<_> = verification.findings.iter().map(finding_json).collect();
        let json = json!({
            "as_expected": verification.is_as_expected(),
            "drift_unknown_because": verification.drift_unknown_because,
            "findings": findings,
        });
        programs::print(format_args!("{json:#}"))?;
    } else {
        for finding in &verification.findings {
            programs::print(finding)?;
        }
        match &verification.drift_unknown_because {
            Some(because) => programs::print(format_args!("drift was not looked for: {because}"))?,
            None if verification.findings.is_empty() => programs::print("everything is as expected")?,
            None => {}
        }
    }
    let unknown = verification.drift_unknown_because.as_ref().map(|_| DRIFT_UNKNOWN);
    let code = verification.findings.iter().map(code).max().or(unknown);
    Ok(ExitCode::from(code.unwrap_or_default()))
}

fn code(finding: &Finding) -> u8 {
    match finding {
        Finding::Pending { .. } => PENDING,
        Finding::Unknown { .. } => 7,
        Finding::OutOfOrder { .. } => 8,
        Finding::Edited { .. } => 9,
        Finding::Drift { .. } => 10,
        _ => 1,
    }
}

fn finding_json(finding: &Finding) -> serde_json::Value {
    match finding {
        Finding::Pending { migration } => json!({ "kind": "pending", "migration": migration }),
        Finding::Unknown { version } => json!({ "kind": "unknown", "version": version }),
        Finding::OutOfOrder { migration, after } => {
            json!({ "kind": "out_of_order", "migration": migration, "after": after })
        }
        Finding::Edited { migration } => json!({ "kind": "edited", "migration": migration }),
        Finding::Drift { object, expected, found } => {
            json!({ "kind": "drift", "object": object, "expected": expected, "found": found })
        }
        other => json!({ "kind": "other", "what": other.to_string() }),
    }
}

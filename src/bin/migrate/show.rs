//! Prints where the migrations stand.

use std::process::ExitCode;

use rcm_schema::migrations::Status;
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

//! Prints where the migrations stand, and what differs.

use std::process::ExitCode;

use indicatif::HumanBytes;
use postgres_migrate::{Adoption, Difference, Plan, RecordedTable, Status, TableSize, Verification};
use rcm_programs::{self as programs, Result};
use serde_json::json;

use crate::allow::Allowed;

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

/// What a run would do to the tables that are there.
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
        let Some(tables) = &migration.tables else {
            programs::print("  not recorded: try it on a copy of the database")?;
            continue;
        };
        let there: Vec<(&RecordedTable, &TableSize)> =
            tables.iter().filter_map(|table| Some((table, plan.sizes.get(&table.name)?))).collect();
        for (table, size) in &there {
            programs::print(format_args!("  {}", planned(table, size)))?;
        }
        if there.is_empty() {
            programs::print("  no table that is there")?;
        }
    }
    Ok(())
}

/// `claims (about 1000000 rows, 557 MiB): ACCESS EXCLUSIVE, nobody reads or writes; all rows are written anew`.
fn planned(table: &RecordedTable, size: &TableSize) -> String {
    let mut text = table.name.clone();
    // A view has no rows of its own.
    if let Some(bytes) = u64::try_from(size.bytes).ok().filter(|bytes| *bytes > 0) {
        let rows = size.rows.map_or_else(|| String::from("rows never counted"), |rows| format!("about {rows} rows"));
        text.push_str(&format!(" ({rows}, {})", HumanBytes(bytes)));
    }
    text.push_str(&format!(": {}, {}", table.lock, table.lock.blocks()));
    if table.is_rewritten {
        text.push_str("; all rows are written anew");
    }
    if table.is_scanned {
        text.push_str("; all rows are read");
    }
    text
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

/// A line per difference or JSON on stdout, and the exit code: the highest of the differences' that aren't allowed.
pub fn verification(verification: &Verification, allowed: &Allowed, as_json: bool) -> Result<ExitCode> {
    let Verification { differences: all, drift_unknown_because, .. } = verification;
    let (accepted, differences): (Vec<_>, Vec<_>) = all.iter().partition(|found| allowed.reason(found).is_some());
    let accepted: Vec<_> = accepted.into_iter().filter_map(|found| allowed.reason(found)).collect();
    let unused: Vec<&str> = allowed.unused(all).collect();
    if as_json {
        let reason = |(object, reason): &(&str, &str)| json!({ "object": object, "reason": reason });
        let json = json!({
            "as_expected": differences.is_empty() && drift_unknown_because.is_none(),
            "drift_unknown_because": drift_unknown_because,
            "differences": differences.iter().copied().map(difference_json).collect::<Vec<_>>(),
            "allowed": accepted.iter().map(reason).collect::<Vec<_>>(),
            "allowed_and_not_found": unused,
        });
        programs::print(format_args!("{json:#}"))?;
    } else {
        print_accepted(&accepted)?;
        for pattern in unused {
            programs::print(format_args!("allowed and not found: {pattern}"))?;
        }
        for difference in &differences {
            programs::print(difference)?;
        }
        match drift_unknown_because {
            Some(because) => programs::print(format_args!("drift was not looked for: {because}"))?,
            None if !differences.is_empty() => {}
            None if accepted.is_empty() => programs::print("everything is as expected")?,
            None => programs::print("everything else is as expected")?,
        }
    }
    let unknown = drift_unknown_because.as_ref().map(|_| DRIFT_UNKNOWN);
    let code = differences.into_iter().map(code).max().or(unknown);
    Ok(ExitCode::from(code.unwrap_or_default()))
}

fn print_accepted(accepted: &[(&str, &str)]) -> Result<()> {
    accepted.iter().try_for_each(|(object, reason)| programs::print(format_args!("allowed: {object} ({reason})")))
}

/// What a schema without a ledger turned out to be, and the exit code.
pub fn adoption(adoption: &Adoption, allowed: &Allowed, dry_run: bool) -> Result<ExitCode> {
    let Adoption { migrations, pending, differences, allowed: accepted, .. } = adoption;
    print_accepted(&accepted.iter().filter_map(|found| allowed.reason(found)).collect::<Vec<_>>())?;
    for difference in differences {
        programs::print(difference)?;
    }
    let last = migrations.last().map(|last| format!(", the last {last}")).unwrap_or_default();
    let made = format!("{} migrations{last}", migrations.len());
    match (differences.len(), migrations.len()) {
        (0, 0) => programs::print("nothing to do: the ledger has what is there, or nothing is there")?,
        (0, _) => {
            let written = if dry_run { "not written" } else { "written" };
            programs::print(format_args!("made by {made}; pending: {}; the ledger is {written}", pending.len()))?;
        }
        // Compared once the functions look into their own schema.
        (_, 0) => programs::print("the ledger is not written")?,
        (count, _) => programs::print(format_args!(
            "differs in {count} from what {made} make, which come closest; the ledger is not written"
        ))?,
    }
    Ok(ExitCode::from(differences.iter().map(code).max().unwrap_or_default()))
}

fn code(difference: &Difference) -> u8 {
    match difference {
        Difference::Pending { .. } => PENDING,
        Difference::Unknown { .. } => 7,
        Difference::OutOfOrder { .. } => 8,
        Difference::Edited { .. } => 9,
        Difference::Renamed { .. } | Difference::Drift { .. } => 10,
        _ => 1,
    }
}

fn difference_json(difference: &Difference) -> serde_json::Value {
    match difference {
        Difference::Pending { migration } => json!({ "kind": "pending", "migration": migration }),
        Difference::Unknown { version } => json!({ "kind": "unknown", "version": version }),
        Difference::OutOfOrder { migration, after } => {
            json!({ "kind": "out_of_order", "migration": migration, "after": after })
        }
        Difference::Edited { migration } => json!({ "kind": "edited", "migration": migration }),
        Difference::Renamed { functions, into } => {
            json!({ "kind": "renamed", "functions": functions, "into": into })
        }
        Difference::Drift { object, expected, found } => {
            json!({ "kind": "drift", "object": object, "expected": expected, "found": found })
        }
        other => json!({ "kind": "other", "what": other.to_string() }),
    }
}

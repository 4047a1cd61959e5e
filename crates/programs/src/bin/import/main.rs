//! `import`: the claims and remittances of X12 files, stored, posted and reconciled.

mod claims;
mod files;
mod key;
mod rekey;
mod remittances;
mod summary;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use claim_files::{Kind, PseudonymKey, UnknownPayers};
use clap::Parser;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use indicatif::{ProgressBar, ProgressStyle};
use rcm_programs::{self as programs, Error, Install, Result, Target};
use rcm_schema::migrations;

use files::Found;
use summary::{Summary, Totals};

/// Store the claims of X12 837 files and the remittances of 835 files, and post what payers paid, in the database that
/// DATABASE_URL names (the environment first, then .env; without it, this project's private PostgreSQL, migrated first).
///
/// Files are taken in the order of the days on which claims were sent and payments made. What is there already stays as it
/// is, so an import may be repeated, interrupted, and run twice at once.
///
/// Exit codes: 0 everything is stored and posted, 1 failed, 2 wrong usage, 3 something waits or was refused, 5 no
/// DATABASE_URL and no PostgreSQL server programs, 6 a file or a part of one could not be read, 130 interrupted.
#[derive(Parser)]
#[command(name = "import", version)]
struct Arguments {
    /// Files, and directories whose files are meant, 837 and 835 in any order
    #[arg(required_unless_present = "rekey", value_name = "FILE_OR_DIRECTORY")]
    paths: Vec<PathBuf>,

    /// Work in this PostgreSQL schema, an organization's
    #[arg(long, value_name = "NAME")]
    schema: Option<String>,

    /// Do it all in one transaction, say what came of it, and take it back. Others wait for what it locks
    #[arg(long)]
    dry_run: bool,

    /// Refuse claims and remittances of payers that nobody knows, instead of making such payers to be completed
    #[arg(long)]
    known_payers_only: bool,

    /// Begin to make pseudonyms with a key that made none of those here: patients who are here get other references
    #[arg(long)]
    new_key: bool,

    /// Where the files are kept, encrypted: noted with each 835, for their bytes name patients and are not stored
    #[arg(long, value_name = "PLACE")]
    stored_at: Option<String>,

    /// Who imports: a role or user id of letters, digits, `.`, `_`, `@` and `-`
    #[arg(long, value_name = "ACTOR", default_value = "import", value_parser = actor)]
    by: String,

    /// Print JSON
    #[arg(long)]
    json: bool,

    /// Give patients the references of this file instead, lines `old_reference,new_reference`, and note that the key of today
    /// made them
    #[arg(long, value_name = "MAPPING.csv", conflicts_with_all = ["paths", "dry_run", "known_payers_only", "new_key"])]
    rekey: Option<PathBuf>,

    #[command(flatten)]
    install: Install,
}

fn actor(text: &str) -> Result<String, &'static str> {
    match text {
        _ if text.len() > 64 => Err("it has more than 64 characters"),
        _ if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._@-".contains(&byte)) => {
            Ok(text.to_owned())
        }
        _ => Err("it has other characters than letters, digits, points, underscores, at signs and hyphens"),
    }
}

/// What every step knows.
struct Import {
    key: Option<PseudonymKey>,
    unknown_payers: UnknownPayers,
    stored_at: Option<String>,
    by: String,
    is_json: bool,
    /// Set by Ctrl-C: what is in hand is finished, and nothing else begun.
    stop: Arc<AtomicBool>,
    bar: ProgressBar,
}

impl Import {
    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Prints a line above the bar.
    fn say(&self, line: &str) -> Result<()> {
        match self.is_json {
            true => Ok(()),
            false => self.bar.suspend(|| programs::print(line)),
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    programs::log_to_stderr_from(tracing::Level::WARN);
    match run(arguments).await {
        Ok(code) => code,
        Err(error) => programs::fail(&error),
    }
}

async fn run(arguments: Arguments) -> Result<ExitCode> {
    let target = Target::find(arguments.install).await?.in_schema(arguments.schema.as_deref());
    if target.server.is_some() {
        migrations::run_pending(&target.database).await?;
    }
    let key = key::find(&target).await?;
    let mut connection = target.database.connect().await?;
    if let Some(mapping) = &arguments.rekey {
        rekey::rekey(&mut connection, mapping, key, &arguments.by).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let style = ProgressStyle::with_template("{wide_bar} {human_pos} of {human_len} claims, {per_sec}, {eta} left");
    let import = Import {
        key,
        unknown_payers: if arguments.known_payers_only { UnknownPayers::Refuse } else { UnknownPayers::Make },
        stored_at: arguments.stored_at,
        by: arguments.by,
        is_json: arguments.json,
        stop: stop_by_signal(),
        bar: ProgressBar::new(0).with_style(style.map_err(|error| Error::Usage(error.to_string()))?),
    };
    let mut summary = Summary::default();
    let found = files::find(&import, &arguments.paths, &mut summary)?;
    // Payments name no patient by a pseudonym.
    let has_claims = found.iter().any(|file| file.scan.submissions > 0);
    if let Some(key) = import.key.as_ref().filter(|_| has_claims && !arguments.new_key) {
        key::check(&target, &mut connection, key).await?;
    }
    if arguments.dry_run {
        connection.begin_test_transaction().await.map_err(rcm_schema::Error::from)?;
    }
    let totals = import_all(&import, &mut connection, &found, &mut summary).await?;
    import.bar.finish_and_clear();
    // A dry run's transaction ends with its connection.
    drop(connection);
    summary.print(&totals, arguments.json, arguments.dry_run)?;
    Ok(match import.is_stopped() {
        true => ExitCode::from(130),
        false => summary.exit_code(&totals),
    })
}

/// In the order of the days on which claims were sent and payments made, so that each finds what it follows; what waits, and
/// what misses its original, is tried again at the end.
async fn import_all(
    import: &Import,
    connection: &mut AsyncPgConnection,
    found: &[Found],
    summary: &mut Summary,
) -> Result<Totals> {
    let claims = found.iter().map(|file| u64::try_from(file.scan.claims).unwrap_or_default()).sum();
    import.bar.set_length(claims);
    let (mut again, mut stored) = (Vec::new(), Vec::new());
    for (kind, file) in files::in_order(found) {
        if import.is_stopped() {
            break;
        }
        match kind {
            // Its line follows at the end.
            Kind::Claims if claims::import(import, connection, file, summary, false).await? => {
                again.push(file);
                continue;
            }
            Kind::Claims => {}
            Kind::Remittance => remittances::import(import, connection, file, summary, &mut stored).await?,
        }
        summary.say(import, file)?;
    }
    for file in again {
        if !import.is_stopped() {
            claims::import(import, connection, file, summary, true).await?;
        }
        summary.say(import, file)?;
    }
    if !import.is_stopped() {
        remittances::post_waiting(import, connection, summary, &mut stored).await?;
    }
    stored.sort_unstable();
    stored.dedup();
    Totals::read(connection, &stored).await
}

/// The first Ctrl-C asks to stop, the second ends the program: the server takes back what is in hand.
fn stop_by_signal() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            if asked.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
            eprintln!("stopping after what is in hand; press Ctrl-C again to end at once");
        }
    });
    stop
}

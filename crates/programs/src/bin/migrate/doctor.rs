//! `migrate doctor`: one page for a support call.

use std::fmt::Display;
use std::process::ExitCode;

use postgres_migrate::error::MigrationProblem;
use postgres_migrate::{
    Database, Difference, Environment, Judgement, MigrationState, RoleAccess, Runner, Status, Verification, lock_holder,
};
use rcm_programs::{self as programs, Error, Result};
use serde_json::{Value, json};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error as PgError};

use crate::allow::Allowed;

/// What `migrate doctor` exits with where something is to be looked at.
const TO_LOOK_AT: u8 = 12;

/// The cures of what could not be looked at.
const OWNER: &str = "connect as the owner of the tables";
const LOCKED: &str = "look again when it is done; to end it: select pg_terminate_backend(…), or rollback prepared";

const READ_ONLY: &str = "set default_transaction_read_only = on; set statement_timeout = '60s'; set lock_timeout = '3s'; set idle_session_timeout = 0";

/// How long the functions may work that compare all claims and denials; 20,000 claims took 0.8 seconds.
const COMPARING: &str = "set statement_timeout = '5min'";

/// Whether a session sees what those of other roles do.
const SEES_OTHERS: &str = "select cast(pg_has_role('pg_read_all_stats', 'usage') as text)";

/// Each finds rows of what is wrong and its cure, in `pg_catalog` alone.
const CHECKS: [(&str, &str); 7] = [
    ("settings", include_str!("doctor/settings.sql")),
    ("log", include_str!("doctor/log.sql")),
    ("standby", include_str!("doctor/standby.sql")),
    ("vacuum", include_str!("doctor/vacuum.sql")),
    ("indexes", include_str!("doctor/indexes.sql")),
    ("sessions", include_str!("doctor/sessions.sql")),
    ("limits", include_str!("doctor/limits.sql")),
];

/// Something to look at, and what to do about it.
struct Finding {
    what: String,
    cure: String,
}

impl Finding {
    fn new(what: impl ToString, cure: impl ToString) -> Self {
        Self { what: what.to_string(), cure: cure.to_string() }
    }

    fn unseen(why: impl Display, cure: impl ToString) -> Self {
        Self::new(format!("could not be looked at: {why}"), cure)
    }
}

/// What was found under a heading: nothing where all is well.
type Section = (&'static str, Vec<Finding>);

/// Prints the page, and changes nothing.
pub async fn examine(runner: &Runner, database: &Database, allowed: &Allowed, as_json: bool) -> Result<ExitCode> {
    let client = database.connect_client().await?;
    client.batch_execute(READ_ONLY).await.map_err(failed)?;
    let schema: String = ask(&client, "select coalesce(cast(current_schema() as text), '')").await?.concat();
    let copy = ask(&client, "select case when pg_is_in_recovery() then 'standby' else 'primary' end").await?.concat();
    let judgement = runner.environment(database).await;
    let is_development = judgement.as_ref().is_ok_and(|judgement| judgement.environment == Environment::Development);
    let header = header(judgement, database, &client, &schema, &copy).await?;
    let verified = runner.verify(database).await;
    let migrations = migrations(runner, database, &verified, allowed).await;
    // Of a schema that isn't whole, or is somebody else's, nothing is called.
    let is_whole = migrations.is_empty();
    let differences = verified.map_or_else(|_| Vec::new(), |verification| verification.differences);
    let mut sections =
        vec![("migrations", migrations), ("roles", roles(runner, database, &differences, allowed).await)];
    let client = seeing(runner, database, client).await?;
    let environment = if is_development { "development" } else { "production" };
    let told = "select set_config('doctor.schema', $1, false), set_config('doctor.environment', $2, false)";
    client.execute(told, &[&schema, &environment]).await.map_err(failed)?;
    client.batch_execute("set search_path = pg_catalog").await.map_err(failed)?;
    // A developer's machine has no standby, and a standby needs none.
    let has_standby = !is_development && copy == "primary";
    for (name, query) in CHECKS.into_iter().filter(|(name, _)| has_standby || *name != "standby") {
        sections.push((name, findings(&client, &schema, query).await));
    }
    sections.push((
        "ledger",
        match is_whole {
            true => ledger(runner, database, &schema).await,
            false => vec![Finding::unseen(
                "the functions that compare it may not be what the migrations make",
                "see `migrations`; `--allow FILE` accepts what is there on purpose",
            )],
        },
    ));
    show(&header, &sections, as_json)?;
    Ok(match sections.iter().all(|(_, findings)| findings.is_empty()) {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(TO_LOOK_AT),
    })
}

/// The login's own session, unless the owner, whom it may act as, sees more.
async fn seeing(runner: &Runner, database: &Database, own: Client) -> Result<Client> {
    if ask(&own, SEES_OTHERS).await?.concat() == "true" {
        return Ok(own);
    }
    let Ok(owner) = runner.look(database).await else { return Ok(own) };
    owner.batch_execute(READ_ONLY).await.map_err(failed)?;
    Ok(if ask(&owner, SEES_OTHERS).await?.concat() == "true" { owner } else { own })
}

/// What it is about: versions, place, kind of database.
async fn header(
    judgement: postgres_migrate::Result<Judgement>,
    database: &Database,
    client: &Client,
    schema: &str,
    copy: &str,
) -> Result<Vec<(&'static str, String)>> {
    let server = ask(client, "select version()").await?.concat();
    let size = ask(client, "select pg_size_pretty(pg_database_size(current_database()))").await?.concat();
    let environment = match judgement {
        Ok(judgement) => format!("{}: {}", judgement.environment, judgement.because),
        Err(error) => error.to_string(),
    };
    Ok(vec![
        ("program", env!("CARGO_PKG_VERSION").to_owned()),
        ("server", server),
        ("database", format!("{database}, schema {schema:?}, {size}, {copy}")),
        ("environment", environment),
    ])
}

async fn migrations(
    runner: &Runner,
    database: &Database,
    verified: &postgres_migrate::Result<Verification>,
    allowed: &Allowed,
) -> Vec<Finding> {
    let cure = "see `migrate verify`, and docs/operating.md";
    let Verification { differences, drift_unknown_because, .. } = match verified {
        Err(error) => return vec![unread(error, cure)],
        Ok(verification) => verification,
    };
    let (pending, others): (Vec<&Difference>, Vec<_>) =
        differences.iter().partition(|one| matches!(one, Difference::Pending { .. }));
    let others = others.into_iter().filter(|one| allowed.reason(one).is_none());
    let mut found: Vec<Finding> = others.map(|other| Finding::new(other, cure)).collect();
    match drift_unknown_because {
        _ if !pending.is_empty() => found.insert(0, not_up_to_date(runner, database, pending.len()).await),
        Some(because) => found.push(Finding::new(format!("drift was not looked for: {because}"), cure)),
        None => {}
    }
    found
}

/// Pending migrations in one line, however many they are.
async fn not_up_to_date(runner: &Runner, database: &Database, pending: usize) -> Finding {
    let status = runner.status(database).await;
    let is_none = |status: Status| status.migrations.iter().all(|one| one.state == MigrationState::Pending);
    let not_migrated = if status.is_ok_and(is_none) { "not migrated: " } else { "" };
    let what = format!("{not_migrated}{pending} migrations are pending");
    Finding::new(what, "`migrate up`; `migrate status` names them")
}

async fn roles(runner: &Runner, database: &Database, differences: &[Difference], allowed: &Allowed) -> Vec<Finding> {
    let cure = "`migrate grant --role … --access …` gives a role its access and takes back every other right to the schema; `alter role … reset` takes a setting back";
    let roles = match runner.roles(database).await {
        Err(error) => return vec![unread(&error, "connect as the owner of the tables; see `migrations` first")],
        Ok(roles) => roles,
    };
    let is_decided = |role: &RoleAccess| {
        let whom = format!(" to {}", role.role);
        let is_its = |one: &&Difference| matches!(one, Difference::Drift { object, .. } if object.starts_with("grant ") && object.ends_with(&whom));
        let mut rights = differences.iter().filter(is_its).peekable();
        rights.peek().is_some() && rights.all(|right| allowed.reason(right).is_some())
    };
    let wrong = roles.into_iter().filter(|role| !is_decided(role));
    wrong.filter_map(|role| role.beyond).map(|beyond| Finding::new(beyond, cure)).collect()
}

/// What the engine could not read.
fn unread(error: &postgres_migrate::Error, cure: &str) -> Finding {
    let postgres_migrate::Error::Migration(problem) = error else { return Finding::unseen(error, cure) };
    match problem.problem() {
        MigrationProblem::LockTimeout => Finding::unseen(error, LOCKED),
        MigrationProblem::Unrecorded => {
            Finding::new(error, "`migrate adopt --dry-run`, then `migrate adopt`, which writes the ledger")
        }
        _ => Finding::unseen(error, cure),
    }
}

/// Totals of claims and denials against the ledger.
async fn ledger(runner: &Runner, database: &Database, schema: &str) -> Vec<Finding> {
    let client = match runner.look(database).await {
        Err(error) => return vec![unread(&error, OWNER)],
        Ok(client) => client,
    };
    if let Err(error) = client.batch_execute(&format!("{READ_ONLY}; {COMPARING}")).await {
        return vec![unseen(&client, schema, &error).await];
    }
    tracing::info!("comparing all claims and denials with the ledger");
    let mut found = Vec::new();
    for (table, key, function) in [("claims", "claim_id", "reconcile_claims"), ("denials", "denial_id", "reconcile")] {
        let query = format!("select count(distinct {key}) from {function}()");
        match client.query_one(&query, &[]).await.map(|row| row.get(0)) {
            Ok(0_i64) => {}
            Ok(count) => found.push(Finding::new(
                format!("{count} of the {table} differ from the ledger"),
                format!("select * from {function}() names all; `workflow::reconcile` in a service; docs/postings.md"),
            )),
            Err(error) if error.code() == Some(&SqlState::QUERY_CANCELED) => found.push(Finding::unseen(
                format!("{function}() takes longer than five minutes"),
                format!("select * from {function}(), on a standby or a restored backup (scripts/restore-drill)"),
            )),
            Err(error) => found.push(unseen(&client, schema, &error).await),
        }
    }
    found
}

async fn findings(client: &Client, schema: &str, query: &str) -> Vec<Finding> {
    match client.query(query, &[]).await {
        Ok(rows) => rows.iter().map(|row| Finding { what: row.get(0), cure: row.get(1) }).collect(),
        Err(error) => vec![unseen(client, schema, &error).await],
    }
}

/// Why the server didn't answer, or who has locked what is looked at.
async fn unseen(client: &Client, schema: &str, error: &PgError) -> Finding {
    if error.code() != Some(&SqlState::LOCK_NOT_AVAILABLE) {
        return Finding::unseen(said(error), OWNER);
    }
    let holder = lock_holder(client, Some(schema)).await;
    Finding::unseen(holder.as_deref().unwrap_or("another session has locked a table"), LOCKED)
}

/// The first column of a query, as text.
async fn ask(client: &Client, query: &str) -> Result<Vec<String>> {
    let rows = client.query(query, &[]).await.map_err(failed)?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

fn failed(error: PgError) -> Error {
    Error::Usage(said(&error))
}

/// What the server said; the queries here hold no value of a row.
fn said(error: &PgError) -> String {
    error.as_db_error().map_or_else(|| "the connection broke".to_owned(), |said| said.message().to_owned())
}

fn show(header: &[(&str, String)], sections: &[Section], as_json: bool) -> Result<()> {
    if as_json {
        let header: serde_json::Map<String, Value> =
            header.iter().map(|(name, text)| ((*name).to_owned(), json!(text))).collect();
        let sections: serde_json::Map<String, Value> = sections
            .iter()
            .map(|(name, findings)| {
                let findings = findings.iter().map(|one| json!({ "found": one.what, "cure": one.cure }));
                ((*name).to_owned(), findings.collect())
            })
            .collect();
        return programs::print(format_args!("{:#}", json!({ "about": header, "found": sections })));
    }
    for (name, text) in header {
        programs::print(format_args!("{name:<12}{text}"))?;
    }
    programs::print("")?;
    for (name, findings) in sections {
        if findings.is_empty() {
            programs::print(format_args!("{name:<12}well"))?;
        }
        for Finding { what, cure } in findings {
            programs::print(format_args!("{name:<12}{what}\n{:<12}  {cure}", ""))?;
        }
    }
    Ok(())
}

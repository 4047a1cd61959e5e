//! `migrate doctor`: one page for a support call.

use std::process::ExitCode;

use postgres_migrate::{Database, Environment, Judgement, Runner};
use rcm_programs::{self as programs, Error, Result};
use serde_json::{Value, json};
use tokio_postgres::Client;

/// What `migrate doctor` exits with where something is to be looked at.
const TO_LOOK_AT: u8 = 12;

const READ_ONLY: &str = "set default_transaction_read_only = on; set statement_timeout = '60s'";

/// How many claims and denials are reconciled with the ledger.
const SAMPLE: usize = 300;

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
}

/// What was found under a heading: nothing where all is well.
type Section = (&'static str, Vec<Finding>);

/// Prints the page, and changes nothing.
pub async fn examine(runner: &Runner, database: &Database, as_json: bool) -> Result<ExitCode> {
    let client = database.connect_client().await?;
    client.batch_execute(READ_ONLY).await.map_err(failed)?;
    let schema: String = ask(&client, "select coalesce(cast(current_schema() as text), '')").await?.concat();
    let judgement = runner.environment(database).await;
    let is_development = judgement.as_ref().is_ok_and(|judgement| judgement.environment == Environment::Development);
    let header = header(judgement, database, &client, &schema).await?;
    let mut sections = vec![("migrations", migrations(runner, database).await)];
    sections.push(("roles", roles(runner, database).await));
    // Of a schema that isn't whole, or is somebody else's, nothing is called.
    let is_whole = sections.iter().all(|(_, findings)| findings.is_empty());
    client.execute("select set_config('doctor.schema', $1, false)", &[&schema]).await.map_err(failed)?;
    client.batch_execute("set search_path = pg_catalog").await.map_err(failed)?;
    // A developer's machine has no standby.
    for (name, query) in CHECKS.into_iter().filter(|(name, _)| !(is_development && *name == "standby")) {
        sections.push((name, findings(&client, query).await));
    }
    if is_whole {
        let client = database.connect_client().await?;
        client.batch_execute(READ_ONLY).await.map_err(failed)?;
        sections.push(("ledger", ledger(&client).await));
    }
    show(&header, &sections, as_json)?;
    Ok(match sections.iter().all(|(_, findings)| findings.is_empty()) {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(TO_LOOK_AT),
    })
}

/// What it is about: versions, place, kind of database.
async fn header(
    judgement: postgres_migrate::Result<Judgement>,
    database: &Database,
    client: &Client,
    schema: &str,
) -> Result<Vec<(&'static str, String)>> {
    let server = ask(client, "select version()").await?.concat();
    let copy = ask(client, "select case when pg_is_in_recovery() then 'standby' else 'primary' end").await?.concat();
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

async fn migrations(runner: &Runner, database: &Database) -> Vec<Finding> {
    let cure = "see `migrate verify`, and docs/operating.md";
    match runner.verify(database).await {
        Err(error) => vec![Finding::new(error, cure)],
        Ok(verification) => {
            let unknown =
                verification.drift_unknown_because.map(|because| format!("drift was not looked for: {because}"));
            let differences = verification.differences.iter().map(ToString::to_string);
            differences.chain(unknown).map(|what| Finding::new(what, cure)).collect()
        }
    }
}

async fn roles(runner: &Runner, database: &Database) -> Vec<Finding> {
    let cure = "`migrate grant --role … --access …` gives a role its access and takes back every other right";
    match runner.roles(database).await {
        Err(error) => vec![Finding::new(error, cure)],
        Ok(roles) => {
            roles.into_iter().filter_map(|role| role.beyond).map(|beyond| Finding::new(beyond, cure)).collect()
        }
    }
}

/// Totals of claims and denials drawn at random, against the ledger.
async fn ledger(client: &Client) -> Vec<Finding> {
    let mut found = Vec::new();
    for (table, key, function) in [("claims", "claim_id", "reconcile_claims"), ("denials", "denial_id", "reconcile")] {
        let query = format!(
            "select count(*)::text from (
                select id from {table}
                tablesample system ((
                    select cast(least(100, 200000 / greatest(reltuples, 1)) as real)
                    from pg_catalog.pg_class where oid = cast('{table}' as regclass)
                ))
                limit {SAMPLE}
            ) as drawn
            cross join lateral (select from {function}() as kept where kept.{key} = drawn.id limit 1) as wrong"
        );
        match ask(client, &query).await.map(|rows| rows.concat()) {
            Err(error) => found.push(unseen(error)),
            Ok(count) if count == "0" => {}
            Ok(count) => found.push(Finding::new(
                format!("{count} of the {table} drawn at random, {SAMPLE} at most, differ from the ledger"),
                format!("select * from {function}() names all; `workflow::reconcile` in a service; docs/postings.md"),
            )),
        }
    }
    found
}

async fn findings(client: &Client, query: &str) -> Vec<Finding> {
    match client.query(query, &[]).await {
        Ok(rows) => rows.iter().map(|row| Finding { what: row.get(0), cure: row.get(1) }).collect(),
        Err(error) => vec![unseen(failed(error))],
    }
}

fn unseen(error: Error) -> Finding {
    Finding::new(
        format!("could not be looked at: {error}"),
        "connect as the owner; pg_monitor lets it see other sessions",
    )
}

/// The first column of a query, as text.
async fn ask(client: &Client, query: &str) -> Result<Vec<String>> {
    let rows = client.query(query, &[]).await.map_err(failed)?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// What the server said; the queries here hold no value of a row.
fn failed(error: tokio_postgres::Error) -> Error {
    Error::Usage(
        error.as_db_error().map_or_else(|| "the connection broke".to_owned(), |said| said.message().to_owned()),
    )
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

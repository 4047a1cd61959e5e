//! Whether a database is a production database: a row of the database itself says so, and nothing outside it does.

use tokio_postgres::{Client, error::Error as PgError};

use super::{
    failure,
    session::{self, Session},
};
use crate::connection::Database;
use crate::error::{Error, Result};
use crate::types::Environment;

/// What a database is taken for, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Judgement {
    /// What it is taken for.
    pub environment: Environment,
    /// The reason, as half a sentence.
    pub because: &'static str,
    /// True where the database says it itself, false where it was judged by its host and content.
    pub recorded: bool,
}

/// Tells what a database is: its row of `database_environment`, or else production unless it is on this machine and
/// holds no claims (a tunnel makes any host look local).
///
/// # Errors
/// No connection, or the role may not read `database_environment` or `claims`.
pub async fn environment(database: &Database) -> Result<Judgement> {
    let client = session::connect(database).await?;
    judge(&client, database.is_local()).await.map_err(UNKNOWN)
}

/// Lets a database pass that may be destroyed or seeded.
///
/// # Errors
/// [`Error::Production`] for any other, and those of [`environment`].
pub async fn require_not_production(database: &Database) -> Result<()> {
    let client = session::connect(database).await?;
    refuse_production(&client, database).await.map(|_| ())
}

/// Writes down what a database is. `confirmation` repeats the database's name, so that a forgotten `DATABASE_URL`
/// changes nothing.
///
/// # Errors
/// [`Error::Configuration`] where the name differs; [`Error::Migration`] where the database isn't migrated yet.
pub async fn set_environment(database: &Database, environment: Environment, confirmation: &str) -> Result<()> {
    let client = session::connect(database).await?;
    let wrong = || failure::during("cannot record the environment");
    let name = database_name(&client).await.map_err(wrong())?;
    if name != confirmation {
        return Err(Error::Configuration(format!(
            "the connected database is \"{name}\", not \"{confirmation}\"; nothing was changed"
        )));
    }
    let Some(table) = find_table(&client, "database_environment").await.map_err(wrong())? else {
        return Err(Error::Migration(format!(
            "database \"{name}\" has no table database_environment yet; run `migrate up` first"
        )));
    };
    let statement = format!(
        "insert into {table} (environment) values ($1)
         on conflict (singleton) do update set environment = excluded.environment, updated_at = now()"
    );
    client.execute(&statement, &[&environment.to_string()]).await.map_err(wrong())?;
    Ok(())
}

/// The judgement of a database that isn't production.
pub(super) async fn refuse_production(client: &Client, database: &Database) -> Result<Judgement> {
    let judgement = judge(client, database.is_local()).await.map_err(UNKNOWN)?;
    match judgement.environment {
        Environment::Development => Ok(judgement),
        Environment::Production => Err(Error::Production {
            database: database_name(client).await.map_err(UNKNOWN)?,
            schema: database.schema().map(String::from),
            because: String::from(judgement.because),
        }),
    }
}

/// Gives a database that has the table and no row its row: what it was before, or what it is judged to be.
pub(super) async fn record(session: &Session, before: Option<Environment>) -> Result<(), PgError> {
    let Some(table) = find_table(&session.client, "database_environment").await? else {
        return Ok(());
    };
    let judgement = judge(&session.client, session.is_local).await?;
    if judgement.recorded {
        return Ok(());
    }
    let (environment, because) = match before {
        Some(environment) => (environment.to_string(), "it was before"),
        None => (judgement.environment.to_string(), judgement.because),
    };
    let statement = format!("insert into {table} (environment) values ($1)");
    session.client.execute(&statement, &[&environment]).await?;
    tracing::info!("recorded that this is a {environment} database: {because}");
    Ok(())
}

const UNKNOWN: fn(PgError) -> Error =
    |error| failure::during("cannot tell whether this is a production database")(error);

async fn judge(client: &Client, is_local: bool) -> Result<Judgement, PgError> {
    if let Some(environment) = recorded(client).await? {
        return Ok(Judgement { environment, because: "its table database_environment says so", recorded: true });
    }
    let (environment, because) = if !is_local {
        (Environment::Production, "it is on another host and its table database_environment has no row")
    } else if has_claims(client).await? {
        (Environment::Production, "it holds claims and its table database_environment has no row")
    } else {
        (Environment::Development, "it is on this machine and holds no claims")
    };
    Ok(Judgement { environment, because, recorded: false })
}

async fn recorded(client: &Client) -> Result<Option<Environment>, PgError> {
    let Some(table) = find_table(client, "database_environment").await? else {
        return Ok(None);
    };
    let row = client.query_opt(&format!("select environment from {table}"), &[]).await?;
    // A name that this binary doesn't know is one more reason for care.
    Ok(row.map(|row| row.get::<_, &str>(0).parse().unwrap_or(Environment::Production)))
}

async fn has_claims(client: &Client) -> Result<bool, PgError> {
    let Some(table) = find_table(client, "claims").await? else {
        return Ok(false);
    };
    Ok(client.query_one(&format!("select exists (select from {table})"), &[]).await?.get(0))
}

/// A table of the current schema, quoted for use in SQL.
async fn find_table(client: &Client, name: &str) -> Result<Option<String>, PgError> {
    let query = "select to_regclass(quote_ident(current_schema()) || '.' || quote_ident($1))::text";
    Ok(client.query_one(query, &[&name]).await?.get(0))
}

async fn database_name(client: &Client) -> Result<String, PgError> {
    Ok(client.query_one("select current_database()::text", &[]).await?.get(0))
}

//! Whether a database is a production database: it is, unless it says itself that it is one for development. How one comes to
//! it says nothing: a tunnel, a proxy and a pooler are on this machine, too.

use std::io::Write as _;

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::Text;
use tokio_postgres::{Client, error::Error as PgError};

use crate::connection::Database;
use crate::error::{Error, MigrationProblem, Result};
use crate::{
    failure,
    session::{self, Session},
};

/// Whether programs may destroy or seed a database: `development` or `production` in SQL.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
    strum::VariantNames,
    AsExpression,
    FromSqlRow,
)]
#[strum(serialize_all = "snake_case")]
#[diesel(sql_type = Text)]
pub enum Environment {
    /// They may.
    Development,
    /// They refuse.
    Production,
}

impl ToSql<Text, Pg> for Environment {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let name: &str = self.into();
        out.write_all(name.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<Text, Pg> for Environment {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let text = std::str::from_utf8(value.as_bytes())?;
        text.parse().map_err(|_| "unknown environment: the database is newer than this binary".into())
    }
}

/// Where a database says what it is.
const TABLE: &str = "database_environment";

/// What the owner of a database says of it before it has that table: `comment on database … is 'development'`.
pub const DEVELOPMENT: &str = "development";

/// What a database is taken for, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Judgement {
    /// What it is taken for.
    pub environment: Environment,
    /// The reason, as half a sentence.
    pub because: String,
    /// True where its table says it.
    pub recorded: bool,
}

/// See [`Runner::environment`](crate::Runner::environment).
pub(crate) async fn environment(database: &Database, ledger: &str) -> Result<Judgement> {
    let (client, _) = session::enter(database, ledger).await?;
    client.batch_execute("set lock_timeout = '5s'").await.map_err(UNKNOWN)?;
    judge(&client).await.map_err(UNKNOWN)
}

/// See [`Runner::set_environment`](crate::Runner::set_environment).
pub(crate) async fn set_environment(
    database: &Database,
    ledger: &str,
    environment: Environment,
    confirmation: &str,
) -> Result<()> {
    let (client, _) = session::enter(database, ledger).await?;
    let wrong = || failure::during("cannot record the environment");
    let name = database_name(&client).await.map_err(wrong())?;
    if name != confirmation {
        return Err(Error::Configuration(format!(
            "the connected database is \"{name}\", not \"{confirmation}\"; nothing was changed"
        )));
    }
    let Some(table) = find_table(&client, TABLE).await.map_err(wrong())? else {
        let text = format!("database \"{name}\" has no table {TABLE} yet; apply the migrations first");
        return Err(MigrationProblem::Pending.because(text).into());
    };
    let statement = format!(
        "with updated as (update {table} set environment = $1 returning 1)
         insert into {table} (environment) select $1 where not exists (select from updated)"
    );
    client.execute(&statement, &[&environment.to_string()]).await.map_err(wrong())?;
    Ok(())
}

/// The judgement of a database that isn't production.
pub(crate) async fn refuse_production(client: &Client, database: &Database) -> Result<Judgement> {
    let judgement = judge(client).await.map_err(UNKNOWN)?;
    match judgement.environment {
        Environment::Development => Ok(judgement),
        Environment::Production => Err(Error::Production {
            database: database_name(client).await.map_err(UNKNOWN)?,
            schema: database.schema().map(String::from),
            because: judgement.because,
        }),
    }
}

/// Gives a database that has the table and no row its row: what it was before, or what it is judged to be.
pub(crate) async fn record(session: &Session, before: Option<Environment>) -> Result<(), PgError> {
    let Some(table) = find_table(&session.client, TABLE).await? else {
        return Ok(());
    };
    let judgement = judge(&session.client).await?;
    if judgement.recorded {
        return Ok(());
    }
    let (environment, because) = match before {
        Some(environment) => (environment.to_string(), String::from("it was before")),
        None => (judgement.environment.to_string(), judgement.because),
    };
    let statement = format!("insert into {table} (environment) values ($1)");
    session.client.execute(&statement, &[&environment]).await?;
    tracing::info!("recorded that this is a {environment} database: {because}");
    Ok(())
}

const UNKNOWN: fn(PgError) -> Error =
    |error| failure::during("cannot tell whether this is a production database")(error).into();

async fn judge(client: &Client) -> Result<Judgement, PgError> {
    if let Some(environment) = recorded(client).await? {
        return Ok(Judgement { environment, because: format!("its table {TABLE} says so"), recorded: true });
    }
    let query = "
        select shobj_description(oid, 'pg_database') = $1
        from pg_catalog.pg_database where datname = current_database()";
    let says: Option<bool> = client.query_one(query, &[&DEVELOPMENT]).await?.get(0);
    let (environment, because) = match says {
        Some(true) => (Environment::Development, "its comment says so"),
        _ => (Environment::Production, "nothing in it says that it is for development"),
    };
    Ok(Judgement { environment, because: because.to_owned(), recorded: false })
}

async fn recorded(client: &Client) -> Result<Option<Environment>, PgError> {
    let Some(table) = find_table(client, TABLE).await? else {
        return Ok(None);
    };
    let row = client.query_opt(&format!("select environment from {table}"), &[]).await?;
    // A name that this binary doesn't know is one more reason for care.
    Ok(row.map(|row| row.get::<_, &str>(0).parse().unwrap_or(Environment::Production)))
}

/// A table of the current schema, quoted for use in SQL.
async fn find_table(client: &Client, name: &str) -> Result<Option<String>, PgError> {
    let query = "select to_regclass(pg_catalog.quote_ident(current_schema()::text) || '.' || quote_ident($1))::text";
    Ok(client.query_one(query, &[&name]).await?.get(0))
}

async fn database_name(client: &Client) -> Result<String, PgError> {
    Ok(client.query_one("select current_database()::text", &[]).await?.get(0))
}

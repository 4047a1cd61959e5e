//! What is in a schema, and what the migrations put there.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::{
    Client, SimpleQueryMessage,
    error::{Error as PgError, SqlState},
};

use super::{failure, session};
use crate::{Database, Error, Result};

/// One row per object and its definition.
const OBJECTS: &str = include_str!("catalog.sql");

/// The rows of the one table whose rows are rules. As JSON, so that a column which is missing is no error here.
const RULES: &str = "
    select format('row (%s, %s, %s) of status_transitions',
        rule ->> 'table_name', rule ->> 'from_status', rule ->> 'to_status')
    from (select to_jsonb(status_transitions) as rule from status_transitions) as rules";

/// What the migrations make on each version of PostgreSQL. The first line has the versions; then a line per object, with
/// its versions where they are not all: `[14 15] view a := definition`. `scripts/print-catalog` writes it.
const MANIFEST: &str = include_str!("catalog.txt");

/// Every object of a schema, by what it is: `table claims`, `comment on column claims.amount`,
/// `grant EXECUTE on function uuidv7() to public`. Two schemas that were made alike are equal, whatever they are called.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Catalog {
    /// PostgreSQL's major version; each prints some definitions in its own way.
    pub postgresql: u32,
    /// Definitions by object; bodies of functions and views as hashes.
    pub objects: BTreeMap<String, String>,
}

/// Reads the catalog of the database's current schema. Diesel's ledger and what belongs to extensions is left out, and so
/// are the rights of all roles but PUBLIC.
///
/// # Errors
/// No connection, the role may not read `status_transitions`, or a migration is at work.
pub async fn catalog(database: &Database) -> Result<Catalog> {
    let client = session::connect_to_schema(database).await?;
    begin(&client).await?;
    read(&client).await?.map(|(catalog, _)| catalog).ok_or_else(being_changed)
}

// In a database of another encoding not every character can be said.
const _: () = assert!(OBJECTS.is_ascii());

/// One state for several reads, without a write, printed alike whatever the role's own settings are.
const BEGIN: &str = "
    begin transaction isolation level repeatable read read only;
    set local statement_timeout = 0;
    set local lock_timeout = '5s';
    set local standard_conforming_strings = on;
    set local quote_all_identifiers = off;
    set local datestyle = 'ISO, MDY';
    set local intervalstyle = 'postgres'";

/// Starts the transaction of [`read`].
pub(super) async fn begin(client: &Client) -> Result<()> {
    client.batch_execute(BEGIN).await.map_err(failure::during("cannot start to read the catalog"))
}

/// The error where a migration is at work all the time.
pub(super) fn being_changed() -> Error {
    Error::Migration(String::from("the schema is being changed; look again when the migration is done"))
}

/// The rights to a schema that roles were given, by role: `SELECT on table claims`. The owner's and PUBLIC's are none.
pub(super) type Grants = BTreeMap<String, BTreeSet<String>>;

/// Reads inside the transaction of [`begin`]. `None` where a migration is at work: objects that it takes out are missing
/// when PostgreSQL is to print them, or it holds their lock.
pub(super) async fn read(client: &Client) -> Result<Option<(Catalog, Grants)>> {
    match try_read(client).await {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.code() == Some(&SqlState::INTERNAL_ERROR) || failure::is_lock_conflict(&error) => Ok(None),
        Err(error) => Err(failure::during("cannot read the catalog")(error)),
    }
}

async fn try_read(client: &Client) -> Result<(Catalog, Grants), PgError> {
    let settings = "
        select current_setting('server_version_num')::int4 / 10000,
            set_config('search_path', coalesce(quote_ident(current_schema()), ''), true)";
    let version: i32 = client.query_one(settings, &[]).await?.get(0);
    let mut catalog = Catalog { postgresql: u32::try_from(version).unwrap_or_default(), objects: BTreeMap::new() };
    let mut grants = Grants::new();
    for message in client.simple_query(OBJECTS).await? {
        let SimpleQueryMessage::Row(row) = message else { continue };
        let text = |column| row.get(column).unwrap_or_default().to_owned();
        match row.get(2) {
            Some(role) => {
                grants.entry(role.to_owned()).or_default().insert(text(0));
            }
            None => {
                catalog.objects.insert(text(0), text(1));
            }
        }
    }
    if catalog.objects.contains_key("table status_transitions") {
        for message in client.simple_query(RULES).await? {
            let SimpleQueryMessage::Row(row) = message else { continue };
            catalog.objects.insert(row.get(0).unwrap_or_default().to_owned(), String::new());
        }
    }
    Ok((catalog, grants))
}

/// What the compiled-in migrations make on a version of PostgreSQL; `None` where nobody has tried.
pub(super) fn expected(postgresql: u32) -> Option<BTreeMap<&'static str, &'static str>> {
    let version = postgresql.to_string();
    let (versions, lines) = MANIFEST.split_once('\n')?;
    if !versions.split(' ').any(|known| known == version) {
        return None;
    }
    let object = |line: &'static str| {
        let object = match line.strip_prefix('[').and_then(|line| line.split_once("] ")) {
            Some((versions, object)) => versions.split(' ').any(|known| known == version).then_some(object)?,
            None => line,
        };
        Some(object.split_once(" := ").unwrap_or((object, "")))
    };
    Some(lines.lines().filter_map(object).collect())
}

//! What is in a schema, and what the migrations put there.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::{
    Client, SimpleQueryMessage,
    error::{Error as PgError, SqlState},
};

use crate::definition::Definition;
use crate::error::{Error, MigrationProblem, Result};
use crate::holder::lock_holder;
use crate::manifest::{lines, versions};
use crate::{Database, failure, session};

/// One row per object and its definition.
const OBJECTS: &str = include_str!("catalog.sql");

/// Every object of a schema, by what it is: `table books`, `comment on column books.title`,
/// `grant EXECUTE on function uuidv7() to public`. Two schemas that were made alike are equal, whatever they are called.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Catalog {
    /// PostgreSQL's major version; each prints some definitions in its own way.
    pub postgresql: u32,
    /// Definitions by object; bodies of functions and views as hashes.
    pub objects: BTreeMap<String, String>,
}

/// Reads the catalog of the database's current schema, and the rows of the definition's rule tables. The ledger,
/// what belongs to extensions and what the definition has beside it are left out, and so are the rights of all roles but PUBLIC.
///
/// # Errors
/// No connection, the role may not read a rule table, a migration is at work, or somebody has locked a table.
pub async fn catalog(database: &Database, definition: &Definition) -> Result<Catalog> {
    let client = session::enter_existing(database, definition.ledger).await?;
    begin(&client).await?;
    match try_read(&client, definition).await {
        Err(error) if failure::is_lock_conflict(&error) => Err(locked(&client).await),
        read => understood(read)?.map(|(catalog, _)| catalog).ok_or_else(being_changed),
    }
}

impl Catalog {
    /// The text of [`Definition::catalog`] after this version of PostgreSQL was looked at: `manifest` with its lines of
    /// this version replaced. The first line has the versions; then a line per object, with its versions where they are
    /// not all: `[14 15] view a := definition`.
    pub fn merge_into(&self, manifest: &str) -> String {
        let own = self.postgresql.to_string();
        let mut all: BTreeSet<&str> = versions(manifest).collect();
        let mut entries: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for (some, object, definition) in lines(manifest) {
            let of_line: BTreeSet<&str> = some.map_or_else(|| all.clone(), |some| some.split(' ').collect());
            entries.entry(entry(object, definition)).or_default().extend(of_line.iter().filter(|it| **it != own));
        }
        all.insert(&own);
        for (object, definition) in &self.objects {
            entries.entry(entry(object, definition)).or_default().insert(&own);
        }
        let join = |versions: &BTreeSet<&str>| versions.iter().copied().collect::<Vec<_>>().join(" ");
        let mut text = join(&all) + "\n";
        for (line, versions) in entries.iter().filter(|(_, versions)| !versions.is_empty()) {
            match *versions == all {
                true => text.push_str(&format!("{line}\n")),
                false => text.push_str(&format!("[{}] {line}\n", join(versions))),
            }
        }
        text
    }
}

fn entry(object: &str, definition: &str) -> String {
    if definition.is_empty() { object.to_owned() } else { format!("{object} := {definition}") }
}

// In a database of another encoding not every character can be said.
const _: () = assert!(OBJECTS.is_ascii());

/// One state for several reads, without a write.
const BEGIN: &str = "begin transaction isolation level repeatable read read only";

/// What a transaction of [`read`] begins with: everything is printed alike whatever the role's own settings are.
pub(crate) const SETTINGS: &str = "
    set local statement_timeout = 0;
    set local lock_timeout = '5s';
    set local standard_conforming_strings = on;
    set local quote_all_identifiers = off;
    set local datestyle = 'ISO, MDY';
    set local intervalstyle = 'postgres';
    set local timezone = 'UTC'";

/// Starts the transaction of [`read`].
pub(crate) async fn begin(client: &Client) -> Result<()> {
    Ok(client
        .batch_execute(&format!("{BEGIN}; {SETTINGS}"))
        .await
        .map_err(failure::during("cannot start to read the catalog"))?)
}

/// The error where a migration is at work all the time.
pub(crate) fn being_changed() -> Error {
    MigrationProblem::RunnerAtWork.because("the schema is being changed; look again when the migration is done").into()
}

/// The error where somebody keeps readers from the schema, with who does. Ends the transaction, which failed.
pub(crate) async fn locked(client: &Client) -> Error {
    let ended = client.batch_execute("rollback").await;
    let holder = if ended.is_ok() { lock_holder(client, None).await } else { None };
    let holder = holder.unwrap_or_else(|| String::from("another session has locked a part of it"));
    MigrationProblem::LockTimeout
        .because(format!("the schema can't be read: {holder}; look again when it is done"))
        .into()
}

/// The rights to a schema that roles were given, by role: `SELECT on table books`. The owner's and PUBLIC's are none.
pub(crate) type Grants = BTreeMap<String, BTreeSet<String>>;

/// Reads inside the transaction of [`begin`], or of another one with [`SETTINGS`]. `None` where a migration is at work: objects that it takes out are missing
/// when PostgreSQL is to print them, or it holds their lock.
pub(crate) async fn read(client: &Client, definition: &Definition) -> Result<Option<(Catalog, Grants)>> {
    understood(try_read(client, definition).await)
}

/// `None` where a migration is at work.
pub(crate) fn understood(read: Result<(Catalog, Grants), PgError>) -> Result<Option<(Catalog, Grants)>> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.code() == Some(&SqlState::INTERNAL_ERROR) || failure::is_lock_conflict(&error) => Ok(None),
        Err(error) => Err(failure::during("cannot read the catalog")(error).into()),
    }
}

/// The same, with PostgreSQL's error.
pub(crate) async fn try_read(client: &Client, definition: &Definition) -> Result<(Catalog, Grants), PgError> {
    let settings = "
        select current_setting('server_version_num')::int4 / 10000,
            set_config('search_path', coalesce(pg_catalog.quote_ident(current_schema()::text), ''), true),
            set_config('postgres_migrate.ledger', $1, true), set_config('postgres_migrate.beside', $2, true)";
    let version: i32 = client.query_one(settings, &[&definition.ledger, &definition.names_beside()]).await?.get(0);
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
    for table in definition.rule_tables {
        if !catalog.objects.contains_key(&format!("table {table}")) {
            continue;
        }
        // As JSON, so that a column which is missing is no error here. When a rule was written is none of it.
        let rules = format!(
            "select format('row (%s) of {table}', (
                select string_agg(coalesce(value, ''), ', ' order by ordinality)
                from json_each_text(row_to_json(rule)) with ordinality
                where key not in ('created_at', 'updated_at')
            ))
            from {table} as rule"
        );
        for message in client.simple_query(&rules).await? {
            let SimpleQueryMessage::Row(row) = message else { continue };
            catalog.objects.insert(row.get(0).unwrap_or_default().to_owned(), String::new());
        }
    }
    Ok((catalog, grants))
}

/// What the migrations of a definition make on a version of PostgreSQL; `None` where nobody has tried.
pub(crate) fn expected(definition: &Definition, postgresql: u32) -> Option<BTreeMap<&'static str, &'static str>> {
    let version = postgresql.to_string();
    if !versions(definition.catalog).any(|known| known == version) {
        return None;
    }
    let of_version = |some: Option<&str>| some.is_none_or(|some| some.split(' ').any(|known| known == version));
    let lines = lines(definition.catalog).filter(|(some, ..)| of_version(*some));
    Some(lines.map(|(_, object, definition)| (object, definition)).collect())
}

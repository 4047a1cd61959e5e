//! The one PostgreSQL schema that a session looks in.

use diesel::dsl::sql;
use diesel::sql_types::{Bool, Text};
use diesel::{OptionalExtension, QueryResult};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use tokio_postgres::Client;

use crate::error::{Error, Result};

#[diesel::declare_sql_function]
extern "SQL" {
    fn set_config(name: Text, value: Text, is_local: Bool) -> Text;
    fn current_schema() -> Nullable<Text>;
}

/// Makes the session look in the schema alone; false where there is none of that name that the role may use.
///
/// A typed query, so a prepared statement: it fails on a session that somebody reset with DISCARD ALL.
pub(super) async fn enter(connection: &mut AsyncPgConnection, schema: &str) -> QueryResult<bool> {
    let query = diesel::select((set_config("search_path", search_path(schema), false), current_schema()));
    let (_, found): (String, Option<String>) = query.get_result(connection).await?;
    Ok(found.as_deref() == Some(schema))
}

/// The same below Diesel.
pub(crate) async fn enter_client(client: &Client, schema: &str) -> Result<bool, tokio_postgres::Error> {
    let query = "select set_config('search_path', $1, false), current_schema()::text";
    let row = client.query_one(query, &[&search_path(schema)]).await?;
    Ok(row.get::<_, Option<&str>>(1) == Some(schema))
}

const OWNER: &str = "
    select rolname::text
    from pg_catalog.pg_namespace
    join pg_catalog.pg_database on datname = current_database()
    join pg_catalog.pg_roles
        on pg_roles.oid = case pg_catalog.pg_get_userbyid(nspowner) when 'pg_database_owner' then datdba else nspowner end
    where pg_catalog.pg_has_role(session_user, pg_roles.oid, 'member') and nspname = ";

/// The owner of a schema that may be closed to the login, where that is a member of the owner.
pub(super) async fn owner(connection: &mut AsyncPgConnection, schema: &str) -> QueryResult<Option<String>> {
    sql::<Text>(OWNER).bind::<Text, _>(schema).get_result(connection).await.optional()
}

/// The same below Diesel.
pub(super) async fn owner_client(client: &Client, schema: &str) -> Result<Option<String>, tokio_postgres::Error> {
    let row = client.query_opt(&format!("{OWNER} $1"), &[&schema]).await?;
    Ok(row.map(|row| row.get(0)))
}

/// Without pg_temp at its end, temporary tables would be found first.
pub(super) fn search_path(schema: &str) -> String {
    format!("\"{}\", pg_temp", schema.replace('"', "\"\""))
}

/// Refuses the names that no schema of one's own can have: PostgreSQL reads them otherwise, or keeps them for itself.
pub(crate) fn check_name(schema: &str) -> Result<()> {
    let why = match schema {
        "" => "it is empty",
        "$user" => "in a search path it stands for the schema that has the role's name",
        "information_schema" => "it is PostgreSQL's own",
        name if name.starts_with("pg_") => "names that begin with pg_ are PostgreSQL's own",
        name if name.len() > 63 => "it is longer than 63 bytes",
        name if name.contains('\0') => "it holds a zero byte",
        _ => return Ok(()),
    };
    Err(Error::Configuration(format!("the schema {schema:?} can't be used: {why}; nothing was changed")))
}

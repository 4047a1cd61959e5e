//! The one PostgreSQL schema that a session looks in.

use diesel::QueryResult;
use diesel::sql_types::{Bool, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use tokio_postgres::Client;

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
    Ok(is_found(schema, found.as_deref()))
}

/// The same below Diesel.
pub(crate) async fn enter_client(client: &Client, schema: &str) -> Result<bool, tokio_postgres::Error> {
    let query = "select set_config('search_path', $1, false), current_schema()::text";
    let row = client.query_one(query, &[&search_path(schema)]).await?;
    Ok(is_found(schema, row.get(1)))
}

/// Without pg_temp at its end, temporary tables would be found first.
pub(super) fn search_path(schema: &str) -> String {
    format!("\"{}\", pg_temp", schema.replace('"', "\"\""))
}

/// Names that PostgreSQL reads otherwise (`$user`, `pg_temp`, more than 63 bytes) lead to another schema or to none.
fn is_found(schema: &str, found: Option<&str>) -> bool {
    found == Some(schema) && !schema.starts_with("pg_") && schema != "information_schema"
}

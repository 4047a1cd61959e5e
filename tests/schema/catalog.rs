//! Reading the live catalog.

use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use private_postgres::TestDatabase;
use rcm_schema::migrations::DEFINITION;

/// A migrated database with a connection to it.
pub async fn migrated() -> (TestDatabase, AsyncPgConnection) {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let connection = database.connect().await.unwrap();
    (database, connection)
}

/// The first column of a query, which must be text.
pub async fn texts(connection: &mut AsyncPgConnection, query: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        text: String,
    }
    let query = format!("select cast(text as text) as text from ({query}) as rows (text)");
    let rows: Vec<Row> = diesel::sql_query(query).load(connection).await.unwrap();
    rows.into_iter().map(|row| row.text).collect()
}

/// Whether indexes are scanned on another server than this session's.
pub async fn is_on_citus(connection: &mut AsyncPgConnection) -> bool {
    texts(connection, "select to_regclass('pg_catalog.pg_dist_node') is not null").await == ["true"]
}

/// What a law says of one object.
#[derive(QueryableByName)]
pub struct Judgement {
    #[diesel(sql_type = Text)]
    pub object: String,
    #[diesel(sql_type = Bool)]
    pub kept: bool,
}

/// Runs a law: a query of (object, kept).
pub async fn judge(connection: &mut AsyncPgConnection, law: &str) -> Vec<Judgement> {
    diesel::sql_query(law).load(connection).await.unwrap()
}

/// Every object of the schema with its definition and comment, one line each: equal catalogs give equal lines.
pub async fn snapshot(connection: &mut AsyncPgConnection) -> Vec<String> {
    let query = concat!(
        "select object || ' := ' || definition from (",
        include_str!("../../crates/postgres-migrate/src/catalog.sql"),
        ") as objects"
    );
    texts(connection, query).await
}

/// Runs statements that must succeed.
pub async fn run(connection: &mut AsyncPgConnection, statements: &str) {
    connection.batch_execute(statements).await.unwrap_or_else(|error| panic!("{error}\n{statements}"));
}

/// Every row of every table, as text.
pub async fn rows(connection: &mut AsyncPgConnection) -> Vec<String> {
    let mut rows = Vec::new();
    let tables = texts(
        connection,
        "select relname from pg_class where relkind = 'r' and relnamespace = cast(current_schema() as regnamespace)
         order by 1",
    )
    .await;
    for table in tables {
        let query = format!("select '{table} ' || cast(to_jsonb(row) as text) from {table} as row order by 1");
        rows.extend(texts(connection, &query).await);
    }
    rows
}

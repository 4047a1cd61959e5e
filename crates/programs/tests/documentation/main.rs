//! README.md and the pages of `docs` say what is so.
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod dependencies;
mod errors;
mod pages;
mod programs;
mod schema;

use private_postgres::TestDatabase;
use rcm_schema::migrations::DEFINITION;
use tokio_postgres::Client;

/// A migrated database with a connection to it.
async fn migrated() -> (TestDatabase, Client) {
    let database = TestDatabase::migrated(&DEFINITION).await.unwrap();
    let client = database.database().connect_client().await.unwrap();
    (database, client)
}

/// The first column of a query, as text.
async fn texts(client: &Client, query: &str) -> Vec<String> {
    let query = format!("select text::text from ({query}) as rows (text)");
    client.query(&query, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

/// Runs statements that must succeed.
async fn run(client: &Client, statements: &str) {
    client.batch_execute(statements).await.unwrap_or_else(|error| panic!("{error}\n{statements}"));
}

//! Valid rows of every table; see fixture.sql.

use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};

/// Table and the statement that fills it, parents first.
pub fn statements() -> Vec<(&'static str, &'static str)> {
    include_str!("fixture.sql")
        .split("-- @ ")
        .skip(1)
        .map(|part| part.split_once('\n').expect("a table's name, then its statement"))
        .collect()
}

/// Fills every table, in one transaction: a claim's lines must be there when it commits.
pub async fn fill(connection: &mut AsyncPgConnection) {
    connection.batch_execute("begin").await.unwrap();
    for (table, statement) in statements() {
        connection.batch_execute(statement).await.unwrap_or_else(|error| panic!("{table}: {error}"));
    }
    connection.batch_execute("commit").await.unwrap();
}

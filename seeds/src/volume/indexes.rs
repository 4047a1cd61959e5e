//! The indexes of claims by which people read are made at the end, as pg_restore does: each claim is written twice or more, and
//! writes them each time. Those that keep a rule stay.

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};

#[derive(QueryableByName)]
struct Index {
    #[diesel(sql_type = Text)]
    drop: String,
    #[diesel(sql_type = Text)]
    create: String,
}

/// Drops them. Returns what makes them again, half of it for each of two connections.
pub async fn drop(connection: &mut AsyncPgConnection) -> QueryResult<[String; 2]> {
    let indexes: Vec<Index> = diesel::sql_query(
        "select
             format('drop index %s;', cast(indexrelid as regclass)) as drop,
             format(
                 '%s; comment on index %s is %L;',
                 pg_get_indexdef(indexrelid), cast(indexrelid as regclass), obj_description(indexrelid, 'pg_class')
             ) as create
         from pg_index
         where indrelid = cast('claims' as regclass) and not indisunique
         order by indexrelid",
    )
    .load(connection)
    .await?;
    let mut halves = [String::new(), String::new()];
    for (position, index) in indexes.iter().enumerate() {
        connection.batch_execute(&index.drop).await?;
        halves[position % 2].push_str(&index.create);
    }
    Ok(halves)
}

/// Makes them again.
pub async fn create(connection: &mut AsyncPgConnection, statements: &str) -> QueryResult<()> {
    connection.batch_execute(statements).await
}

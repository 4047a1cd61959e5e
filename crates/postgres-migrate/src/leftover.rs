//! What a concurrent index build left behind that was killed or failed: an invalid index, under the name that the next
//! attempt needs, and which `if not exists` would take for the index itself.

use std::time::Duration;

use tokio::time::sleep;
use tokio_postgres::error::Error as PgError;

use crate::session::Session;

/// An invalid index.
#[derive(PartialEq)]
struct Invalid {
    /// Index and table, quoted for use in SQL.
    index: String,
    table: String,
    /// The index's bare name.
    name: String,
    /// The process that builds it.
    builder: Option<i32>,
}

/// Drops the invalid indexes of the schema that no session is building. One that `sql` names, and that another session is
/// building, is waited for: after that it is valid, or left behind as well.
pub(crate) async fn clear(session: &Session, sql: &str) -> Result<(), PgError> {
    let sql = sql.to_lowercase();
    let mut before = Vec::new();
    let mut announced = None;
    loop {
        let (building, idle): (Vec<_>, Vec<_>) =
            find(session).await?.into_iter().partition(|invalid| invalid.builder.is_some());
        let awaited = building.iter().find(|invalid| sql.contains(&invalid.name.to_lowercase()));
        if let Some(Invalid { index, table, builder: Some(pid), .. }) = awaited {
            if announced != Some(*pid) {
                tracing::info!("waiting for process {pid}, which builds the index {index} of table {table}");
                announced = Some(*pid);
            }
            sleep(Duration::from_millis(fastrand::u64(100..300))).await;
        } else if idle == before {
            break;
        }
        // A build that ended between the snapshot of a query and its look at the locks is seen as it is by the next one.
        before = idle;
    }
    for Invalid { index, table, .. } in before {
        tracing::warn!("dropping the invalid index {index} of table {table}: its build was cut off");
        session.client.batch_execute(&format!("drop index concurrently if exists {index}")).await?;
    }
    Ok(())
}

/// The invalid indexes of the schema that the role may drop. That of a partitioned table is none: it is invalid until every
/// partition has its part.
///
/// A build locks its table from its beginning until it is about to say that the index is valid; from then to its end it has
/// the index's row of `pg_index` in its hands.
async fn find(session: &Session) -> Result<Vec<Invalid>, PgError> {
    let query = "
        select pg_catalog.format('%I.%I', nspname, indexes.relname), pg_catalog.format('%I.%I', nspname, tables.relname),
            indexes.relname::text, (
            select pid
            from pg_catalog.pg_locks
            left join pg_catalog.pg_stat_progress_create_index as build using (pid)
            where build.pid is not null and relation = indrelid and mode = 'ShareUpdateExclusiveLock'
                    and database = (select oid from pg_catalog.pg_database where datname = current_database())
                or transactionid = pg_index.xmax
            limit 1
        )
        from pg_catalog.pg_index
        join pg_catalog.pg_class as indexes on indexes.oid = indexrelid
        join pg_catalog.pg_class as tables on tables.oid = indrelid
        join pg_catalog.pg_namespace on pg_namespace.oid = indexes.relnamespace
        where nspname = $1 and not indisvalid and indexes.relkind = 'i' and not indexes.relispartition
            and pg_has_role(indexes.relowner, 'usage')
        order by 1";
    let rows = session.client.query(query, &[&session.schema]).await?;
    let invalid =
        rows.iter().map(|row| Invalid { index: row.get(0), table: row.get(1), name: row.get(2), builder: row.get(3) });
    Ok(invalid.collect())
}

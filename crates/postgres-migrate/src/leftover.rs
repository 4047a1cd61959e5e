//! What a concurrent index build left behind that was killed, timed out or failed: an invalid index, under the name that
//! the next attempt needs.

use tokio_postgres::error::Error as PgError;

use crate::session::Session;

/// Drops the invalid indexes of the schema that no build is at work on, one by one. An index of a partitioned table is
/// invalid until each partition has its part, which is no leftover; neither is one that belongs to a constraint.
pub(crate) async fn clear(session: &Session) -> Result<(), PgError> {
    let first = find(session).await?;
    if first.is_empty() {
        return Ok(());
    }
    // A build that ended between the snapshot of a query and its look at the locks is seen as it is by the next one.
    let second = find(session).await?;
    for (index, table) in second.iter().filter(|found| first.contains(found)) {
        tracing::warn!("dropping the invalid index {index} of table {table}: a build was cut off");
        session.client.batch_execute(&format!("drop index concurrently if exists {index}")).await?;
    }
    Ok(())
}

/// Index and table, quoted for use in SQL. A build locks its table from its beginning until it is about to say that the
/// index is valid, and then has a row of `pg_index` in its hands.
async fn find(session: &Session) -> Result<Vec<(String, String)>, PgError> {
    let query = "
        select pg_catalog.format('%I.%I', nspname, indexes.relname), pg_catalog.format('%I.%I', nspname, tables.relname)
        from pg_catalog.pg_index
        join pg_catalog.pg_class as indexes on indexes.oid = indexrelid
        join pg_catalog.pg_class as tables on tables.oid = indrelid
        join pg_catalog.pg_namespace on pg_namespace.oid = indexes.relnamespace
        where nspname = $1 and not indisvalid and indexes.relkind = 'i'
            and not exists (select from pg_catalog.pg_constraint where conindid = indexrelid)
            and not exists (
                select
                from pg_catalog.pg_locks
                left join pg_catalog.pg_stat_progress_create_index as build using (pid)
                where locktype = 'relation' and relation = indrelid and mode = 'ShareUpdateExclusiveLock'
                        and database = (select oid from pg_catalog.pg_database where datname = current_database())
                        and build.pid is not null
                    or locktype = 'transactionid' and transactionid = pg_index.xmax
            )
        order by 1";
    let rows = session.client.query(query, &[&session.schema]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

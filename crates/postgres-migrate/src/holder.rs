//! Who holds a lock of the ledger: a session, or a prepared transaction, which has none.

use tokio_postgres::{Client, error::Error as PgError};

/// Who keeps others out, as far as the role may see it.
pub(crate) struct Holder {
    /// `process 7 ("night job")`, or `the prepared transaction "payroll"`.
    who: String,
    /// Since when it is there.
    since: String,
    /// What ends it.
    end: String,
}

impl Holder {
    /// Somebody who holds one of these locks of a table, which is named as SQL does.
    pub async fn find(client: &Client, table: &str, modes: &[&str]) -> Result<Option<Self>, PgError> {
        // What a prepared transaction holds has no process, and belongs together by what was its session's number. Its own
        // id is locked, too.
        let query = "
            select
                case when locks.pid is null then format('the prepared transaction \"%s\"', coalesce(gid, '?'))
                    else format('process %s (\"%s\")', locks.pid, application_name) end,
                case when locks.pid is null then 'prepared at ' else 'connected since ' end || coalesce(
                    to_char(coalesce(prepared, backend_start), 'YYYY-MM-DD HH24:MI:SS TZH:TZM'),
                    'a time this role may not see'),
                case when locks.pid is null then format('rollback prepared %1$L, or commit prepared %1$L', coalesce(gid, '?'))
                    else format('select pg_terminate_backend(%s)', locks.pid) end
            from pg_catalog.pg_locks as locks
            left join pg_catalog.pg_stat_activity as activity on activity.pid = locks.pid
            left join pg_catalog.pg_locks as id on locks.pid is null and id.pid is null
                and id.virtualtransaction = locks.virtualtransaction and id.locktype = 'transactionid' and id.granted
            left join pg_catalog.pg_prepared_xacts on transaction = id.transactionid
            where locks.relation = to_regclass($1) and locks.granted and locks.mode = any ($2)
                and locks.database = (select oid from pg_catalog.pg_database where datname = current_database())
            limit 1";
        let row = client.query_opt(query, &[&table, &modes]).await?;
        Ok(row.map(|row| Self { who: row.get(0), since: row.get(1), end: row.get(2) }))
    }

    /// Who does this, and what to do about it.
    pub fn advice(&self, does: &str) -> String {
        let Self { who, since, end } = self;
        format!("{who} {does}, {since}; wait for it, or end it: {end}")
    }
}

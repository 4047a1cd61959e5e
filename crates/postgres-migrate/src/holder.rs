//! Who holds a lock of a table: a session, or a prepared transaction, which has none.

use tokio_postgres::{Client, error::Error as PgError};

use crate::failure;

/// Who keeps others out, as far as the role may see it.
pub(crate) struct Holder {
    /// `process 7 ("night job")`, or `the prepared transaction "payroll"`.
    who: String,
    /// `has locked books and 2 more`, or `waits to lock books`: others queue behind that, too.
    does: String,
    /// Since when it is there.
    since: String,
    /// What ends it.
    end: String,
}

impl Holder {
    /// Somebody who holds one of these locks of a table, which is named as SQL does.
    pub async fn of_table(client: &Client, table: &str, modes: &[&str]) -> Result<Option<Self>, PgError> {
        Self::find(client, "granted and relation = to_regclass($1)", table, modes).await
    }

    async fn find(client: &Client, which: &str, name: &str, modes: &[&str]) -> Result<Option<Self>, PgError> {
        // What a prepared transaction holds has no process, and belongs together by what was its session's number. Its own
        // id is locked, too.
        let query = format!(
            "with locks as (
                select pid, virtualtransaction, granted, min(relname) as first, count(*) as tables
                from pg_catalog.pg_locks
                join pg_catalog.pg_class on pg_class.oid = relation
                where {which} and mode = any ($2) and pid is distinct from pg_backend_pid()
                    and database = (select oid from pg_catalog.pg_database where datname = current_database())
                group by pid, virtualtransaction, granted
                order by granted desc, tables desc
                limit 1
            )
            select
                case when locks.pid is null then format('the prepared transaction \"%s\"', coalesce(gid, '?'))
                    else format('process %s (\"%s\")', locks.pid, coalesce(nullif(application_name, ''), backend_type)) end,
                concat(case when locks.granted then 'has locked ' else 'waits to lock ' end, first,
                    ' and ' || nullif(tables - 1, 0) || ' more'),
                case when locks.pid is null then 'prepared at ' else 'connected since ' end || coalesce(
                    to_char(coalesce(prepared, backend_start), 'YYYY-MM-DD HH24:MI:SS TZH:TZM'),
                    'a time this role may not see'),
                case when locks.pid is null then format('rollback prepared %1$L, or commit prepared %1$L', coalesce(gid, '?'))
                    else format('select pg_terminate_backend(%s)', locks.pid) end
            from locks
            left join pg_catalog.pg_stat_activity as activity on activity.pid = locks.pid
            left join pg_catalog.pg_locks as id on locks.pid is null and id.pid is null
                and id.virtualtransaction = locks.virtualtransaction and id.locktype = 'transactionid' and id.granted
            left join pg_catalog.pg_prepared_xacts on transaction = id.transactionid"
        );
        let row = client.query_opt(&query, &[&name, &modes]).await?;
        Ok(row.map(|row| {
            let [who, does, since, end] = [0, 1, 2, 3].map(|column| failure::shown(row.get(column)));
            Self { who, does, since, end }
        }))
    }

    /// Who does this, and what to do about it.
    pub fn advice(&self, does: &str) -> String {
        let Self { who, since, end, .. } = self;
        format!("{who} {does}, {since}; wait for it, or end it: {end}")
    }
}

/// Who keeps others from reading tables of a schema, the current one unless named: `process 42 ("psql") has locked books`. `None`
/// where nobody does, or it can't be told.
pub async fn lock_holder(client: &Client, schema: Option<&str>) -> Option<String> {
    let which = "relnamespace = (select oid from pg_catalog.pg_namespace where nspname = coalesce(nullif($1, ''), current_schema()))";
    let holder = Holder::find(client, which, schema.unwrap_or_default(), &["AccessExclusiveLock"]).await.ok()??;
    Some(format!("{} {}", holder.who, holder.does))
}

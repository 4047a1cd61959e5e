//! What a concurrent index build left behind that was killed, timed out or failed: an invalid index under the name that
//! the next attempt needs, or, where the end came just before the ledger was written, the index itself.

use std::time::Duration;

use tokio::time::sleep;
use tokio_postgres::error::Error as PgError;

use super::{
    session::Session,
    statements::{Index, Token, statements},
};

/// Drops the invalid index that `sql` is about to build, and nothing else. True where the index is there, valid and as
/// `sql` makes it. A build of it that is at work in another session is waited for: its index is invalid until it is done.
pub(super) async fn clear(session: &Session, sql: &str) -> Result<bool, PgError> {
    // One statement: no migration outside a transaction has more.
    let own = statements(sql);
    let Some(index) = own.first().and_then(|statement| statement.concurrent_index()) else { return Ok(false) };
    let (Some(name), Some(table)) = (&index.name, &index.table) else { return Ok(false) };
    let Some(before) = find(session, table, name).await? else { return Ok(false) };
    if let Some(table) = before.lockable_table.filter(|_| !before.is_valid) {
        // A build holds this lock on its table from its beginning to its end.
        let wait = format!("begin; lock table only {table} in share update exclusive mode; commit");
        session.client.batch_execute(&wait).await?;
    }
    let mut after = find(session, table, name).await?;
    while after.as_ref().is_some_and(|found| !found.is_valid && found.is_at_work) {
        sleep(Duration::from_millis(50)).await;
        after = find(session, table, name).await?;
    }
    match after {
        Some(found) if found.is_valid => {
            let is_same = is_made_by(&found.definition, &index);
            if is_same {
                tracing::info!("the index {name} is built already: an attempt was cut off just after it");
            }
            Ok(is_same)
        }
        Some(found) => {
            tracing::warn!("dropping the invalid index {name} of table {table}: a build was cut off");
            session.client.batch_execute(&format!("drop index concurrently if exists {}", found.quoted)).await?;
            Ok(false)
        }
        None => Ok(false),
    }
}

/// An index of the table.
struct Found {
    is_valid: bool,
    /// Whether a build is about to say that it is valid, which it commits just after it let go of the table; or is at work
    /// on a materialized view, which can't be locked.
    is_at_work: bool,
    /// CREATE INDEX, as PostgreSQL writes it.
    definition: String,
    /// Itself, quoted for use in SQL.
    quoted: String,
    /// Its table, unless that is a materialized view.
    lockable_table: Option<String>,
}

/// PostgreSQL reads the names, as it will in the statement itself. An index of a partitioned table is invalid until each
/// partition has its part, which is no leftover.
async fn find(session: &Session, table: &str, index: &str) -> Result<Option<Found>, PgError> {
    let query = "
        select indisvalid, pg_catalog.pg_get_indexdef(indexrelid),
               pg_catalog.format('%I.%I', nspname, indexes.relname),
               case tables.relkind when 'r' then pg_catalog.format('%I.%I', nspname, tables.relname) end,
               exists (
                   select from pg_catalog.pg_locks
                   where locktype = 'transactionid' and transactionid = pg_index.xmax
                       or tables.relkind = 'm' and relation = indrelid and mode = 'ShareUpdateExclusiveLock' and granted
                           and database = (select oid from pg_catalog.pg_database where datname = current_database())
               )
        from pg_catalog.pg_index
        join pg_catalog.pg_class as indexes on indexes.oid = indexrelid
        join pg_catalog.pg_class as tables on tables.oid = indrelid
        join pg_catalog.pg_namespace on pg_namespace.oid = indexes.relnamespace
        where indrelid = pg_catalog.to_regclass($1) and indexes.relkind = 'i'
            and indexes.relname = (pg_catalog.parse_ident($2))[1]::pg_catalog.name";
    let row = session.client.query_opt(query, &[&table, &index]).await?;
    Ok(row.map(|row| Found {
        is_valid: row.get(0),
        definition: row.get(1),
        quoted: row.get(2),
        lockable_table: row.get(3),
        is_at_work: row.get(4),
    }))
}

/// Whether an index of the same name and table is the same. Two ways to write one expression differ, which is told and
/// left alone.
fn is_made_by(definition: &str, index: &Index<'_>) -> bool {
    let found = statements(definition);
    let found = found.first().and_then(|statement| statement.index());
    found.is_some_and(|found| found.is_unique == index.is_unique && essence(found.rest) == essence(index.rest))
}

/// Method, columns and the rest, however they are quoted.
fn essence(rest: &[Token]) -> Vec<Token> {
    let rest = match rest {
        [using, method, rest @ ..] if using.is("using") && method.is("btree") => rest,
        rest => rest,
    };
    let plain = |token: &Token| match token {
        Token::Name(name) => Token::Word(name.clone()),
        other => other.clone(),
    };
    rest.iter().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_same(one: &str, definition: &str) -> bool {
        let one = statements(one);
        one[0].index().is_some_and(|index| is_made_by(definition, &index))
    }

    #[test]
    fn an_index_is_the_same_however_it_is_written() {
        let definition = "CREATE UNIQUE INDEX claims_open ON public.claims USING btree (status, id) WHERE (amount > 0)";
        for same in [
            "create unique index concurrently claims_open on claims (status, id) where (amount > 0)",
            "create unique index concurrently \"claims_open\" on only claims -- x\n using btree (\"status\",id) where (amount > 0)",
        ] {
            assert!(is_same(same, definition), "{same}");
        }
        for other in [
            "create index concurrently claims_open on claims (status, id) where (amount > 0)",
            "create unique index concurrently claims_open on claims (id, status) where (amount > 0)",
            "create unique index concurrently claims_open on claims (status, id)",
            "create unique index concurrently claims_open on claims (status, id) where (amount > 1)",
            "create unique index concurrently claims_open on claims using hash (status, id) where (amount > 0)",
        ] {
            assert!(!is_same(other, definition), "{other}");
        }
    }

    #[test]
    fn what_stands_before_a_dot_counts() {
        for (definition, other) in [
            ("CREATE INDEX i ON public.t USING btree (a) WHERE (n > 2.5)", "(a) where (n > 1.5)"),
            ("CREATE INDEX i ON public.t USING btree (o.f(a))", "(f(a))"),
            ("CREATE INDEX i ON public.t USING btree (a o.text_pattern_ops)", "(a text_pattern_ops)"),
        ] {
            assert!(!is_same(&format!("create index concurrently i on t {other}"), definition), "{other}");
        }
        let definition = "CREATE INDEX i ON public.t USING btree (o.f(a)) WHERE (n > 2.5)";
        assert!(is_same("create index concurrently i on t (o.f(a)) where (n > 2.5)", definition));
    }
}

//! What a concurrent index build left behind that was killed, timed out or failed: an invalid index under the name that
//! the next attempt needs, or, where the end came just before the ledger was written, the index itself.

use tokio_postgres::error::Error as PgError;

use super::{
    session::Session,
    statements::{Statement, Token, statements},
};

/// Drops the invalid index that `sql` is about to build, and nothing else. True where the index is there, valid and as
/// `sql` makes it. A build of it that is at work in another session is waited for: its index is invalid until it is done.
pub(super) async fn clear(session: &Session, sql: &str) -> Result<bool, PgError> {
    // One statement: no migration outside a transaction has more.
    let own = statements(sql);
    let Some(statement) = own.first() else { return Ok(false) };
    let Some(Some(index)) = statement.concurrent_index() else { return Ok(false) };
    let Some(before) = find(session, &index).await? else { return Ok(false) };
    if !before.is_valid {
        // A build holds this lock on its table from its beginning to its end.
        let wait = format!("begin; lock table only {} in share update exclusive mode; commit", before.table);
        session.client.batch_execute(&wait).await?;
    }
    match find(session, &index).await? {
        Some(found) if found.is_valid => {
            let is_same =
                statements(&found.definition).first().is_some_and(|other| essence(other) == essence(statement));
            if is_same {
                tracing::info!("the index {index} is built already: an attempt was cut off just after it");
            }
            Ok(is_same)
        }
        Some(found) => {
            tracing::warn!("dropping the invalid index {index} of table {}: a build was cut off", found.table);
            session.client.batch_execute(&format!("drop index concurrently if exists {}", found.quoted)).await?;
            Ok(false)
        }
        None => Ok(false),
    }
}

/// An index of the schema.
struct Found {
    is_valid: bool,
    /// CREATE INDEX, as PostgreSQL writes it.
    definition: String,
    /// Its table and itself, quoted for use in SQL.
    table: String,
    quoted: String,
}

async fn find(session: &Session, index: &str) -> Result<Option<Found>, PgError> {
    let query = "
        select indisvalid, pg_catalog.pg_get_indexdef(indexrelid), format('%I.%I', nspname, tables.relname),
               format('%I.%I', nspname, indexes.relname)
        from pg_catalog.pg_index
        join pg_catalog.pg_class as indexes on indexes.oid = indexrelid
        join pg_catalog.pg_class as tables on tables.oid = indrelid
        join pg_catalog.pg_namespace on pg_namespace.oid = indexes.relnamespace
        where nspname = $1 and indexes.relname = $2";
    let row = session.client.query_opt(query, &[&session.schema, &index]).await?;
    Ok(row.map(|row| Found { is_valid: row.get(0), definition: row.get(1), table: row.get(2), quoted: row.get(3) }))
}

/// The tokens that make an index what it is. Two ways to write one expression differ, which is told and left alone.
fn essence(statement: &Statement<'_>) -> Vec<Token> {
    let mut rest = statement.cursor();
    let mut kept = Vec::new();
    while let Some((first, others)) = rest.0.split_first() {
        if rest.take_any(&["concurrently", "if not exists", "using btree", "only"]).is_some() {
            continue;
        }
        rest.0 = others;
        match first {
            // The table's schema: names in the definition of an index have no other.
            _ if rest.symbol('.') => {}
            Token::Name(name) => kept.push(Token::Word(name.clone())),
            other => kept.push(other.clone()),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_the_same_however_it_is_written() {
        let is_same = |one: &str, other: &str| match (&statements(one)[..], &statements(other)[..]) {
            ([one], [other]) => essence(one) == essence(other),
            _ => false,
        };
        let definition = "CREATE UNIQUE INDEX claims_open ON public.claims USING btree (status, id) WHERE (amount > 0)";
        assert!(is_same(
            "create unique index concurrently claims_open on claims (status, id) where (amount > 0)",
            definition
        ));
        assert!(is_same(
            "create unique index concurrently if not exists \"claims_open\" on only claims -- x\n using btree (status,id) where (amount > 0)",
            definition
        ));
        for other in [
            "create index concurrently claims_open on claims (status, id) where (amount > 0)",
            "create unique index concurrently claims_open on claims (id, status) where (amount > 0)",
            "create unique index concurrently claims_open on claims (status, id)",
            "create unique index concurrently claims_open on denials (status, id) where (amount > 0)",
            "create unique index concurrently claims_open on claims using hash (status, id) where (amount > 0)",
        ] {
            assert!(!is_same(other, definition), "{other}");
        }
    }
}

//! Whose code would run: everything that a runner meets in a schema must belong to the role that owns it, before any of it is
//! read.

use tokio_postgres::{Client, SimpleQueryMessage};

use crate::error::{MigrationProblem, Result};
use crate::failure::{self, shown};

const QUESTION: &str = include_str!("trust.sql");

/// The role that owns what is migrated.
pub(crate) struct Owner {
    pub name: String,
    /// Whether the session is that role, or may become it.
    pub is_reachable: bool,
}

/// The owner of the current schema, or who else has something in it, or may have; `None` where there is no such schema.
pub(crate) async fn look(client: &Client, ledger: &str) -> Result<Option<Owner>> {
    // A batch is one transaction. What its first statements call is found whatever the search path is.
    let question = format!(
        "select pg_catalog.set_config('postgres_migrate.schema', coalesce(pg_catalog.current_schema(), ''), true);
         set local search_path = pg_catalog, pg_temp;
         set local postgres_migrate.ledger = '{ledger}';
         {QUESTION}"
    );
    let messages = client.simple_query(&question).await.map_err(failure::during("cannot look into the catalog"))?;
    let mut rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let Some(row) = rows.nth(1) else { return Ok(None) };
    let text = |column| row.get(column).map(shown);
    let (schema, name) = (text(0).unwrap_or_default(), row.get(1).unwrap_or_default().to_owned());
    match (text(3), text(4)) {
        (Some(what), Some(whose)) => {
            let text = format!(
                "schema \"{schema}\" isn't role \"{}\"'s alone: {what} {whose}; take that away, or let its owner give it to \
                 that role; nothing was changed",
                shown(&name)
            );
            Err(MigrationProblem::Untrusted.because(text).into())
        }
        _ => Ok(Some(Owner { name, is_reachable: row.get(2) == Some("t") })),
    }
}

//! What the roles of services, analysts and reports may do, as a crate lists it.

use std::fmt;

use tokio_postgres::{Client, Error as PgError};

/// What a role may do with the schema. [`Runner::grant`](crate::Runner::grant) gives it; nothing else of the schema is
/// left to the role then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Access {
    /// As people call it, such as `readonly`.
    pub name: &'static str,
    /// What it reads.
    pub reads: Reads,
    /// What it inserts and updates; nobody deletes.
    pub writes: &'static [Writes],
}

/// What an access reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reads {
    /// Every table and view.
    Everything,
    /// Every table and view but these.
    EverythingBut(&'static [&'static str]),
    /// These tables and views.
    Only(&'static [&'static str]),
}

/// What an access writes in one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Writes {
    /// The table.
    pub table: &'static str,
    /// The columns that its INSERTs name, with `, ` between them. Where a trigger sets a column, no right is needed.
    pub insert: &'static str,
    /// The columns that its UPDATEs set, with `, ` between them.
    pub update: &'static str,
}

/// A right to a table, a view or a column.
pub(crate) struct Right<'a> {
    pub privilege: &'static str,
    pub relation: &'a str,
    pub column: Option<&'a str>,
}

impl Right<'_> {
    /// As messages call it: `UPDATE (title) on books`.
    pub fn name(&self) -> String {
        let column = self.column.map(|column| format!(" ({column})")).unwrap_or_default();
        format!("{}{column} on {}", self.privilege, self.relation)
    }
}

impl fmt::Display for Access {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

/// The columns that whoever inserts into their table needs the right to, besides those that it names: on Citus those with
/// defaults, because the coordinator names them where it repeats the INSERT on a node. None without Citus.
pub(crate) struct Defaulted(Vec<(String, String)>);

impl Defaulted {
    /// Those of the session's schema.
    pub async fn find(client: &Client) -> Result<Self, PgError> {
        let query = "
            select relname::text, attname::text
            from pg_catalog.pg_class
            join pg_catalog.pg_namespace on pg_namespace.oid = relnamespace
            join pg_catalog.pg_attribute on attrelid = pg_class.oid
            where nspname = current_schema() and atthasdef and attgenerated = ''
                and to_regclass('pg_catalog.pg_dist_node') is not null
            order by 1, attnum";
        Ok(Self(client.query(query, &[]).await?.iter().map(|row| (row.get(0), row.get(1))).collect()))
    }
}

impl Access {
    /// Its rights in a schema with these tables and views.
    pub(crate) fn rights<'a>(
        &self,
        relations: impl Iterator<Item = &'a str>,
        defaulted: &'a Defaulted,
    ) -> Vec<Right<'a>> {
        let select = |relation| Right { privilege: "SELECT", relation, column: None };
        let mut rights: Vec<Right<'a>> = match self.reads {
            Reads::Everything => relations.map(select).collect(),
            Reads::EverythingBut(these) => relations.filter(|name| !these.contains(name)).map(select).collect(),
            Reads::Only(these) => these.iter().copied().map(select).collect(),
        };
        for writes in self.writes {
            for (privilege, columns) in [("INSERT", writes.insert), ("UPDATE", writes.update)] {
                let columns = columns.split(", ").filter(|column| !column.is_empty());
                let besides = defaulted.0.iter().filter(|(table, column)| {
                    privilege == "INSERT" && table == writes.table && columns.clone().all(|other| other != column)
                });
                let columns = columns.clone().chain(besides.map(|(_, column)| column.as_str()));
                rights.extend(columns.map(|column| Right { privilege, relation: writes.table, column: Some(column) }));
            }
        }
        rights
    }

    /// The tables and views that it names.
    pub(crate) fn relations(&self) -> impl Iterator<Item = &'static str> {
        let read = match self.reads {
            Reads::Everything => [].as_slice(),
            Reads::EverythingBut(these) | Reads::Only(these) => these,
        };
        self.writes.iter().map(|writes| writes.table).chain(read.iter().copied())
    }
}

//! What the names in a statement mean: the catalog, and what earlier statements of the plan make.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use tokio_postgres::{Client, Row, error::Error as PgError};

use crate::migrations::{
    locks::{Keys, names_after},
    statements::{Name, Statement},
};

/// Schema and name.
type Place = (String, String);

/// A table or view, or what is used as one.
#[derive(Clone)]
pub(super) struct Relation {
    /// Where the catalog has it.
    id: Place,
    shown: String,
    /// Or does an earlier statement of the plan make it?
    pub is_there: bool,
    /// It reads or writes others: a view or foreign table.
    pub is_view: bool,
    /// It is partitioned, or has parents or children.
    pub is_inherited: bool,
    /// It has rules, or triggers that somebody wrote.
    pub is_triggered: bool,
}

impl fmt::Display for Relation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.shown)
    }
}

/// A foreign key.
struct Key {
    table: Place,
    refers_to: Place,
    /// `None` where an earlier statement of the plan makes it.
    parts: Option<KeyParts>,
    /// Whether a change of the other table changes rows of this one.
    cascades: bool,
}

struct KeyParts {
    name: String,
    columns: Vec<String>,
    referred_columns: Vec<String>,
}

/// The whole database: a statement may name any schema, and keys cross them.
pub(super) struct Names {
    /// Where a bare name is looked up, the current schema first.
    path: Vec<String>,
    relations: BTreeMap<Place, Relation>,
    /// All but PostgreSQL's own.
    functions: BTreeSet<Place>,
    /// Index and its table.
    indexes: BTreeMap<Place, Place>,
    /// Domain and a table that uses it.
    domains: Vec<(Place, Place)>,
    keys: Vec<Key>,
}

fn place(row: &Row, at: usize) -> Place {
    (row.get(at), row.get(at + 1))
}

impl Names {
    pub async fn load(client: &Client) -> Result<Self, PgError> {
        let path: Vec<String> = client.query_one("select current_schemas(false)::text[]", &[]).await?.get(0);
        let relation = |row: &Row| {
            let (schema, name) = place(row, 0);
            let shown = if path.first() == Some(&schema) { name.clone() } else { format!("{schema}.{name}") };
            let id = (schema, name);
            let relation = Relation {
                id: id.clone(),
                shown,
                is_there: true,
                is_view: row.get(2),
                is_inherited: row.get(3),
                is_triggered: row.get(4),
            };
            (id, relation)
        };
        let key = |row: &Row| Key {
            table: place(row, 0),
            refers_to: place(row, 2),
            parts: Some(KeyParts { name: row.get(4), columns: row.get(5), referred_columns: row.get(6) }),
            cascades: row.get(7),
        };
        let relations = client.query(RELATIONS, &[]).await?.iter().map(relation).collect();
        let pair = |row: &Row| (place(row, 0), place(row, 2));
        Ok(Self {
            relations,
            functions: client.query(FUNCTIONS, &[]).await?.iter().map(|row| place(row, 0)).collect(),
            indexes: client.query(INDEXES, &[]).await?.iter().map(pair).collect(),
            domains: client.query(DOMAINS, &[]).await?.iter().map(pair).collect(),
            keys: client.query(KEYS, &[]).await?.iter().map(key).collect(),
            path,
        })
    }

    /// Where a name may be found, the first first.
    fn places(&self, name: &Name) -> Vec<Place> {
        let schemas = name.schema.as_ref().map_or(&*self.path, std::slice::from_ref);
        schemas.iter().map(|schema| (schema.clone(), name.name.clone())).collect()
    }

    /// A table or view.
    pub fn resolve(&self, name: &Name) -> Option<&Relation> {
        self.places(name).iter().find_map(|place| self.relations.get(place))
    }

    fn id(&self, name: &Name) -> Option<&Place> {
        self.resolve(name).map(|relation| &relation.id)
    }

    pub fn table_of_index(&self, name: &Name) -> Option<&Relation> {
        let table = self.places(name).iter().find_map(|place| self.indexes.get(place))?;
        self.relations.get(table)
    }

    pub fn tables_with_domain(&self, name: &Name) -> Vec<&Relation> {
        let places = self.places(name);
        let tables = self.domains.iter().filter(|(domain, _)| places.contains(domain));
        tables.filter_map(|(_, table)| self.relations.get(table)).collect()
    }

    /// Whether a call may mean a function that isn't PostgreSQL's own: which of those of one name, its arguments say.
    pub fn has_function(&self, name: &Name) -> bool {
        self.functions
            .iter()
            .any(|(schema, own)| *own == name.name && name.schema.as_ref().is_none_or(|wanted| wanted == schema))
    }

    /// The tables that keys of this one refer to.
    pub fn referred_to_by(&self, name: &Name, which: &Keys) -> impl Iterator<Item = &Relation> {
        let own = self.id(name);
        let keys = self.keys.iter().filter(move |key| {
            Some(&key.table) == own && key.parts.as_ref().is_none_or(|parts| which.hold(&parts.name, &parts.columns))
        });
        keys.filter_map(|key| self.relations.get(&key.refers_to))
    }

    /// The tables with keys that refer to this one, and whether their rows change with its rows.
    pub fn referring_to(&self, name: &Name, which: &Keys) -> impl Iterator<Item = (&Relation, bool)> {
        let own = self.id(name);
        let keys = self.keys.iter().filter(move |key| {
            let is_meant = |parts: &KeyParts| which.hold(&parts.name, &parts.referred_columns);
            Some(&key.refers_to) == own && key.parts.as_ref().is_none_or(is_meant)
        });
        keys.filter_map(|key| Some((self.relations.get(&key.table)?, key.cascades)))
    }

    /// What a statement makes is there for those after it.
    pub fn learn(&mut self, statement: &Statement<'_>) {
        let mut cursor = statement.cursor();
        if cursor.take("alter table") {
            cursor.take("if exists");
            cursor.take("only");
            let Some(name) = cursor.name() else { return };
            self.learn_keys(&name, statement);
            let Some(mut moved) = self.resolve(&name).cloned() else { return };
            let (schema, old) = moved.id.clone();
            if cursor.take("rename to") {
                let new = cursor.identifier().unwrap_or_default();
                moved.shown.clone_from(&new);
                self.relations.insert((schema, new), moved);
            } else if cursor.take("set schema") {
                self.relations.insert((cursor.identifier().unwrap_or_default(), old), moved);
            }
        } else if cursor.clone().take("alter") && cursor.skip_to("rename to") {
            // Of a function, perhaps; what else it is, is none of those that are called.
            let name = cursor.identifier().map(|name| Name { schema: None, name });
            self.functions.extend(name.and_then(|name| self.places(&name).into_iter().next()));
        } else if statement.index().is_some_and(|index| index.name.is_some()) {
            cursor.skip_to("index");
            cursor.take("concurrently");
            cursor.take("if not exists");
            let index = cursor.identifier();
            cursor.take("on");
            cursor.take("only");
            let table = cursor.name().and_then(|name| self.id(&name).cloned());
            if let (Some(index), Some(table)) = (index, table) {
                self.indexes.insert((table.0.clone(), index), table);
            }
        } else if cursor.take("create") {
            cursor.take("or replace");
            cursor.take_any(&["temporary", "temp", "unlogged", "recursive", "constraint", "materialized", "foreign"]);
            let kind = cursor.identifier().unwrap_or_default();
            match kind.as_str() {
                "table" | "view" => {
                    cursor.take("if not exists");
                    let Some(name) = cursor.name() else { return };
                    self.make(&name, statement);
                    self.learn_keys(&name, statement);
                }
                "function" | "procedure" | "aggregate" => {
                    self.functions.extend(cursor.name().and_then(|name| self.places(&name).into_iter().next()));
                }
                "trigger" | "rule" => {
                    cursor.skip_to(if kind == "rule" { "to" } else { "on" });
                    let places = cursor.name().map(|name| self.places(&name)).unwrap_or_default();
                    if let Some(place) = places.iter().find(|place| self.relations.contains_key(place))
                        && let Some(table) = self.relations.get_mut(place)
                    {
                        table.is_triggered = true;
                    }
                }
                _ => {}
            }
        }
    }

    fn make(&mut self, name: &Name, statement: &Statement<'_>) {
        let has = |words: &str| statement.cursor().skip_to(words);
        for id in self.places(name).into_iter().take(1) {
            let relation = Relation {
                id: id.clone(),
                shown: name.name.clone(),
                is_there: false,
                is_view: has("view") && !has("materialized view"),
                is_inherited: ["inherits", "partition of", "partition by"].into_iter().any(has),
                is_triggered: false,
            };
            self.relations.entry(id).or_insert(relation);
        }
    }

    fn learn_keys(&mut self, table: &Name, statement: &Statement<'_>) {
        let Some(table) = self.id(table).cloned() else { return };
        for other in names_after("references", &statement.tokens) {
            if let Some(refers_to) = self.id(&other).cloned() {
                let cascades = statement.cursor().skip_to("cascade") || statement.cursor().skip_to("set null");
                self.keys.push(Key { table: table.clone(), refers_to, parts: None, cascades });
            }
        }
    }
}

const RELATIONS: &str = "
    select nspname::text, relname::text, relkind in ('v', 'f'),
           relkind = 'p' or pg_class.oid in (
               select inhparent from pg_catalog.pg_inherits union all select inhrelid from pg_catalog.pg_inherits
           ),
           relhasrules and relkind in ('r', 'p')
               or pg_class.oid in (select tgrelid from pg_catalog.pg_trigger where not tgisinternal)
    from pg_catalog.pg_class
    join pg_catalog.pg_namespace on pg_namespace.oid = relnamespace
    where relkind in ('r', 'p', 'v', 'm', 'f') and nspname !~ '^pg_' and nspname <> 'information_schema'";

const FUNCTIONS: &str = "
    select distinct nspname::text, proname::text
    from pg_catalog.pg_proc
    join pg_catalog.pg_namespace on pg_namespace.oid = pronamespace
    where nspname <> 'pg_catalog'";

/// An index is in the schema of its table.
const INDEXES: &str = "
    select nspname::text, indexes.relname::text, nspname::text, tables.relname::text
    from pg_catalog.pg_index
    join pg_catalog.pg_class as indexes on indexes.oid = indexrelid
    join pg_catalog.pg_class as tables on tables.oid = indrelid
    join pg_catalog.pg_namespace on pg_namespace.oid = tables.relnamespace
    where nspname !~ '^pg_'";

/// With the domains that are based on them.
const DOMAINS: &str = "
    with recursive bases (base, domain) as (
        select oid, oid from pg_catalog.pg_type where typtype = 'd'
        union
        select base, pg_type.oid from bases join pg_catalog.pg_type on typbasetype = domain and typtype = 'd'
    )
    select distinct types.nspname::text, typname::text, tables.nspname::text, relname::text
    from bases
    join pg_catalog.pg_type on pg_type.oid = base
    join pg_catalog.pg_namespace as types on types.oid = typnamespace and types.nspname <> 'information_schema'
    join pg_catalog.pg_attribute on atttypid = domain and not attisdropped
    join pg_catalog.pg_class on pg_class.oid = attrelid and relkind in ('r', 'p', 'm')
    join pg_catalog.pg_namespace as tables on tables.oid = relnamespace";

const KEYS: &str = "
    select own_schema.nspname::text, own.relname::text, other_schema.nspname::text, other.relname::text, conname::text,
           array(select attname::text from pg_catalog.pg_attribute where attrelid = conrelid and attnum = any (conkey)),
           array(select attname::text from pg_catalog.pg_attribute where attrelid = confrelid and attnum = any (confkey)),
           confdeltype in ('c', 'n', 'd') or confupdtype in ('c', 'n', 'd')
    from pg_catalog.pg_constraint
    join pg_catalog.pg_class as own on own.oid = conrelid
    join pg_catalog.pg_namespace as own_schema on own_schema.oid = own.relnamespace
    join pg_catalog.pg_class as other on other.oid = confrelid
    join pg_catalog.pg_namespace as other_schema on other_schema.oid = other.relnamespace
    where contype = 'f'";

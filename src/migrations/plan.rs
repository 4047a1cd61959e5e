//! What a run would do and lock, found out without doing or locking anything.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::{Client, error::Error as PgError};

use super::{
    locks::{self, Effects, Keys, LockMode, On},
    source::Migration,
    statements::{Name, Statement, statements},
};

/// What [`Runner::run_pending`](super::Runner::run_pending) would do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plan {
    /// The pending migrations, in the order in which they would run.
    pub migrations: Vec<PlannedMigration>,
}

/// One pending migration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlannedMigration {
    /// The folder's name.
    pub name: String,
    /// Whether it keeps its locks until its last statement is done, and leaves nothing where it fails.
    pub run_in_transaction: bool,
    /// The statements of its up.sql.
    pub statements: Vec<PlannedStatement>,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlannedStatement {
    /// Where it starts in up.sql, from 1.
    pub line: usize,
    /// Its beginning, on one line.
    pub text: String,
    /// The strongest lock that it may take on each table or view that is there already.
    pub locks: BTreeMap<String, LockMode>,
    /// What can't be told about it.
    pub untold: Vec<String>,
}

/// The plan for a database of which `client` is a connection. Reads the catalog alone.
pub(super) async fn plan(client: &Client, pending: &[&Migration]) -> Result<Plan, PgError> {
    let mut catalog = Names::load(client).await?;
    let migrations = pending.iter().map(|migration| PlannedMigration {
        name: migration.name.clone(),
        run_in_transaction: migration.run_in_transaction,
        statements: statements(&migration.up).iter().map(|statement| catalog.judge(statement)).collect(),
    });
    Ok(Plan { migrations: migrations.collect() })
}

/// What the names in a statement mean. Names of the current schema; one with another schema in front is taken as it is.
struct Names {
    schema: String,
    /// And views.
    tables: BTreeSet<String>,
    /// With rules, or triggers that somebody wrote.
    triggered: BTreeSet<String>,
    functions: BTreeSet<String>,
    /// Index and its table.
    indexes: Vec<(String, String)>,
    /// Domain and a table that uses it.
    domains: Vec<(String, String)>,
    keys: Vec<Key>,
}

/// A foreign key.
struct Key {
    name: String,
    table: String,
    columns: Vec<String>,
    refers_to: String,
    referred_columns: Vec<String>,
    /// Whether a change of the other table changes rows of this one.
    cascades: bool,
}

impl Names {
    async fn load(client: &Client) -> Result<Self, PgError> {
        let names = async |query: &str| -> Result<Vec<String>, PgError> {
            Ok(client.query(query, &[]).await?.iter().map(|row| row.get(0)).collect())
        };
        let pairs = async |query: &str| -> Result<Vec<(String, String)>, PgError> {
            Ok(client.query(query, &[]).await?.iter().map(|row| (row.get(0), row.get(1))).collect())
        };
        let keys = client.query(KEYS, &[]).await?;
        Ok(Self {
            schema: names("select current_schema()::text").await?.pop().unwrap_or_default(),
            tables: names(TABLES).await?.into_iter().collect(),
            triggered: names(TRIGGERED).await?.into_iter().collect(),
            functions: names(FUNCTIONS).await?.into_iter().collect(),
            indexes: pairs(INDEXES).await?,
            domains: pairs(DOMAINS).await?,
            keys: keys
                .iter()
                .map(|row| Key {
                    name: row.get(0),
                    table: row.get(1),
                    columns: row.get(2),
                    refers_to: row.get(3),
                    referred_columns: row.get(4),
                    cascades: row.get(5),
                })
                .collect(),
        })
    }

    /// A statement with its locks; what it makes is known to the statements after it.
    fn judge(&mut self, statement: &Statement<'_>) -> PlannedStatement {
        let Effects { locks, calls, untold } = locks::effects(statement);
        let mut untold: Vec<String> = untold.into_iter().map(String::from).collect();
        let mut strongest = BTreeMap::new();
        for (on, mode) in locks {
            if let On::Rows(table) = &on
                && self.resolve(table).is_some_and(|table| self.triggered.contains(&table))
            {
                untold.push(format!("what the triggers and rules of {} do can't be told from here", table.name));
            }
            for (table, mode) in self.tables(on, mode) {
                let kept = strongest.entry(table).or_insert(mode);
                *kept = mode.max(*kept);
            }
        }
        let called: BTreeSet<String> = calls.into_iter().map(|call| call.name).collect();
        for function in called.intersection(&self.functions) {
            untold.push(format!("what {function}() does can't be told from here"));
        }
        self.learn(statement);
        PlannedStatement { line: statement.line, text: shorten(statement.text), locks: strongest, untold }
    }

    /// The tables of the catalog that a lock is on.
    fn tables(&self, on: On, mode: LockMode) -> Vec<(String, LockMode)> {
        match on {
            On::Table(name) | On::Rows(name) => self.resolve(&name).map(|table| (table, mode)).into_iter().collect(),
            On::Read(name) => self.resolve_own(&name).map(|table| (table, mode)).into_iter().collect(),
            On::TableOfIndex(name) => pick(&self.indexes, &name.name, mode),
            On::ColumnsOfDomain(name) => pick(&self.domains, &name.name, mode),
            On::ReferredTo(name, keys) => {
                let own = self.keys.iter().filter(|key| key.table == name.name && keys.hold(&key.name, &key.columns));
                own.map(|key| (key.refers_to.clone(), mode)).collect()
            }
            On::Referring(name, keys) => {
                let others = self
                    .keys
                    .iter()
                    .filter(|key| key.refers_to == name.name && keys.hold(&key.name, &key.referred_columns));
                let mode = |key: &Key| if key.cascades { mode.max(LockMode::RowExclusive) } else { mode };
                others.map(|key| (key.table.clone(), mode(key))).collect()
            }
        }
    }

    fn resolve(&self, name: &Name) -> Option<String> {
        match &name.schema {
            Some(schema) if *schema != self.schema => Some(format!("{schema}.{}", name.name)),
            _ => self.resolve_own(name),
        }
    }

    fn resolve_own(&self, name: &Name) -> Option<String> {
        let is_own = name.schema.as_ref().is_none_or(|schema| *schema == self.schema);
        self.tables.get(&name.name).filter(|_| is_own).cloned()
    }

    fn learn(&mut self, statement: &Statement<'_>) {
        let mut cursor = statement.cursor();
        if cursor.take("alter table") {
            cursor.take("if exists");
            cursor.take("only");
            let table = cursor.name().and_then(|name| self.resolve(&name));
            if table.is_some() && cursor.take("rename to") {
                self.tables.extend(cursor.identifier());
            }
        } else if cursor.take("create") {
            cursor.take("or replace");
            if cursor.take_any(&["function", "procedure"]).is_some() {
                self.functions.extend(cursor.name().map(|name| name.name));
            }
        }
    }
}

impl Keys {
    fn hold(&self, key: &str, columns: &[String]) -> bool {
        match self {
            Self::All => true,
            Self::Named(name) => name == key,
            Self::WithColumn(names) => names.iter().any(|name| columns.contains(name)),
        }
    }
}

fn pick(pairs: &[(String, String)], name: &str, mode: LockMode) -> Vec<(String, LockMode)> {
    pairs.iter().filter(|(key, _)| key == name).map(|(_, table)| (table.clone(), mode)).collect()
}

/// The beginning of a statement on one line.
fn shorten(text: &str) -> String {
    const LENGTH: usize = 72;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{} …", line[..end].trim_end()),
        None => line,
    }
}

const TABLES: &str = "
    select relname::text from pg_catalog.pg_class
    where relkind in ('r', 'p', 'v', 'm', 'f') and relnamespace = current_schema()::regnamespace";

const TRIGGERED: &str = "
    select relname::text from pg_catalog.pg_class
    where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p')
        and (relhasrules or exists (select from pg_catalog.pg_trigger where tgrelid = pg_class.oid and not tgisinternal))";

const FUNCTIONS: &str = "
    select distinct proname::text from pg_catalog.pg_proc where pronamespace = current_schema()::regnamespace";

const INDEXES: &str = "
    select indexes.relname::text, tables.relname::text
    from pg_catalog.pg_index
    join pg_catalog.pg_class as indexes on indexes.oid = indexrelid
    join pg_catalog.pg_class as tables on tables.oid = indrelid
    where indexes.relnamespace = current_schema()::regnamespace";

const DOMAINS: &str = "
    select distinct typname::text, relname::text
    from pg_catalog.pg_type
    join pg_catalog.pg_attribute on atttypid = pg_type.oid and not attisdropped
    join pg_catalog.pg_class on pg_class.oid = attrelid and relkind in ('r', 'p', 'm')
    where typtype = 'd' and relnamespace = current_schema()::regnamespace";

const KEYS: &str = "
    select conname::text, own.relname::text,
           array(select attname::text from pg_catalog.pg_attribute where attrelid = conrelid and attnum = any (conkey)),
           other.relname::text,
           array(select attname::text from pg_catalog.pg_attribute where attrelid = confrelid and attnum = any (confkey)),
           confdeltype in ('c', 'n', 'd') or confupdtype in ('c', 'n', 'd')
    from pg_catalog.pg_constraint
    join pg_catalog.pg_class as own on own.oid = conrelid
    join pg_catalog.pg_class as other on other.oid = confrelid
    where contype = 'f' and own.relnamespace = current_schema()::regnamespace";

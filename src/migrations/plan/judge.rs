//! What one statement locks, with the names in it looked up.

use std::collections::BTreeMap;

use super::{
    PlannedStatement,
    names::{Names, Relation},
};
use crate::migrations::{
    locks::{self, Effects, LockMode, On},
    statements::{Name, Statement, Token},
};

/// Judges the statements of one migration, one after the other.
pub(super) struct Judge<'a> {
    names: &'a mut Names,
    /// Whether bare names may mean something else by now; the runner puts that right after each migration.
    is_elsewhere: bool,
}

/// What is known of the statement so far.
#[derive(Default)]
struct Verdict {
    locks: BTreeMap<String, LockMode>,
    untold: Vec<String>,
    is_definition: bool,
}

impl<'a> Judge<'a> {
    pub fn new(names: &'a mut Names) -> Self {
        Self { names, is_elsewhere: false }
    }

    /// A statement with its locks; what it makes is known to the statements after it.
    pub fn judge(&mut self, statement: &Statement<'_>) -> PlannedStatement {
        let Effects { locks, calls, is_definition, untold } = locks::effects(statement);
        let mut verdict = Verdict { is_definition, ..Verdict::default() };
        for reason in untold {
            verdict.cannot_tell(reason);
        }
        if self.is_elsewhere && !(locks.is_empty() && calls.is_empty()) {
            verdict.cannot_tell("the search_path is another one by now: bare names may mean other tables");
        }
        for (on, mode) in locks {
            self.lock(&mut verdict, &on, mode);
        }
        for call in calls {
            if self.names.has_function(&call) {
                verdict.cannot_tell(format!("what {}() does can't be told from here", call.name));
            }
        }
        self.names.learn(statement);
        self.is_elsewhere = self.is_elsewhere || moves(statement);
        PlannedStatement {
            line: statement.line,
            text: shorten(statement.text),
            locks: verdict.locks,
            untold: verdict.untold,
        }
    }

    fn lock(&self, verdict: &mut Verdict, on: &On, mode: LockMode) {
        let names = &*self.names;
        match on {
            On::Table(name) => {
                if let Some(table) = self.known(verdict, name) {
                    verdict.lock(table, mode);
                }
            }
            On::Rows(name) => {
                if let Some(table) = self.known(verdict, name) {
                    verdict.lock(table, mode);
                    if table.is_triggered && !verdict.is_definition {
                        verdict
                            .cannot_tell(format!("what the triggers and rules of {table} do can't be told from here"));
                    }
                    verdict.look_behind(table);
                }
            }
            // In a query a name may be many other things.
            On::Read(name) => {
                if let Some(table) = names.resolve(name) {
                    verdict.lock(table, mode);
                    verdict.look_behind(table);
                }
            }
            On::TableOfIndex(name) => match names.table_of_index(name) {
                Some(table) => verdict.lock(table, mode),
                None => verdict.cannot_tell(unknown("index", name)),
            },
            On::ColumnsOfDomain(name) => {
                let tables = names.tables_with_domain(name);
                if tables.is_empty() {
                    verdict.cannot_tell(format!(
                        "no table has a column of {} now; which will have, can't be told",
                        name.name
                    ));
                }
                tables.into_iter().for_each(|table| verdict.lock(table, mode));
            }
            On::ReferredTo(name, keys) => {
                names.referred_to_by(name, keys).for_each(|table| verdict.lock(table, mode));
            }
            On::Referring(name, keys) => {
                for (table, cascades) in names.referring_to(name, keys) {
                    if cascades && mode == LockMode::RowShare {
                        verdict.lock(table, LockMode::RowExclusive);
                        verdict
                            .cannot_tell(format!("what the changed rows of {table} set off can't be told from here"));
                    } else {
                        verdict.lock(table, mode);
                    }
                }
            }
        }
    }

    fn known(&self, verdict: &mut Verdict, name: &Name) -> Option<&Relation> {
        let table = self.names.resolve(name);
        if table.is_none() {
            verdict.cannot_tell(unknown("table", name));
        }
        table
    }
}

impl Verdict {
    fn cannot_tell(&mut self, reason: impl Into<String>) {
        let reason = reason.into();
        if !self.untold.contains(&reason) {
            self.untold.push(reason);
        }
    }

    fn lock(&mut self, table: &Relation, mode: LockMode) {
        if table.is_there {
            let strongest = self.locks.entry(table.to_string()).or_insert(mode);
            *strongest = mode.max(*strongest);
        }
        if table.is_inherited {
            self.cannot_tell(format!("what {table} inherits from and what inherits from it may be locked as well"));
        }
    }

    /// Where its rows are read or written.
    fn look_behind(&mut self, table: &Relation) {
        if table.is_view && !self.is_definition {
            self.cannot_tell(format!("what {table} stands for can't be told from here"));
        }
    }
}

fn unknown(kind: &str, name: &Name) -> String {
    let schema = name.schema.as_ref().map(|schema| format!("{schema}.")).unwrap_or_default();
    format!("no {kind} {schema}{} is there now; what it will be can't be told from here", name.name)
}

/// Whether a statement may change what bare names mean.
fn moves(statement: &Statement<'_>) -> bool {
    let sets = statement.cursor().take_any(&["set", "reset", "discard"]).is_some();
    statement.tokens.iter().any(|token| match token {
        Token::Word(word) | Token::Name(word) => {
            sets && ["search_path", "schema", "role", "authorization", "all"].contains(&word.as_str())
        }
        // set_config; code is said to be unclear.
        Token::Text(text) => text.eq_ignore_ascii_case("search_path"),
        Token::Symbol(_) => false,
    })
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

//! The locks of statements that define tables and what belongs to them.

use super::{
    CODE, Effects, INDEX, Keys,
    LockMode::{AccessExclusive, AccessShare, RowShare, Share, ShareRowExclusive, ShareUpdateExclusive},
    On, UNKNOWN, names, split_at_commas,
};
use crate::migrations::statements::{self, Cursor, Name, Statement, Token};

/// What no table hangs on, unless CASCADE is said or a sequence becomes a column's.
const APART: [&str; 10] = [
    "function",
    "procedure",
    "routine",
    "aggregate",
    "sequence",
    "domain",
    "schema",
    "role",
    "collation",
    "default privileges",
];

pub(super) fn alter(effects: &mut Effects, mut cursor: Cursor<'_>) {
    let kinds = ["table", "index", "view", "materialized view", "domain", "policy", "rule", "trigger"];
    let kind = cursor.take_any(&kinds);
    cursor.take("if exists");
    match kind {
        Some("table") => {
            cursor.take("only");
            let Some(table) = cursor.name() else { return effects.untold.push(UNKNOWN) };
            cursor.symbol('*');
            for action in split_at_commas(cursor.0) {
                alter_table(effects, &table, action);
            }
            effects.calls(cursor.0);
        }
        Some("view" | "materialized view") => effects.name(cursor.name(), AccessExclusive),
        Some("policy" | "rule" | "trigger") => {
            effects.rows(cursor.0);
            effects.is_definition = true;
            effects.on(cursor, AccessExclusive);
        }
        Some("domain") => {
            let domain = cursor.name();
            effects.calls(cursor.0);
            let is_checked = cursor.take_any(&["add", "validate", "set not"]).is_some() && !cursor.skip_to("not valid");
            effects.locks.extend(domain.filter(|_| is_checked).map(|domain| (On::ColumnsOfDomain(domain), Share)));
        }
        Some(_) => {
            cursor.name();
            let is_option =
                cursor.clone().take_any(&["set", "reset"]).is_some() && cursor.0.get(1) == Some(&Token::Symbol('('));
            if cursor.take("set tablespace") {
                effects.untold.push(INDEX);
            } else if !is_option && !cursor.take("rename to") {
                effects.untold.push(UNKNOWN);
            }
        }
        None => effects.apart(cursor),
    }
}

impl Effects {
    fn apart(&mut self, mut cursor: Cursor<'_>) {
        if cursor.take_any(&APART).is_none() || cursor.clone().skip_to("owned") {
            self.untold.push(UNKNOWN);
        }
    }
}

/// One action of ALTER TABLE: ACCESS EXCLUSIVE, says the documentation, unless it says otherwise.
fn alter_table(effects: &mut Effects, table: &Name, action: &[Token]) {
    let mut cursor = Cursor(action);
    let mode = if cursor.take("validate constraint") {
        let name = cursor.identifier().unwrap_or_default();
        effects.locks.push((On::ReferredTo(table.clone(), Keys::Named(name)), RowShare));
        ShareUpdateExclusive
    } else if cursor.take("add") {
        effects.references(action, table);
        if cursor.take("constraint") {
            cursor.identifier();
        }
        if cursor.take("foreign key") { ShareRowExclusive } else { AccessExclusive }
    } else if cursor.take("drop constraint") {
        cursor.take("if exists");
        let name = cursor.identifier().unwrap_or_default();
        effects.locks.push((On::ReferredTo(table.clone(), Keys::Named(name)), AccessExclusive));
        effects.cascade(cursor);
        AccessExclusive
    } else if cursor.take("drop") {
        cursor.take("column");
        cursor.take("if exists");
        let columns = cursor.identifier().into_iter().collect();
        effects.locks.push((On::ReferredTo(table.clone(), Keys::WithColumn(columns)), AccessExclusive));
        effects.cascade(cursor);
        AccessExclusive
    } else if cursor.take_any(&["enable", "disable"]).is_some() {
        cursor.take_any(&["always", "replica"]);
        if cursor.take("trigger") { ShareRowExclusive } else { AccessExclusive }
    } else if cursor.take("alter constraint") {
        effects.untold.push(UNKNOWN);
        AccessExclusive
    } else if cursor.take("alter") {
        cursor.take("column");
        let column = cursor.identifier().unwrap_or_default();
        if cursor.take_any(&["type", "set data type"]).is_some() {
            // Its keys are made anew.
            let keys = || Keys::WithColumn(vec![column.clone()]);
            effects.locks.push((On::ReferredTo(table.clone(), keys()), AccessExclusive));
            effects.locks.push((On::Referring(table.clone(), keys()), AccessExclusive));
        }
        let is_option =
            cursor.take("set statistics") || cursor.take_any(&["set", "reset"]).is_some() && cursor.symbol('(');
        if is_option { ShareUpdateExclusive } else { AccessExclusive }
    } else if cursor.take_any(&["cluster", "set without cluster"]).is_some() {
        ShareUpdateExclusive
    } else if cursor.take_any(&["attach partition", "inherit"]).is_some() {
        let other = cursor.name();
        let is_partition = action.first().is_some_and(|first| first.is("attach"));
        effects.name(other, if is_partition { AccessExclusive } else { ShareUpdateExclusive });
        if is_partition { ShareUpdateExclusive } else { AccessExclusive }
    } else if cursor.take("detach partition") {
        let other = cursor.name();
        let is_gentle = cursor.take_any(&["concurrently", "finalize"]).is_some();
        effects.name(other, if is_gentle { ShareUpdateExclusive } else { AccessExclusive });
        if is_gentle { ShareUpdateExclusive } else { AccessExclusive }
    } else if cursor.take_any(&["set", "reset"]).is_some() && cursor.symbol('(') {
        ShareUpdateExclusive
    } else {
        AccessExclusive
    };
    effects.table(table.clone(), mode);
}

pub(super) fn create(effects: &mut Effects, mut cursor: Cursor<'_>, statement: &Statement<'_>) {
    let tokens = &statement.tokens;
    cursor.take("or replace");
    if cursor.take("unique index") || cursor.take("index") {
        let mode = if cursor.take("concurrently") { ShareUpdateExclusive } else { Share };
        effects.calls(cursor.0);
        return effects.on(cursor, mode);
    }
    let is_filled = cursor.clone().take("materialized");
    cursor.take_any(&["temporary", "temp", "unlogged", "recursive", "constraint", "materialized"]);
    let kind = cursor;
    match cursor.identifier().unwrap_or_default().as_str() {
        "table" => {
            cursor.take("if not exists");
            create_table(effects, cursor.name(), cursor.0);
        }
        "view" => {
            cursor.take("if not exists");
            // It may be there, where it is OR REPLACE.
            effects.locks.extend(cursor.name().map(|view| (On::Read(view), AccessExclusive)));
            cursor.skip_to("as");
            effects.rows(cursor.0);
            if is_filled {
                effects.calls(cursor.0);
            }
            effects.is_definition = !is_filled;
        }
        "trigger" => effects.on(cursor, ShareRowExclusive),
        "policy" => {
            effects.rows(cursor.0);
            effects.is_definition = true;
            effects.on(cursor, AccessExclusive);
        }
        "rule" => {
            cursor.skip_to("to");
            effects.name(cursor.name(), AccessExclusive);
            effects.rows(cursor.0);
            effects.is_definition = true;
        }
        "statistics" => {
            cursor.skip_to("from");
            effects.name(cursor.name(), ShareUpdateExclusive);
        }
        "function" | "procedure" => routine(effects, tokens),
        "extension" => effects.untold.push(CODE),
        "type" => {}
        // With what is made in it.
        "schema" if cursor.skip_to("create") => effects.untold.push(UNKNOWN),
        _ => effects.apart(kind),
    }
}

/// PostgreSQL reads what is written in SQL, and locks what it names, for a moment.
fn routine(effects: &mut Effects, tokens: &[Token]) {
    let mut language = Cursor(tokens);
    let is_other = language.skip_to("language")
        && !matches!(
            language.0.first(),
            Some(Token::Word(name) | Token::Name(name) | Token::Text(name)) if name.eq_ignore_ascii_case("sql")
        );
    if is_other {
        return;
    }
    effects.rows(tokens);
    for token in tokens {
        if let Token::Text(body) = token {
            statements::statements(body).iter().for_each(|statement| effects.rows(&statement.tokens));
        }
    }
}

/// `tokens` is what follows the name.
fn create_table(effects: &mut Effects, table: Option<Name>, tokens: &[Token]) {
    let Some(table) = table else { return effects.untold.push(UNKNOWN) };
    effects.references(tokens, &table);
    for at in 0..tokens.len() {
        let mut cursor = Cursor(&tokens[at..]);
        // LIKE is an operator elsewhere.
        if cursor.take("like")
            && at.checked_sub(1).is_some_and(|before| matches!(tokens[before], Token::Symbol('(' | ',')))
        {
            effects.name(cursor.name(), AccessShare);
        } else if cursor.take("inherits") && cursor.symbol('(') {
            let parents = names(&mut cursor).into_iter();
            effects.locks.extend(parents.map(|parent| (On::Table(parent), ShareUpdateExclusive)));
        } else if cursor.take("partition of") {
            effects.name(cursor.name(), AccessExclusive);
        }
    }
    let mut cursor = Cursor(tokens);
    while cursor.skip_to("as") {
        cursor.symbol('(');
        if cursor.clone().take_any(&["select", "with", "table", "values"]).is_some() {
            effects.rows(cursor.0);
            effects.calls(cursor.0);
        }
    }
}

pub(super) fn drop(effects: &mut Effects, mut cursor: Cursor<'_>) {
    let kind = cursor.take_any(&["table", "view", "materialized view", "index", "trigger", "policy", "rule"]);
    let mode = if cursor.take("concurrently") { ShareUpdateExclusive } else { AccessExclusive };
    cursor.take("if exists");
    match kind {
        Some("trigger" | "policy" | "rule") => effects.on(cursor, mode),
        Some("index") => {
            let indexes = names(&mut cursor).into_iter();
            effects.locks.extend(indexes.map(|index| (On::TableOfIndex(index), mode)));
        }
        Some(kind) => {
            for table in names(&mut cursor) {
                if kind == "table" {
                    effects.locks.push((On::ReferredTo(table.clone(), Keys::All), mode));
                    effects.locks.push((On::Referring(table.clone(), Keys::All), mode));
                }
                effects.table(table, mode);
            }
        }
        None if cursor.take("type") => {}
        None => effects.apart(cursor),
    }
    effects.cascade(cursor);
}

pub(super) fn comment(effects: &mut Effects, mut cursor: Cursor<'_>) {
    cursor.take("on");
    match cursor.take_any(&["table", "view", "materialized view", "column", "constraint", "trigger", "policy", "rule"])
    {
        Some("column") => {
            let parts: Vec<_> = std::iter::from_fn(|| {
                cursor.symbol('.');
                cursor.identifier().filter(|word| word != "is")
            })
            .collect();
            // schema.table.column
            let mut parts = parts.into_iter().rev().skip(1);
            let (table, schema) = (parts.next(), parts.next());
            effects.name(table.map(|name| Name { schema, name }), ShareUpdateExclusive);
        }
        Some("constraint" | "trigger" | "policy" | "rule") => {
            cursor.skip_to("on");
            if !cursor.take("domain") {
                effects.name(cursor.name(), AccessShare);
            }
        }
        Some(_) => effects.name(cursor.name(), ShareUpdateExclusive),
        None => {}
    }
}

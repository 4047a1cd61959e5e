//! Which locks a statement takes on tables, told from its text by what PostgreSQL documents for each command.

mod definitions;

use strum::Display;

use super::statements::{Cursor, Name, Statement, Token};
use definitions::{alter, comment, create, drop};

/// PostgreSQL's table locks, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Display)]
pub enum LockMode {
    /// Reading.
    #[strum(to_string = "ACCESS SHARE")]
    AccessShare,
    /// Locking rows, as foreign keys do in the table that they refer to.
    #[strum(to_string = "ROW SHARE")]
    RowShare,
    /// Writing rows.
    #[strum(to_string = "ROW EXCLUSIVE")]
    RowExclusive,
    /// Everybody may go on; one such statement at a time.
    #[strum(to_string = "SHARE UPDATE EXCLUSIVE")]
    ShareUpdateExclusive,
    /// Nobody else writes.
    #[strum(to_string = "SHARE")]
    Share,
    /// Nobody else writes; one such statement at a time.
    #[strum(to_string = "SHARE ROW EXCLUSIVE")]
    ShareRowExclusive,
    /// Others may read without locking rows.
    #[strum(to_string = "EXCLUSIVE")]
    Exclusive,
    /// Nobody else reads or writes.
    #[strum(to_string = "ACCESS EXCLUSIVE")]
    AccessExclusive,
}

impl LockMode {
    /// What others must wait with.
    pub fn blocks(self) -> &'static str {
        match self {
            Self::AccessShare | Self::RowShare | Self::RowExclusive | Self::ShareUpdateExclusive => {
                "others read and write"
            }
            Self::Share | Self::ShareRowExclusive | Self::Exclusive => "nobody writes",
            Self::AccessExclusive => "nobody reads or writes",
        }
    }
}

/// What a statement locks and calls, by the names in its text.
#[derive(Default)]
pub(super) struct Effects {
    pub locks: Vec<(On, LockMode)>,
    /// Functions that it may run; most are PostgreSQL's own.
    pub calls: Vec<Name>,
    /// Its queries are read and kept, and not run: nothing behind the tables is touched.
    pub is_definition: bool,
    /// Why more can't be told.
    pub untold: Vec<&'static str>,
}

/// Which tables are locked; the catalog knows them.
pub(super) enum On {
    Table(Name),
    /// The table, and its triggers run.
    Rows(Name),
    /// The table, if the name is one: in a query it may be many other things.
    Read(Name),
    TableOfIndex(Name),
    /// The tables that keys of this one refer to.
    ReferredTo(Name, Keys),
    /// The tables with keys that refer to this one.
    Referring(Name, Keys),
    /// The tables with columns of this domain.
    ColumnsOfDomain(Name),
}

/// Which foreign keys.
pub(super) enum Keys {
    All,
    Named(String),
    WithColumn(Vec<String>),
}

impl Keys {
    /// Whether the key of this name and these columns is one of them.
    pub fn hold(&self, key: &str, columns: &[String]) -> bool {
        match self {
            Self::All => true,
            Self::Named(name) => name == key,
            Self::WithColumn(names) => names.iter().any(|name| columns.contains(name)),
        }
    }
}

use LockMode::{
    AccessExclusive, AccessShare, Exclusive, RowExclusive, RowShare, Share, ShareRowExclusive, ShareUpdateExclusive,
};

const CODE: &str = "what its code does can't be told from here";
const CASCADE: &str = "CASCADE: what depends on it can't be told from here";
const UNKNOWN: &str = "what such a statement locks is not known here";
const INDEX: &str = "ACCESS EXCLUSIVE on the index, so who reads the table waits as well";

/// Reads one statement.
pub(super) fn effects(statement: &Statement<'_>) -> Effects {
    let mut effects = Effects::default();
    let mut cursor = statement.cursor();
    let first = match cursor.identifier() {
        Some(word) => word,
        // `(select …)`
        None => "select".to_owned(),
    };
    match first.as_str() {
        "alter" => alter(&mut effects, cursor),
        "create" => create(&mut effects, cursor, statement),
        "drop" => drop(&mut effects, cursor),
        "comment" => comment(&mut effects, cursor),
        "select" | "with" | "insert" | "update" | "delete" | "merge" | "values" | "explain" | "table" => {
            effects.rows(&statement.tokens);
            effects.calls(&statement.tokens);
        }
        "truncate" => {
            cursor.take("table");
            effects.locks.extend(names(&mut cursor).into_iter().map(|table| (On::Rows(table), AccessExclusive)));
            effects.cascade(cursor);
        }
        "lock" => lock(&mut effects, cursor),
        "reindex" => reindex(&mut effects, cursor),
        "refresh" => {
            let mode = match (cursor.take("materialized view"), cursor.take("concurrently")) {
                (_, true) => Exclusive,
                _ => AccessExclusive,
            };
            effects.name(cursor.name(), mode);
            effects.untold.push("the tables that the view reads: ACCESS SHARE");
        }
        "cluster" => effects.name(cursor.name(), AccessExclusive),
        "vacuum" | "analyze" => maintenance(&mut effects, cursor),
        "do" | "call" | "execute" => effects.untold.push(CODE),
        "grant" | "revoke" => rights(&mut effects, cursor),
        "set" | "reset" | "show" | "notify" | "deallocate" | "discard" => {}
        _ => effects.untold.push(UNKNOWN),
    }
    effects
}

impl Effects {
    fn table(&mut self, table: Name, mode: LockMode) {
        self.locks.push((On::Table(table), mode));
    }

    fn name(&mut self, table: Option<Name>, mode: LockMode) {
        match table {
            Some(table) => self.table(table, mode),
            None => self.untold.push(UNKNOWN),
        }
    }

    /// The table behind the next ON.
    fn on(&mut self, mut cursor: Cursor<'_>, mode: LockMode) {
        cursor.skip_to("on");
        cursor.take("only");
        self.name(cursor.name(), mode);
    }

    fn cascade(&mut self, mut cursor: Cursor<'_>) {
        if cursor.skip_to("cascade") {
            self.untold.push(CASCADE);
        }
    }

    /// What reads and writes rows: queries, INSERT, UPDATE, DELETE, MERGE, also inside of WITH.
    fn rows(&mut self, tokens: &[Token]) {
        let is_locking = ["for update", "for share", "for no key update", "for key share"];
        let locks_rows = (0..tokens.len()).any(|at| Cursor(&tokens[at..]).take_any(&is_locking).is_some());
        let mut previous = None;
        for (at, token) in tokens.iter().enumerate() {
            let mut cursor = Cursor(&tokens[at..]);
            let follows = |words: &[&str]| previous.is_some_and(|last: &Token| words.iter().any(|word| last.is(word)));
            if cursor.take_any(&["insert into", "merge into"]).is_some() {
                let columns = inserted(cursor);
                let keys = || if columns.is_empty() { Keys::All } else { Keys::WithColumn(columns.clone()) };
                self.write(cursor, |table| [(On::ReferredTo(table, keys()), RowShare)].into());
            } else if cursor.take("delete from") {
                self.write(cursor, |table| [(On::Referring(table, Keys::All), RowShare)].into());
            } else if !follows(&["for", "key", "do", "on", "or", "then"]) && cursor.take("update") {
                let set = assigned(cursor);
                self.write(cursor, |table| {
                    let keys = |columns: &[String]| Keys::WithColumn(columns.to_vec());
                    let referring = On::Referring(table.clone(), keys(&set));
                    [(On::ReferredTo(table, keys(&set)), RowShare), (referring, RowShare)].into()
                });
            } else if follows(&["from", "join", "using", "only", "table"])
                || matches!(previous, Some(Token::Symbol(',' | '(')))
            {
                let name = cursor.name().filter(|_| !cursor.symbol('('));
                self.locks.extend(name.map(|name| (On::Read(name), if locks_rows { RowShare } else { AccessShare })));
            }
            previous = Some(token);
        }
    }

    fn write(&mut self, mut cursor: Cursor<'_>, keys: impl Fn(Name) -> Vec<(On, LockMode)>) {
        cursor.take("only");
        if let Some(table) = cursor.name() {
            self.locks.extend(keys(table.clone()));
            self.locks.push((On::Rows(table), RowExclusive));
        }
    }

    fn calls(&mut self, tokens: &[Token]) {
        for at in 0..tokens.len() {
            let mut cursor = Cursor(&tokens[at..]);
            self.calls.extend(cursor.name().filter(|_| cursor.symbol('(')));
        }
    }

    /// REFERENCES, in the definition of a table or column: the other tables are locked as well.
    fn references(&mut self, tokens: &[Token], own: &Name) {
        let others = names_after("references", tokens).into_iter().filter(|other| other != own);
        self.locks.extend(others.map(|other| (On::Table(other), ShareRowExclusive)));
    }
}

/// The name behind each of these words.
pub(super) fn names_after(words: &str, tokens: &[Token]) -> Vec<Name> {
    let mut cursor = Cursor(tokens);
    let mut names = Vec::new();
    while cursor.skip_to(words) {
        names.extend(cursor.name());
    }
    names
}

/// What stands between the commas that are in no parentheses.
fn split_at_commas(tokens: &[Token]) -> Vec<&[Token]> {
    let mut depth = 0_usize;
    let is_comma = |token: &Token| {
        match token {
            Token::Symbol('(') => depth += 1,
            Token::Symbol(')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && *token == Token::Symbol(',')
    };
    tokens.split(is_comma).collect()
}

/// The columns that INSERT INTO names, if it does.
fn inserted(mut cursor: Cursor<'_>) -> Vec<String> {
    cursor.name();
    let mut columns = Vec::new();
    if cursor.symbol('(') {
        while let Some(column) = cursor.identifier() {
            columns.push(column);
            cursor.symbol(',');
        }
    }
    columns
}

/// The columns that UPDATE … SET assigns.
fn assigned(mut cursor: Cursor<'_>) -> Vec<String> {
    cursor.skip_to("set");
    let end = cursor.0.iter().position(|token| token.is("where")).unwrap_or(cursor.0.len());
    let columns = cursor.0[..end].windows(2).filter_map(|pair| match pair {
        [Token::Word(column) | Token::Name(column), Token::Symbol('=')] => Some(column.clone()),
        _ => None,
    });
    columns.collect()
}

/// Names with commas between them.
fn names(cursor: &mut Cursor<'_>) -> Vec<Name> {
    let mut names = Vec::new();
    loop {
        cursor.take("only");
        names.extend(cursor.name());
        cursor.symbol('*');
        if !cursor.symbol(',') {
            return names;
        }
    }
}

/// Tables are locked since PostgreSQL 18; what else rights are on, is none.
fn rights(effects: &mut Effects, mut cursor: Cursor<'_>) {
    const OTHERS: [&str; 14] = [
        "all",
        "database",
        "domain",
        "foreign",
        "function",
        "language",
        "large",
        "parameter",
        "procedure",
        "routine",
        "schema",
        "sequence",
        "tablespace",
        "type",
    ];
    if cursor.skip_to("on") && cursor.take_any(&OTHERS).is_none() {
        cursor.take("table");
        effects.locks.extend(names(&mut cursor).into_iter().map(|table| (On::Table(table), AccessShare)));
    }
}

fn lock(effects: &mut Effects, mut cursor: Cursor<'_>) {
    cursor.take("table");
    let tables = names(&mut cursor);
    cursor.take("in");
    let mode = match cursor.take_any(&[
        "access share",
        "row share",
        "row exclusive",
        "share update exclusive",
        "share row exclusive",
        "share",
        "exclusive",
    ]) {
        Some("access share") => AccessShare,
        Some("row share") => RowShare,
        Some("row exclusive") => RowExclusive,
        Some("share update exclusive") => ShareUpdateExclusive,
        Some("share row exclusive") => ShareRowExclusive,
        Some("share") => Share,
        Some("exclusive") => Exclusive,
        _ => AccessExclusive,
    };
    for table in tables {
        // What a view reads is locked with it.
        effects.locks.push((On::Read(table.clone()), mode));
        effects.table(table, mode);
    }
}

/// Not CONCURRENTLY, which is refused.
fn reindex(effects: &mut Effects, mut cursor: Cursor<'_>) {
    options(&mut cursor);
    match (cursor.take_any(&["table", "index"]), cursor.name()) {
        (Some("table"), table) => effects.name(table, Share),
        (Some(_), Some(index)) => effects.locks.push((On::TableOfIndex(index), Share)),
        _ => return effects.untold.push(UNKNOWN),
    }
    effects.untold.push(INDEX);
}

fn maintenance(effects: &mut Effects, mut cursor: Cursor<'_>) {
    let mut is_full = options(&mut cursor);
    while let Some(option) = cursor.take_any(&["full", "freeze", "verbose", "analyze"]) {
        is_full = is_full || option == "full";
    }
    let mode = if is_full { AccessExclusive } else { ShareUpdateExclusive };
    if cursor.0.is_empty() {
        effects.untold.push("every table, one after the other");
        return;
    }
    for table in split_at_commas(cursor.0) {
        let mut cursor = Cursor(table);
        cursor.take("only");
        effects.name(cursor.name(), mode);
    }
}

/// Skips options in parentheses; whether FULL is one of them.
fn options(cursor: &mut Cursor<'_>) -> bool {
    let end = cursor.0.iter().position(|token| *token == Token::Symbol(')'));
    match end {
        Some(end) if cursor.symbol('(') => {
            let is_full = Cursor(&cursor.0[..end - 1]).skip_to("full");
            cursor.0 = &cursor.0[end..];
            is_full
        }
        _ => false,
    }
}

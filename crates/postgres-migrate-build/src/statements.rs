//! Splits SQL into statements, read as psql reads it.

/// Where one statement stands in a text of SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Statement {
    /// Its first line, from 1.
    pub line: usize,
    /// The byte of its first token.
    pub start: usize,
    /// The byte behind its last token; the semicolon is not a part of it.
    pub end: usize,
}

impl Statement {
    /// Its text in the SQL that was split.
    pub fn of(self, sql: &str) -> &str {
        sql.get(self.start..self.end).unwrap_or_default()
    }
}

/// A part of a statement; space and comments are none.
enum Token {
    /// A keyword or a bare name, its ASCII letters in lower case, as PostgreSQL folds names in UTF-8.
    Word(String),
    /// Anything between quotes or dollars; whether it is a text, which `E''` before it may have put into its own mode.
    Quoted { is_text: bool },
    /// A character of anything else.
    Symbol(char),
}

/// The bare words of a statement in lower case: keywords and names outside of quotes and comments.
pub fn words(sql: &str) -> impl Iterator<Item = String> {
    let (mut at, mut escapes) = (0, false);
    std::iter::from_fn(move || {
        while at < sql.len() {
            let rest = &sql[at..];
            let (length, token) = token(rest, escapes);
            escapes = goes_on_escaping(rest, token.as_ref(), escapes);
            at += length;
            if let Some(Token::Word(word)) = token {
                return Some(word);
            }
        }
        None
    })
}

/// Splits at the semicolons that are in no quote, comment, parenthesis (CREATE RULE has some there) or `begin atomic …
/// end` of a routine.
pub fn split(sql: &str) -> Vec<Statement> {
    let mut found = Vec::new();
    let (mut line, mut at) = (1, 0);
    let mut current: Option<Statement> = None;
    let mut parentheses = 0_usize;
    let mut bodies = Bodies::default();
    let mut escapes = false;
    while at < sql.len() {
        let rest = &sql[at..];
        let (length, token) = token(rest, escapes);
        escapes = goes_on_escaping(rest, token.as_ref(), escapes);
        match &token {
            Some(Token::Symbol('(')) => parentheses += 1,
            Some(Token::Symbol(')')) => parentheses = parentheses.saturating_sub(1),
            _ => {}
        }
        if matches!(token, Some(Token::Symbol(';'))) && parentheses == 0 && bodies.open == 0 {
            found.extend(current.take());
            bodies = Bodies::default();
        } else if let Some(token) = &token {
            bodies.see(token);
            let end = at + length;
            current = Some(Statement { end, ..current.unwrap_or(Statement { line, start: at, end }) });
        }
        line += rest[..length].matches('\n').count();
        at += length;
    }
    found.extend(current);
    found
}

/// The bodies of a routine in standard SQL, where semicolons end no statement.
#[derive(Default)]
struct Bodies {
    /// How many `begin atomic` and, inside of it, `case` wait for their `end`.
    open: usize,
    /// The first words, as far as they tell whether the statement makes a routine.
    first: Vec<String>,
    /// The last token, if it was a word or a dot.
    last: String,
}

impl Bodies {
    fn see(&mut self, token: &Token) {
        let last = std::mem::take(&mut self.last);
        let word = match token {
            Token::Word(word) => word.as_str(),
            Token::Symbol('.') => ".",
            Token::Symbol(_) | Token::Quoted { .. } => return,
        };
        // `as end` and `x.end` are names.
        if last != "as" && last != "." {
            match word {
                "atomic" if last == "begin" && self.makes_routine() => self.open = 1,
                "case" if self.open > 0 => self.open += 1,
                "end" if self.open > 0 => self.open -= 1,
                _ => {}
            }
        }
        if self.first.len() < 4 {
            self.first.push(word.to_owned());
        }
        self.last = word.to_owned();
    }

    fn makes_routine(&self) -> bool {
        let first: Vec<&str> = self.first.iter().map(String::as_str).collect();
        matches!(
            first[..],
            ["create", "function" | "procedure", ..] | ["create", "or", "replace", "function" | "procedure"]
        )
    }
}

/// Whether a quoted text that comes next goes on in the mode of the `E''` before it: only texts may stand in between.
fn goes_on_escaping(rest: &str, token: Option<&Token>, escapes: bool) -> bool {
    match token {
        Some(Token::Quoted { is_text: true }) => escapes || rest.starts_with(['e', 'E']),
        Some(_) => false,
        None => escapes,
    }
}

/// What a bare name starts with. All that is not ASCII, be it a space, is a letter to PostgreSQL.
fn is_letter(character: char) -> bool {
    character.is_ascii_alphabetic() || character == '_' || !character.is_ascii()
}

/// The length of what `text` starts with, which is not empty, and the token if it is one.
fn token(text: &str, escapes: bool) -> (usize, Option<Token>) {
    let Some(first) = text.chars().next() else { return (0, None) };
    match first {
        '-' if text.starts_with("--") => (text.find(['\n', '\r']).unwrap_or(text.len()), None),
        '/' if text.starts_with("/*") => (comment(text), None),
        '\'' => (quoted(text, '\'', escapes), Some(Token::Quoted { is_text: true })),
        'e' | 'E' if text[1..].starts_with('\'') => {
            (1 + quoted(&text[1..], '\'', true), Some(Token::Quoted { is_text: true }))
        }
        '"' => (quoted(text, '"', false), Some(Token::Quoted { is_text: false })),
        '$' => dollar_quoted(text),
        letter if is_letter(letter) => {
            let end = text.find(|next: char| !(is_letter(next) || next.is_ascii_digit() || next == '$'));
            let length = end.unwrap_or(text.len());
            (length, Some(Token::Word(text[..length].to_ascii_lowercase())))
        }
        space if space.is_whitespace() => (space.len_utf8(), None),
        other => (other.len_utf8(), Some(Token::Symbol(other))),
    }
}

/// The length of a comment, which may hold others.
fn comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The length of a text or name in quotes; a doubled quote is a part of it. PostgreSQL refuses one that doesn't end.
fn quoted(text: &str, quote: char, escapes: bool) -> usize {
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character == quote && characters.next_if(|(_, next)| *next == quote).is_none() {
            return at + 1;
        }
        if character == '\\' && escapes {
            characters.next();
        }
    }
    text.len()
}

/// `$tag$ … $tag$`; a dollar that starts none is a symbol.
fn dollar_quoted(text: &str) -> (usize, Option<Token>) {
    const SYMBOL: (usize, Option<Token>) = (1, Some(Token::Symbol('$')));
    let Some(end) = text[1..].find('$') else { return SYMBOL };
    let (tag, rest) = text.split_at(end + 2);
    let name = &tag[1..=end];
    if !name.chars().all(|character| is_letter(character) || character.is_ascii_digit())
        || name.starts_with(|first: char| first.is_ascii_digit())
    {
        return SYMBOL;
    }
    let length = rest.find(tag).map_or(text.len(), |close| close + 2 * tag.len());
    (length, Some(Token::Quoted { is_text: true }))
}

#[cfg(test)]
mod tests;

//! SQL as statements and tokens, read as psql reads it. The build script includes this file.

/// One SQL statement.
pub struct Statement<'a> {
    /// Where it starts, from 1.
    pub line: usize,
    /// From its first token to its last.
    pub text: &'a str,
    pub tokens: Vec<Token>,
}

/// A part of a statement; space and comments are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A keyword or a bare name, its ASCII letters in lower case, as PostgreSQL folds names in UTF-8.
    Word(String),
    /// What stands between double quotes.
    Name(String),
    /// What stands between quotes or dollars, as it is written.
    Text(String),
    /// A character of anything else.
    Symbol(char),
}

impl Token {
    pub fn is(&self, word: &str) -> bool {
        matches!(self, Self::Word(own) if own == word)
    }
}

/// Splits at the semicolons that are in no quote, comment, parenthesis (CREATE RULE has some there) or `begin atomic …
/// end` of a routine.
pub fn statements(sql: &str) -> Vec<Statement<'_>> {
    let mut found = Vec::new();
    let mut tokens: Vec<Token> = Vec::new();
    let (mut line, mut at) = (1, 0);
    let mut start: Option<(usize, usize)> = None;
    let mut end = 0;
    let mut parentheses = 0_usize;
    // How many `begin atomic` and, inside of it, `case` wait for their `end`.
    let mut bodies = 0_usize;
    // Whether a quoted text goes on in the mode of an E'' before it.
    let mut escapes = false;
    while at < sql.len() {
        let rest = &sql[at..];
        let (length, token) = token(rest, escapes);
        let is_end = token == Some(Token::Symbol(';')) && parentheses == 0 && bodies == 0;
        match &token {
            Some(Token::Text(_)) => escapes = escapes || rest.starts_with(['e', 'E']),
            Some(_) => escapes = false,
            None => {}
        }
        match &token {
            Some(Token::Symbol('(')) => parentheses += 1,
            Some(Token::Symbol(')')) => parentheses = parentheses.saturating_sub(1),
            // `as end` and `x.end` are names.
            Some(Token::Word(word))
                if !tokens.last().is_some_and(|last| last.is("as") || *last == Token::Symbol('.')) =>
            {
                match word.as_str() {
                    "atomic" if tokens.last().is_some_and(|last| last.is("begin")) && makes_routine(&tokens) => {
                        bodies = 1;
                    }
                    "case" if bodies > 0 => bodies += 1,
                    "end" if bodies > 0 => bodies -= 1,
                    _ => {}
                }
            }
            _ => {}
        }
        if is_end {
            found.extend(start.take().map(|(line, start)| Statement {
                line,
                text: &sql[start..end],
                tokens: std::mem::take(&mut tokens),
            }));
        } else if let Some(token) = token {
            start.get_or_insert((line, at));
            tokens.push(token);
            end = at + length;
        }
        line += rest[..length].matches('\n').count();
        at += length;
    }
    found.extend(start.map(|(line, start)| Statement { line, text: &sql[start..end], tokens }));
    found
}

fn makes_routine(tokens: &[Token]) -> bool {
    let mut cursor = Cursor(tokens);
    cursor.take("create") && {
        cursor.take("or replace");
        cursor.take_any(&["function", "procedure"]).is_some()
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
        '\'' => quoted(text, '\'', escapes, Token::Text),
        'e' | 'E' if text[1..].starts_with('\'') => {
            let (length, token) = quoted(&text[1..], '\'', true, Token::Text);
            (length + 1, token)
        }
        '"' => quoted(text, '"', false, Token::Name),
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

/// A text or name in quotes; a doubled quote is a part of it. PostgreSQL refuses one that doesn't end.
fn quoted(text: &str, quote: char, escapes: bool, token: fn(String) -> Token) -> (usize, Option<Token>) {
    let mut content = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character == quote && characters.next_if(|(_, next)| *next == quote).is_none() {
            return (at + 1, Some(token(content)));
        }
        content.push(character);
        if character == '\\' && escapes {
            content.extend(characters.next().map(|(_, escaped)| escaped));
        }
    }
    (text.len(), Some(token(content)))
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
    match rest.find(tag) {
        Some(close) => (close + 2 * tag.len(), Some(Token::Text(rest[..close].to_owned()))),
        None => (text.len(), Some(Token::Text(rest.to_owned()))),
    }
}

/// The name of a table, view, index or function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    pub schema: Option<String>,
    pub name: String,
}

/// CREATE INDEX.
pub struct Index<'a> {
    pub is_unique: bool,
    pub is_concurrent: bool,
    /// As SQL; `None` where it is left to PostgreSQL.
    pub name: Option<String>,
    /// As SQL; `None` where one of the names can't be read: `U&"…"`, or a mistake.
    pub table: Option<String>,
    /// What stands behind the table.
    pub rest: &'a [Token],
}

/// Reads tokens from left to right.
#[derive(Clone, Copy)]
pub struct Cursor<'a>(pub &'a [Token]);

impl Cursor<'_> {
    /// Takes these words if they are next.
    pub fn take(&mut self, words: &str) -> bool {
        let mut rest = self.0;
        for word in words.split(' ') {
            match rest.split_first() {
                Some((first, after)) if first.is(word) => rest = after,
                _ => return false,
            }
        }
        self.0 = rest;
        true
    }

    /// Takes the one of these words that is next.
    pub fn take_any<'w>(&mut self, words: &[&'w str]) -> Option<&'w str> {
        words.iter().find(|word| self.take(word)).copied()
    }

    /// Takes a symbol if it is next.
    pub fn symbol(&mut self, symbol: char) -> bool {
        match self.0.split_first() {
            Some((Token::Symbol(first), rest)) if *first == symbol => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    /// Takes a name.
    pub fn identifier(&mut self) -> Option<String> {
        match self.0.split_first() {
            Some((Token::Word(name) | Token::Name(name), rest)) => {
                self.0 = rest;
                Some(name.clone())
            }
            _ => None,
        }
    }

    /// Takes a name that may have a schema in front.
    pub fn name(&mut self) -> Option<Name> {
        let first = self.identifier()?;
        match self.symbol('.') {
            true => self.identifier().map(|name| Name { schema: Some(first), name }),
            false => Some(Name { schema: None, name: first }),
        }
    }

    /// Takes a name with any schema in front, as it is to be written in SQL.
    fn written_name(&mut self) -> Option<String> {
        let mut written = String::new();
        loop {
            match self.0.first() {
                Some(Token::Word(name)) => written.push_str(name),
                Some(Token::Name(name)) => written.push_str(&format!("\"{}\"", name.replace('"', "\"\""))),
                _ => return None,
            }
            self.0 = &self.0[1..];
            if !self.symbol('.') {
                return Some(written);
            }
            written.push('.');
        }
    }

    /// Goes to what stands behind the next such words.
    pub fn skip_to(&mut self, words: &str) -> bool {
        for at in 0..self.0.len() {
            let mut rest = Self(&self.0[at..]);
            if rest.take(words) {
                *self = rest;
                return true;
            }
        }
        false
    }
}

impl Statement<'_> {
    pub fn cursor(&self) -> Cursor<'_> {
        Cursor(&self.tokens)
    }

    /// The index that it makes, if it is CREATE INDEX.
    pub fn index(&self) -> Option<Index<'_>> {
        let mut cursor = self.cursor();
        if !cursor.take("create") {
            return None;
        }
        let is_unique = cursor.take("unique");
        if !cursor.take("index") {
            return None;
        }
        let is_concurrent = cursor.take("concurrently");
        cursor.take("if not exists");
        let name = if cursor.0.first().is_some_and(|next| next.is("on")) { None } else { cursor.written_name() };
        let is_plain = cursor.take("on");
        cursor.take("only");
        let table = cursor.written_name().filter(|_| {
            is_plain
                && (cursor.0.first() == Some(&Token::Symbol('(')) || cursor.0.first().is_some_and(|t| t.is("using")))
        });
        Some(Index { is_unique, is_concurrent, name, table, rest: cursor.0 })
    }

    /// The index that it makes CONCURRENTLY.
    pub fn concurrent_index(&self) -> Option<Index<'_>> {
        self.index().filter(|index| index.is_concurrent)
    }
}

#[cfg(test)]
#[path = "statements/tests.rs"] // Where the build script includes this file, it looks elsewhere.
mod tests;

//! What a migration's files must hold. The build script includes this file, so that a mistake stops the build; the
//! program checks a directory of migrations with it.

/// The files of one migration.
pub struct Files<'a> {
    /// The folder's name.
    pub name: &'a str,
    pub up: Option<&'a str>,
    pub down: Option<&'a str>,
    pub metadata: Option<&'a str>,
}

/// The first mistake, with the file and what to do about it.
pub fn check(migrations: &[Files<'_>]) -> Result<(), String> {
    for (index, migration) in migrations.iter().enumerate() {
        let version = version(migration.name);
        if let Some(other) = migrations.iter().take(index).find(|other| self::version(other.name) == version) {
            return Err(format!("migrations {} and {} have the same version; rename one", other.name, migration.name));
        }
        check_files(migration).map_err(|mistake| format!("migration {}: {mistake}", migration.name))?;
    }
    Ok(())
}

/// What the ledger holds: the folder's name up to the first `_`, without hyphens.
pub fn version(name: &str) -> String {
    name.split('_').next().unwrap_or_default().replace('-', "")
}

fn check_files(migration: &Files<'_>) -> Result<(), String> {
    let in_transaction = match migration.metadata {
        // Diesel reads a file without this key, or with a misspelled one, as "outside a transaction".
        Some(metadata) => run_in_transaction(metadata).ok_or(
            "metadata.toml does not say run_in_transaction; it must hold one line, `run_in_transaction = true` or \
             `= false`; correct it or delete the file",
        )?,
        None => true,
    };
    let up = statements(migration.up.ok_or("up.sql is missing")?);
    if up.is_empty() {
        return Err("up.sql has no statement".to_owned());
    }
    let down = migration.down.map(str::trim).filter(|text| !text.is_empty());
    let down = statements(down.ok_or("down.sql is missing or empty; a comment may say that there is nothing to undo")?);
    for (file, statements) in [("up.sql", up), ("down.sql", down)] {
        if let Some(statement) = statements.iter().find(|statement| statement.controls_transaction()) {
            return Err(format!(
                "{file}, line {}: it begins or ends a transaction, which the runner does; take {} out",
                statement.line,
                statement.words[0].to_uppercase()
            ));
        }
        if !in_transaction && statements.len() > 1 {
            return Err(format!(
                "{file}, line {}: a second statement in a migration that runs outside a transaction; PostgreSQL would \
                 run both in one; make it a migration of its own",
                statements[1].line
            ));
        }
    }
    Ok(())
}

/// The value in `metadata.toml`; `None` where it says anything else.
pub fn run_in_transaction(metadata: &str) -> Option<bool> {
    let lines = metadata.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    let [line] = lines[..] else { return None };
    match line.split_once('=')? {
        (key, value) if key.trim() == "run_in_transaction" => value.trim().parse().ok(),
        _ => None,
    }
}

/// One SQL statement.
struct Statement {
    /// Where it starts, from 1.
    line: usize,
    /// Its words outside of quotes and comments, in lower case.
    words: Vec<String>,
}

impl Statement {
    fn controls_transaction(&self) -> bool {
        let words: Vec<&str> = self.words.iter().take(2).map(String::as_str).collect();
        matches!(
            words[..],
            ["begin" | "commit" | "rollback" | "abort" | "end" | "savepoint" | "release", ..]
                | ["start" | "prepare", "transaction"]
        )
    }
}

/// Splits at the semicolons that are in no quote, no comment and no `begin atomic … end` of a function.
fn statements(sql: &str) -> Vec<Statement> {
    let mut found = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let (mut line, mut start) = (1, None);
    // How many `begin atomic` and, inside of it, `case` wait for their `end`.
    let mut depth = 0_usize;
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let (length, is_text) = match first {
            '-' if rest.starts_with("--") => (rest.find('\n').unwrap_or(rest.len()), false),
            '/' if rest.starts_with("/*") => (comment(rest), false),
            '\'' => {
                let escapes =
                    words.last().is_some_and(|word| word == "e") && sql[..sql.len() - rest.len()].ends_with(['e', 'E']);
                (quoted(rest, '\'', escapes), true)
            }
            '"' => (quoted(rest, '"', false), true),
            '$' => (dollar_quoted(rest), true),
            letter if letter.is_alphabetic() || letter == '_' => {
                let end = rest.find(|next: char| !(next.is_alphanumeric() || next == '_' || next == '$'));
                let length = end.unwrap_or(rest.len());
                let word = rest[..length].to_lowercase();
                match word.as_str() {
                    "atomic" if words.last().is_some_and(|last| last == "begin") => depth = 1,
                    "case" if depth > 0 => depth += 1,
                    "end" if depth > 0 => depth -= 1,
                    _ => {}
                }
                words.push(word);
                (length, true)
            }
            _ => (first.len_utf8(), !first.is_whitespace() && first != ';'),
        };
        if is_text {
            start.get_or_insert(line);
        }
        if first == ';' && depth == 0 {
            found.extend(start.take().map(|line| Statement { line, words: std::mem::take(&mut words) }));
        }
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    found.extend(start.map(|line| Statement { line, words }));
    found
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

/// The length of a quoted text; a doubled quote is two quoted texts, which does no harm.
fn quoted(text: &str, quote: char, escapes: bool) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' if escapes => escaped = true,
            _ if character == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of `$tag$ … $tag$`; one for a dollar that starts none.
fn dollar_quoted(text: &str) -> usize {
    let Some(end) = text[1..].find('$') else { return 1 };
    let tag = &text[..end + 2];
    let name = &tag[1..=end];
    if !name.chars().all(|character| character.is_alphanumeric() || character == '_')
        || name.starts_with(|first: char| first.is_ascii_digit())
    {
        return 1;
    }
    text[tag.len()..].find(tag).map_or(text.len(), |close| close + 2 * tag.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistake(up: &str, down: &str, metadata: Option<&str>) -> String {
        let files = Files { name: "2026-01-01-000000_x", up: Some(up), down: Some(down), metadata };
        check(&[files]).err().unwrap_or_default()
    }

    #[test]
    fn semicolons_in_quotes_comments_and_bodies_end_no_statement() {
        let sql = "
            select ';', E'\\';', \";\", $$;$$, $tag$ $$ ; $tag$, $1; -- ;
            /* ; /* ; */ ; */
            create function f() returns int begin atomic select case when true then 1 else 2 end; select 2; end;
            do $$ begin null; end $$";
        let lines: Vec<usize> = statements(sql).iter().map(|statement| statement.line).collect();
        assert_eq!(lines, [2, 4, 5]);
    }

    #[test]
    fn transaction_commands_are_found_where_they_are_statements() {
        for command in ["begin", "COMMIT", "rollback", "start transaction", "end", "abort", "savepoint a", "release a"]
        {
            let text = mistake(&format!("select 1;\n{command};"), "select 1", None);
            assert!(text.contains("up.sql, line 2: it begins or ends a transaction"), "{command}: {text}");
        }
        assert_eq!(mistake("do $$ begin commit; end $$", "-- begin", None), "");
        assert_eq!(mistake("create table begin_here (x int)", "drop table begin_here", None), "");
        assert!(mistake("select 1", "commit", None).contains("down.sql, line 1"));
    }

    #[test]
    fn files_that_would_be_misread_are_refused() {
        let outside = Some("run_in_transaction = false");
        assert_eq!(mistake("create index concurrently a on b (c);", "drop index concurrently a", outside), "");
        assert!(mistake("select 1;\n\nselect 2", "select 1", outside).contains("up.sql, line 3: a second statement"));
        for metadata in ["", "run_in_transaktion = true", "run_in_transaction = false\nx = 1", "run_in_transaction = 0"]
        {
            assert!(
                mistake("select 1", "select 1", Some(metadata)).contains("metadata.toml does not say"),
                "{metadata}"
            );
        }
        assert!(mistake("-- later\n/* ; */ ;", "select 1", None).contains("up.sql has no statement"));
        assert!(mistake("select 1", " \n", None).contains("down.sql is missing or empty"));
        let file = |name| Files { name, up: Some("select 1"), down: Some("select 1"), metadata: None };
        let text = check(&[file("2026-01-01-000000_a"), file("20260101000000_b")]).err().unwrap_or_default();
        assert!(text.contains("have the same version"), "{text}");
    }
}

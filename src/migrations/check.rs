//! What a migration's files must hold. The build script includes this file, so that a mistake stops the build; the
//! program checks a directory of migrations with it.

use std::{fs, io::ErrorKind, path::Path};

use super::statements::{Statement, Token, statements};

/// The files of one migration.
pub struct Files<'a> {
    /// The folder's name.
    pub name: &'a str,
    pub up: Option<&'a str>,
    pub down: Option<&'a str>,
    pub metadata: Option<&'a str>,
}

/// One file of a migration's folder, if it is there; its name counts as Linux reads it, whatever this system does.
pub fn read(folder: &Path, file: &str) -> Result<Option<String>, String> {
    let failed = |error| format!("cannot read {}: {error}", folder.join(file).display());
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        if name != file && name.eq_ignore_ascii_case(file) {
            return Err(format!("{}: its name must be {file}, in lower case", folder.join(name).display()));
        }
    }
    match fs::read_to_string(folder.join(file)) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        text => text.map(Some).map_err(failed),
    }
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

/// How many characters of a version Diesel's ledger has room for.
const VERSION_LENGTH: usize = 50;

fn check_files(migration: &Files<'_>) -> Result<(), String> {
    if version(migration.name).chars().count() > VERSION_LENGTH {
        return Err(format!("its version, the part before the first _, has more than {VERSION_LENGTH} characters"));
    }
    let in_transaction = match migration.metadata {
        // Diesel reads a file without this key, or with a misspelled one, as "outside a transaction".
        Some(metadata) => run_in_transaction(metadata).ok_or(
            "metadata.toml does not say run_in_transaction; it must hold one line, `run_in_transaction = true` or \
             `= false`; correct it or delete the file",
        )?,
        None => true,
    };
    let up = migration.up.ok_or("up.sql is missing")?;
    if statements(up).is_empty() {
        return Err("up.sql has no statement".to_owned());
    }
    let down = migration.down.filter(|text| !text.trim().is_empty());
    let down = down.ok_or("down.sql is missing or empty; a comment may say that there is nothing to undo")?;
    for (file, text) in [("up.sql", up), ("down.sql", down)] {
        if let Some((line, mistake)) = mistake(text, in_transaction) {
            return Err(format!("{file}, line {line}: {mistake}"));
        }
    }
    Ok(())
}

/// The first mistake of a file, and its line.
fn mistake(text: &str, in_transaction: bool) -> Option<(usize, &'static str)> {
    if text.starts_with('\u{feff}') {
        return Some((1, "it starts with a byte order mark, which PostgreSQL takes for a letter; save it without one"));
    }
    if let Some((before, _)) = text.split_once('\0') {
        return Some((before.matches('\n').count() + 1, "there is a NUL byte; save it as UTF-8"));
    }
    let statements = statements(text);
    for statement in &statements {
        if let Some(mistake) = refused(statement).or_else(|| refused_in(in_transaction, statement)) {
            return Some((statement.line, mistake));
        }
    }
    let second = statements.get(1).filter(|_| !in_transaction)?;
    Some((
        second.line,
        "a second statement in a migration that runs outside a transaction; PostgreSQL would run both in one; make it a \
         migration of its own",
    ))
}

/// Why a statement is in no migration.
fn refused(statement: &Statement<'_>) -> Option<&'static str> {
    let has = |words: &str| statement.cursor().skip_to(words);
    let starts = |words: &[&str]| statement.cursor().take_any(words).is_some();
    if starts(&["begin", "commit", "rollback", "abort", "end", "savepoint", "release"])
        || starts(&["start transaction", "prepare transaction"])
    {
        return Some("it begins or ends a transaction, which the runner does; take the statement out");
    }
    if statement.tokens.contains(&Token::Symbol('\\')) {
        return Some("there is a backslash outside of quotes in this statement: commands of psql are not SQL");
    }
    if starts(&["copy"]) && (has("from stdin") || has("to stdout")) {
        return Some("COPY has nothing to read from or write to here; use INSERT");
    }
    if starts(&["reindex"]) && has("concurrently") {
        return Some(
            "REINDEX CONCURRENTLY is maintenance and no change of the schema, and where it is cut off it leaves an index \
             that no run would find; do it by hand",
        );
    }
    let index = statement.concurrent_index()?;
    if index.name.is_none() {
        return Some("give the index a name; what a killed run left of it could not be found again");
    }
    index.table.is_none().then_some(
        "the names of the index and its table can't be read: write them without U&, the index without a schema",
    )
}

/// Why a statement doesn't fit into a transaction, where it would run in one.
fn refused_in(transaction: bool, statement: &Statement<'_>) -> Option<&'static str> {
    const ALONE: [&str; 10] = [
        "vacuum",
        "alter system",
        "create database",
        "drop database",
        "create tablespace",
        "drop tablespace",
        "drop index concurrently",
        "reindex database",
        "reindex schema",
        "reindex system",
    ];
    let mut detached = statement.cursor();
    let is_alone = statement.cursor().take_any(&ALONE).is_some()
        || statement.concurrent_index().is_some()
        || detached.take("alter table") && detached.skip_to("detach partition") && detached.skip_to("concurrently");
    (transaction && is_alone).then_some(
        "PostgreSQL refuses it in a transaction; make it a migration of its own, with a metadata.toml that says \
         run_in_transaction = false",
    )
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

#[cfg(test)]
mod tests {
    use super::*;

    fn mistake(up: &str, down: &str, metadata: Option<&str>) -> String {
        let files = Files { name: "2026-01-01-000000_x", up: Some(up), down: Some(down), metadata };
        check(&[files]).err().unwrap_or_default()
    }

    #[test]
    fn transaction_commands_are_found_where_they_are_statements() {
        for command in [
            "begin",
            "COMMIT",
            "rollback",
            "start transaction",
            "end",
            "abort",
            "savepoint a",
            "release a",
            "commit prepared 'a'",
            "prepare transaction 'a'",
        ] {
            let text = mistake(&format!("select 1;\n{command};"), "select 1", None);
            assert!(text.contains("up.sql, line 2: it begins or ends a transaction"), "{command}: {text}");
        }
        assert_eq!(mistake("do $$ begin commit; end $$", "-- begin", None), "");
        for command in ["prepare a as select 1", "\"commit\"", "start", "call commit()"] {
            assert_eq!(mistake(command, "select 1", None), "", "{command}");
        }
        assert_eq!(mistake("create table begin_here (x int)", "drop table begin_here", None), "");
        assert!(mistake("select 1", "\n\ncommit", None).contains("down.sql, line 3"));
    }

    #[test]
    fn files_that_would_be_misread_are_refused() {
        let outside = Some("run_in_transaction = false");
        for index in ["a", "if not exists a"] {
            let up = format!("create index concurrently {index} on b (c);");
            assert_eq!(mistake(&up, "drop index concurrently a", outside), "", "{index}");
        }
        assert!(mistake("select 1;\n\nselect 2", "select 1", outside).contains("up.sql, line 3: a second statement"));
        let text = mistake("create unique index concurrently on b (c)", "select 1", outside);
        assert!(text.contains("up.sql, line 1: give the index a name"), "{text}");
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

    #[test]
    fn statements_that_could_not_be_repeated_are_refused() {
        let outside = Some("run_in_transaction = false");
        for (sql, said) in [
            ("create index concurrently U&\"a\" on b (c)", "can't be read"),
            ("create index concurrently a on U&\"b\" (c)", "can't be read"),
            ("reindex index concurrently a", "REINDEX CONCURRENTLY is maintenance"),
            ("reindex (verbose, concurrently) table a", "REINDEX CONCURRENTLY is maintenance"),
            ("copy a from stdin", "COPY has nothing"),
            ("copy a (b) from stdin with (format csv)", "COPY has nothing"),
            ("\\set x 1\nselect 1", "commands of psql"),
            ("select 1 \\gexec", "commands of psql"),
        ] {
            let text = mistake(&format!("-- x\n{sql}"), "select 1", outside);
            assert!(text.contains("up.sql, line 2: ") && text.contains(said), "{sql}: {text}");
            assert!(mistake("select 1", sql, outside).contains("down.sql, line 1: "), "{sql}");
        }
        for sql in ["select '\\set'", "copy a from '/stdin'", "create index a on b (c)", "reindex index a"] {
            assert_eq!(mistake(sql, "select 1", None), "", "{sql}");
        }
    }

    #[test]
    fn what_postgresql_refuses_in_a_transaction_is_refused_where_it_would_run_in_one() {
        for sql in [
            "create unique index concurrently a on b (c)",
            "drop index concurrently if exists a",
            "alter table a detach partition b concurrently",
            "VACUUM (full) a",
            "alter system set work_mem = '1MB'",
            "create database a",
            "drop database a",
            "create tablespace a location '/a'",
            "drop tablespace a",
            "reindex schema a",
        ] {
            for metadata in [None, Some("run_in_transaction = true")] {
                let text = mistake(&format!("select 1;\n{sql}"), "select 1", metadata);
                assert!(text.contains("up.sql, line 2: PostgreSQL refuses it in a transaction"), "{sql}: {text}");
            }
            assert_eq!(mistake(sql, "select 1", Some("run_in_transaction = false")), "", "{sql}");
        }
        for sql in ["refresh materialized view concurrently a", "alter table a detach partition b", "drop index a"] {
            assert_eq!(mistake(sql, "select 1", None), "", "{sql}");
        }
    }

    #[test]
    fn bytes_that_editors_don_t_show_are_refused_with_their_line() {
        for text in ["\u{feff}", "\u{feff}select 1"] {
            assert!(mistake(text, "select 1", None).contains("up.sql, line 1: it starts with a byte order mark"));
            assert!(mistake("select 1", text, None).contains("down.sql, line 1: it starts with a byte order mark"));
        }
        assert!(mistake("select 1;\r\n-- \0", "select 1", None).contains("up.sql, line 2: there is a NUL byte"));
    }

    #[test]
    fn a_version_fits_into_the_ledger() {
        for (length, fits) in [(50, true), (51, false)] {
            let name = format!("{}_x", "1".repeat(length));
            let files = Files { name: &name, up: Some("select 1"), down: Some("select 1"), metadata: None };
            assert_eq!(check(&[files]).is_ok(), fits);
        }
    }
}

//! What a migration's files must hold, so that the runner, Diesel and PostgreSQL read them alike.

use std::{collections::BTreeMap, fs, io::ErrorKind, path::Path};

use crate::statements::{split, words};

/// One migration, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The folder's name, such as `2026-11-22-000400_create_payers`.
    pub name: String,
    /// `up.sql`.
    pub up: String,
    /// `down.sql`.
    pub down: String,
    /// What `metadata.toml` says; true without one.
    pub run_in_transaction: bool,
}

/// How many characters of a version Diesel's ledger has room for.
const VERSION_LENGTH: usize = 50;

/// What the ledger holds: the folder's name up to the first `_`, without hyphens. Diesel reads it so.
pub fn version(name: &str) -> String {
    name.split('_').next().unwrap_or_default().replace('-', "")
}

/// The migrations of a directory in order of their versions; folders whose names begin with a dot are none.
///
/// # Errors
/// The first mistake, with migration, file, line and what to do about it.
pub fn read_directory(directory: &Path) -> Result<Vec<Files>, String> {
    let failed = |error| format!("cannot read the migration directory {}: {error}", directory.display());
    let mut migrations: BTreeMap<String, Files> = BTreeMap::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().into_string().map_err(|name| format!("{name:?} is not UTF-8"))?;
        if !entry.path().is_dir() || name.starts_with('.') {
            continue;
        }
        let files = read(&entry.path(), &name).map_err(|mistake| format!("migration {name}: {mistake}"))?;
        if let Some(other) = migrations.insert(version(&name), files) {
            let (one, other) = if other.name < name { (other.name, name) } else { (name, other.name) };
            return Err(format!("migrations {one} and {other} have the same version; rename one"));
        }
    }
    Ok(migrations.into_values().collect())
}

fn read(folder: &Path, name: &str) -> Result<Files, String> {
    if version(name).chars().count() > VERSION_LENGTH {
        return Err(format!("its version, the part before the first _, has more than {VERSION_LENGTH} characters"));
    }
    let run_in_transaction = match read_file(folder, "metadata.toml")? {
        // Diesel reads a file without this key, or with a misspelled one, as "outside a transaction".
        Some(metadata) => run_in_transaction(&metadata).ok_or(
            "metadata.toml does not say run_in_transaction; it must hold one line, `run_in_transaction = true` or \
             `= false`; correct it or delete the file",
        )?,
        None => true,
    };
    let up = read_file(folder, "up.sql")?.ok_or("up.sql is missing")?;
    if split(&up).is_empty() {
        return Err("up.sql has no statement".to_owned());
    }
    let down = read_file(folder, "down.sql")?.filter(|text| !text.trim().is_empty());
    let down = down.ok_or("down.sql is missing or empty; a comment may say that there is nothing to undo")?;
    for (file, text) in [("up.sql", &up), ("down.sql", &down)] {
        if let Some((line, mistake)) = mistake(text, run_in_transaction) {
            return Err(format!("{file}, line {line}: {mistake}"));
        }
    }
    Ok(Files { name: name.to_owned(), up, down, run_in_transaction })
}

/// One file of a migration's folder, if it is there; its name counts as Linux reads it, whatever this system does.
fn read_file(folder: &Path, file: &str) -> Result<Option<String>, String> {
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

/// The first mistake of a file, and its line: what would go wrong in silence, or only in production. What PostgreSQL
/// refuses by itself it may say at the first run of the tests.
fn mistake(sql: &str, in_transaction: bool) -> Option<(usize, &'static str)> {
    let statements = split(sql);
    for statement in &statements {
        let words: Vec<String> = words(statement.of(sql)).take(2).collect();
        let is_control = match words.first().map(String::as_str) {
            Some("begin" | "commit" | "rollback" | "abort" | "end" | "savepoint" | "release") => true,
            Some("start" | "prepare") => words.get(1).is_some_and(|second| second == "transaction"),
            _ => false,
        };
        // The server would wait for rows that nobody sends.
        if words.first().is_some_and(|first| first == "copy")
            && crate::statements::words(statement.of(sql)).any(|word| word == "stdin" || word == "stdout")
        {
            return Some((statement.line, "COPY has nothing to read from or write to here; use INSERT"));
        }
        if is_control {
            let mistake = "it begins or ends a transaction, which the runner does; take the statement out";
            return Some((statement.line, mistake));
        }
    }
    let second = statements.get(1).filter(|_| !in_transaction)?;
    let mistake = "a second statement in a migration that runs outside a transaction; what the first one did would stay \
                   where the second fails; make it a migration of its own";
    Some((second.line, mistake))
}

/// The value in `metadata.toml`; `None` where it says anything else.
fn run_in_transaction(metadata: &str) -> Option<bool> {
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

    /// The text of the first mistake, `""` for none.
    fn told(sql: &str, in_transaction: bool) -> String {
        mistake(sql, in_transaction).map(|(line, mistake)| format!("line {line}: {mistake}")).unwrap_or_default()
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
            let text = told(&format!("select 1;\n{command};"), true);
            assert!(text.contains("line 2: it begins or ends a transaction"), "{command}: {text}");
        }
        for sql in [
            "do $$ begin commit; end $$",
            "prepare a as select 1",
            "\"commit\"",
            "start",
            "call commit()",
            "create table begin_here (x int)",
            "-- begin\n/* commit; */ select 1",
        ] {
            assert_eq!(told(sql, true), "", "{sql}");
        }
    }

    #[test]
    fn outside_a_transaction_stands_one_statement() {
        assert_eq!(told("create index concurrently a on b (c); -- ;", false), "");
        assert!(told("select 1;\n\nselect 2", false).contains("line 3: a second statement"));
        assert_eq!(told("select 1;\n\nselect 2", true), "");
    }

    #[test]
    fn metadata_says_one_thing_or_is_refused() {
        assert_eq!(run_in_transaction("# why\nrun_in_transaction = false # here\n"), Some(false));
        assert_eq!(run_in_transaction("run_in_transaction=true"), Some(true));
        for other in ["", "run_in_transaktion = true", "run_in_transaction = false\nx = 1", "run_in_transaction = 0"] {
            assert_eq!(run_in_transaction(other), None, "{other}");
        }
    }

    #[test]
    fn a_version_is_the_digits_before_the_name() {
        assert_eq!(version("2026-11-22-000400_create_payers"), "20261122000400");
        assert_eq!(version("00000000000000_diesel_initial_setup"), "00000000000000");
    }
}

//! What a migration's files must hold. The build script includes this file, so that a mistake stops the build; the
//! program checks a directory of migrations with it.

use super::statements::{Statement, statements};

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
    let down = migration.down.filter(|text| !text.trim().is_empty());
    let down = statements(down.ok_or("down.sql is missing or empty; a comment may say that there is nothing to undo")?);
    for (file, statements) in [("up.sql", up), ("down.sql", down)] {
        if let Some(statement) = statements.iter().find(|statement| controls_transaction(statement)) {
            return Err(format!(
                "{file}, line {}: it begins or ends a transaction, which the runner does; take {} out",
                statement.line,
                statement.text.split_whitespace().next().unwrap_or_default().to_uppercase()
            ));
        }
        if let Some(statement) = statements.iter().find(|statement| statement.concurrent_index() == Some(None)) {
            return Err(format!(
                "{file}, line {}: give the index a name; what a killed run left of it could not be found again",
                statement.line
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

fn controls_transaction(statement: &Statement<'_>) -> bool {
    const ALONE: [&str; 7] = ["begin", "commit", "rollback", "abort", "end", "savepoint", "release"];
    let mut cursor = statement.cursor();
    cursor.take_any(&ALONE).is_some() || cursor.take("start transaction") || cursor.take("prepare transaction")
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
        assert_eq!(mistake("create index concurrently a on b (c);", "drop index concurrently a", outside), "");
        assert!(mistake("select 1;\n\nselect 2", "select 1", outside).contains("up.sql, line 3: a second statement"));
        let text = mistake("create unique index concurrently if not exists on b (c)", "select 1", outside);
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
}

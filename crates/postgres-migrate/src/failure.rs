//! PostgreSQL's errors in words that hold no value of a row.

use tokio_postgres::error::{DbError, Error as PgError, ErrorPosition, SqlState};

use crate::error::{MigrationError, MigrationProblem};

/// PostgreSQL's error in words that hold no value of a row: its own message where that may be shown; DETAIL never is, it can
/// hold a whole row.
pub fn describe(error: &PgError) -> String {
    let Some(error) = error.as_db_error() else {
        return match error.is_closed() {
            true => String::from("the connection to the database was lost"),
            false => error.to_string(),
        };
    };
    let code = error.code().code();
    let mut text = match words(error.code()) {
        Some(words) => String::from(words),
        None => String::from(error.message()),
    };
    if *error.code() == SqlState::UNDEFINED_FILE {
        text.push_str("; a server that was upgraded while it ran must be restarted");
    }
    for (kind, name) in [("table", error.table()), ("column", error.column()), ("constraint", error.constraint())] {
        if let Some(name) = name {
            text.push_str(&format!(", {kind} {name}"));
        }
    }
    text.push_str(&format!(" (SQLSTATE {code})"));
    text
}

/// Messages of the classes 22 (data) and 23 (constraints) quote values; these are ours.
fn words(code: &SqlState) -> Option<&'static str> {
    Some(match code.code() {
        "23502" => "a required column is empty",
        "23503" => "a referenced row is missing, or the row is still referenced",
        "23505" => "a row with this key exists already",
        "23514" => "a check refused a row",
        code if code.starts_with("23") => "a constraint refused a row",
        "22012" => "division by zero",
        code if code.starts_with("22") => "a value is not valid for its type or function",
        _ => return None,
    })
}

/// A name of the database for people, without what a terminal would obey: whoever may make a schema chooses its name.
pub fn shown(name: &str) -> String {
    name.chars().map(|character| if character.is_control() { char::REPLACEMENT_CHARACTER } else { character }).collect()
}

/// How many lines of a statement come before the place that the error points at.
pub(crate) fn lines_before(error: &DbError, statement: &str) -> usize {
    let Some(ErrorPosition::Original(position)) = error.position() else { return 0 };
    let before = usize::try_from(*position).unwrap_or(1).saturating_sub(1);
    statement.chars().take(before).filter(|character| *character == '\n').count()
}

/// True where another session's locks were in the way.
pub(crate) fn is_lock_conflict(error: &PgError) -> bool {
    matches!(error.code(), Some(&SqlState::LOCK_NOT_AVAILABLE | &SqlState::T_R_DEADLOCK_DETECTED))
}

/// The error of a step around the migrations, such as reading the ledger.
pub(crate) fn during(what: &str) -> impl FnOnce(PgError) -> MigrationError {
    move |error| problem(&error).because(format!("{what}: {}", describe(&error)))
}

/// The kind of an error around the migrations.
pub(crate) fn problem(error: &PgError) -> MigrationProblem {
    match error.code() {
        Some(&SqlState::INSUFFICIENT_PRIVILEGE) => MigrationProblem::Forbidden,
        Some(&SqlState::READ_ONLY_SQL_TRANSACTION) => MigrationProblem::NotWritable,
        _ if is_lock_conflict(error) => MigrationProblem::LockTimeout,
        // The server ends, or somebody ended the session.
        Some(code) if code.code().starts_with("57P") => MigrationProblem::ConnectionLost,
        _ if error.is_closed() => MigrationProblem::ConnectionLost,
        _ => MigrationProblem::Other,
    }
}

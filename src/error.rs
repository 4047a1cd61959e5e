//! One error type. It names the kind of failure, the table and the constraint, and what to do;
//! it never holds a password or a value of a row, so it can be shown and logged anywhere.

use std::path::PathBuf;

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// What every fallible function of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong, in words that say what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration can't be used: `DATABASE_URL`, `.env`, a certificate file, an option.
    #[error("{0}")]
    Configuration(String),

    /// No connection came about.
    #[error("cannot connect to {server}: {reason}")]
    Connection {
        /// Host, port and database, without user and password.
        server: String,
        /// What failed, and what to look at.
        reason: String,
    },

    /// PostgreSQL's server programs are not on this machine and `DATABASE_URL` is not set.
    #[error(
        "no DATABASE_URL is set and PostgreSQL's server programs (initdb, pg_ctl) were not found; do one of these:\n  \
         install them: Debian/Ubuntu `apt-get install postgresql`, Fedora `dnf install postgresql-server`, macOS `brew install postgresql@17`\n  \
         start the container: `docker compose up -d` and `cp .env.example .env`\n  \
         name a server: set DATABASE_URL=postgresql://user:password@host:5432/database"
    )]
    ServerProgramsMissing,

    /// The private PostgreSQL of this machine could not be set up, started or stopped.
    #[error("the local PostgreSQL server in {directory}: {reason}")]
    LocalServer {
        /// Where its data and log are.
        directory: PathBuf,
        /// What failed, and what to look at.
        reason: String,
    },

    /// A program that destroys or seeds was pointed at a production database.
    #[error(
        "database \"{database}\" is a production database ({because}); nothing was changed. \
         If it is not, say so: `migrate environment set development --database {database}`"
    )]
    Production {
        /// The database's name.
        database: String,
        /// How it was recognised.
        because: String,
    },

    /// A migration, or the bookkeeping around it, failed.
    #[error("{0}")]
    Migration(String),

    /// A value that the schema would refuse, refused before it was sent.
    #[error("{what}: {rule}")]
    Invalid {
        /// Which kind of value, such as `usd` or `denial_code`.
        what: &'static str,
        /// The rule that it breaks.
        rule: &'static str,
    },

    /// No row answers the query.
    #[error("not found")]
    NotFound,

    /// A statement was refused or failed.
    #[error("{}", describe(*kind, table.as_deref(), constraint.as_deref()))]
    Query {
        /// The kind of refusal.
        kind: QueryErrorKind,
        /// The table, where PostgreSQL names one.
        table: Option<String>,
        /// The constraint, where one was violated.
        constraint: Option<String>,
    },
}

/// Why a statement failed, as far as callers can act on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueryErrorKind {
    /// A primary key or unique constraint: the row is there already.
    UniqueViolation,
    /// A row that is referred to doesn't exist, or is still referred to.
    ForeignKeyViolation,
    /// A CHECK of a table or of a domain such as `usd`.
    CheckViolation,
    /// A column that must be given wasn't.
    NotNullViolation,
    /// Concurrent transactions collided (40001); run the transaction again.
    SerializationFailure,
    /// Two transactions waited for each other (40P01); run the transaction again.
    Deadlock,
    /// A lock was not free within `lock_timeout` (55P03).
    LockTimeout,
    /// The statement was cancelled, by `statement_timeout` or by request (57014).
    Cancelled,
    /// The role may not do this (42501).
    PermissionDenied,
    /// The session or transaction is read-only (25006), on a standby for example.
    ReadOnly,
    /// A table, column or function is missing: the schema and this binary differ.
    SchemaMismatch,
    /// A stored value that this version of the crate can't read, or a value that can't be sent.
    Conversion,
    /// The connection broke; whether a commit in flight took effect is unknown.
    ConnectionLost,
    /// Anything else.
    Other,
}

impl Error {
    /// True where running the same transaction again can succeed: serialization failure (40001) and deadlock (40P01).
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Query { kind: QueryErrorKind::SerializationFailure | QueryErrorKind::Deadlock, .. })
    }

    /// The name of the violated constraint, if a constraint was violated.
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Query { constraint, .. } => constraint.as_deref(),
            _ => None,
        }
    }
}

fn describe(kind: QueryErrorKind, table: Option<&str>, constraint: Option<&str>) -> String {
    let what = match kind {
        QueryErrorKind::UniqueViolation => "a row with this key exists already",
        QueryErrorKind::ForeignKeyViolation => "a referenced row is missing, or the row is still referenced",
        QueryErrorKind::CheckViolation => "a check refused the row",
        QueryErrorKind::NotNullViolation => "a required column is empty",
        QueryErrorKind::SerializationFailure => "concurrent transactions collided; run the transaction again",
        QueryErrorKind::Deadlock => "two transactions waited for each other; run the transaction again",
        QueryErrorKind::LockTimeout => "a lock was not free within lock_timeout",
        QueryErrorKind::Cancelled => "the statement was cancelled, by statement_timeout or by request",
        QueryErrorKind::PermissionDenied => "the role has no permission for this",
        QueryErrorKind::ReadOnly => "the session is read-only",
        QueryErrorKind::SchemaMismatch => {
            "a table, column or function is missing; run `migrate status` to compare the database with this binary"
        }
        QueryErrorKind::Conversion => "a value could not be converted; the database may be newer than this binary",
        QueryErrorKind::ConnectionLost => "the connection to the database was lost",
        QueryErrorKind::Other => "the database refused the statement",
    };
    let mut text = String::from(what);
    if let Some(table) = table {
        text.push_str(&format!(", table {table}"));
    }
    if let Some(constraint) = constraint {
        text.push_str(&format!(", constraint {constraint}"));
    }
    text
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        let kind = match error {
            DieselError::NotFound => return Self::NotFound,
            DieselError::DatabaseError(kind, ref information) => {
                return Self::Query {
                    kind: classify(kind, information.message()),
                    table: information.table_name().map(String::from),
                    constraint: information.constraint_name().map(String::from),
                };
            }
            DieselError::SerializationError(_) | DieselError::DeserializationError(_) => QueryErrorKind::Conversion,
            _ => QueryErrorKind::Other,
        };
        Self::Query { kind, table: None, constraint: None }
    }
}

/// diesel-async drops the SQLSTATE of most errors, so PostgreSQL's English text is all that tells them apart.
/// A server with another `lc_messages` yields `Other` for these, never a wrong kind.
fn classify(kind: DatabaseErrorKind, message: &str) -> QueryErrorKind {
    match kind {
        DatabaseErrorKind::UniqueViolation => QueryErrorKind::UniqueViolation,
        DatabaseErrorKind::ForeignKeyViolation => QueryErrorKind::ForeignKeyViolation,
        DatabaseErrorKind::CheckViolation => QueryErrorKind::CheckViolation,
        DatabaseErrorKind::NotNullViolation => QueryErrorKind::NotNullViolation,
        DatabaseErrorKind::SerializationFailure => QueryErrorKind::SerializationFailure,
        DatabaseErrorKind::ReadOnlyTransaction => QueryErrorKind::ReadOnly,
        DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => QueryErrorKind::ConnectionLost,
        // 23001, which PostgreSQL 18 raises where older versions raise 23503.
        _ if message.contains("violates RESTRICT setting of foreign key constraint") => {
            QueryErrorKind::ForeignKeyViolation
        }
        _ if message.starts_with("deadlock detected") => QueryErrorKind::Deadlock,
        _ if message.starts_with("canceling statement due to lock timeout")
            || message.starts_with("could not obtain lock") =>
        {
            QueryErrorKind::LockTimeout
        }
        _ if message.starts_with("canceling statement") => QueryErrorKind::Cancelled,
        _ if message.starts_with("permission denied") || message.starts_with("must be owner") => {
            QueryErrorKind::PermissionDenied
        }
        _ if message.starts_with("terminating connection") || message.starts_with("connection closed") => {
            QueryErrorKind::ConnectionLost
        }
        _ if message.ends_with("does not exist") => QueryErrorKind::SchemaMismatch,
        _ => QueryErrorKind::Other,
    }
}

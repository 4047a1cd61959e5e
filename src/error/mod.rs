//! One error type. It says what kind of failure it is, by [`Error::code`] and [`Error::class`], names the table and the
//! constraint, and what to do; it never holds a password or a value of a row, so it can be shown and logged anywhere.
//! docs/errors.md has all codes.

mod rule;
mod sqlstate;

use std::fmt;

use diesel::result::{DatabaseErrorKind, Error as DieselError};
pub use postgres_migrate::Class;

pub use rule::Rule;

use crate::types::{ClaimId, DenialId};

/// What every fallible function of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong, in words that say what to do about it. `Debug` shows the words and the code.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A rule of the business refused it; nothing was changed.
    #[error(transparent)]
    Rule(#[from] Rule),

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

    /// What was locked outside of a transaction is not locked any more, and who acts is not known any more.
    #[error("what this sets lasts only as long as its transaction; begin one first")]
    OutsideTransaction,

    /// A statement was refused or failed.
    #[error("{}", describe(*kind, said, table.as_deref(), constraint.as_deref()))]
    Query {
        /// The kind of refusal.
        kind: QueryErrorKind,
        /// The table, where PostgreSQL names one.
        table: Option<String>,
        /// The constraint, where one was violated.
        constraint: Option<String>,
        /// What else PostgreSQL said, of statements of your own above all.
        said: Said,
    },

    /// Of many rows one was refused, or recording them failed. Code, class and constraint are those of the error within.
    #[error("{}{error}; rows recorded before: {recorded}", shown_row(*row))]
    Bulk {
        /// The refused row's position among those that were given, from 0: with it they are refused, without it not. Empty
        /// where the failure is about no row, such as a lost connection.
        row: Option<usize>,
        /// How many of the first rows are committed; zero where all are committed together. In a caller's transaction, how
        /// many are written there.
        recorded: usize,
        /// Why.
        error: Box<Error>,
    },

    /// Connecting, migrating or what is around it failed.
    #[error(transparent)]
    Database(#[from] postgres_migrate::Error),
}

/// What PostgreSQL said of a statement that it refused, as far as it holds no value. Empty where it didn't answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Said {
    /// The SQLSTATE, such as `22012`; empty where it can't be told ([`Error::sqlstate`]).
    pub sqlstate: Option<&'static str>,
    /// The character of the statement, from 1, at which PostgreSQL points; of a function's statement where that failed.
    pub position: Option<u32>,
    /// How PostgreSQL's words begin, without what stands between quotation marks.
    words: Option<&'static str>,
}

/// Why a statement failed, as far as callers can act on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "snake_case")]
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
    /// The server doesn't know a statement that this session prepared, or knows it as another's: a pooler in
    /// transaction mode is in between.
    StatementLost,
    /// The server is out of memory, of room on its disk or in its lock tables, or the role of its `temp_file_limit` (53…).
    ResourcesExhausted,
    /// The server can't load a file of its installation (58P01): it was upgraded while it ran. Restart it.
    ServerFileMissing,
    /// A statement before it failed in the same transaction, which takes nothing more (25P02): roll it back. Calls that may
    /// be refused stand in a transaction of their own, which is a savepoint there.
    TransactionAborted,
    /// The statement couldn't be sent: it has more than 65,535 parameters, a text with a zero byte, or nothing to change.
    NotEncodable,
    /// The connection broke; whether a commit in flight took effect is unknown.
    ConnectionLost,
    /// Anything else.
    Other,
}

impl Error {
    /// A stable name in lower snake case, for programs: of the rule, of the kind of failure.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Rule(rule) => rule.into(),
            Self::Invalid { .. } => "invalid_value",
            Self::NotFound => "not_found",
            Self::OutsideTransaction => "outside_transaction",
            Self::Query { kind, .. } => kind.into(),
            Self::Bulk { error, .. } => error.code(),
            Self::Database(error) => error.code(),
        }
    }

    /// What a caller can do about it.
    pub fn class(&self) -> Class {
        match self {
            Self::Rule(rule) => rule.class(),
            Self::Invalid { .. } => Class::Invalid,
            Self::NotFound => Class::NotFound,
            Self::OutsideTransaction => Class::Bug,
            Self::Query { kind, .. } => kind.class(),
            Self::Bulk { error, .. } => error.class(),
            Self::Database(error) => error.class(),
        }
    }

    /// True where doing the same again can succeed ([`Class::Retry`]): of a transaction, after a serialization failure (40001)
    /// or a deadlock (40P01); of a run of migrations, where others held its locks.
    pub fn is_retryable(&self) -> bool {
        self.class() == Class::Retry
    }

    /// Names the denial where less was open than asked for.
    pub(crate) fn of_denial(self, denial: DenialId) -> Self {
        match self {
            Self::Rule(Rule::OverAllocated { .. }) => Rule::OverAllocated { denial: Some(denial) }.into(),
            error => error,
        }
    }

    /// Names the claim whose open denials would be too much.
    pub(crate) fn of_claim(self, claim: ClaimId) -> Self {
        match self {
            Self::Rule(Rule::OverDenied { .. }) => Rule::OverDenied { claim: Some(claim) }.into(),
            error => error,
        }
    }

    /// The SQLSTATE of a statement that PostgreSQL refused, also one of your own, such as `22012` for a division by zero. Told from
    /// what PostgreSQL says in English, since diesel-async drops it; `None` for what isn't known, as for an error that a function
    /// of yours raises, and of a [`Rule`].
    pub fn sqlstate(&self) -> Option<&'static str> {
        self.said().and_then(|said| said.sqlstate)
    }

    /// The character of the refused statement, from 1, at which PostgreSQL points.
    pub fn position(&self) -> Option<u32> {
        self.said().and_then(|said| said.position)
    }

    fn said(&self) -> Option<&Said> {
        match self {
            Self::Query { said, .. } => Some(said),
            Self::Bulk { error, .. } => error.said(),
            _ => None,
        }
    }

    /// The name of the violated constraint or trigger; of a [`Rule`] only where it stands for several of them.
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Query { constraint, .. } => constraint.as_deref(),
            Self::Rule(
                Rule::ImpossibleDay { rule } | Rule::NotWhatRemittanceSays { rule } | Rule::KeptByDatabase { rule },
            ) => Some(rule),
            Self::Bulk { error, .. } => error.constraint(),
            _ => None,
        }
    }
}

impl QueryErrorKind {
    /// What a caller can do about it.
    pub fn class(self) -> Class {
        match self {
            Self::UniqueViolation | Self::ForeignKeyViolation => Class::Conflict,
            Self::CheckViolation | Self::NotNullViolation | Self::NotEncodable => Class::Invalid,
            Self::SerializationFailure | Self::Deadlock => Class::Retry,
            Self::LockTimeout
            | Self::Cancelled
            | Self::ReadOnly
            | Self::ResourcesExhausted
            | Self::ServerFileMissing
            | Self::ConnectionLost => Class::Unavailable,
            Self::PermissionDenied => Class::Forbidden,
            Self::SchemaMismatch | Self::Conversion | Self::StatementLost | Self::TransactionAborted | Self::Other => {
                Class::Bug
            }
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self} [{}]", self.code())
    }
}

fn shown_row(row: Option<usize>) -> String {
    row.map(|row| format!("the row at position {row} (from 0): ")).unwrap_or_default()
}

fn describe(kind: QueryErrorKind, said: &Said, table: Option<&str>, constraint: Option<&str>) -> String {
    let what = match kind {
        QueryErrorKind::UniqueViolation => "a row with this key exists already",
        QueryErrorKind::ForeignKeyViolation => "a referenced row is missing, or the row is still referenced",
        QueryErrorKind::CheckViolation => "a check refused the row",
        QueryErrorKind::NotNullViolation => "a required column is empty",
        QueryErrorKind::SerializationFailure => "concurrent transactions collided; run the transaction again",
        QueryErrorKind::Deadlock => "two transactions waited for each other; run the transaction again",
        QueryErrorKind::LockTimeout => "a lock was not free within lock_timeout",
        QueryErrorKind::Cancelled => "the statement was cancelled, by statement_timeout or by request",
        QueryErrorKind::PermissionDenied => {
            "the role has no permission for this; `migrate grant` gives a role its access"
        }
        QueryErrorKind::ReadOnly => "the session is read-only",
        QueryErrorKind::SchemaMismatch => {
            "a table, column or function is missing; run `migrate status` to compare the database with this binary"
        }
        QueryErrorKind::Conversion => "a value could not be converted; the database may be newer than this binary",
        QueryErrorKind::StatementLost => {
            "a prepared statement is lost: a pooler in transaction mode is in between; \
             set its max_prepared_statements (PgBouncer 1.21), or use its session mode"
        }
        QueryErrorKind::ResourcesExhausted => {
            "the server is out of memory, disk space or lock slots, or the role of temp_file_limit; its log says which"
        }
        QueryErrorKind::ServerFileMissing => {
            "the server can't load a file of its installation; if it was upgraded while it ran, restart it"
        }
        QueryErrorKind::TransactionAborted => {
            "a statement before it failed in this transaction, which takes nothing more; roll it back"
        }
        QueryErrorKind::NotEncodable => {
            "the statement could not be sent: \
             it has more than 65,535 parameters, a text with a zero byte, or nothing to change"
        }
        QueryErrorKind::ConnectionLost => "the connection to the database was lost",
        QueryErrorKind::Other => "the database refused the statement",
    };
    let mut text = String::from(what);
    if let Some(words) = said.words {
        text.push_str(&format!(": {}", words.replace("\"\"", "…")));
    }
    // What the others say is their SQLSTATE.
    if let (
        QueryErrorKind::Other | QueryErrorKind::SchemaMismatch | QueryErrorKind::ResourcesExhausted,
        Some(sqlstate),
    ) = (kind, said.sqlstate)
    {
        text.push_str(&format!(" (SQLSTATE {sqlstate})"));
    }
    if let Some(position) = said.position {
        text.push_str(&format!(", at character {position}"));
    }
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
                let (table, constraint) = match (information.table_name(), information.constraint_name()) {
                    (None, None) => rule::named_in(information.message()),
                    said => said,
                };
                let (table, constraint) = (table.map(rule::without_shard), constraint.map(rule::without_shard));
                if let Some(rule) = constraint.and_then(Rule::of_constraint) {
                    return rule.into();
                }
                let kind = classify(kind, information.message());
                let (sqlstate, words) = sqlstate::known(kind, information.message());
                let position = information.statement_position().and_then(|position| position.try_into().ok());
                return Self::Query {
                    kind,
                    said: Said { sqlstate, position, words },
                    table: table.map(String::from),
                    constraint: constraint.map(String::from),
                };
            }
            // The connection is lost, too, which its next use tells; whether to try again is up to what COMMIT said.
            DieselError::RollbackErrorOnCommit { commit_error, .. } => return (*commit_error).into(),
            DieselError::SerializationError(_)
            | DieselError::DeserializationError(_)
            | DieselError::IntegerConversion(_) => QueryErrorKind::Conversion,
            DieselError::QueryBuilderError(_) | DieselError::InvalidCString(_) => QueryErrorKind::NotEncodable,
            DieselError::BrokenTransactionManager => QueryErrorKind::ConnectionLost,
            _ => QueryErrorKind::Other,
        };
        Self::Query { kind, table: None, constraint: None, said: Said::default() }
    }
}

/// diesel-async drops the SQLSTATE of most errors, so PostgreSQL's English text is all that tells them apart.
/// A server with another `lc_messages` yields `Other` for these, never a wrong kind.
fn classify(kind: DatabaseErrorKind, message: &str) -> QueryErrorKind {
    match kind {
        _ if message.starts_with("error encoding message to server") => QueryErrorKind::NotEncodable,
        DatabaseErrorKind::UniqueViolation => QueryErrorKind::UniqueViolation,
        DatabaseErrorKind::ForeignKeyViolation => QueryErrorKind::ForeignKeyViolation,
        DatabaseErrorKind::CheckViolation => QueryErrorKind::CheckViolation,
        DatabaseErrorKind::NotNullViolation => QueryErrorKind::NotNullViolation,
        DatabaseErrorKind::SerializationFailure => QueryErrorKind::SerializationFailure,
        DatabaseErrorKind::ReadOnlyTransaction => QueryErrorKind::ReadOnly,
        DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => QueryErrorKind::ConnectionLost,
        // 23001, which PostgreSQL 18 raises where older versions raise 23503.
        _ if message.contains("violates RESTRICT setting of foreign key constraint")
            || message.contains("violates foreign key constraint") =>
        {
            QueryErrorKind::ForeignKeyViolation
        }
        // Of what COPY writes, as it does where Citus splits an INSERT of a SELECT, the coordinator hands on the message alone.
        _ if message.contains("violates unique constraint") => QueryErrorKind::UniqueViolation,
        _ if message.contains("violates not-null constraint") => QueryErrorKind::NotNullViolation,
        _ if message.contains("violates check constraint") || rule::refused(message).is_some() => {
            QueryErrorKind::CheckViolation
        }
        _ if message.starts_with("current transaction is aborted") => QueryErrorKind::TransactionAborted,
        _ if message.starts_with("could not serialize access") => QueryErrorKind::SerializationFailure,
        _ if message.starts_with("deadlock detected") || message.contains("involved in a distributed deadlock") => {
            QueryErrorKind::Deadlock
        }
        _ if message.starts_with("canceling statement due to lock timeout")
            || message.starts_with("could not obtain lock") =>
        {
            QueryErrorKind::LockTimeout
        }
        _ if message.starts_with("canceling statement") => QueryErrorKind::Cancelled,
        _ if message.starts_with("permission denied") || message.starts_with("must be owner") => {
            QueryErrorKind::PermissionDenied
        }
        // The last is Citus's coordinator about one of its nodes.
        _ if message.starts_with("terminating connection")
            || message.starts_with("connection closed")
            || message.starts_with("connection to the remote node") =>
        {
            QueryErrorKind::ConnectionLost
        }
        _ if message.contains("prepared statement \"") => QueryErrorKind::StatementLost,
        _ if sqlstate::exhausted(message).is_some() => QueryErrorKind::ResourcesExhausted,
        _ if message.starts_with("could not access file") || message.starts_with("could not load library") => {
            QueryErrorKind::ServerFileMissing
        }
        _ if message.ends_with("does not exist") => QueryErrorKind::SchemaMismatch,
        _ => QueryErrorKind::Other,
    }
}

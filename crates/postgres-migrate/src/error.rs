//! What can go wrong around a database: in words that say what to do, with a code and a class for programs. No error
//! holds a password or a value of a row, so it can be shown and logged anywhere.

use std::fmt;

/// What every fallible function of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What a caller can do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::Display, strum::VariantArray)]
#[strum(serialize_all = "snake_case")]
#[non_exhaustive]
pub enum Class {
    /// What was asked for isn't there. HTTP 404.
    NotFound,
    /// The state of things forbids it: look again, then ask for something else. HTTP 409.
    Conflict,
    /// The request itself is wrong. HTTP 422.
    Invalid,
    /// The role, or the kind of database, may not. HTTP 403.
    Forbidden,
    /// The same transaction may succeed when it is run again. HTTP 503 with a short `Retry-After`.
    Retry,
    /// The database can't be reached or used now. HTTP 503.
    Unavailable,
    /// Program and database don't fit together: somebody must look. HTTP 500.
    Bug,
}

impl Class {
    /// The status with which a service would answer.
    pub fn http_status(self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::Invalid => 422,
            Self::Forbidden => 403,
            Self::Retry | Self::Unavailable => 503,
            Self::Bug => 500,
        }
    }
}

/// Everything that can go wrong. `Debug` shows the message and the code.
#[derive(thiserror::Error)]
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
        /// The kind of failure.
        problem: ConnectionProblem,
    },

    /// A program that destroys or seeds was pointed at a production database.
    #[error("database \"{database}\" is a production database ({because}); nothing was changed")]
    Production {
        /// The database's name.
        database: String,
        /// The schema that was named, if one was.
        schema: Option<String>,
        /// How it was recognised.
        because: String,
    },

    /// A role can't be given exactly the access that was asked for.
    #[error("{0}; nothing was changed")]
    Grant(String),

    /// A migration, or the bookkeeping around it, failed.
    #[error(transparent)]
    Migration(#[from] MigrationError),
}

/// Why there is no connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::IntoStaticStr, strum::VariantArray)]
#[non_exhaustive]
pub enum ConnectionProblem {
    /// Nobody answers as PostgreSQL, or not with the security that was asked for.
    #[strum(serialize = "connection_failed")]
    Failed,
    /// The server said no: password, database, role, `pg_hba.conf`.
    #[strum(serialize = "connection_refused")]
    Refused,
    /// There is no such schema, or the role may not use it.
    #[strum(serialize = "schema_not_found")]
    NoSchema,
    /// The schema's owner may use it, and the login, a member of that role, only once it acts as it.
    #[strum(serialize = "schema_closed")]
    SchemaClosed,
    /// All connections of the pool are lent, and none came back in time.
    #[strum(serialize = "pool_exhausted")]
    PoolExhausted,
}

/// What failed in or around a migration.
#[derive(Clone, thiserror::Error)]
#[error("{text}")]
pub struct MigrationError {
    problem: MigrationProblem,
    text: String,
    statement: Option<FailedStatement>,
}

/// The statement of a migration that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FailedStatement {
    /// The folder's name.
    pub migration: String,
    /// `up.sql` or `down.sql`.
    pub file: &'static str,
    /// Which statement of the file, from 1.
    pub number: usize,
    /// The line of the file that PostgreSQL points at, or else where the statement starts, from 1.
    pub line: usize,
    /// PostgreSQL's code.
    pub sqlstate: Option<String>,
}

/// Kinds of failed migrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::IntoStaticStr, strum::VariantArray)]
#[non_exhaustive]
pub enum MigrationProblem {
    /// A folder of migrations can't be used.
    #[strum(serialize = "migration_files_invalid")]
    Files,
    /// No schema of the search path exists and is open to the role.
    #[strum(serialize = "migration_schema_not_found")]
    NoSchema,
    /// A standby, or a session that may only read.
    #[strum(serialize = "migration_not_writable")]
    NotWritable,
    /// The role lacks a right.
    #[strum(serialize = "migration_forbidden")]
    Forbidden,
    /// The schema holds what belongs to others than its owner, or they may make something there.
    #[strum(serialize = "migration_schema_untrusted")]
    Untrusted,
    /// Another runner has been at work in the schema for all the time that this one may wait.
    #[strum(serialize = "migration_runner_at_work")]
    RunnerAtWork,
    /// Other sessions held locks that a migration needs for all the time that it may wait.
    #[strum(serialize = "migration_lock_timeout")]
    LockTimeout,
    /// The database needs a newer version of the crate.
    #[strum(serialize = "migration_needs_newer_version")]
    NeedsNewer,
    /// Migrations must be applied first.
    #[strum(serialize = "migrations_pending")]
    Pending,
    /// Tables, functions or types are there that no ledger tells of: [`Runner::adopt`](crate::Runner::adopt).
    #[strum(serialize = "migrations_unrecorded")]
    Unrecorded,
    /// `up.sql` of an applied migration is not what was applied.
    #[strum(serialize = "migration_edited")]
    Edited,
    /// Functions look into the schema's earlier name: [`Runner::repin`](crate::Runner::repin).
    #[strum(serialize = "migration_schema_renamed")]
    Renamed,
    /// What is to be reverted is not applied, or not known to this binary.
    #[strum(serialize = "migration_not_revertible")]
    NotRevertible,
    /// A statement of a migration failed; see [`MigrationError::statement`].
    #[strum(serialize = "migration_statement_failed")]
    Statement,
    /// The connection was lost.
    #[strum(serialize = "migration_connection_lost")]
    ConnectionLost,
    /// Anything else that PostgreSQL said around the migrations.
    #[strum(serialize = "migration_failed")]
    Other,
}

impl ConnectionProblem {
    /// What a caller can do about it.
    pub fn class(self) -> Class {
        match self {
            Self::Failed | Self::PoolExhausted => Class::Unavailable,
            Self::Refused | Self::SchemaClosed => Class::Forbidden,
            Self::NoSchema => Class::Invalid,
        }
    }
}

impl MigrationProblem {
    /// What a caller can do about it.
    pub fn class(self) -> Class {
        match self {
            Self::Files | Self::NoSchema => Class::Invalid,
            Self::NotWritable | Self::ConnectionLost => Class::Unavailable,
            Self::Forbidden | Self::Untrusted => Class::Forbidden,
            Self::RunnerAtWork | Self::LockTimeout => Class::Retry,
            Self::NeedsNewer
            | Self::Pending
            | Self::Unrecorded
            | Self::Edited
            | Self::Renamed
            | Self::NotRevertible => Class::Conflict,
            Self::Statement | Self::Other => Class::Bug,
        }
    }
}

impl MigrationError {
    /// The kind of failure.
    pub fn problem(&self) -> MigrationProblem {
        self.problem
    }

    /// The statement that failed, where one did.
    pub fn statement(&self) -> Option<&FailedStatement> {
        self.statement.as_ref()
    }

    pub(crate) fn of_statement(mut self, statement: FailedStatement) -> Self {
        self.statement = Some(statement);
        self
    }

    pub(crate) fn with_more(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }
}

impl MigrationProblem {
    /// The error of this kind with a text for people.
    pub(crate) fn because(self, text: impl Into<String>) -> MigrationError {
        MigrationError { problem: self, text: text.into(), statement: None }
    }
}

impl Error {
    /// A stable name in lower snake case, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Configuration(_) => "configuration_invalid",
            Self::Connection { problem, .. } => problem.into(),
            Self::Production { .. } => "production_refused",
            Self::Grant(_) => "grant_refused",
            Self::Migration(error) => error.problem.into(),
        }
    }

    /// What a caller can do about it.
    pub fn class(&self) -> Class {
        match self {
            Self::Configuration(_) => Class::Invalid,
            Self::Connection { problem, .. } => problem.class(),
            Self::Production { .. } => Class::Forbidden,
            Self::Grant(_) => Class::Conflict,
            Self::Migration(error) => error.problem.class(),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self} [{}]", self.code())
    }
}

impl fmt::Debug for MigrationError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code: &str = self.problem.into();
        write!(formatter, "{self} [{code}]")
    }
}

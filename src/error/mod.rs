//! One error type. It names the kind of failure, the table and the constraint, and what to do;
//! it never holds a password or a value of a row, so it can be shown and logged anywhere.

mod refusal;

use std::fmt::Display;
use std::path::PathBuf;

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::types::{ClaimId, DenialId};

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
        "no DATABASE_URL is set and PostgreSQL's server programs (initdb, postgres) were not found; do one of these:\n  \
         install them: `scripts/install-postgres` of the checkout, with apt-get, dnf, apk or brew\n  \
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
         If it is not, say so: `migrate environment set development --database {database}{}`",
        schema.as_ref().map(|schema| format!(" --schema {schema:?}")).unwrap_or_default()
    )]
    Production {
        /// The database's name.
        database: String,
        /// The schema that was named, if one was.
        schema: Option<String>,
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

    /// The denial has less open than the ledger was to take from it. Look at its `open_amount` and ask for less.
    #[error("less of the denial{} is open; nothing was posted", shown(*denial))]
    OverAllocated {
        /// The denial, where a typed call was about one.
        denial: Option<DenialId>,
    },

    /// The open denials of the claim would exceed its balance: what was billed less what is paid, adjusted, recovered,
    /// written off or moved to the patient. What was settled before is denied again only after its write-off or posting
    /// was reversed; what the contract takes off a denial is posted to the denial.
    #[error(
        "the open denials of the claim{} would exceed its balance; reverse the write-off or posting that settled it before, \
         or post to the denial",
        shown(*claim)
    )]
    OverDenied {
        /// The claim, where a typed call was about one.
        claim: Option<ClaimId>,
    },

    /// What was locked outside of a transaction is not locked any more.
    #[error("outside of a transaction nothing stays locked; begin one, and act in it")]
    OutsideTransaction,

    /// An appeal or a write-off asks for more than is open.
    #[error("it asks for more than is open of the denial")]
    MoreThanOpen,

    /// Nothing of the denial is open, so it takes no new action; only a reversal opens it again.
    #[error("nothing of the denial is open; only a reversal opens it again")]
    NothingOpen,

    /// An appeal of the denial is open: no second one, no rebill. Decide or withdraw it first.
    #[error("an appeal of the denial is open; decide or withdraw it first")]
    AppealStillOpen,

    /// A rebill of the denial is open: no second one, no appeal. Resolve it first.
    #[error("a rebill of the denial is open; resolve it first")]
    RebillStillOpen,

    /// The next appeal level comes only after the last was denied or partially approved.
    #[error("the appeal level is out of order: the next level comes after the last was denied or partially approved")]
    AppealLevelOutOfOrder,

    /// The status has no such step; see `next` of [`crate::types::AppealStatus`] and its like.
    #[error("no such change of status in {table}")]
    IllegalTransition {
        /// The table whose status was to change.
        table: String,
    },

    /// Who asks for a write-off doesn't approve it.
    #[error("who requested a write-off can't approve it")]
    ApproverIsRequester,

    /// The posting is reversed already.
    #[error("the posting is reversed already")]
    AlreadyReversed,

    /// A contractual obligation (group CO) is never billed to the patient.
    #[error("a contractual obligation (group CO) is never billed to the patient")]
    ContractualObligation,

    /// The claims are not of one patient.
    #[error("the claims are of different patients")]
    OtherPatient,

    /// A replacement claim goes to the payer of the claim that it replaces.
    #[error("the replacement claim goes to another payer")]
    OtherPayer,

    /// The new claim of a rebill was paid less than the rebill recovers. Post its payment first.
    #[error("the new claim was paid less than the rebill recovers; post its payment first")]
    NewClaimNotPaid,

    /// A claim's amount is not the sum of its lines.
    #[error("the claim's amount is not the sum of its lines")]
    AmountIsNotSumOfLines,

    /// What happened stays: postings, decisions, what a row is about. Correct it by a new row.
    #[error("{rule} refuses the change: what happened stays; correct it by a new row")]
    Unchangeable {
        /// The rule, by its trigger's name.
        rule: String,
    },

    /// The database alone writes this: totals, the status of a claim with denials, postings of a source.
    #[error("{rule} refuses the change: the database keeps this itself")]
    KeptByDatabase {
        /// The rule, by its trigger's name.
        rule: String,
    },

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
    /// The server doesn't know a statement that this session prepared, or knows it as another's: a pooler in
    /// transaction mode is in between.
    StatementLost,
    /// The server can't load a file of its installation (58P01): it was upgraded while it ran. Restart it.
    ServerFileMissing,
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

    /// Names the denial where less was open than asked for.
    pub(crate) fn of_denial(self, denial: DenialId) -> Self {
        match self {
            Self::OverAllocated { .. } => Self::OverAllocated { denial: Some(denial) },
            error => error,
        }
    }

    /// Names the claim whose open denials would be too much.
    pub(crate) fn of_claim(self, claim: ClaimId) -> Self {
        match self {
            Self::OverDenied { .. } => Self::OverDenied { claim: Some(claim) },
            error => error,
        }
    }

    /// The name of the violated constraint, if one was violated that has no variant of its own.
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Query { constraint, .. } => constraint.as_deref(),
            _ => None,
        }
    }
}

fn shown(id: Option<impl Display>) -> String {
    id.map(|id| format!(" {id}")).unwrap_or_default()
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
        QueryErrorKind::StatementLost => {
            "a prepared statement is lost: a pooler in transaction mode is in between; use its session mode"
        }
        QueryErrorKind::ServerFileMissing => {
            "the server can't load a file of its installation; if it was upgraded while it ran, restart it"
        }
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
                let constraint = information.constraint_name().map(refusal::without_shard);
                if let Some(refusal) = constraint.and_then(refusal::of_rule) {
                    return refusal;
                }
                return Self::Query {
                    kind: classify(kind, information.message()),
                    table: information.table_name().map(|table| refusal::without_shard(table).to_owned()),
                    constraint: constraint.map(String::from),
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
        _ if message.contains("prepared statement \"") => QueryErrorKind::StatementLost,
        _ if message.starts_with("could not access file") || message.starts_with("could not load library") => {
            QueryErrorKind::ServerFileMissing
        }
        _ if message.ends_with("does not exist") => QueryErrorKind::SchemaMismatch,
        _ => QueryErrorKind::Other,
    }
}

//! What can go wrong with a private server or a test database.

use std::fmt;
use std::path::PathBuf;

/// What every fallible function of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// In words that say what to do. `Debug` shows them too.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
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

    /// The database could not be reached, migrated or granted.
    #[error(transparent)]
    Database(#[from] postgres_migrate::Error),

    /// A migration failed while what it locks was to be recorded.
    #[error("migration {migration} failed while its locks were recorded: {reason}")]
    Recording {
        /// The folder's name.
        migration: &'static str,
        /// What PostgreSQL said.
        reason: String,
    },

    /// PostgreSQL refused what makes, drops or tries a test database.
    #[error("cannot {what}: {reason}")]
    TestDatabase {
        /// What was to be done.
        what: &'static str,
        /// What PostgreSQL said.
        reason: String,
    },
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

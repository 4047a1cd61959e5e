//! What ends a program.

use std::fmt;

/// What every fallible function of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What ends a program, in words for the terminal. `Debug` shows them too.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What was asked for can't be done: a name, a directory, an output that can't be written.
    #[error("{0}")]
    Usage(String),

    /// Connecting or migrating failed.
    #[error(transparent)]
    Database(postgres_migrate::Error),

    /// The private server failed.
    #[error(transparent)]
    Server(private_postgres::Error),

    /// A query failed.
    #[error(transparent)]
    Query(rcm_schema::Error),

    /// The demo data could not be loaded.
    #[error(transparent)]
    Seed(rcm_seeds::SeedError),

    /// The practice of `--volume` could not be made.
    #[error(transparent)]
    Volume(rcm_seeds::volume::VolumeError),
}

impl From<postgres_migrate::Error> for Error {
    fn from(error: postgres_migrate::Error) -> Self {
        Self::Database(error)
    }
}

impl From<private_postgres::Error> for Error {
    fn from(error: private_postgres::Error) -> Self {
        match error {
            private_postgres::Error::Database(error) => Self::Database(error),
            error => Self::Server(error),
        }
    }
}

impl From<rcm_schema::Error> for Error {
    fn from(error: rcm_schema::Error) -> Self {
        match error {
            rcm_schema::Error::Database(error) => Self::Database(error),
            error => Self::Query(error),
        }
    }
}

impl From<rcm_seeds::SeedError> for Error {
    fn from(error: rcm_seeds::SeedError) -> Self {
        match error {
            rcm_seeds::SeedError::Database(error) => error.into(),
            error => Self::Seed(error),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl From<rcm_seeds::volume::VolumeError> for Error {
    fn from(error: rcm_seeds::volume::VolumeError) -> Self {
        match error {
            rcm_seeds::volume::VolumeError::Database(error) => error.into(),
            error => Self::Volume(error),
        }
    }
}

//! Which database the program works on.

use rcm_schema::{Database, Error, Result};

/// The one that `DATABASE_URL` names, in the environment or in `.env`.
pub async fn database() -> Result<Database> {
    Database::from_env()?.ok_or(Error::ServerProgramsMissing)
}

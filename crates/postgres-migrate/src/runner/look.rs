//! What only looks: it changes nothing, and works on a standby.

use tokio_postgres::Client;

use super::Runner;
use crate::connection::Database;
use crate::environment::{self, Judgement};
use crate::error::Result;
use crate::grant::{self, RoleAccess};
use crate::ledger::{self, Applied};
use crate::plan::{self, Plan};
use crate::status::Status;
use crate::verify::{self, Verification};
use crate::{adopt, failure, repin, session};

impl Runner {
    /// Compares the ledger with the migrations; changes nothing.
    ///
    /// # Errors
    /// No connection, the role may not read the ledger, or there is none and yet what these migrations make.
    pub async fn status(&self, database: &Database) -> Result<Status> {
        let client = session::enter_existing(database, self.definition.ledger).await?;
        let applied = self.recorded(&client).await?;
        Ok(Status::compare(&self.migrations, &applied))
    }

    /// Compares the database with what these migrations make, but for what is [`beside`](crate::Definition::beside) them;
    /// changes nothing, and works on a standby.
    ///
    /// # Errors
    /// No connection, the role may not read the ledger or a rule table, or there is no ledger and yet what these migrations
    /// make.
    pub async fn verify(&self, database: &Database) -> Result<Verification> {
        let client = session::enter_existing(database, self.definition.ledger).await?;
        self.recorded(&client).await?;
        verify::verify(&self.definition, &self.migrations, self.is_definition, client).await
    }

    /// The roles that have rights to the schema, but for owners, with the access that each has, or what it has beyond. Changes
    /// nothing, and works on a standby.
    ///
    /// # Errors
    /// [`Error::Grant`](crate::Error::Grant): the connected role doesn't own the tables, or one of them is missing.
    pub async fn roles(&self, database: &Database) -> Result<Vec<RoleAccess>> {
        grant::roles(database, &self.definition).await
    }

    /// A connection that looks into a schema in which nothing is anybody else's, as the role that owns what is migrated where
    /// the login may act as it, else as itself. Without limits to its statements.
    ///
    /// # Errors
    /// No connection, no such schema, or something in it is somebody else's.
    pub async fn look(&self, database: &Database) -> Result<Client> {
        session::enter_existing(database, self.definition.ledger).await
    }

    /// Tells what a database is: its row of `database_environment`, or else production unless the database's comment is
    /// `development`. How one comes to it says nothing: a tunnel or a proxy makes any host look local.
    ///
    /// # Errors
    /// No connection, or the role may not read one of these tables.
    pub async fn environment(&self, database: &Database) -> Result<Judgement> {
        environment::environment(database, self.definition.ledger).await
    }

    /// Shows what [`Runner::run_pending`] would run, and what was recorded of it; changes nothing, and works for a session
    /// that may only read and on a standby.
    ///
    /// # Errors
    /// No connection, the role may not read the ledger, the database needs a newer binary, or
    /// [`Edited::Refuse`](crate::Edited::Refuse).
    pub async fn plan(&self, database: &Database) -> Result<Plan> {
        let client = session::enter_existing(database, self.definition.ledger).await?;
        let applied = self.recorded(&client).await?;
        self.unknown(&client, &applied).await?;
        self.edited_of(&applied)?;
        repin::require_own(&client).await?;
        let plan = plan::plan(&client, &self.definition, &ledger::pending(&self.migrations, &applied)).await;
        Ok(plan.map_err(failure::during("cannot read the catalog"))?)
    }

    /// The ledger, for whoever only looks.
    async fn recorded(&self, client: &Client) -> Result<Vec<Applied>> {
        let applied = ledger::read(client, self.definition.ledger).await?;
        if applied.is_empty() {
            adopt::refuse_unrecorded(client, &self.definition).await?;
        }
        Ok(applied)
    }
}

//! `database_environment`: may programs destroy or seed this database?

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::schema::database_environment;
use crate::types::Environment;

/// The one row that says what the database is for. Written by the migration runner and `migrate environment set`.
#[derive(Debug, Clone, PartialEq, HasQuery)]
#[diesel(table_name = database_environment, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct DatabaseEnvironment {
    pub singleton: bool,
    pub environment: Environment,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

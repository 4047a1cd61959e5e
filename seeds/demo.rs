//! Writes the demo data: all of it in one transaction, or nothing.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use rcm_schema::types::Environment;
use rcm_schema::{Error, Result, models, schema};

use crate::{
    appeals, claim_diagnoses, claim_lines, claims, denial_transactions, denials, payers, payment_variances, rebills,
    write_offs,
};

/// A table after a run.
pub struct Seeded {
    pub name: &'static str,
    /// Rows that it holds.
    pub rows: i64,
    /// Those that this run inserted.
    pub inserted: usize,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    #[error(transparent)]
    Database(#[from] Error),
    #[error(
        "rows of the demo in table {table}, or rows that they depend on, exist with other content; nothing was changed. \
         `cargo run --bin migrate -- reset` empties a development database"
    )]
    Different { table: &'static str },
}

impl From<diesel::result::Error> for SeedError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error.into())
    }
}

/// A table as it is, untouched.
macro_rules! count {
    ($connection:ident, $table:ident) => {{
        let rows = schema::$table::table.count().get_result($connection).await?;
        Seeded { name: stringify!($table), rows, inserted: 0 }
    }};
}

/// Inserts the rows of a table that are missing, then compares all of them with what is stored.
macro_rules! seed {
    ($connection:ident, $table:ident, $row:ident) => {{
        let rows = $table::rows()?;
        let different = SeedError::Different { table: stringify!($table) };
        let inserted = diesel::insert_into(schema::$table::table)
            .values(&rows)
            .on_conflict_do_nothing()
            .execute($connection)
            .await;
        let inserted = match inserted.map_err(Error::from) {
            Ok(inserted) => inserted,
            // The demo keeps every rule by itself; what it violates is in what was there.
            Err(error) if error.constraint().is_some() => return Err(different),
            Err(error) => return Err(error.into()),
        };
        let stored: Vec<models::$row> = models::$row::query()
            .filter(schema::$table::id.eq_any(rows.iter().map(|row| row.id)))
            .load($connection)
            .await?;
        if !rows.iter().all(|row| stored.contains(row)) {
            return Err(different);
        }
        Seeded { inserted, ..count!($connection, $table) }
    }};
}

/// Seeds every table, parents first. A row of the demo that exists with other content undoes everything.
pub async fn seed(connection: &mut AsyncPgConnection) -> Result<Vec<Seeded>, SeedError> {
    connection
        .transaction(async |connection: &mut AsyncPgConnection| {
            // The caller judged it by its host and content; with the demo's claims in it, it would pass for production.
            diesel::insert_into(schema::database_environment::table)
                .values(schema::database_environment::environment.eq(Environment::Development))
                .on_conflict_do_nothing()
                .execute(connection)
                .await?;
            Ok(vec![
                seed!(connection, payers, NewPayer),
                seed!(connection, claims, NewClaim),
                seed!(connection, claim_diagnoses, NewClaimDiagnosis),
                seed!(connection, claim_lines, NewClaimLine),
                seed!(connection, denials, NewDenial),
                seed!(connection, appeals, NewAppeal),
                seed!(connection, write_offs, NewWriteOff),
                seed!(connection, rebills, NewRebill),
                seed!(connection, denial_transactions, NewDenialTransaction),
                seed!(connection, payment_variances, NewPaymentVariance),
                count!(connection, denial_code_library),
                count!(connection, org_policies),
                count!(connection, coding_rules),
                count!(connection, database_environment),
            ])
        })
        .await
}

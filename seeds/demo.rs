//! Writes the demo data: all of it in one transaction, or nothing.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use rcm_schema::{Error, Result, models, schema};

use crate::{
    appeals, claim_diagnoses, claim_lines, claims, denial_transactions, denials, payers, payment_variances, rebills,
    write_offs,
};

/// What a run did to one table.
pub struct Seeded {
    pub table: &'static str,
    /// Rows that the demo has in this table.
    pub rows: usize,
    /// Those that were not there before.
    pub inserted: usize,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    #[error(transparent)]
    Database(#[from] Error),
    #[error(
        "{count} of the demo's rows in table {table} exist with other content; nothing was changed. \
         `cargo run --bin migrate -- reset` empties a development database"
    )]
    Different { table: &'static str, count: usize },
}

impl From<diesel::result::Error> for SeedError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error.into())
    }
}

/// Inserts the rows of a table that are missing, then compares all of them with what is stored.
macro_rules! seed {
    ($connection:ident, $table:ident, $row:ident) => {{
        let rows = $table::rows()?;
        let inserted = diesel::insert_into(schema::$table::table)
            .values(&rows)
            .on_conflict_do_nothing()
            .execute($connection)
            .await?;
        let stored: Vec<models::$row> = models::$row::query()
            .filter(schema::$table::id.eq_any(rows.iter().map(|row| row.id)))
            .load($connection)
            .await?;
        match rows.iter().filter(|row| !stored.contains(row)).count() {
            0 => Seeded { table: stringify!($table), rows: rows.len(), inserted },
            count => {
                return Err(SeedError::Different { table: stringify!($table), count });
            }
        }
    }};
}

/// Seeds every table, parents first. A row of the demo that exists with other content undoes everything.
pub async fn seed(connection: &mut AsyncPgConnection) -> Result<Vec<Seeded>, SeedError> {
    connection
        .transaction(async |connection: &mut AsyncPgConnection| {
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
            ])
        })
        .await
}

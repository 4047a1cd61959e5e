//! Writes the demo data, or finds that it is there unchanged.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use rcm_schema::schema::payers as payer_rows;
use rcm_schema::{Error, Result};

use crate::keys::Keys;
use crate::{files, payers, stories};

/// The tables of the demo, and the column that says whose a row is: what others added to the demo's claims belongs to it.
const TABLES: [(&str, &str); 12] = [
    ("payers", "id"),
    ("claims", "id"),
    ("claim_details", "claim_id"),
    ("claim_diagnoses", "claim_id"),
    ("claim_lines", "claim_id"),
    ("denials", "claim_id"),
    ("denial_notes", "denial_id"),
    ("appeals", "claim_id"),
    ("write_offs", "claim_id"),
    ("rebills", "original_claim_id"),
    ("postings", "claim_id"),
    ("payment_variances", "claim_id"),
];

/// Further tables that files fill; what is of a file stays as it came.
const OF_FILES: [&str; 6] = [
    "claim_sources",
    "remittance_files",
    "remittances",
    "remittance_claims",
    "remittance_services",
    "remittance_adjustments",
];

/// The tables that come with the migrations.
const REFERENCE: [&str; 10] = [
    "denial_code_library",
    "remark_code_library",
    "org_policies",
    "filing_rules",
    "coding_rules",
    "coding_rule_diagnoses",
    "procedure_indicators",
    "status_transitions",
    "period_closings",
    "database_environment",
];

/// A table after a run.
pub struct Seeded {
    /// Its name.
    pub name: &'static str,
    /// Rows that it holds.
    pub rows: i64,
    /// Those that this run wrote.
    pub written: i64,
}

/// Why nothing was written, unless it is the database's error while the limits of payers were: those the next run writes.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The database failed, or refused it.
    #[error(transparent)]
    Database(#[from] Error),
    /// Rows of the demo are there with other content.
    #[error(
        "the rows of the demo in table {table} differ from what this program writes; nothing was changed. \
         `cargo run --bin migrate -- reset` empties a development database"
    )]
    Different {
        /// The first such table.
        table: String,
    },
    /// A file of the demo could not be read.
    #[error("a file of the demo: {0}")]
    File(#[from] std::io::Error),
}

impl From<diesel::result::Error> for SeedError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error.into())
    }
}

/// Writes the demo, unless it is there. A row of it that exists with other content, is missing or was added undoes
/// everything. The payers' limits follow by themselves, because what denials are judged by can't change on Citus in a
/// transaction that records denials; a run that was cut off between them is finished by the next.
pub async fn seed(connection: &mut AsyncPgConnection) -> Result<Vec<Seeded>, SeedError> {
    let before = connection
        .transaction(async |connection: &mut AsyncPgConnection| {
            wait_for_others(connection).await?;
            let before = count(connection).await?;
            let demo = payer_rows::id.eq(Keys::Demo.payer(payers::BCBS_CALIFORNIA));
            if diesel::select(diesel::dsl::exists(payer_rows::table.filter(demo))).get_result(connection).await? {
                compare(connection).await?;
            } else {
                write(connection, Keys::Demo).await.map_err(|error| match error {
                    // The demo keeps every rule by itself; what it violates is in what was there.
                    Error::Query { constraint: Some(_), table: Some(table), .. } => SeedError::Different { table },
                    error => error.into(),
                })?;
            }
            files::import(connection).await?;
            Ok::<_, SeedError>(before)
        })
        .await?;
    let after = connection
        .transaction(async |connection: &mut AsyncPgConnection| {
            wait_for_others(connection).await?;
            payers::limit(connection).await?;
            count(connection).await
        })
        .await?;
    let table = |((name, before), (_, rows))| Seeded { name, rows, written: rows - before };
    Ok(before.into_iter().zip(after).map(table).collect())
}

/// One seeds, the others wait and find it seeded.
async fn wait_for_others(connection: &mut AsyncPgConnection) -> Result<()> {
    Ok(connection.batch_execute("lock table payers in share row exclusive mode").await?)
}

async fn write(connection: &mut AsyncPgConnection, keys: Keys) -> Result<()> {
    payers::write(connection, keys).await?;
    stories::write(connection, keys).await
}

/// Writes a copy of the demo beside it, compares the two table by table, and takes the copy back.
async fn compare(connection: &mut AsyncPgConnection) -> Result<(), SeedError> {
    connection.batch_execute("savepoint copy").await?;
    write(connection, Keys::Copy).await?;
    for (table, owner) in TABLES {
        if rows(connection, table, owner, Keys::Demo).await? != rows(connection, table, owner, Keys::Copy).await? {
            return Err(SeedError::Different { table: table.to_owned() });
        }
    }
    connection.batch_execute("rollback to savepoint copy").await?;
    Ok(())
}

/// The rows of the demo or of its copy in a table, all columns but the instants, as if they were the demo's.
async fn rows(connection: &mut AsyncPgConnection, table: &str, owner: &str, keys: Keys) -> Result<Vec<String>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        content: String,
    }
    // The ids of the ledger are the database's.
    let left_out = if table == "postings" { "id, created_at" } else { "created_at, updated_at" };
    let query = format!(
        "select cast(to_jsonb(row) - cast('{{{left_out}}}' as text[]) as text) as content
         from {table} as row where starts_with(cast({owner} as text), $1)"
    );
    let stored: Vec<Row> = diesel::sql_query(query).bind::<Text, _>(keys.prefix()).load(connection).await?;
    let as_demo = |row: Row| match keys {
        Keys::Demo => row.content,
        Keys::Copy => row.content.replace(keys.prefix(), Keys::Demo.prefix()).replace("\"COPY-", "\""),
    };
    let mut rows: Vec<String> = stored.into_iter().map(as_demo).collect();
    rows.sort_unstable();
    Ok(rows)
}

/// The rows of each table.
async fn count(connection: &mut AsyncPgConnection) -> Result<Vec<(&'static str, i64)>> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        rows: i64,
    }
    let mut counts = Vec::new();
    for table in TABLES.map(|(table, _)| table).into_iter().chain(OF_FILES).chain(REFERENCE) {
        let count: Count =
            diesel::sql_query(format!("select count(*) as rows from {table}")).get_result(connection).await?;
        counts.push((table, count.rows));
    }
    Ok(counts)
}

//! Many rows by one command: `claims::record_many`, `denials::record_many`, `postings::post_many`.
//!
//! Each table takes a chunk of rows in one statement, `insert … select … from unnest($1, $2, …)`, an array a column: it
//! is the same statement for any number of rows, stays prepared, and has few parameters.

use std::marker::PhantomData;

use diesel::QueryResult;
use diesel::expression::{AsExpression, TypedExpressionType};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, SqlType};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};

use super::command::{Parts, command, record_rows};
use crate::error::{Class, Error, QueryErrorKind, Result};

/// When the rows of a bulk command are committed. Inside a caller's transaction the caller commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    /// All of them, or none.
    Together,
    /// A chunk at a time; what is refused leaves the chunks before it, and [`Error::Bulk`] says how many rows they hold.
    ByChunk,
}

/// Rows of one chunk, unless they are large.
const CHUNK_ROWS: usize = 5_000;

/// What the rows of one chunk hold, about; PostgreSQL takes statements of up to 1 GB.
const CHUNK_BYTES: usize = 16 << 20;

/// What can be recorded in bulk.
pub(super) trait Bulk: Sync + Sized {
    /// What it adds to a statement, about.
    fn bytes(&self) -> usize;

    /// Records a chunk, by one statement a table. What waits for the end of the transaction is checked here, so that the
    /// error can name the row.
    fn insert(connection: &mut AsyncPgConnection, rows: &[Self]) -> impl Future<Output = QueryResult<()>> + Send;
}

/// Records rows in chunks.
pub(super) async fn record<Row: Bulk>(
    connection: &mut AsyncPgConnection,
    name: &'static str,
    rows: &[Row],
    commit: Commit,
) -> Result<()> {
    let parts = match commit {
        Commit::Together => Parts::Several,
        Commit::ByChunk => Parts::Transactions,
    };
    command(connection, name, parts, async |connection: &mut AsyncPgConnection| {
        record_chunks(connection, rows, commit).await?;
        record_rows(rows.len());
        Ok(())
    })
    .await
}

async fn record_chunks<Row: Bulk>(connection: &mut AsyncPgConnection, rows: &[Row], commit: Commit) -> Result<()> {
    let mut done = 0;
    while let chunk @ [_, ..] = first_chunk(&rows[done..]) {
        let inserted: Result<()> = connection
            .transaction(async |connection: &mut AsyncPgConnection| Ok(Row::insert(connection, chunk).await?))
            .await;
        if let Err(error) = inserted {
            let recorded = if commit == Commit::ByChunk { done } else { 0 };
            let (row, error) = match find_row(connection, chunk, error).await {
                (Some(row), error) => (Some(done + row), error),
                (None, error) => (None, error),
            };
            return Err(Error::Bulk { row, recorded, error: Box::new(error) });
        }
        done += chunk.len();
    }
    Ok(())
}

fn first_chunk<Row: Bulk>(rows: &[Row]) -> &[Row] {
    let mut bytes = 0;
    let fitting = rows.iter().take(CHUNK_ROWS).take_while(|row| {
        bytes += row.bytes();
        bytes <= CHUNK_BYTES
    });
    // A row that is larger than a chunk is one of its own.
    &rows[..fitting.count().max(1).min(rows.len())]
}

/// The first row with which the chunk is refused, and how: the rows before it are accepted. By trying ever shorter beginnings
/// of the chunk; nothing of them stays.
async fn find_row<Row: Bulk>(
    connection: &mut AsyncPgConnection,
    chunk: &[Row],
    mut error: Error,
) -> (Option<usize>, Error) {
    if !is_about_a_row(&error) {
        return (None, error);
    }
    let (mut accepted, mut refused) = (0, chunk.len());
    while accepted + 1 < refused {
        let middle = accepted + (refused - accepted) / 2;
        let outcome: Result<(), Trial> = connection
            .transaction(async |connection: &mut AsyncPgConnection| {
                Row::insert(connection, &chunk[..middle]).await?;
                Err(Trial::Accepted)
            })
            .await;
        match outcome {
            Err(Trial::Refused(again)) if is_about_a_row(&again) => (refused, error) = (middle, again),
            Err(Trial::Refused(other)) => return (None, other),
            _ => accepted = middle,
        }
    }
    (Some(accepted), error)
}

/// Why a trial is rolled back.
enum Trial {
    Accepted,
    Refused(Error),
}

impl From<diesel::result::Error> for Trial {
    fn from(error: diesel::result::Error) -> Self {
        Self::Refused(error.into())
    }
}

/// False for what any rows would meet.
pub(super) fn is_about_a_row(error: &Error) -> bool {
    use QueryErrorKind::{PermissionDenied, SchemaMismatch, StatementLost, TransactionAborted};
    match error {
        Error::Query { kind: PermissionDenied | SchemaMismatch | StatementLost | TransactionAborted, .. } => false,
        error => !matches!(error.class(), Class::Retry | Class::Unavailable),
    }
}

/// The statement that inserts arrays of values, an array a column.
pub(super) struct InsertArrays<'a, Table> {
    pub table: &'static str,
    pub rows: usize,
    pub columns: Vec<ColumnArray<'a>>,
    pub inserted: PhantomData<Table>,
}

impl<Table: Send + 'static> InsertArrays<'_, Table> {
    /// Sends it, unless there are no rows.
    pub async fn send(self, connection: &mut AsyncPgConnection) -> QueryResult<()> {
        if self.rows > 0 {
            self.execute(connection).await?;
        }
        Ok(())
    }
}

/// What a column is given.
pub(super) struct ColumnArray<'a> {
    pub name: &'static str,
    /// For rows that leave it out.
    pub default: Option<&'static str>,
    pub values: Box<dyn QueryFragment<Pg> + Send + Sync + 'a>,
}

/// The values of a column whose SQL type is `ST`.
pub(super) fn array<'a, ST, T>(values: Vec<T>) -> Box<dyn QueryFragment<Pg> + Send + Sync + 'a>
where
    Array<ST>: SqlType + TypedExpressionType,
    Vec<T>: AsExpression<Array<ST>, Expression: QueryFragment<Pg> + Send + Sync + 'a>,
{
    Box::new(AsExpression::<Array<ST>>::as_expression(values))
}

impl<Table> QueryFragment<Pg> for InsertArrays<'_, Table> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let separator = |position| if position == 0 { "" } else { ", " };
        out.push_sql("insert into ");
        out.push_identifier(self.table)?;
        out.push_sql(" (");
        for (position, column) in self.columns.iter().enumerate() {
            out.push_sql(separator(position));
            out.push_identifier(column.name)?;
        }
        out.push_sql(") select ");
        for (position, column) in self.columns.iter().enumerate() {
            out.push_sql(separator(position));
            match column.default {
                None => out.push_identifier(column.name)?,
                Some(default) => {
                    out.push_sql("coalesce(");
                    out.push_identifier(column.name)?;
                    out.push_sql(", ");
                    out.push_sql(default);
                    out.push_sql(")");
                }
            }
        }
        out.push_sql(" from unnest(");
        for (position, column) in self.columns.iter().enumerate() {
            out.push_sql(separator(position));
            column.values.walk_ast(out.reborrow())?;
        }
        out.push_sql(") as added (");
        for (position, column) in self.columns.iter().enumerate() {
            out.push_sql(separator(position));
            out.push_identifier(column.name)?;
        }
        out.push_sql(")");
        Ok(())
    }
}

/// One statement a table.
impl<Table: 'static> QueryId for InsertArrays<'_, Table> {
    type QueryId = InsertArrays<'static, Table>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

/// The statement for rows of an insertable: all its fields, which are columns of the table. A field that may be left out
/// where the column may not be empty names the column's default.
macro_rules! insert_arrays {
    ($rows:expr, $new:ident into $table:ident { $($column:ident $(or $default:literal)?),+ }) => {{
        // Doesn't compile when the insertable gets another field.
        let _ = |row: &$new| { let $new { $($column: _),+ } = row; };
        let rows = $rows;
        $crate::workflow::bulk::InsertArrays::<$table::table> {
            table: stringify!($table),
            rows: rows.clone().count(),
            columns: vec![$($crate::workflow::bulk::ColumnArray {
                name: stringify!($column),
                default: $crate::workflow::bulk::insert_arrays!(@default $($default)?),
                values: $crate::workflow::bulk::array::<
                    $crate::workflow::bulk::insert_arrays!(@type $table $column $($default)?), _
                >(rows.clone().map(|row| &row.$column).collect()),
            }),+],
            inserted: std::marker::PhantomData,
        }
    }};
    (@default) => { None };
    (@default $default:literal) => { Some($default) };
    (@type $table:ident $column:ident) => { diesel::dsl::SqlTypeOf<$table::$column> };
    (@type $table:ident $column:ident $default:literal) => {
        diesel::sql_types::Nullable<diesel::dsl::SqlTypeOf<$table::$column>>
    };
}
pub(super) use insert_arrays;

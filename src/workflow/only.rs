//! The row that a command's statement returns.

use diesel::QueryResult;
use diesel::result::Error::NotFound;

/// What commands use instead of `get_result`, which reads no further than the row. Outside a transaction PostgreSQL sends
/// the row first and commits then, and may refuse that: at SERIALIZABLE, or what is checked at the end of a transaction.
pub(super) trait Only<Row> {
    /// The row of all the rows.
    fn only(self) -> QueryResult<Row>;
}

impl<Row> Only<Row> for QueryResult<Vec<Row>> {
    fn only(self) -> QueryResult<Row> {
        self?.pop().ok_or(NotFound)
    }
}

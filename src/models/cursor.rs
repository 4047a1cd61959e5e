//! Pages of a list. A page starts after a key, not after a number of rows: what others write meanwhile neither repeats a row
//! nor hides one.

use std::fmt;

use diesel::expression::BoxableExpression;
use diesel::pg::Pg;
use diesel::sql_types::{Bool, Nullable};

/// Where a list goes on: after the row with this key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Cursor<Key> {
    /// The columns that the list is ordered by, in that order; the last is the row's id.
    pub key: Key,
}

/// Shows nothing: a key may hold an amount.
impl<Key> fmt::Debug for Cursor<Key> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Cursor(…)")
    }
}

/// What a cursor begins with as text; another order of a list would be another version.
#[cfg(feature = "serde")]
const VERSION: &str = "1.";

/// Opaque text for the parameter of a URL.
#[cfg(feature = "serde")]
impl<Key: serde::Serialize> serde::Serialize for Cursor<Key> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let key = serde_json::to_vec(&self.key).map_err(serde::ser::Error::custom)?;
        let hexadecimal: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        serializer.collect_str(&format_args!("{VERSION}{hexadecimal}"))
    }
}

#[cfg(feature = "serde")]
impl<'de, Key: serde::de::DeserializeOwned> serde::Deserialize<'de> for Cursor<Key> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        let pairs = text.strip_prefix(VERSION).unwrap_or_default().as_bytes().chunks(2);
        let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        let bytes: Option<Vec<u8>> = pairs.map(byte).collect();
        let key = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let key = key.ok_or_else(|| serde::de::Error::custom("not a cursor of this list; begin at its first page"))?;
        Ok(Self { key })
    }
}

/// `in_pages!(Appeal, appeals: due_on asc NaiveDate, id asc AppealId)` lists the rows of a table or view in this order: it
/// makes the cursor after a row, and a function `page`. A direction is `asc`, `desc` or `desc_nulls_first`.
macro_rules! in_pages {
    ($row:ident, $table:ident: $($column:ident $direction:ident $type:ty),+) => {
        impl From<&$row> for $crate::models::Cursor<($($type,)+)> {
            fn from(row: &$row) -> Self {
                Self { key: ($(row.$column.to_owned(),)+) }
            }
        }

        /// What the query finds, in the order of the list: at most `limit` rows after the cursor.
        ///
        /// A list of one payer, or of one assignee, is ordered by that first, and asks for `= any` of the one: of a payer whose
        /// rows are many and late, PostgreSQL would otherwise walk the index of all rows and skip the others'.
        async fn page(
            connection: &mut diesel_async::AsyncPgConnection,
            query: $table::BoxedQuery<'_, diesel::pg::Pg>,
            after: Option<$crate::models::Cursor<($($type,)+)>>,
            limit: u32,
        ) -> $crate::error::Result<Vec<$row>> {
            use $crate::models::cursor::*;
            let mut query = query.then_order_by(($(side!(order $direction $table::$column),)+)).limit(limit.into());
            if let Some(Cursor { key: ($($column,)+) }) = &after {
                query = query.filter(follows!($table: $($column $direction),+));
            }
            Ok(diesel_async::RunQueryDsl::load(query.select($row::as_select()), connection).await?)
        }
    };
}

/// Does a row follow the key? It is past the first value, or at that value and past the rest of the key. The condition on
/// the first column alone lets an index start there.
macro_rules! follows {
    ($table:ident: $column:ident $direction:ident) => {
        side!(past $direction $table::$column, $column)
    };
    ($table:ident: $column:ident $direction:ident, $($rest:tt)+) => {
        side!(from $direction $table::$column, $column)
            .and(side!(past $direction $table::$column, $column).or(follows!($table: $($rest)+)))
    };
}

/// What a direction means for a column: the order, the rows from a value on, the rows past it.
#[rustfmt::skip]
macro_rules! side {
    (order asc $column:expr) => { $column.asc() };
    (order desc $column:expr) => { $column.desc() };
    (order desc_nulls_first $column:expr) => { $column.desc().nulls_first() };
    (from asc $column:expr, $value:ident) => { $column.ge($value).nullable() };
    (past asc $column:expr, $value:ident) => { $column.gt($value).nullable() };
    (from desc $column:expr, $value:ident) => { $column.le($value).nullable() };
    (past desc $column:expr, $value:ident) => { $column.lt($value).nullable() };
    (from desc_nulls_first $column:expr, $value:ident) => {
        $value.map_or_else(|| boxed(diesel::dsl::sql("true")), |value| boxed($column.le(value)))
    };
    (past desc_nulls_first $column:expr, $value:ident) => {
        $value.map_or_else(|| boxed($column.is_not_null().nullable()), |value| boxed($column.lt(value)))
    };
}
pub(crate) use {follows, in_pages, side};

/// A condition, of whatever type.
pub(crate) fn boxed<'a, Table>(
    condition: impl BoxableExpression<Table, Pg, SqlType = Nullable<Bool>> + 'a,
) -> Box<dyn BoxableExpression<Table, Pg, SqlType = Nullable<Bool>> + 'a> {
    Box::new(condition)
}

//! What a list adds up to.

use crate::types::UsdTotal;

/// What a filter matches, in all: read when asked for, by a statement of its own.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// Number of rows.
    pub count: i64,
    /// Sum of their amounts, US dollars; the list says which.
    pub amount: UsdTotal,
}

impl Totals {
    /// Count and sum as SQL has them: the sum of no rows is NULL.
    pub(super) fn new((count, amount): (i64, Option<UsdTotal>)) -> Self {
        Self { count, amount: amount.unwrap_or_else(UsdTotal::zero) }
    }
}

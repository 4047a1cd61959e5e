//! A period of days.

use chrono::NaiveDate;

/// Days from one to another, both included; an end that isn't given is open. The default is every day.
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DateRange {
    /// The first day.
    pub from: Option<NaiveDate>,
    /// The last day; before the first one there is nothing in between.
    pub to: Option<NaiveDate>,
}

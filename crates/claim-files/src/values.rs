//! What files say, as columns take it.

use bigdecimal::BigDecimal;
use chrono::{Datelike, NaiveDate};
use serde_json::Value;
use x12_claims::{Amount, Details, OtherSegment};

/// X12 has no longer element than 264 characters; what is longer than a column takes is no value.
const LONGEST: usize = 500;

/// An element as it was sent, without control characters; `None` where it is blank or too long.
pub(crate) fn as_sent(text: &str) -> Option<String> {
    let control = |letter: char| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}');
    let kept: String = text.chars().filter(|letter| !control(*letter)).collect();
    let kept = kept.trim();
    (!kept.is_empty() && kept.chars().count() <= LONGEST).then(|| kept.to_owned())
}

/// A day that a column takes: a mistyped century is none.
pub(crate) fn plausible(day: NaiveDate) -> Option<NaiveDate> {
    (1900..2200).contains(&day.year()).then_some(day)
}

/// Segments that no column holds, as arrays of their elements: codes, numbers and days alone.
pub(crate) fn other_segments<'a>(segments: impl Iterator<Item = &'a OtherSegment>) -> Vec<Value> {
    segments
        .filter_map(OtherSegment::codes)
        .map(|codes| Value::Array(codes.split('*').map(Value::from).collect()))
        .collect()
}

/// Amounts and quantities that no column holds.
pub(crate) fn amounts(details: &Details) -> Vec<Value> {
    let segment = |name: &'static str| {
        move |amount: &Amount| {
            // In a broken file anything can stand in any place.
            let code = amount.qualifier.len() <= 2 && amount.qualifier.bytes().all(|byte| byte.is_ascii_alphanumeric());
            code.then(|| Value::from(vec![name.to_owned(), amount.qualifier.to_string(), plain(&amount.value)]))
        }
    };
    let money = details.amounts.iter().filter_map(segment("AMT"));
    money.chain(details.quantities.iter().filter_map(segment("QTY"))).collect()
}

pub(crate) fn plain(number: &BigDecimal) -> String {
    number.normalized().to_plain_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_clean_or_absent() {
        assert_eq!(as_sent(" R03996273 #01\u{7f}\u{85}\u{2028}"), Some("R03996273 #01".into()));
        assert_eq!(as_sent("\u{a0}\t "), None);
        assert_eq!(as_sent(&"é".repeat(500)).map(|kept| kept.chars().count()), Some(500));
        assert_eq!(as_sent(&"é".repeat(501)), None);
    }

    #[test]
    fn a_day_of_another_century_is_none() {
        let day = |year| NaiveDate::from_ymd_opt(year, 1, 2).and_then(plausible).is_some();
        assert!(day(1900) && day(2199) && !day(1899) && !day(2200) && !day(201));
    }
}

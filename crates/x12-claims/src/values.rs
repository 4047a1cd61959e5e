//! Text, numbers and days of elements.

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;
use chrono::NaiveDate;

use crate::private::Private;
use crate::problems::{Notes, ProblemKind};
use crate::segment::Segment;
use crate::text::Text;

/// A number as X12 writes it: a sign, digits, a point. No exponent, at most 36 digits: what comes is bounded.
pub(crate) fn decimal(bytes: &[u8]) -> Option<BigDecimal> {
    let (negative, digits) = match bytes {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    if digits.len() > 37 {
        return None;
    }
    let (mut value, mut count, mut scale) = (0_i128, 0_u32, None);
    for byte in digits {
        match byte {
            b'0'..=b'9' => {
                count += 1;
                value = value.checked_mul(10)?.checked_add(i128::from(byte - b'0'))?;
                scale = scale.map(|scale: i64| scale + 1);
            }
            b'.' if scale.is_none() => scale = Some(0),
            _ => return None,
        }
    }
    if count == 0 || count > 36 {
        return None;
    }
    let value = if negative { -value } else { value };
    let integer = i64::try_from(value).map_or_else(|_| BigInt::from(value), BigInt::from);
    Some(BigDecimal::new(integer, scale.unwrap_or(0)))
}

fn number(bytes: &[u8]) -> Option<u32> {
    bytes.iter().try_fold(0_u32, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u32::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// A day as CCYYMMDD.
pub(crate) fn day(bytes: &[u8]) -> Option<NaiveDate> {
    let (year, rest) = bytes.split_at_checked(4)?;
    let (month, day) = rest.split_at_checked(2)?;
    if day.len() != 2 {
        return None;
    }
    NaiveDate::from_ymd_opt(i32::try_from(number(year)?).ok()?, number(month)?, number(day)?)
}

/// A day as YYMMDD of this century, as ISA has it, or as CCYYMMDD.
pub(crate) fn header_day(bytes: &[u8]) -> Option<NaiveDate> {
    if bytes.len() == 6 { day(&[b"20", bytes].concat()) } else { day(bytes) }
}

/// What is taken out of a segment, with the problems noted.
pub(crate) trait Values {
    /// The text of an element; empty where there is none.
    fn text(&self, element: usize) -> Text;
    fn private(&self, element: usize) -> Private<Text> {
        self.text(element).into()
    }
    fn has(&self, element: usize) -> bool;
    fn part(&self, element: usize, component: usize) -> Text;
    /// The components in order, without the empty ones.
    fn parts(&self, element: usize) -> Vec<Text>;
    fn optional(&self, element: usize, notes: &mut Notes) -> Option<BigDecimal>;
    fn amount(&self, element: usize, notes: &mut Notes) -> BigDecimal;
    fn day(&self, element: usize, notes: &mut Notes) -> Option<NaiveDate>;
    /// Notes an element that is missing.
    fn required(&self, element: usize, notes: &mut Notes);
    fn limit(&self, elements: usize, notes: &mut Notes);
}

impl Values for Segment<'_> {
    fn text(&self, element: usize) -> Text {
        self.take(element);
        Text::read(self.element(element))
    }

    fn has(&self, element: usize) -> bool {
        !self.element(element).trim_ascii().is_empty()
    }

    fn part(&self, element: usize, component: usize) -> Text {
        self.take(element);
        Text::read(self.component(element, component))
    }

    fn parts(&self, element: usize) -> Vec<Text> {
        self.take(element);
        self.components(element).map(Text::read).filter(|part| !part.is_empty()).collect()
    }

    fn optional(&self, element: usize, notes: &mut Notes) -> Option<BigDecimal> {
        self.take(element);
        let bytes = self.element(element).trim_ascii();
        let value = decimal(bytes);
        if value.is_none() && !bytes.is_empty() {
            notes.note(self, Some(element), ProblemKind::NotADecimal);
        }
        value
    }

    fn amount(&self, element: usize, notes: &mut Notes) -> BigDecimal {
        self.required(element, notes);
        self.optional(element, notes).unwrap_or_default()
    }

    fn day(&self, element: usize, notes: &mut Notes) -> Option<NaiveDate> {
        self.take(element);
        let bytes = self.element(element).trim_ascii();
        let value = day(bytes);
        if value.is_none() && !bytes.is_empty() {
            notes.note(self, Some(element), ProblemKind::NotADate);
        }
        value
    }

    fn required(&self, element: usize, notes: &mut Notes) {
        if !self.has(element) {
            notes.note(self, Some(element), ProblemKind::Missing);
        }
    }

    fn limit(&self, elements: usize, notes: &mut Notes) {
        if (elements + 1..=self.count()).any(|element| self.has(element)) {
            notes.note(self, Some(elements + 1), ProblemKind::TooManyElements);
        }
    }
}

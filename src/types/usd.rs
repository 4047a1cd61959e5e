//! US dollars.

use std::fmt;
use std::iter::Sum;
use std::str::FromStr;

use bigdecimal::{BigDecimal, RoundingMode, ToPrimitive, Zero};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::data_types::PgNumeric;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Numeric;

use crate::error::{Error, Result};
use crate::types::as_text::as_text;

/// In cents; the SQL domains stop short of ten billion dollars.
const LARGEST: i64 = 999_999_999_999;

macro_rules! money {
    ($(#[$meta:meta])* $name:ident, $what:literal, $rule:literal, $in_range:expr) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
        #[diesel(sql_type = Numeric)]
        // Always of two decimals, so that what it holds without its point is cents.
        pub struct $name(BigDecimal);

        impl $name {
            const IS_IN_RANGE: fn(Option<i64>) -> bool = $in_range;

            /// Nothing.
            pub fn zero() -> Self {
                Self(BigDecimal::zero().with_scale(2))
            }

            /// The amount as a decimal number with two decimals, for arithmetic.
            pub fn as_decimal(&self) -> &BigDecimal {
                &self.0
            }

            /// Both together; `None` where that is out of range.
            pub fn checked_add(&self, other: &Self) -> Option<Self> {
                Self::try_from(&self.0 + &other.0).ok()
            }

            /// This less the other; `None` where that is out of range.
            pub fn checked_sub(&self, other: &Self) -> Option<Self> {
                Self::try_from(&self.0 - &other.0).ok()
            }

            /// The amount in cents; `None` where a sum outgrows 64 bits.
            pub fn cents(&self) -> Option<i64> {
                self.0.as_bigint_and_scale().0.to_i64()
            }
        }

        impl TryFrom<BigDecimal> for $name {
            type Error = Error;

            /// Refuses, instead of rounding, what the SQL domain refuses: too many decimals, out of range.
            fn try_from(value: BigDecimal) -> Result<Self> {
                let has_cents = value.fractional_digit_count() == 2;
                let cents = (!has_cents).then(|| value.with_scale_round(2, RoundingMode::Down));
                let is_exact = cents.as_ref().is_none_or(|cents| *cents == value);
                let amount = Self(cents.unwrap_or(value));
                match is_exact && (Self::IS_IN_RANGE)(amount.cents()) {
                    true => Ok(amount),
                    false => Err(Error::Invalid { what: $what, rule: $rule }),
                }
            }
        }

        impl FromStr for $name {
            type Err = Error;

            /// Reads plain decimal notation such as `125.00`; no currency sign, grouping or exponent.
            fn from_str(text: &str) -> Result<Self> {
                let plain = text.len() <= 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-'));
                let number = plain.then(|| text.parse::<BigDecimal>().ok()).flatten();
                number.ok_or(Error::Invalid { what: $what, rule: $rule })?.try_into()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(&self.0.to_plain_string())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, concat!(stringify!($name), "({})"), self.0.to_plain_string())
            }
        }

        as_text!($name);

        impl<'a> Sum<&'a $name> for UsdTotal {
            fn sum<I: Iterator<Item = &'a $name>>(amounts: I) -> Self {
                amounts.fold(Self::zero(), |sum, amount| Self(sum.0 + &amount.0))
            }
        }

        impl ToSql<Numeric, Pg> for $name {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                ToSql::<Numeric, Pg>::to_sql(&self.0, out)
            }
        }

        impl FromSql<Numeric, Pg> for $name {
            fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
                let numeric = PgNumeric::from_sql(value)?;
                match cents(&numeric) {
                    Some(cents) if (Self::IS_IN_RANGE)(Some(cents)) => Ok(Self(BigDecimal::new(cents.into(), 2))),
                    // Of more than 64 bits, or refused.
                    _ => Ok(Self::try_from(BigDecimal::try_from(numeric)?)?),
                }
            }
        }
    };
}

money! {
    /// US dollars, 0.00 to 9999999999.99, the SQL domain `usd`. Always shows two decimals.
    ///
    /// ```
    /// use rcm_schema::types::Usd;
    ///
    /// let charge: Usd = "125".parse()?;
    /// assert_eq!(charge.to_string(), "125.00");
    /// assert!("0.001".parse::<Usd>().is_err(), "refused, not rounded");
    /// assert!("-1".parse::<Usd>().is_err());
    /// # Ok::<(), rcm_schema::Error>(())
    /// ```
    Usd, "usd", "US dollars from 0 to 9999999999.99 with at most two decimals",
    |cents| cents.is_some_and(|cents| (0..=LARGEST).contains(&cents))
}

money! {
    /// US dollars above or below zero, the SQL domain `signed_usd`. Always shows two decimals.
    SignedUsd, "signed_usd", "US dollars from -9999999999.99 to 9999999999.99 with at most two decimals",
    |cents| cents.is_some_and(|cents| (-LARGEST..=LARGEST).contains(&cents))
}

money! {
    /// A sum of US dollars, above or below zero and of any size: sums outgrow what one amount may be. Always shows two
    /// decimals.
    UsdTotal, "usd_total", "US dollars with at most two decimals",
    |_| true
}

impl std::ops::Neg for SignedUsd {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl From<&Usd> for SignedUsd {
    fn from(amount: &Usd) -> Self {
        Self(amount.0.clone())
    }
}

impl std::ops::Add for &SignedUsd {
    type Output = UsdTotal;

    fn add(self, other: Self) -> UsdTotal {
        UsdTotal(&self.0 + &other.0)
    }
}

/// What PostgreSQL sends, by groups of four digits, in cents; `None` where that isn't exact or outgrows 64 bits. A row has
/// many amounts, and arithmetic of any size costs more than all else of reading it.
fn cents(numeric: &PgNumeric) -> Option<i64> {
    let (weight, digits, sign) = match numeric {
        PgNumeric::Positive { weight, digits, .. } => (*weight, digits, 1),
        PgNumeric::Negative { weight, digits, .. } => (*weight, digits, -1),
        PgNumeric::NaN => return None,
    };
    let sum = digits.iter().try_fold(0_i64, |sum, group| sum.checked_mul(10_000)?.checked_add((*group).into()))?;
    // Groups of zeros at the end aren't sent, before the point or after it.
    let left_out = i32::from(weight) + 1 - i32::try_from(digits.len()).ok()?;
    let cents = match u32::try_from(left_out) {
        Ok(groups) => sum.checked_mul(10_000_i64.checked_pow(groups)?)?.checked_mul(100)?,
        Err(_) if left_out == -1 && sum % 100 == 0 => sum / 100,
        Err(_) => return None,
    };
    Some(sign * cents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_domain_refuses_is_refused() {
        for text in [
            "",
            "NaN",
            "inf",
            "Infinity",
            "-Infinity",
            "-0.01",
            "0.001",
            "1000.004",
            "10000000000",
            "1e3",
            "1E400000000",
            "$5",
            "1,000.00",
            " 1",
            "--1",
            ".",
        ] {
            assert!(text.parse::<Usd>().is_err(), "{text:?} was taken");
        }
        for text in ["-10000000000", "10000000000", "-0.001"] {
            assert!(text.parse::<SignedUsd>().is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn arithmetic_stays_in_range_and_exact() {
        let usd = |text: &str| text.parse::<Usd>().unwrap();
        assert_eq!(usd("0.10").checked_add(&usd("0.20")), Some(usd("0.30")));
        assert_eq!(usd("0.10").checked_sub(&usd("0.20")), None);
        assert_eq!(usd("9999999999.99").checked_add(&usd("0.01")), None);
        assert_eq!(usd("9999999999.99").cents(), Some(999_999_999_999));
        assert_eq!((-SignedUsd::from(&usd("0.05"))).cents(), Some(-5));
        let total: UsdTotal = [usd("9999999999.99"), usd("0.01")].iter().sum();
        assert_eq!(total.to_string(), "10000000000.00");
    }

    #[test]
    fn two_decimals_are_always_shown() {
        for (text, shown) in [("0", "0.00"), ("5", "5.00"), ("5.5", "5.50"), ("9999999999.99", "9999999999.99")] {
            assert_eq!(text.parse::<Usd>().unwrap().to_string(), shown);
        }
        // More decimals than two are fine while they are zeros.
        assert_eq!("5.5000".parse::<Usd>().unwrap().to_string(), "5.50");
        assert_eq!("-75".parse::<SignedUsd>().unwrap().to_string(), "-75.00");
        assert_eq!(format!("{:>8}", Usd::zero()), "    0.00");
    }
}

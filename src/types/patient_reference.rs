//! The pseudonym of a patient.

use std::fmt;
use std::str::FromStr;

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;

use crate::error::{Error, Result};

/// A patient's pseudonym. It has no `Display`, and its `Debug` shows nothing, so that it doesn't end up in logs;
/// [`PatientReference::reveal`] is for the code that needs it.
#[derive(Clone, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct PatientReference(String);

impl PatientReference {
    /// The pseudonym itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl FromStr for PatientReference {
    type Err = Error;

    /// Takes at most 100 letters, digits, `.`, `_` and `-`; never pass a name or a medical record number.
    fn from_str(pseudonym: &str) -> Result<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        if !(1..=100).contains(&pseudonym.len()) || !pseudonym.bytes().all(allowed) {
            return Err(Error::Invalid {
                what: "patient_reference",
                rule: "at most 100 letters, digits, points, underscores and hyphens",
            });
        }
        Ok(Self(pseudonym.to_owned()))
    }
}

/// It is read, but not written: a service that shows one says so, by [`PatientReference::reveal`].
#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for PatientReference {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Debug for PatientReference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PatientReference(…)")
    }
}

impl ToSql<Text, Pg> for PatientReference {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<Text, Pg>::to_sql(&self.0, out)
    }
}

impl FromSql<Text, Pg> for PatientReference {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        FromSql::<Text, Pg>::from_sql(value).map(Self)
    }
}

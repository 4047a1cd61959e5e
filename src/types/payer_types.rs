//! Several types of payer.

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{Array, Nullable, Text};

use crate::error::Error;
use crate::types::PayerType;

/// Types of payer, stored as an array of their names.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Debug, Clone, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Array<Nullable<Text>>)]
pub struct PayerTypes(pub Vec<PayerType>);

impl ToSql<Array<Nullable<Text>>, Pg> for PayerTypes {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let names: Vec<Option<&str>> = self.0.iter().map(|payer_type| Some(payer_type.as_str())).collect();
        ToSql::<Array<Nullable<Text>>, Pg>::to_sql(&names, &mut out.reborrow())
    }
}

impl FromSql<Array<Nullable<Text>>, Pg> for PayerTypes {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let names: Vec<Option<String>> = FromSql::<Array<Nullable<Text>>, Pg>::from_sql(value)?;
        let unknown = Error::Invalid { what: "payer_types", rule: "known types of payer" };
        let known: Option<Vec<PayerType>> = names.into_iter().map(|name| name?.parse().ok()).collect();
        Ok(Self(known.ok_or(unknown)?))
    }
}

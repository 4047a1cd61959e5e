//! Several claims.

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{Array, Nullable, Uuid as SqlUuid};
use uuid::Uuid;

use crate::error::Error;
use crate::types::ClaimId;

/// Ids of claims, stored as an array.
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[derive(Debug, Clone, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Array<Nullable<SqlUuid>>)]
pub struct ClaimIds(pub Vec<ClaimId>);

impl ToSql<Array<Nullable<SqlUuid>>, Pg> for ClaimIds {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let ids: Vec<Option<Uuid>> = self.0.iter().map(|claim| Some(claim.0)).collect();
        ToSql::<Array<Nullable<SqlUuid>>, Pg>::to_sql(&ids, &mut out.reborrow())
    }
}

impl FromSql<Array<Nullable<SqlUuid>>, Pg> for ClaimIds {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let ids: Vec<Option<Uuid>> = FromSql::<Array<Nullable<SqlUuid>>, Pg>::from_sql(value)?;
        let empty = Error::Invalid { what: "claim_ids", rule: "ids of claims" };
        let ids: Option<Vec<ClaimId>> = ids.into_iter().map(|id| id.map(ClaimId)).collect();
        Ok(Self(ids.ok_or(empty)?))
    }
}

//! Compares what the database keeps with what it is kept from.

use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::error::Result;

/// A kept value that differs from what it is kept from.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Difference {
    /// `denials` or `claims`.
    #[diesel(sql_type = Text)]
    pub table_name: String,
    /// The row's primary key.
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// The column, such as `recovered_amount`.
    #[diesel(sql_type = Text)]
    pub kept_column: String,
    /// What the row says.
    #[diesel(sql_type = Nullable<Text>)]
    pub kept: Option<String>,
    /// What the ledger, the appeals and rebills, or the claim's denials and lines say.
    #[diesel(sql_type = Text)]
    pub expected: String,
}

/// Every denial and claim whose totals differ from the ledger, denials or lines: nothing, always, unless triggers were
/// switched off. Run it after a restore. Reads all denials and claims.
pub async fn reconcile(connection: &mut AsyncPgConnection) -> Result<Vec<Difference>> {
    Ok(diesel::sql_query(
        "select 'denials' as table_name, denial_id as id, kept_column, kept, expected from reconcile()
         union all
         select 'claims', claim_id, kept_column, kept, expected from reconcile_claims()",
    )
    .load(connection)
    .await?)
}

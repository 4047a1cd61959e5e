//! Compares what the database keeps with what it is kept from.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::fetch_one;
use crate::error::Result;

/// A kept value that differs from what it is kept from.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Difference {
    /// `denials`, `claims` or `denial_work_items`.
    #[diesel(sql_type = Text)]
    pub table_name: String,
    /// The row's primary key; of the work list, the denial's.
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// The column, such as `recovered_amount`; of the work list `item`.
    #[diesel(sql_type = Text)]
    pub kept_column: String,
    /// What the row says.
    #[diesel(sql_type = Nullable<Text>)]
    pub kept: Option<String>,
    /// What the ledger, the appeals and rebills, or the claim's denials and lines say; of the work list, how it differs from
    /// what triage says: `missing`, `not to be worked` or `differs`.
    #[diesel(sql_type = Text)]
    pub expected: String,
}

/// Every denial and claim whose totals differ from the ledger, appeals, denials or lines, and every denial that the work
/// list has otherwise than triage says: nothing, always, unless triggers were switched off. Run it after a restore. Reads
/// all of them.
pub async fn reconcile(connection: &mut AsyncPgConnection) -> Result<Vec<Difference>> {
    Ok(diesel::sql_query(
        "select 'denials' as table_name, denial_id as id, kept_column, kept, expected from reconcile()
         union all
         select 'claims', claim_id, kept_column, kept, expected from reconcile_claims()
         union all
         select 'denial_work_items', denial_id, 'item', null, difference from reconcile_work_list()",
    )
    .load(connection)
    .await?)
}

/// Has the work list say what triage says, and tells how many denials differed. For the owner of the tables, after a restore
/// without triggers; writers of denials wait meanwhile.
pub async fn repair_work_list(connection: &mut AsyncPgConnection) -> Result<i64> {
    fetch_one(connection, "repair_work_list", diesel::select(sql::<BigInt>("repair_work_list()"))).await
}

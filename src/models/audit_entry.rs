//! `audit_log`: who changed what, when, and from which value.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;

use crate::error::Result;
use crate::models::debug_shows_id;
use crate::schema::audit_log;
use crate::types::AuditEntryId;

/// A change or a deletion; triggers write it. Those without a seal are found by their index, `audit_log_by_seal`.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, Eq, HasQuery, Identifiable)]
#[diesel(table_name = audit_log, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct AuditEntry {
    pub id: AuditEntryId,
    pub seal: Option<i32>,
    pub changed_table: String,
    pub operation: String,
    pub row_key: Option<String>,
    pub old_values: Option<Value>,
    pub new_values: Option<Value>,
    pub actor: Option<String>,
    pub recorded_login: String,
    pub recorded_role: String,
    pub transaction_number: i64,
    pub created_at: DateTime<Utc>,
}

debug_shows_id!(AuditEntry);

impl AuditEntry {
    /// What became of a row, the first change first. The key is that of the row, of several columns with a space between
    /// them. Index: `audit_log_by_row`.
    pub async fn by_row(
        connection: &mut AsyncPgConnection,
        table: &str,
        key: impl ToString + Send,
    ) -> Result<Vec<Self>> {
        let found =
            Self::query().filter(audit_log::row_key.eq(key.to_string())).filter(audit_log::changed_table.eq(table));
        Ok(found.order(audit_log::id).load(connection).await?)
    }
}

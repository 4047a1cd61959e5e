//! `payers`: who pays.

use bon::Builder;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::schema::payers;
use crate::types::{BusinessId, PayerId, PayerType};

/// Who pays.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Debug, Clone, PartialEq, HasQuery, Identifiable)]
#[diesel(table_name = payers, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct Payer {
    pub id: PayerId,
    pub payer_id: BusinessId,
    pub name: String,
    pub payer_type: PayerType,
    pub contact_details: serde_json::Value,
    pub is_provisional: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A payer to insert.
#[derive(Debug, Clone, PartialEq, Insertable, Builder)]
#[diesel(table_name = payers)]
#[builder(on(String, into))]
#[allow(missing_docs)]
pub struct NewPayer {
    #[builder(default = PayerId::new())]
    pub id: PayerId,
    pub payer_id: BusinessId,
    pub name: String,
    pub payer_type: PayerType,
    pub contact_details: Option<serde_json::Value>,
    pub is_provisional: Option<bool>,
}

impl Payer {
    /// The payer with this business id, such as BCBS-CA-001; [`crate::Error::NotFound`] where there is none.
    pub async fn by_payer_id(connection: &mut AsyncPgConnection, payer_id: &str) -> Result<Self> {
        Ok(Self::query().filter(payers::payer_id.eq(payer_id)).get_result(connection).await?)
    }

    /// Those that were made from files and are to be completed or merged, the first first. Index: `payers_to_complete`.
    pub async fn provisional(connection: &mut AsyncPgConnection) -> Result<Vec<Self>> {
        let found = Self::query().filter(payers::is_provisional);
        Ok(found.order((payers::created_at, payers::id)).load(connection).await?)
    }
}

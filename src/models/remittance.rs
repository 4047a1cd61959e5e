//! `remittance_files` and `remittances`: what payers sent.

use bigdecimal::{BigDecimal, Zero};
use bon::Builder;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::cursor::in_pages;
use crate::models::{Cursor, Payer, debug_shows_id};
use crate::schema::{remittance_files, remittances};
use crate::types::{PayerId, RemittanceFileId, RemittanceId};

/// An 835 file that was read; its bytes are not kept.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, Eq, HasQuery, Identifiable)]
#[diesel(table_name = remittance_files, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct RemittanceFile {
    pub id: RemittanceFileId,
    pub sha256: Vec<u8>,
    pub stored_at: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// One payment of a payer with what it is for: an 835 transaction.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = remittances, belongs_to(Payer), check_for_backend(diesel::pg::Pg))]
#[diesel(belongs_to(RemittanceFile, foreign_key = file_id))]
#[allow(missing_docs)]
pub struct Remittance {
    pub id: RemittanceId,
    pub file_id: RemittanceFileId,
    pub transaction_number: i32,
    pub content_sha256: Vec<u8>,
    pub payer_id: PayerId,
    pub payee_npi: Option<String>,
    pub trace_number: Option<String>,
    pub originator: Option<String>,
    pub handling: Option<String>,
    pub method: Option<String>,
    pub total_amount: BigDecimal,
    pub paid_on: Option<NaiveDate>,
    pub produced_on: Option<NaiveDate>,
    pub explained_amount: BigDecimal,
    pub difference: BigDecimal,
    pub repeats_id: Option<RemittanceId>,
    pub is_dismissed: bool,
    pub reviewed_by: Option<String>,
    pub reviewed_on: Option<NaiveDate>,
    pub other_segments: serde_json::Value,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A remittance to store, as it came; [`crate::workflow::remittances::record`] writes it.
#[derive(Clone, PartialEq, Insertable, Builder)]
#[diesel(table_name = remittances, treat_none_as_default_value = false)]
#[builder(on(String, into))]
#[allow(missing_docs)]
pub struct NewRemittance {
    #[builder(default = RemittanceId::new())]
    pub id: RemittanceId,
    pub transaction_number: i32,
    pub content_sha256: Vec<u8>,
    pub payer_id: PayerId,
    pub payee_npi: Option<String>,
    pub trace_number: Option<String>,
    pub originator: Option<String>,
    pub handling: Option<String>,
    pub method: Option<String>,
    pub total_amount: BigDecimal,
    pub paid_on: Option<NaiveDate>,
    pub produced_on: Option<NaiveDate>,
    #[builder(default = serde_json::Value::Array(Vec::new()))]
    pub other_segments: serde_json::Value,
}

debug_shows_id!(RemittanceFile, Remittance, NewRemittance);

in_pages!(Remittance, remittances: paid_on desc_nulls_first Option<NaiveDate>, id desc RemittanceId);

impl Remittance {
    /// Those of a check or transfer (X12 TRN02), in the order in which they came. Index: `remittances_by_trace`.
    pub async fn by_trace(connection: &mut AsyncPgConnection, trace_number: &str) -> Result<Vec<Self>> {
        let found = Self::query().filter(remittances::trace_number.eq(trace_number));
        Ok(found.order(remittances::id).load(connection).await?)
    }

    /// A payer's, or all, newest first, at most `limit` after the cursor. Indexes: `remittances_by_payer`,
    /// `remittances_by_day`.
    pub async fn list(
        connection: &mut AsyncPgConnection,
        payer: Option<PayerId>,
        after: Option<Cursor<(Option<NaiveDate>, RemittanceId)>>,
        limit: u32,
    ) -> Result<Vec<Self>> {
        let mut query = remittances::table.into_boxed();
        if let Some(payer) = payer {
            query = query.filter(remittances::payer_id.eq_any([payer])).order(remittances::payer_id);
        }
        page(connection, query, after, limit).await
    }

    /// Those that a person has to look at, in the order in which they came: they don't add up or repeat a payment.
    /// [`crate::workflow::remittances::accept`] or [`crate::workflow::remittances::dismiss`] decides. Index:
    /// `remittances_to_review`.
    pub async fn to_review(connection: &mut AsyncPgConnection) -> Result<Vec<Self>> {
        let difference = remittances::difference.ne(BigDecimal::zero()).or(remittances::repeats_id.is_not_null());
        let query = Self::query().filter(difference).filter(remittances::reviewed_by.is_null());
        Ok(query.order(remittances::id).load(connection).await?)
    }
}

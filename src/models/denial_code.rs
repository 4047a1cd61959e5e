//! `denial_code_library`: what a denial code means and what usually helps.

use bigdecimal::BigDecimal;
use bon::Builder;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::schema::denial_code_library;
use crate::types::{Action, DenialCategory, DenialCode, DenialCodeEntryId, Disposition, PayerTypes};

/// What a denial code means and what usually helps.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Debug, Clone, PartialEq, HasQuery, Identifiable)]
#[diesel(table_name = denial_code_library, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct DenialCodeEntry {
    pub id: DenialCodeEntryId,
    pub denial_code: DenialCode,
    pub category: DenialCategory,
    pub description: String,
    pub appealable: bool,
    pub not_appealable_by: Option<PayerTypes>,
    pub recommended_action: Action,
    pub benchmark_appeal_success_percentage: Option<BigDecimal>,
    pub usual_resolution: String,
    pub prevention: String,
    pub valid_from: Option<NaiveDate>,
    pub valid_to: Option<NaiveDate>,
    pub source: Option<String>,
    pub disposition: Disposition,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A library entry to insert.
#[derive(Debug, Clone, PartialEq, Insertable, Builder)]
#[diesel(table_name = denial_code_library)]
#[builder(on(String, into))]
#[allow(missing_docs)]
pub struct NewDenialCodeEntry {
    #[builder(default = DenialCodeEntryId::new())]
    pub id: DenialCodeEntryId,
    pub denial_code: DenialCode,
    pub category: DenialCategory,
    pub description: String,
    pub appealable: bool,
    pub not_appealable_by: Option<PayerTypes>,
    pub recommended_action: Action,
    pub benchmark_appeal_success_percentage: Option<BigDecimal>,
    pub usual_resolution: String,
    pub prevention: String,
    pub valid_from: Option<NaiveDate>,
    pub valid_to: Option<NaiveDate>,
    pub source: Option<String>,
}

impl DenialCodeEntry {
    /// The entry of a code; [`crate::Error::NotFound`] where the library lacks it.
    /// Index: `denial_code_library_denial_code_unique`.
    pub async fn by_code(connection: &mut AsyncPgConnection, denial_code: &str) -> Result<Self> {
        Ok(Self::query().filter(denial_code_library::denial_code.eq(denial_code)).get_result(connection).await?)
    }
}

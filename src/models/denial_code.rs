//! `denial_code_library`: what a denial code means and what usually helps.

use bigdecimal::BigDecimal;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::schema::denial_code_library;
use crate::types::{Action, DenialCategory, DenialCode, DenialCodeEntryId};

/// What a denial code means and what usually helps.
#[derive(Debug, Clone, PartialEq, HasQuery, Identifiable)]
#[diesel(table_name = denial_code_library, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct DenialCodeEntry {
    pub id: DenialCodeEntryId,
    pub denial_code: DenialCode,
    pub category: DenialCategory,
    pub description: String,
    pub appealable: bool,
    pub recommended_action: Action,
    pub benchmark_appeal_success_percentage: Option<BigDecimal>,
    pub usual_resolution: String,
    pub prevention: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A library entry to insert.
#[derive(Debug, Clone, PartialEq, Insertable, HasQuery)]
#[diesel(table_name = denial_code_library, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct NewDenialCodeEntry {
    pub id: DenialCodeEntryId,
    pub denial_code: DenialCode,
    pub category: DenialCategory,
    pub description: String,
    pub appealable: bool,
    pub recommended_action: Action,
    pub benchmark_appeal_success_percentage: Option<BigDecimal>,
    pub usual_resolution: String,
    pub prevention: String,
}

impl NewDenialCodeEntry {
    /// An entry without a benchmark.
    pub fn new(
        denial_code: DenialCode,
        category: DenialCategory,
        description: impl Into<String>,
        appealable: bool,
        recommended_action: Action,
        usual_resolution: impl Into<String>,
        prevention: impl Into<String>,
    ) -> Self {
        Self {
            id: DenialCodeEntryId::new(),
            denial_code,
            category,
            description: description.into(),
            appealable,
            recommended_action,
            benchmark_appeal_success_percentage: None,
            usual_resolution: usual_resolution.into(),
            prevention: prevention.into(),
        }
    }
}

impl DenialCodeEntry {
    /// The entry of a code; [`crate::Error::NotFound`] where the library lacks it.
    /// Index: `denial_code_library_denial_code_unique`.
    pub async fn by_code(connection: &mut AsyncPgConnection, denial_code: &str) -> Result<Self> {
        Ok(Self::query().filter(denial_code_library::denial_code.eq(denial_code)).first(connection).await?)
    }
}

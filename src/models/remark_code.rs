//! `remark_code_library`, `denial_remarks`: what payers remark on denials, and what that changes.

use bon::Builder;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::{Denial, debug_shows_id};
use crate::schema::{denial_remarks, remark_code_library};
use crate::types::{Action, DenialCategory, DenialId, RemarkCode};

/// What a remark changes for a denial.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Identifiable)]
#[diesel(table_name = remark_code_library, primary_key(remark_code), check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct RemarkCodeEntry {
    pub remark_code: RemarkCode,
    pub description: String,
    pub category: Option<DenialCategory>,
    pub prevents_appeal: bool,
    pub asks_for_new_claim: bool,
    pub recommended_action: Option<Action>,
    pub next_steps: Option<String>,
    pub source: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// An entry of the remark library to insert.
#[derive(Debug, Clone, PartialEq, Eq, Insertable, Builder)]
#[diesel(table_name = remark_code_library)]
#[builder(on(String, into))]
#[allow(missing_docs)]
pub struct NewRemarkCodeEntry {
    pub remark_code: RemarkCode,
    pub description: String,
    pub category: Option<DenialCategory>,
    #[builder(default)]
    pub prevents_appeal: bool,
    #[builder(default)]
    pub asks_for_new_claim: bool,
    pub recommended_action: Option<Action>,
    pub next_steps: Option<String>,
    pub source: Option<String>,
}

impl RemarkCodeEntry {
    /// The entry of a remark; [`crate::Error::NotFound`] where the library lacks it. Index: `remark_code_library_pkey`.
    pub async fn by_code(connection: &mut AsyncPgConnection, remark_code: &str) -> Result<Self> {
        Ok(Self::query().filter(remark_code_library::remark_code.eq(remark_code)).get_result(connection).await?)
    }
}

/// What a payer remarked on a denial.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, Eq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = denial_remarks, primary_key(denial_id, remark_code))]
#[diesel(belongs_to(Denial), check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct DenialRemark {
    pub denial_id: DenialId,
    pub remark_code: RemarkCode,
    pub withdrawn_by: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// A remark to insert; [`add_remarks`](crate::workflow::denials::add_remarks) does.
#[derive(Clone, PartialEq, Eq, Insertable)]
#[diesel(table_name = denial_remarks)]
#[allow(missing_docs)]
pub struct NewDenialRemark {
    pub denial_id: DenialId,
    pub remark_code: RemarkCode,
}

debug_shows_id!(DenialRemark { denial_id }, NewDenialRemark { denial_id });

impl DenialRemark {
    /// The remarks on a denial, those that were withdrawn too, by code. Index: `denial_remarks_pkey`.
    pub async fn by_denial(connection: &mut AsyncPgConnection, denial: DenialId) -> Result<Vec<Self>> {
        let found = Self::query().filter(denial_remarks::denial_id.eq(denial));
        Ok(found.order(denial_remarks::remark_code).load(connection).await?)
    }
}

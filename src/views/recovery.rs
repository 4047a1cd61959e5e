//! `estimated_recoveries()`: what denials may bring, from what similar ones brought.

use bigdecimal::BigDecimal;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Numeric};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::sql_types::DenialKey;
use crate::types::{DenialId, Usd};

/// What a denial may bring.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct EstimatedRecovery {
    /// The denial.
    #[diesel(sql_type = DenialKey)]
    pub denial_id: DenialId,
    /// What is open times the share that similar denials brought; `None` where fewer than twenty were decided. US dollars.
    #[diesel(sql_type = Nullable<Numeric>)]
    pub estimated_recovery: Option<Usd>,
    /// That share, in percent.
    #[diesel(sql_type = Nullable<Numeric>)]
    pub recovered_percentage: Option<BigDecimal>,
    /// How many similar denials were decided in the last twelve months, of those that are looked at.
    #[diesel(sql_type = BigInt)]
    pub similar_denials: i64,
    /// Are these of the same payer and code? Else of the same type of payer and category.
    #[diesel(sql_type = Bool)]
    pub of_payer_and_code: bool,
}

impl EstimatedRecovery {
    /// Of a denial, or of a page of them; in no order. It reads up to a hundred similar denials of each payer and code, and
    /// those of them that are open. Index: `denials_by_payer_and_code`.
    pub async fn of(connection: &mut AsyncPgConnection, denials: &[DenialId]) -> Result<Vec<Self>> {
        Ok(diesel::sql_query("select * from estimated_recoveries($1)")
            .bind::<Array<DenialKey>, _>(denials)
            .load(connection)
            .await?)
    }
}

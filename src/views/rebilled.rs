//! Where denials that were rebilled live on, and what came of them.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::debug_shows_id;
use crate::types::*;

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// What was moved to new claims, and what came of it there.
    rebilled_denials (denial_id, new_claim_id) {
        denial_id -> DenialKey,
        new_claim_id -> ClaimKey,
        rebilled_amount -> Numeric,
        recovered_amount -> Numeric,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// What each rebill brought on its new claim.
    rebill_recoveries (rebill_id) {
        rebill_id -> RebillKey,
        recovered_amount -> Numeric,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// What was moved to new claims, and what came of it there.
    rebilled_facts (denial_id, new_claim) {
        denial_id -> Text,
        new_claim -> Text,
        rebilled_amount -> Numeric,
        recovered_amount -> Numeric,
    }
}

/// What was moved to a new claim, and what came of it there.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, HasQuery)]
#[diesel(table_name = rebilled_denials, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct RebilledDenial {
    pub denial_id: DenialId,
    pub new_claim_id: ClaimId,
    pub rebilled_amount: Usd,
    pub recovered_amount: Usd,
}

impl RebilledDenial {
    /// Where a denial lives on: mostly one row, none where it was not rebilled. Index: `postings_by_denial`.
    pub async fn by_denial(connection: &mut AsyncPgConnection, denial: DenialId) -> Result<Vec<Self>> {
        use rebilled_denials as rebilled;
        Ok(Self::query().filter(rebilled::denial_id.eq(denial)).order(rebilled::new_claim_id).load(connection).await?)
    }
}

debug_shows_id!(RebilledDenial { denial_id, new_claim_id });

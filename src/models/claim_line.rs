//! `claim_lines`: one service of a claim.

use bigdecimal::BigDecimal;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;

use crate::models::{Claim, debug_shows_id};
use crate::schema::claim_lines;
use crate::types::{ClaimId, ClaimLineId, ProcedureCode, ProcedureModifier, Usd};

/// One service of a claim.
#[derive(Clone, PartialEq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = claim_lines, belongs_to(Claim), check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct ClaimLine {
    pub id: ClaimLineId,
    pub claim_id: ClaimId,
    pub line_number: i16,
    pub procedure_code: ProcedureCode,
    pub modifier_1: Option<ProcedureModifier>,
    pub modifier_2: Option<ProcedureModifier>,
    pub modifier_3: Option<ProcedureModifier>,
    pub modifier_4: Option<ProcedureModifier>,
    pub units: BigDecimal,
    pub charge_amount: Usd,
    pub service_date: NaiveDate,
    pub diagnosis_pointer_1: Option<i16>,
    pub diagnosis_pointer_2: Option<i16>,
    pub diagnosis_pointer_3: Option<i16>,
    pub diagnosis_pointer_4: Option<i16>,
    pub created_at: DateTime<Utc>,
}

/// A line to insert.
#[derive(Clone, PartialEq, Insertable, HasQuery)]
#[diesel(table_name = claim_lines, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct NewClaimLine {
    pub id: ClaimLineId,
    pub claim_id: ClaimId,
    pub line_number: i16,
    pub procedure_code: ProcedureCode,
    pub modifier_1: Option<ProcedureModifier>,
    pub modifier_2: Option<ProcedureModifier>,
    pub modifier_3: Option<ProcedureModifier>,
    pub modifier_4: Option<ProcedureModifier>,
    pub units: BigDecimal,
    pub charge_amount: Usd,
    pub service_date: NaiveDate,
    pub diagnosis_pointer_1: Option<i16>,
    pub diagnosis_pointer_2: Option<i16>,
    pub diagnosis_pointer_3: Option<i16>,
    pub diagnosis_pointer_4: Option<i16>,
}

debug_shows_id!(ClaimLine, NewClaimLine);

impl NewClaimLine {
    /// One unit without modifiers and diagnosis pointers; the charge is for all units.
    pub fn new(
        claim_id: ClaimId,
        line_number: i16,
        procedure_code: ProcedureCode,
        charge_amount: Usd,
        service_date: NaiveDate,
    ) -> Self {
        Self {
            id: ClaimLineId::new(),
            claim_id,
            line_number,
            procedure_code,
            modifier_1: None,
            modifier_2: None,
            modifier_3: None,
            modifier_4: None,
            units: BigDecimal::from(1),
            charge_amount,
            service_date,
            diagnosis_pointer_1: None,
            diagnosis_pointer_2: None,
            diagnosis_pointer_3: None,
            diagnosis_pointer_4: None,
        }
    }
}

//! `claim_lines`: one service of a claim.

use bigdecimal::BigDecimal;
use bon::Builder;
use chrono::NaiveDate;
use diesel::prelude::*;

use crate::models::{Claim, debug_shows_id};
use crate::schema::claim_lines;
use crate::types::{ClaimId, ProcedureCode, ProcedureModifier, RevenueCode, Usd};

/// One service of a claim.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = claim_lines, primary_key(claim_id, line_number), belongs_to(Claim), check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct ClaimLine {
    pub claim_id: ClaimId,
    pub line_number: i16,
    pub procedure_code: Option<ProcedureCode>,
    pub revenue_code: Option<RevenueCode>,
    pub modifier_1: Option<ProcedureModifier>,
    pub modifier_2: Option<ProcedureModifier>,
    pub modifier_3: Option<ProcedureModifier>,
    pub modifier_4: Option<ProcedureModifier>,
    pub units: BigDecimal,
    pub charge_amount: Usd,
    pub service_date: NaiveDate,
    pub service_to: Option<NaiveDate>,
    pub diagnosis_pointer_1: Option<i16>,
    pub diagnosis_pointer_2: Option<i16>,
    pub diagnosis_pointer_3: Option<i16>,
    pub diagnosis_pointer_4: Option<i16>,
}

/// A line to insert.
#[derive(Clone, PartialEq, Insertable, Builder, HasQuery)]
#[diesel(table_name = claim_lines, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct NewClaimLine {
    pub claim_id: ClaimId,
    pub line_number: i16,
    pub procedure_code: Option<ProcedureCode>,
    pub revenue_code: Option<RevenueCode>,
    pub modifier_1: Option<ProcedureModifier>,
    pub modifier_2: Option<ProcedureModifier>,
    pub modifier_3: Option<ProcedureModifier>,
    pub modifier_4: Option<ProcedureModifier>,
    #[diesel(select_expression = claim_lines::units.nullable())]
    pub units: Option<BigDecimal>,
    pub charge_amount: Usd,
    pub service_date: NaiveDate,
    pub service_to: Option<NaiveDate>,
    pub diagnosis_pointer_1: Option<i16>,
    pub diagnosis_pointer_2: Option<i16>,
    pub diagnosis_pointer_3: Option<i16>,
    pub diagnosis_pointer_4: Option<i16>,
}

debug_shows_id!(ClaimLine { claim_id, line_number }, NewClaimLine { claim_id, line_number });

//! The views behind the reports: one row per thing that happened, with what people group by in plain columns, and
//! without the patient. [`crate::reports`] has the figures that are made of them. Ids of facts are digests: the same
//! denial has the same in each view, and no table has them.

use bigdecimal::BigDecimal;
use chrono::NaiveDate;
use diesel::prelude::*;

use crate::models::debug_shows_id;
use crate::types::*;

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// What each denial is about.
    classified_denials (denial_id) {
        denial_id -> DenialKey,
        category -> DenialCategory,
        appealable -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// One row per claim.
    claim_facts (id) {
        id -> Text,
        claim -> Text,
        payer -> Text,
        payer_type -> PayerType,
        claim_type -> ClaimType,
        status -> ClaimStatus,
        service_from -> Date,
        submitted_on -> Nullable<Date>,
        amount -> Numeric,
        charge_amount -> Numeric,
        paid_amount -> Numeric,
        contractual_amount -> Numeric,
        patient_responsibility_amount -> Numeric,
        other_payer_amount -> Numeric,
        written_off_amount -> Numeric,
        rebilled_amount -> Numeric,
        patient_paid_amount -> Numeric,
        patient_written_off_amount -> Numeric,
        payer_balance_amount -> Numeric,
        patient_balance_amount -> Numeric,
        payer_sequence -> SmallInt,
        billing_provider -> Nullable<Text>,
        rendering_provider -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// One row per denial.
    denial_facts (id) {
        id -> Text,
        claim -> Text,
        payer -> Text,
        denial_code -> Text,
        category -> DenialCategory,
        procedure_code -> Nullable<Text>,
        denied_on -> Date,
        preventable -> Nullable<Bool>,
        denial_amount -> Numeric,
        recovered_amount -> Numeric,
        written_off_amount -> Numeric,
        transferred_amount -> Numeric,
        adjusted_amount -> Numeric,
        rebilled_amount -> Numeric,
        withdrawn_amount -> Numeric,
        open_amount -> Numeric,
        resolution_status -> ResolutionStatus,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// One row per posting to the ledger, with its sign.
    posting_facts (id) {
        id -> Text,
        claim -> Text,
        payer -> Text,
        denial_id -> Nullable<Text>,
        settles_denial -> Bool,
        kind -> PostingKind,
        posted_on -> Date,
        amount -> Numeric,
        appeal_id -> Nullable<Text>,
        rebill_id -> Nullable<Text>,
        write_off_id -> Nullable<Text>,
        moved_to_claim -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// One row per appeal.
    appeal_facts (id) {
        id -> Text,
        denial_id -> Text,
        claim -> Text,
        payer -> Text,
        denial_code -> Text,
        denial_category -> DenialCategory,
        appeal_level -> AppealLevel,
        status -> AppealStatus,
        priority -> Priority,
        due_on -> Date,
        filed_on -> Nullable<Date>,
        decided_on -> Nullable<Date>,
        days_to_decision -> Nullable<Integer>,
        appealed_amount -> Numeric,
        approved_amount -> Nullable<Numeric>,
        paid_amount -> Numeric,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// One row per write-off.
    write_off_facts (id) {
        id -> Text,
        denial_id -> Text,
        claim -> Text,
        payer -> Text,
        denial_code -> Text,
        denial_category -> DenialCategory,
        reason -> WriteOffReason,
        category -> WriteOffCategory,
        status -> WriteOffStatus,
        preventable -> Nullable<Bool>,
        requested_on -> Date,
        approved_on -> Nullable<Date>,
        amount -> Numeric,
        lost_amount -> Numeric,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// One row per rebill.
    rebill_facts (id) {
        id -> Text,
        denial_id -> Text,
        claim -> Text,
        payer -> Text,
        denial_code -> Text,
        denial_category -> DenialCategory,
        reason -> RebillReason,
        status -> RebillStatus,
        submitted_on -> Nullable<Date>,
        resolved_on -> Nullable<Date>,
        days_to_resolution -> Nullable<Integer>,
        denial_amount -> Numeric,
        recovered_amount -> Numeric,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::sql_types::*;

    /// One row per payment variance.
    variance_facts (id) {
        id -> Text,
        claim -> Text,
        payer -> Text,
        paid_on -> Date,
        expected_amount -> Numeric,
        actual_amount -> Numeric,
        variance_amount -> Numeric,
        variance_percentage -> Numeric,
        variance_type -> VarianceType,
        variance_reason -> Nullable<VarianceReason>,
        needs_appeal -> Bool,
        resolved_on -> Nullable<Date>,
    }
}

/// What a denial is about.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, HasQuery)]
#[diesel(table_name = classified_denials, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct ClassifiedDenial {
    pub denial_id: DenialId,
    pub category: DenialCategory,
    pub appealable: bool,
}

/// One row per claim.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, HasQuery)]
#[diesel(table_name = claim_facts, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct ClaimFact {
    pub id: String,
    pub claim: BusinessId,
    pub payer: BusinessId,
    pub payer_type: PayerType,
    pub claim_type: ClaimType,
    pub status: ClaimStatus,
    pub service_from: NaiveDate,
    pub submitted_on: Option<NaiveDate>,
    pub amount: Usd,
    pub charge_amount: SignedUsd,
    pub paid_amount: SignedUsd,
    pub contractual_amount: SignedUsd,
    pub patient_responsibility_amount: SignedUsd,
    pub other_payer_amount: SignedUsd,
    pub written_off_amount: Usd,
    pub rebilled_amount: Usd,
    pub patient_paid_amount: SignedUsd,
    pub patient_written_off_amount: Usd,
    pub payer_balance_amount: SignedUsd,
    pub patient_balance_amount: SignedUsd,
    pub payer_sequence: i16,
    pub billing_provider: Option<Npi>,
    pub rendering_provider: Option<Npi>,
}

/// One row per denial.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, HasQuery)]
#[diesel(table_name = denial_facts, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct DenialFact {
    pub id: String,
    pub claim: BusinessId,
    pub payer: BusinessId,
    pub denial_code: DenialCode,
    pub category: DenialCategory,
    pub procedure_code: Option<ProcedureCode>,
    pub denied_on: NaiveDate,
    pub preventable: Option<bool>,
    pub denial_amount: Usd,
    pub recovered_amount: Usd,
    pub written_off_amount: Usd,
    pub transferred_amount: Usd,
    pub adjusted_amount: Usd,
    pub rebilled_amount: Usd,
    pub withdrawn_amount: Usd,
    pub open_amount: Usd,
    pub resolution_status: ResolutionStatus,
}

/// One row per posting to the ledger; its amount is below zero when it takes something back.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, HasQuery)]
#[diesel(table_name = posting_facts, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct PostingFact {
    pub id: String,
    pub claim: BusinessId,
    pub payer: BusinessId,
    pub denial_id: Option<String>,
    pub settles_denial: bool,
    pub kind: PostingKind,
    pub posted_on: NaiveDate,
    pub amount: SignedUsd,
    pub appeal_id: Option<String>,
    pub rebill_id: Option<String>,
    pub write_off_id: Option<String>,
    pub moved_to_claim: Option<BusinessId>,
}

/// One row per appeal.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, HasQuery)]
#[diesel(table_name = appeal_facts, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct AppealFact {
    pub id: String,
    pub denial_id: String,
    pub claim: BusinessId,
    pub payer: BusinessId,
    pub denial_code: DenialCode,
    pub denial_category: DenialCategory,
    pub appeal_level: AppealLevel,
    pub status: AppealStatus,
    pub priority: Priority,
    pub due_on: NaiveDate,
    pub filed_on: Option<NaiveDate>,
    pub decided_on: Option<NaiveDate>,
    pub days_to_decision: Option<i32>,
    pub appealed_amount: Usd,
    pub approved_amount: Option<Usd>,
    pub paid_amount: Usd,
}

/// One row per write-off.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, HasQuery)]
#[diesel(table_name = write_off_facts, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct WriteOffFact {
    pub id: String,
    pub denial_id: String,
    pub claim: BusinessId,
    pub payer: BusinessId,
    pub denial_code: DenialCode,
    pub denial_category: DenialCategory,
    pub reason: WriteOffReason,
    pub category: WriteOffCategory,
    pub status: WriteOffStatus,
    pub preventable: Option<bool>,
    pub requested_on: NaiveDate,
    pub approved_on: Option<NaiveDate>,
    pub amount: Usd,
    pub lost_amount: Usd,
}

/// One row per rebill.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, HasQuery)]
#[diesel(table_name = rebill_facts, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct RebillFact {
    pub id: String,
    pub denial_id: String,
    pub claim: BusinessId,
    pub payer: BusinessId,
    pub denial_code: DenialCode,
    pub denial_category: DenialCategory,
    pub reason: RebillReason,
    pub status: RebillStatus,
    pub submitted_on: Option<NaiveDate>,
    pub resolved_on: Option<NaiveDate>,
    pub days_to_resolution: Option<i32>,
    pub denial_amount: Usd,
    pub recovered_amount: Usd,
}

/// One row per payment variance.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Clone, PartialEq, HasQuery)]
#[diesel(table_name = variance_facts, check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct VarianceFact {
    pub id: String,
    pub claim: BusinessId,
    pub payer: BusinessId,
    pub paid_on: NaiveDate,
    pub expected_amount: Usd,
    pub actual_amount: Usd,
    pub variance_amount: SignedUsd,
    pub variance_percentage: BigDecimal,
    pub variance_type: VarianceType,
    pub variance_reason: Option<VarianceReason>,
    pub needs_appeal: bool,
    pub resolved_on: Option<NaiveDate>,
}

debug_shows_id!(ClaimFact, DenialFact, PostingFact, AppealFact, WriteOffFact, RebillFact, VarianceFact);

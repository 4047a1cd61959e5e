//! `denial_transactions`: one posting to a denial's ledger; never changed, only reversed.

use bon::Builder;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;

use crate::models::{Appeal, Denial, Rebill, WriteOff, debug_shows_id};
use crate::schema::denial_transactions;
use crate::types::{AppealId, DenialId, DenialTransactionId, RebillId, TransactionKind, Usd, WriteOffId};

/// One posting to a denial's ledger; never changed, only reversed.
#[derive(Clone, PartialEq, HasQuery, Identifiable, Associations)]
#[diesel(table_name = denial_transactions, belongs_to(Denial), belongs_to(Appeal), belongs_to(Rebill), belongs_to(WriteOff), check_for_backend(diesel::pg::Pg))]
#[allow(missing_docs)]
pub struct DenialTransaction {
    pub id: DenialTransactionId,
    pub denial_id: DenialId,
    pub kind: TransactionKind,
    pub amount: Usd,
    pub posted_on: NaiveDate,
    pub posted_by: String,
    pub appeal_id: Option<AppealId>,
    pub rebill_id: Option<RebillId>,
    pub write_off_id: Option<WriteOffId>,
    pub reverses_id: Option<DenialTransactionId>,
    pub is_reversal: bool,
    pub reversed_is_reversal: Option<bool>,
    pub created_at: DateTime<Utc>,
}

/// A posting to insert; the denial's totals follow.
#[derive(Clone, PartialEq, Insertable, Builder)]
#[diesel(table_name = denial_transactions)]
#[builder(on(String, into))]
#[allow(missing_docs)]
pub struct NewDenialTransaction {
    #[builder(default = DenialTransactionId::new())]
    pub id: DenialTransactionId,
    pub denial_id: DenialId,
    pub kind: TransactionKind,
    pub amount: Usd,
    pub posted_on: NaiveDate,
    pub posted_by: String,
    pub appeal_id: Option<AppealId>,
    pub rebill_id: Option<RebillId>,
    pub write_off_id: Option<WriteOffId>,
    pub reverses_id: Option<DenialTransactionId>,
}

debug_shows_id!(DenialTransaction, NewDenialTransaction);

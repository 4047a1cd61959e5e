//! Record a denial, and post to its ledger what comes from no appeal, rebill or write-off; those post by themselves.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::fetch_one;
use crate::error::Result;
#[cfg(doc)]
use crate::error::Rule;
use crate::models::{Denial, DenialTransaction, NewDenial, NewDenialTransaction};
use crate::schema::{denial_transactions, denials};
use crate::types::{DenialId, DenialTransactionId, TransactionKind, Usd};

/// Records a denial. The claim's totals and status follow.
///
/// Errors: [`Rule::OverDenied`] where the claim's open denials would exceed its balance, as where the payer denies
/// again what was written off: reverse the write-off instead, and the first denial is open again; a check violation
/// (`claims_pending_is_not_denied`) for a claim that was not submitted.
pub async fn record(connection: &mut AsyncPgConnection, denial: &NewDenial) -> Result<Denial> {
    let insert = diesel::insert_into(denials::table).values(denial).returning(Denial::as_returning());
    fetch_one(connection, insert).await.map_err(|error| error.of_claim(denial.claim_id))
}

/// Records what went wrong, and whether the practice could have prevented it.
pub async fn note_cause(
    connection: &mut AsyncPgConnection,
    denial: DenialId,
    root_cause: &str,
    preventable: bool,
) -> Result<Denial> {
    let update = diesel::update(denials::table.find(denial))
        .set((denials::root_cause.eq(root_cause), denials::preventable.eq(preventable)))
        .returning(Denial::as_returning());
    fetch_one(connection, update).await
}

/// Moves an amount, US dollars, from a denial to the patient.
///
/// Errors: [`Rule::ContractualObligation`] for a code of group CO; [`Rule::OverAllocated`] where less is open.
pub async fn transfer_to_patient(
    connection: &mut AsyncPgConnection,
    denial: DenialId,
    amount: Usd,
    posted_on: NaiveDate,
    posted_by: &str,
) -> Result<DenialTransaction> {
    post(connection, denial, TransactionKind::PatientTransfer, amount, posted_on, posted_by).await
}

/// Posts what the payer paid for a denial without an appeal or a rebill, US dollars.
///
/// Error: [`Rule::OverAllocated`] where less is open.
pub async fn post_recovery(
    connection: &mut AsyncPgConnection,
    denial: DenialId,
    amount: Usd,
    posted_on: NaiveDate,
    posted_by: &str,
) -> Result<DenialTransaction> {
    post(connection, denial, TransactionKind::Recovery, amount, posted_on, posted_by).await
}

/// Posts what the contract takes off a denial, US dollars.
///
/// Error: [`Rule::OverAllocated`] where less is open.
pub async fn post_contractual_adjustment(
    connection: &mut AsyncPgConnection,
    denial: DenialId,
    amount: Usd,
    posted_on: NaiveDate,
    posted_by: &str,
) -> Result<DenialTransaction> {
    post(connection, denial, TransactionKind::ContractualAdjustment, amount, posted_on, posted_by).await
}

async fn post(
    connection: &mut AsyncPgConnection,
    denial: DenialId,
    kind: TransactionKind,
    amount: Usd,
    posted_on: NaiveDate,
    posted_by: &str,
) -> Result<DenialTransaction> {
    let posting = NewDenialTransaction::builder()
        .denial_id(denial)
        .kind(kind)
        .amount(amount)
        .posted_on(posted_on)
        .posted_by(posted_by)
        .build();
    insert(connection, &posting).await
}

/// Reverses a posting; what it had settled is open again. A write-off's posting is reversed by
/// [`crate::workflow::write_offs::reverse`].
///
/// Errors: [`Rule::AlreadyReversed`]; [`Rule::KeptByDatabase`] for a write-off's posting; a foreign key violation
/// (`denial_transactions_reverses_same_posting`) for a posting that is itself a reversal.
pub async fn reverse(
    connection: &mut AsyncPgConnection,
    posting: DenialTransactionId,
    posted_on: NaiveDate,
    posted_by: &str,
) -> Result<DenialTransaction> {
    let reversed: DenialTransaction =
        DenialTransaction::query().filter(denial_transactions::id.eq(posting)).first(connection).await?;
    let reversal = NewDenialTransaction {
        id: DenialTransactionId::new(),
        denial_id: reversed.denial_id,
        kind: reversed.kind,
        amount: reversed.amount,
        posted_on,
        posted_by: posted_by.to_owned(),
        appeal_id: reversed.appeal_id,
        rebill_id: reversed.rebill_id,
        write_off_id: reversed.write_off_id,
        reverses_id: Some(posting),
    };
    insert(connection, &reversal).await
}

async fn insert(connection: &mut AsyncPgConnection, posting: &NewDenialTransaction) -> Result<DenialTransaction> {
    let insert =
        diesel::insert_into(denial_transactions::table).values(posting).returning(DenialTransaction::as_returning());
    fetch_one(connection, insert).await.map_err(|error| error.of_denial(posting.denial_id))
}

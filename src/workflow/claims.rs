//! Record a claim, submit it, post its payment, void it.

use chrono::NaiveDate;
use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};

use super::fetch_one;
use crate::error::{Error, Result, Rule};
use crate::models::{Claim, NewClaim, NewClaimDiagnosis, NewClaimLine};
use crate::schema::{claim_diagnoses, claim_lines, claims};
use crate::types::{ClaimId, ClaimStatus, Usd};

/// Records a claim with its diagnoses and lines: `submitted` when `submitted_on` is given, else `pending`.
///
/// Errors: [`Rule::AmountIsNotSumOfLines`], inside a caller's transaction at its commit; [`Rule::OtherPatient`] and
/// [`Rule::OtherPayer`] for a replacement of another patient's or payer's claim; a unique violation where the business
/// id is taken.
pub async fn record(
    connection: &mut AsyncPgConnection,
    claim: &NewClaim,
    diagnoses: &[NewClaimDiagnosis],
    lines: &[NewClaimLine],
) -> Result<Claim> {
    let status = match claim.submitted_on {
        Some(_) => ClaimStatus::Submitted,
        None => ClaimStatus::Pending,
    };
    connection
        .transaction(async |connection: &mut AsyncPgConnection| {
            let recorded = diesel::insert_into(claims::table)
                .values((claim, claims::status.eq(status)))
                .returning(Claim::as_returning())
                .get_result(connection)
                .await?;
            diesel::insert_into(claim_diagnoses::table).values(diagnoses).execute(connection).await?;
            diesel::insert_into(claim_lines::table).values(lines).execute(connection).await?;
            Ok(recorded)
        })
        .await
}

/// Records the day a pending claim went to the payer. Error: [`Rule::IllegalTransition`] unless it was pending.
pub async fn submit(connection: &mut AsyncPgConnection, claim: ClaimId, submitted_on: NaiveDate) -> Result<Claim> {
    let update = diesel::update(claims::table.find(claim).filter(claims::status.eq(ClaimStatus::Pending)))
        .set((claims::status.eq(ClaimStatus::Submitted), claims::submitted_on.eq(submitted_on)))
        .returning(Claim::as_returning());
    let submitted = fetch_one(connection, update).await;
    explained(connection, claim, submitted).await
}

/// Adds to what the payer paid and what the contract took off, US dollars: once per remittance, it adds each time. The
/// claim is then paid, or partially paid while something is unsettled; with denials its status follows from them. What
/// a payer pays or adjusts for a denial is no payment here: post it to the denial.
///
/// Errors: [`Rule::OverDenied`] where the open denials would exceed the balance that is left;
/// [`Rule::IllegalTransition`] for a claim that is pending or voided.
pub async fn post_payment(
    connection: &mut AsyncPgConnection,
    claim: ClaimId,
    paid: &Usd,
    adjusted: &Usd,
) -> Result<Claim> {
    let zero = Usd::zero();
    if *paid == zero && *adjusted == zero {
        return Err(Error::Invalid { what: "payment", rule: "an amount paid or adjusted above zero" });
    }
    let status = case_when(claims::denied_amount.gt(&zero), claims::status)
        .when((claims::balance_amount - paid).le(adjusted), ClaimStatus::Paid)
        .when((claims::paid_amount + paid).gt(&zero), ClaimStatus::PartiallyPaid)
        .otherwise(claims::status);
    let at_the_payer = claims::status.ne_all([ClaimStatus::Pending, ClaimStatus::Voided]);
    let update = diesel::update(claims::table.find(claim).filter(at_the_payer))
        .set((
            claims::paid_amount.eq(claims::paid_amount + paid),
            claims::adjusted_amount.eq(claims::adjusted_amount + adjusted),
            claims::status.eq(status),
        ))
        .returning(Claim::as_returning());
    let posted = fetch_one(connection, update).await;
    explained(connection, claim, posted).await.map_err(|error| error.of_claim(claim))
}

/// Voids a claim. Repeating it changes nothing.
///
/// Errors: [`Rule::IllegalTransition`] while it is denied or appealed; a check violation
/// (`claims_voided_has_nothing_open`) while a denial of a partially paid claim is open.
pub async fn void(connection: &mut AsyncPgConnection, claim: ClaimId) -> Result<Claim> {
    let update = diesel::update(claims::table.find(claim))
        .set(claims::status.eq(ClaimStatus::Voided))
        .returning(Claim::as_returning());
    fetch_one(connection, update).await
}

/// Tells a claim that is not there from one whose status was not the right one.
async fn explained(connection: &mut AsyncPgConnection, claim: ClaimId, result: Result<Claim>) -> Result<Claim> {
    if let Err(Error::NotFound) = result {
        claims::table.find(claim).select(claims::id).first::<ClaimId>(connection).await?;
        return Err(Error::Rule(Rule::IllegalTransition { table: "claims".to_owned() }));
    }
    result
}

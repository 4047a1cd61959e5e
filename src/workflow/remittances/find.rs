//! Find the claims and lines that remittances are about, and note them.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Array, Date, Nullable, SmallInt, Text};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};

use super::super::bulk;
use super::answer::Answer;
use super::load;
use super::matching::{self, Answerer, Found};
use super::wait::Wait;
use crate::error::{Class, Result};
use crate::models::Remittance;
use crate::schema::payers;
use crate::sql_types;
use crate::types::{ClaimId, Disposition, PayerId, WaitReason};

/// Matches what isn't matched yet, with claims and lines. What a person unmatched waits for a person.
pub(super) async fn find_claims(
    connection: &mut AsyncPgConnection,
    remittance: &Remittance,
    answers: &mut [Answer],
    by: &str,
) -> Result<()> {
    let is_provisional: bool = payers::table
        .filter(payers::id.eq(remittance.payer_id))
        .select(payers::is_provisional)
        .first(connection)
        .await?;
    let mut unmatched: Vec<&mut Answer> = answers
        .iter_mut()
        .filter(|answer| answer.claim.claim_id.is_none() && answer.claim.waits_for != Some(WaitReason::Match))
        .collect();
    let numbers: Vec<&str> =
        unmatched.iter().filter_map(|answer| answer.claim.patient_control_number.as_deref()).collect();
    let payer_numbers: Vec<&str> =
        unmatched.iter().filter_map(|answer| answer.claim.payer_claim_control_number.as_deref()).collect();
    let (sent, given) = load::candidates(connection, &numbers, &payer_numbers).await?;
    let none = Vec::new();
    for answer in &mut unmatched {
        let number = answer.claim.patient_control_number.as_deref().unwrap_or_default();
        let names_other_payer =
            answer.adjustments.iter().any(|adjustment| adjustment.disposition == Some(Disposition::OtherPayer));
        let answerer = Answerer { payer: remittance.payer_id, is_provisional, names_other_payer };
        let mut found = matching::choose(&answer.claim, &answer.services, answerer, sent.get(number).unwrap_or(&none));
        if found == Found::Nothing(WaitReason::Claim) {
            let number = answer.claim.payer_claim_control_number.as_deref().unwrap_or_default();
            let candidates = given.get(number).unwrap_or(&none);
            if candidates.iter().any(|candidate| candidate.payer == remittance.payer_id) {
                found = matching::choose(&answer.claim, &answer.services, answerer, candidates);
            }
        }
        match found {
            Found::Claim(claim) => {
                answer.claim.claim_id = Some(claim);
                answer.claim.matched_by = Some(by.to_owned());
            }
            Found::OfLaterPayer { prior, sequence } => {
                answer.claim.waits_for = Some(WaitReason::Payer);
                answer.follows = Some((prior, sequence));
            }
            Found::Nothing(reason) => answer.claim.waits_for = Some(reason),
        }
    }
    find_lines(connection, answers).await?;
    note(connection, answers).await
}

/// Finds the lines of matched answers.
pub(super) async fn find_lines(connection: &mut AsyncPgConnection, answers: &mut [Answer]) -> Result<()> {
    let ids: Vec<ClaimId> = answers.iter().filter_map(|answer| answer.claim.claim_id).collect();
    let lines = load::lines(connection, &ids).await?;
    for answer in answers {
        let Some(of_claim) = answer.claim.claim_id.and_then(|claim| lines.get(&claim)) else { continue };
        let found = matching::lines(&answer.services, of_claim, answer.claim.is_reversal);
        for (service, line) in answer.services.iter_mut().zip(found) {
            service.claim_id = line.and(answer.claim.claim_id);
            service.line_number = line;
        }
    }
    Ok(())
}

/// Writes the claims of matched answers, where none are written yet, and the lines: a person may have said another claim since.
pub(super) async fn note(connection: &mut AsyncPgConnection, answers: &[Answer]) -> Result<()> {
    let matched = || answers.iter().filter(|answer| answer.claim.claim_id.is_some());
    diesel::sql_query(
        "update remittance_claims set claim_id = found.claim_id, matched_by = found.matched_by \
         from unnest($1, $2, $3) as found (id, claim_id, matched_by) \
         where remittance_claims.id = found.id and remittance_claims.claim_id is null",
    )
    .bind::<Array<sql_types::RemittanceClaimKey>, _>(matched().map(|answer| answer.claim.id).collect::<Vec<_>>())
    .bind::<Array<Nullable<sql_types::ClaimKey>>, _>(matched().map(|answer| answer.claim.claim_id).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(matched().map(|answer| answer.claim.matched_by.as_deref()).collect::<Vec<_>>())
    .execute(connection)
    .await?;

    let services: Vec<_> = matched().flat_map(|answer| &answer.services).collect();
    diesel::sql_query(
        "update remittance_services set claim_id = found.claim_id, line_number = found.line_number \
         from unnest($1, $2, $3, $4) as found (id, service_number, claim_id, line_number) \
         where remittance_claim_id = found.id and remittance_services.service_number = found.service_number \
            and (remittance_services.claim_id, remittance_services.line_number) \
                is distinct from (found.claim_id, found.line_number)",
    )
    .bind::<Array<sql_types::RemittanceClaimKey>, _>(
        services.iter().map(|service| service.remittance_claim_id).collect::<Vec<_>>(),
    )
    .bind::<Array<SmallInt>, _>(services.iter().map(|service| service.service_number).collect::<Vec<_>>())
    .bind::<Array<Nullable<sql_types::ClaimKey>>, _>(
        services.iter().map(|service| service.claim_id).collect::<Vec<_>>(),
    )
    .bind::<Array<Nullable<SmallInt>>, _>(services.iter().map(|service| service.line_number).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

/// Records the claim of a later payer, who answers before anybody recorded one: the lines and diagnoses of the claim before,
/// submitted on the business day of the answer. A rule may refuse it.
pub(super) async fn make_claim_of_later_payer(
    connection: &mut AsyncPgConnection,
    (prior, sequence): (ClaimId, i16),
    payer: PayerId,
    day: NaiveDate,
) -> Result<Result<ClaimId, Wait>> {
    let made = connection
        .transaction(async |connection: &mut AsyncPgConnection| {
            let claim = record_claim_of_later_payer(prior, payer, sequence, day);
            Result::Ok(diesel::select(claim).get_result(connection).await?)
        })
        .await;
    match made {
        Err(error) if !bulk::is_about_a_row(&error) || error.class() == Class::Retry => Err(error),
        made => Ok(made.map_err(|error| Wait::refused(&error))),
    }
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// Copies the claim before with its lines and diagnoses.
    fn record_claim_of_later_payer(
        prior: sql_types::ClaimKey,
        payer: sql_types::PayerKey,
        sequence: SmallInt,
        day: Date,
    ) -> sql_types::ClaimKey;
}

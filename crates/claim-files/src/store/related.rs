//! Which claim a claim replaces, voids or follows.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rcm_schema::schema::{claim_details, claim_sources, claims, remittance_claims};
use rcm_schema::types::{ClaimId, FrequencyCode};
use rcm_schema::views::claim_control_numbers;

use crate::Refused;
use crate::claim::Draft;

/// Names it in the draft. A claim for a later payer follows that of the payer before, where it is here.
pub(super) async fn relate(
    connection: &mut AsyncPgConnection,
    draft: &mut Draft,
) -> rcm_schema::Result<Result<(), Refused>> {
    match draft.frequency() {
        FrequencyCode::Replacement | FrequencyCode::Void => match original(connection, draft).await?.as_slice() {
            [] => return Ok(Err(Refused::NoOriginal)),
            [original] => draft.whole.claim.replaces_claim_id = Some(*original),
            _ => return Ok(Err(Refused::SeveralOriginals)),
        },
        _ if draft.follows() => {
            let prior = prior(connection, draft).await?;
            if let Some(details) = &mut draft.whole.details {
                details.prior_claim_id = prior;
            }
        }
        _ => {}
    }
    Ok(Ok(()))
}

/// The claim for a later payer that is here without a file, as where that payer answered before its claim came.
pub(super) async fn answered_before(
    connection: &mut AsyncPgConnection,
    draft: &Draft,
) -> rcm_schema::Result<Option<ClaimId>> {
    let sequence = draft.details().and_then(|details| details.payer_sequence);
    if draft.frequency() != FrequencyCode::Original || sequence <= Some(1) {
        return Ok(None);
    }
    let found = by_control_number(connection, draft).await?;
    let found = in_force(connection, draft, found, true).await?;
    let same: Vec<ClaimId> = claims::table
        .inner_join(claim_details::table)
        .left_join(claim_sources::table.on(claim_sources::claim_id.eq(claims::id)))
        .filter(claims::id.eq_any(found).and(claims::amount.eq(&draft.whole.claim.amount)))
        .filter(claim_details::payer_sequence.nullable().eq(sequence))
        .filter(claim_sources::claim_id.nullable().is_null())
        .select(claims::id)
        .load(connection)
        .await?;
    Ok(if let [one] = same.as_slice() { Some(*one) } else { None })
}

/// By the number that the payer gave it (REF*F8), else by the provider's own.
async fn original(connection: &mut AsyncPgConnection, draft: &Draft) -> rcm_schema::Result<Vec<ClaimId>> {
    let Some(details) = draft.details() else { return Ok(Vec::new()) };
    if let Some(number) = &details.payer_claim_control_number {
        let noted: Vec<ClaimId> = claim_details::table
            .filter(claim_details::payer_claim_control_number.eq(number))
            .select(claim_details::claim_id)
            .load(connection)
            .await?;
        let answered: Vec<Option<ClaimId>> = remittance_claims::table
            .filter(remittance_claims::payer_claim_control_number.eq(number))
            .filter(remittance_claims::patient_control_number.eq(&details.patient_control_number))
            .filter(remittance_claims::claim_id.is_not_null())
            .select(remittance_claims::claim_id)
            .load(connection)
            .await?;
        let found: Vec<ClaimId> = noted.into_iter().chain(answered.into_iter().flatten()).collect();
        let found = in_force(connection, draft, found, true).await?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    let found = by_control_number(connection, draft).await?;
    in_force(connection, draft, found, true).await
}

/// The claim for the last payer before, with the same number and patient.
async fn prior(connection: &mut AsyncPgConnection, draft: &Draft) -> rcm_schema::Result<Option<ClaimId>> {
    let found = by_control_number(connection, draft).await?;
    let found = in_force(connection, draft, found, false).await?;
    let own = draft.details().and_then(|details| details.payer_sequence).unwrap_or(1);
    let sequences: Vec<(ClaimId, i16)> = claim_details::table
        .filter(claim_details::claim_id.eq_any(found))
        .filter(claim_details::payer_sequence.lt(own))
        .order(claim_details::payer_sequence.desc())
        .select((claim_details::claim_id, claim_details::payer_sequence))
        .load(connection)
        .await?;
    Ok(match sequences.as_slice() {
        [(claim, _)] => Some(*claim),
        [(claim, sequence), (_, next), ..] if sequence > next => Some(*claim),
        _ => None,
    })
}

async fn by_control_number(connection: &mut AsyncPgConnection, draft: &Draft) -> rcm_schema::Result<Vec<ClaimId>> {
    let Some(number) = draft.details().and_then(|details| details.patient_control_number.as_ref()) else {
        return Ok(Vec::new());
    };
    Ok(claim_control_numbers::table
        .filter(claim_control_numbers::control_number.eq(number))
        .select(claim_control_numbers::claim_id)
        .load(connection)
        .await?)
}

/// Of these the claims of the same patient that were submitted and neither voided nor replaced; of the same payer or of
/// another.
async fn in_force(
    connection: &mut AsyncPgConnection,
    draft: &Draft,
    ids: Vec<ClaimId>,
    of_same_payer: bool,
) -> rcm_schema::Result<Vec<ClaimId>> {
    if ids.is_empty() {
        return Ok(ids);
    }
    let own = &draft.whole.claim;
    let found: Vec<ClaimId> = claims::table
        .filter(claims::id.eq_any(&ids))
        .filter(claims::patient_reference.eq(&own.patient_reference))
        .filter(claims::payer_id.eq(own.payer_id).eq(of_same_payer))
        .filter(claims::voided_on.is_null().and(claims::submitted_on.is_not_null()))
        .filter(claims::frequency_code.ne(FrequencyCode::Void))
        .order(claims::id)
        .select(claims::id)
        .load(connection)
        .await?;
    let replaced: Vec<Option<ClaimId>> = claims::table
        .filter(claims::replaces_claim_id.eq_any(&found))
        .filter(claims::frequency_code.eq(FrequencyCode::Replacement).and(claims::voided_on.is_null()))
        .select(claims::replaces_claim_id)
        .load(connection)
        .await?;
    let replaced: BTreeSet<ClaimId> = replaced.into_iter().flatten().collect();
    Ok(found.into_iter().filter(|claim| !replaced.contains(claim)).collect())
}

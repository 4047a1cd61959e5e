//! What people decide about remittances: which claim something is about, whether a payment counts.

use bigdecimal::BigDecimal;
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::super::{Parts, command, fetch_one, postings};
use super::{find, load};
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::models::{Denial, NewPosting, Posting, Remittance, RemittanceAdjustment, RemittanceClaim};
use crate::schema::{
    denials, postings as ledger, remittance_adjustments, remittance_claims, remittance_services, remittances,
};
use crate::types::{
    ClaimId, Disposition, PostingId, PostingKind, RemittanceClaimId, RemittanceId, SignedUsd, Usd, WaitReason,
};

/// Matches a claim of a remittance with one of ours; [`post`](super::post) then posts it.
///
/// Errors: [`Error::NotFound`]; [`Rule::Unchangeable`](crate::error::Rule::Unchangeable) where it is posted for another claim:
/// [`unmatch`] it first.
pub async fn match_to(
    connection: &mut AsyncPgConnection,
    said: RemittanceClaimId,
    claim: ClaimId,
    matched_by: &str,
) -> Result<RemittanceClaim> {
    command(connection, "remittances.match_to", Parts::Several, async |connection: &mut AsyncPgConnection| {
        clear_lines(connection, said).await?;
        let update = diesel::update(remittance_claims::table.find(said))
            .set((
                remittance_claims::claim_id.eq(claim),
                remittance_claims::matched_by.eq(matched_by),
                remittance_claims::waits_for.eq(None::<WaitReason>),
                remittance_claims::waits_for_rule.eq(None::<String>),
                remittance_claims::waiting_difference.eq(None::<BigDecimal>),
            ))
            .returning(RemittanceClaim::as_returning());
        let matched: RemittanceClaim = update.get_result(connection).await?;
        let mut answers = load::answers(connection, vec![matched.clone()]).await?;
        find::find_lines(connection, &mut answers).await?;
        find::note(connection, &answers).await?;
        Ok(matched)
    })
    .await
}

/// Undoes the match: reverses what was posted, withdraws its denials, and forgets what its adjustments were but for what a person
/// said. It then waits until somebody matches it ([`match_to`]).
///
/// Errors: [`Error::NotFound`]; those of [`postings::post`] where what was posted can't be taken back, as where a denial was
/// worked meanwhile.
pub async fn unmatch(
    connection: &mut AsyncPgConnection,
    said: RemittanceClaimId,
    unmatched_on: NaiveDate,
    unmatched_by: &str,
) -> Result<RemittanceClaim> {
    command(connection, "remittances.unmatch", Parts::Several, async |connection: &mut AsyncPgConnection| {
        let before: RemittanceClaim = RemittanceClaim::query()
            .filter(remittance_claims::id.eq(said))
            .for_no_key_update()
            .first(connection)
            .await?;
        load::lock(connection, before.claim_id.as_slice()).await?;
        let posted: Vec<Posting> = Posting::query()
            .filter(ledger::remittance_claim_id.eq(said).and(ledger::reverses_id.is_null()))
            .order(ledger::id)
            .load(connection)
            .await?;
        let reversed: Vec<Option<PostingId>> = ledger::table
            .filter(ledger::remittance_claim_id.eq(said).and(ledger::reverses_id.is_not_null()))
            .select(ledger::reverses_id)
            .load(connection)
            .await?;
        let update = diesel::update(remittance_claims::table.find(said))
            .set((
                remittance_claims::claim_id.eq(None::<ClaimId>),
                remittance_claims::matched_by.eq(None::<String>),
                remittance_claims::posted_on.eq(None::<NaiveDate>),
                remittance_claims::posted_by.eq(None::<String>),
                remittance_claims::waits_for.eq(WaitReason::Match),
            ))
            .returning(RemittanceClaim::as_returning());
        let unmatched: RemittanceClaim = update.get_result(connection).await?;
        clear_lines(connection, said).await?;
        forget_dispositions(connection, said).await?;

        diesel::update(denials::table.filter(denials::taken_back_in_id.eq(said)))
            .set((
                denials::taken_back_in_id.eq(None::<RemittanceClaimId>),
                denials::taken_back_adjustment_number.eq(None::<i16>),
            ))
            .execute(connection)
            .await?;
        let denied: Vec<Denial> =
            Denial::query().filter(denials::remittance_claim_id.eq(said)).load(connection).await?;
        let withdrawn = denied.into_iter().filter(|denial| denial.open_amount > Usd::zero()).map(|denial| {
            let amount = SignedUsd::from(&denial.open_amount);
            NewPosting::settling(&denial)
                .kind(PostingKind::DenialWithdrawn)
                .amount(amount)
                .posted_on(unmatched_on)
                .posted_by(unmatched_by)
                .build()
        });
        let reversals = posted.into_iter().filter(|posting| !reversed.contains(&Some(posting.id)));
        let rows: Vec<NewPosting> = reversals
            .map(|posting| postings::reversal(&posting, unmatched_on, unmatched_by))
            .chain(withdrawn)
            .collect();
        if !rows.is_empty() {
            postings::post_rows(connection, None, &rows).await?;
        }
        Ok(unmatched)
    })
    .await
}

async fn forget_dispositions(connection: &mut AsyncPgConnection, said: RemittanceClaimId) -> Result<()> {
    let by_rule =
        remittance_adjustments::remittance_claim_id.eq(said).and(remittance_adjustments::classified_by.is_null());
    diesel::update(remittance_adjustments::table.filter(by_rule))
        .set((
            remittance_adjustments::disposition.eq(None::<Disposition>),
            remittance_adjustments::is_assumed.eq(false),
        ))
        .execute(connection)
        .await?;
    Ok(())
}

async fn clear_lines(connection: &mut AsyncPgConnection, said: RemittanceClaimId) -> Result<()> {
    let matched = remittance_services::remittance_claim_id.eq(said).and(remittance_services::claim_id.is_not_null());
    diesel::update(remittance_services::table.filter(matched))
        .set((remittance_services::claim_id.eq(None::<ClaimId>), remittance_services::line_number.eq(None::<i16>)))
        .execute(connection)
        .await?;
    Ok(())
}

/// Says what an adjustment is, where the rules don't know it or are wrong; [`post`](super::post) then posts its claim.
///
/// Errors: [`Error::NotFound`]; [`Rule::Unchangeable`](crate::error::Rule::Unchangeable) where its claim is posted: [`unmatch`]
/// that first.
pub async fn classify(
    connection: &mut AsyncPgConnection,
    said: RemittanceClaimId,
    adjustment_number: i16,
    disposition: Disposition,
    classified_by: &str,
) -> Result<RemittanceAdjustment> {
    let update = diesel::update(remittance_adjustments::table.find((said, adjustment_number)))
        .set((
            remittance_adjustments::disposition.eq(disposition),
            remittance_adjustments::is_assumed.eq(false),
            remittance_adjustments::classified_by.eq(classified_by),
        ))
        .returning(RemittanceAdjustment::as_returning());
    fetch_one(connection, "remittances.classify", update).await
}

/// Says that a remittance counts, although it repeats another or doesn't add up; [`post`](super::post) then posts it.
///
/// Errors: [`Error::NotFound`].
pub async fn accept(
    connection: &mut AsyncPgConnection,
    remittance: RemittanceId,
    reviewed_on: NaiveDate,
    reviewed_by: &str,
) -> Result<Remittance> {
    review(connection, "remittances.accept", remittance, false, reviewed_on, reviewed_by).await
}

/// Says that a remittance is no payment of its own: it counts nowhere.
///
/// Errors: [`Error::NotFound`]; [`Rule::NotWhatRemittanceSays`](crate::error::Rule::NotWhatRemittanceSays) where something of it
/// is posted: [`unmatch`] that first.
pub async fn dismiss(
    connection: &mut AsyncPgConnection,
    remittance: RemittanceId,
    reviewed_on: NaiveDate,
    reviewed_by: &str,
) -> Result<Remittance> {
    review(connection, "remittances.dismiss", remittance, true, reviewed_on, reviewed_by).await
}

async fn review(
    connection: &mut AsyncPgConnection,
    name: &'static str,
    remittance: RemittanceId,
    is_dismissed: bool,
    reviewed_on: NaiveDate,
    reviewed_by: &str,
) -> Result<Remittance> {
    let update = diesel::update(remittances::table.find(remittance))
        .set((
            remittances::is_dismissed.eq(is_dismissed),
            remittances::reviewed_on.eq(reviewed_on),
            remittances::reviewed_by.eq(reviewed_by),
        ))
        .returning(Remittance::as_returning());
    fetch_one(connection, name, update).await
}

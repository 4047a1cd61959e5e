//! What people decide about remittances: which claim something is about, whether a payment counts.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Date, Nullable, SmallInt};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};

use super::super::postings;
use super::load;
use super::matching;
use crate::error::{Error, Result};
use crate::models::{Denial, NewPosting, Posting, Remittance, RemittanceClaim};
use crate::schema::{denials, postings as ledger, remittance_claims, remittance_services, remittances};
use crate::sql_types;
use crate::types::{ClaimId, PostingId, PostingKind, RemittanceClaimId, RemittanceId, SignedUsd, Usd};

/// Says which claim something of a remittance is about; [`post`](super::post) then posts it.
///
/// Errors: [`Error::NotFound`]; [`Rule::Unchangeable`](crate::error::Rule::Unchangeable) where it is posted for another claim:
/// [`unmatch`] it first.
pub async fn match_to(
    connection: &mut AsyncPgConnection,
    said: RemittanceClaimId,
    claim: ClaimId,
    matched_by: &str,
) -> Result<RemittanceClaim> {
    connection
        .transaction(async |connection: &mut AsyncPgConnection| {
            clear_lines(connection, said).await?;
            let update = diesel::update(remittance_claims::table.find(said))
                .set((remittance_claims::claim_id.eq(claim), remittance_claims::matched_by.eq(matched_by)))
                .returning(RemittanceClaim::as_returning());
            let matched: RemittanceClaim = update.get_result(connection).await?;
            let lines = load::lines(connection, &[claim]).await?;
            let answer = load::answers(connection, vec![matched.clone()]).await?.pop().ok_or(Error::NotFound)?;
            let found = matching::lines(&answer.services, lines.get(&claim).map(Vec::as_slice).unwrap_or_default());
            for (service, line) in answer.services.iter().zip(found) {
                let of_line = remittance_services::table.find((said, service.service_number));
                diesel::update(of_line)
                    .set((
                        remittance_services::claim_id.eq(line.map(|_| claim)),
                        remittance_services::line_number.eq(line),
                    ))
                    .execute(connection)
                    .await?;
            }
            Ok(matched)
        })
        .await
}

/// Takes back that something of a remittance is about its claim: what was posted of it is reversed, its denials are
/// withdrawn. It then waits for its claim again.
///
/// Errors: [`Error::NotFound`]; those of [`postings::post`] where what was posted can't be taken back, as where a denial was
/// worked meanwhile.
pub async fn unmatch(
    connection: &mut AsyncPgConnection,
    said: RemittanceClaimId,
    unmatched_on: NaiveDate,
    unmatched_by: &str,
) -> Result<RemittanceClaim> {
    connection
        .transaction(async |connection: &mut AsyncPgConnection| {
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
            clear_lines(connection, said).await?;
            let update = diesel::update(remittance_claims::table.find(said))
                .set((
                    remittance_claims::claim_id.eq(None::<ClaimId>),
                    remittance_claims::matched_by.eq(None::<String>),
                    remittance_claims::posted_on.eq(None::<NaiveDate>),
                    remittance_claims::posted_by.eq(None::<String>),
                ))
                .returning(RemittanceClaim::as_returning());
            let unmatched: RemittanceClaim = update.get_result(connection).await?;

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
                postings::post(connection, None, &rows).await?;
            }
            Ok(unmatched)
        })
        .await
}

async fn clear_lines(connection: &mut AsyncPgConnection, said: RemittanceClaimId) -> Result<()> {
    let matched = remittance_services::remittance_claim_id.eq(said).and(remittance_services::claim_id.is_not_null());
    diesel::update(remittance_services::table.filter(matched))
        .set((remittance_services::claim_id.eq(None::<ClaimId>), remittance_services::line_number.eq(None::<i16>)))
        .execute(connection)
        .await?;
    Ok(())
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
    review(connection, remittance, false, reviewed_on, reviewed_by).await
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
    review(connection, remittance, true, reviewed_on, reviewed_by).await
}

async fn review(
    connection: &mut AsyncPgConnection,
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
    super::super::fetch_one(connection, update).await
}

/// Records the claim of a later payer, who answers before anybody recorded one: the lines and diagnoses of the claim before,
/// submitted on the day of the payment.
pub(super) async fn make_claim_of_later_payer(
    connection: &mut AsyncPgConnection,
    prior: ClaimId,
    remittance: &Remittance,
    sequence: i16,
) -> Result<ClaimId> {
    let claim = record_claim_of_later_payer(prior, remittance.payer_id, sequence, remittance.paid_on);
    Ok(diesel::select(claim).get_result(connection).await?)
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// Copies the claim before with its lines and diagnoses.
    fn record_claim_of_later_payer(
        prior: sql_types::ClaimKey,
        payer: sql_types::PayerKey,
        sequence: SmallInt,
        day: Nullable<Date>,
    ) -> sql_types::ClaimKey;
}

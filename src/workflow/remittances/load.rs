//! What planning needs to know, read for many claims at once.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::answer::Answer;
use super::ledger::{EarlyReversal, Ledger, Source};
use super::matching::{Candidate, Line};
use crate::error::Result;
use crate::models::{
    Appeal, Claim, ClaimLine, Denial, Posting, RemittanceAdjustment, RemittanceClaim, RemittanceService,
};
use crate::schema::{
    appeals, claim_details, claim_line_details, claim_lines, claims, denials, postings, remittance_adjustments,
    remittance_claims, remittance_services, remittances,
};
use crate::types::{ClaimId, FrequencyCode, RemittanceClaimId, RemittanceId};
use crate::views::claim_control_numbers;

/// What of a remittance isn't posted, in its order.
pub(super) async fn unposted(connection: &mut AsyncPgConnection, remittance: RemittanceId) -> Result<Vec<Answer>> {
    let found: Vec<RemittanceClaim> = RemittanceClaim::query()
        .filter(remittance_claims::remittance_id.eq(remittance).and(remittance_claims::posted_on.is_null()))
        .order(remittance_claims::claim_number)
        .load(connection)
        .await?;
    answers(connection, found).await
}

/// The parts of claims of remittances.
pub(super) async fn answers(connection: &mut AsyncPgConnection, found: Vec<RemittanceClaim>) -> Result<Vec<Answer>> {
    let ids: Vec<RemittanceClaimId> = found.iter().map(|claim| claim.id).collect();
    let services: Vec<RemittanceService> = RemittanceService::query()
        .filter(remittance_services::remittance_claim_id.eq_any(&ids))
        .order((remittance_services::remittance_claim_id, remittance_services::service_number))
        .load(connection)
        .await?;
    let adjustments: Vec<RemittanceAdjustment> = RemittanceAdjustment::query()
        .filter(remittance_adjustments::remittance_claim_id.eq_any(&ids))
        .order((remittance_adjustments::remittance_claim_id, remittance_adjustments::adjustment_number))
        .load(connection)
        .await?;
    let mut services = grouped(services, |service| service.remittance_claim_id);
    let mut adjustments = grouped(adjustments, |adjustment| adjustment.remittance_claim_id);
    let answers = found.into_iter().map(|claim| Answer {
        services: services.remove(&claim.id).unwrap_or_default(),
        adjustments: adjustments.remove(&claim.id).unwrap_or_default(),
        follows: None,
        claim,
    });
    Ok(answers.collect())
}

/// The claims that were sent under these numbers, and those that payers gave these numbers.
pub(super) async fn candidates(
    connection: &mut AsyncPgConnection,
    numbers: &[&str],
    payer_numbers: &[&str],
) -> Result<(BTreeMap<String, Vec<Candidate>>, BTreeMap<String, Vec<Candidate>>)> {
    let columns = (
        claims::id,
        claims::payer_id,
        claim_details::payer_sequence.nullable(),
        claims::amount,
        claims::service_from,
        claims::service_to,
        claim_details::payer_claim_control_number.nullable(),
        claims::voided_on,
        claims::replaces_claim_id,
        claims::answers,
    );
    type Row = (
        ClaimId,
        crate::types::PayerId,
        Option<i16>,
        crate::types::Usd,
        chrono::NaiveDate,
        chrono::NaiveDate,
        Option<String>,
        Option<chrono::NaiveDate>,
        Option<ClaimId>,
        i32,
    );
    let by_number: Vec<(String, Row)> = claim_control_numbers::table
        .inner_join(claims::table.on(claims::id.eq(claim_control_numbers::claim_id)))
        .left_join(claim_details::table.on(claim_details::claim_id.eq(claims::id)))
        .filter(claim_control_numbers::control_number.eq_any(numbers))
        // A void has nothing to be paid.
        .filter(claims::frequency_code.ne(FrequencyCode::Void))
        .order(claims::id)
        .select((claim_control_numbers::control_number, columns))
        .load(connection)
        .await?;
    let by_payer_number: Vec<Row> = claims::table
        .inner_join(claim_details::table)
        .filter(claim_details::payer_claim_control_number.eq_any(payer_numbers))
        // There it is the number of the original.
        .filter(claims::replaces_claim_id.is_null())
        .order(claims::id)
        .select(columns)
        .load(connection)
        .await?;
    let ids: Vec<ClaimId> = by_number.iter().map(|(_, row)| row.0).collect();
    let (answered, replaced) = answered_and_replaced(connection, &ids, payer_numbers).await?;
    let candidate = |row: Row| {
        let noted = row.6.filter(|_| row.8.is_none());
        Candidate {
            claim: row.0,
            payer: row.1,
            sequence: row.2.unwrap_or(1),
            amount: row.3.as_decimal().clone(),
            service_from: row.4,
            service_to: row.5,
            payer_numbers: answered.get(&row.0).into_iter().flatten().cloned().chain(noted).collect(),
            is_voided: row.7.is_some(),
            is_answered: row.9 > 0,
            is_replaced: replaced.contains(&row.0),
        }
    };
    let mut given: BTreeMap<String, Vec<Candidate>> = BTreeMap::new();
    for row in by_payer_number {
        given.entry(row.6.clone().unwrap_or_default()).or_default().push(candidate(row));
    }
    let mut sent: BTreeMap<String, Vec<Candidate>> = BTreeMap::new();
    for (number, row) in by_number {
        sent.entry(number).or_default().push(candidate(row));
    }
    Ok((sent, given))
}

/// Which of the payer's numbers earlier answers to claims had, and which claims are replaced.
async fn answered_and_replaced(
    connection: &mut AsyncPgConnection,
    ids: &[ClaimId],
    payer_numbers: &[&str],
) -> Result<(BTreeMap<ClaimId, Vec<String>>, BTreeSet<ClaimId>)> {
    let answered: Vec<(Option<ClaimId>, Option<String>)> = remittance_claims::table
        .filter(remittance_claims::claim_id.eq_any(ids))
        .filter(remittance_claims::payer_claim_control_number.eq_any(payer_numbers))
        .select((remittance_claims::claim_id, remittance_claims::payer_claim_control_number))
        .load(connection)
        .await?;
    let replaced: Vec<Option<ClaimId>> = claims::table
        .filter(claims::replaces_claim_id.eq_any(ids).and(claims::voided_on.is_null()))
        .select(claims::replaces_claim_id)
        .load(connection)
        .await?;
    let mut numbers: BTreeMap<ClaimId, Vec<String>> = BTreeMap::new();
    for (claim, number) in answered {
        if let Some(claim) = claim {
            numbers.entry(claim).or_default().extend(number);
        }
    }
    Ok((numbers, replaced.into_iter().flatten().collect()))
}

/// The lines of claims, with the numbers that they were sent as.
pub(super) async fn lines(
    connection: &mut AsyncPgConnection,
    claim_ids: &[ClaimId],
) -> Result<BTreeMap<ClaimId, Vec<Line>>> {
    let of_line = claim_line_details::claim_id
        .eq(claim_lines::claim_id)
        .and(claim_line_details::line_number.eq(claim_lines::line_number));
    let found: Vec<(ClaimLine, Option<String>)> = claim_lines::table
        .left_join(claim_line_details::table.on(of_line))
        .filter(claim_lines::claim_id.eq_any(claim_ids))
        .order((claim_lines::claim_id, claim_lines::line_number))
        .select((ClaimLine::as_select(), claim_line_details::line_control_number.nullable()))
        .load(connection)
        .await?;
    let lines = found.into_iter().map(|(line, control_number)| Line { line, control_number });
    Ok(grouped(lines.collect(), |line: &Line| line.line.claim_id))
}

/// Locks what is written for claims, in the order of the ledger: appeals, denials, claims, each by id.
pub(super) async fn lock(connection: &mut AsyncPgConnection, claim_ids: &[ClaimId]) -> Result<()> {
    macro_rules! lock {
        ($table:ident, $claim:expr) => {
            $table::table
                .filter($claim.eq_any(claim_ids))
                .order($table::id)
                .select($table::id)
                .for_no_key_update()
                .execute(connection)
                .await?
        };
    }
    lock!(appeals, appeals::claim_id);
    lock!(denials, denials::claim_id);
    lock!(claims, claims::id);
    Ok(())
}

/// Where claims stand, which the caller has locked.
pub(super) async fn ledgers(
    connection: &mut AsyncPgConnection,
    claim_ids: &[ClaimId],
) -> Result<BTreeMap<ClaimId, Ledger>> {
    let appeals: Vec<Appeal> =
        Appeal::query().filter(appeals::claim_id.eq_any(claim_ids)).order(appeals::id).load(connection).await?;
    let denials: Vec<Denial> =
        Denial::query().filter(denials::claim_id.eq_any(claim_ids)).order(denials::id).load(connection).await?;
    let claims: Vec<Claim> = Claim::query().filter(claims::id.eq_any(claim_ids)).load(connection).await?;
    let postings: Vec<Posting> =
        Posting::query().filter(postings::claim_id.eq_any(claim_ids)).order(postings::id).load(connection).await?;
    let charges: Vec<(ClaimId, i16, crate::types::Usd)> = claim_lines::table
        .filter(claim_lines::claim_id.eq_any(claim_ids))
        .select((claim_lines::claim_id, claim_lines::line_number, claim_lines::charge_amount))
        .load(connection)
        .await?;
    let mut sources = sources(connection, &postings).await?;
    let mut early = early_reversals(connection, claim_ids, &denials).await?;

    let mut appeals = grouped(appeals, |appeal| appeal.claim_id);
    let mut denials = grouped(denials, |denial| denial.claim_id);
    let mut postings = grouped(postings, |posting| posting.claim_id);
    let mut charges = grouped(charges, |(claim, ..)| *claim);
    let ledgers = claims.into_iter().map(|claim| {
        let postings = postings.remove(&claim.id).unwrap_or_default();
        let of_claim = postings.iter().filter_map(|posting| {
            let key = (posting.remittance_claim_id?, posting.service_number, posting.adjustment_number);
            Some((key, sources.remove(&key)?))
        });
        let ledger = Ledger {
            sources: of_claim.collect(),
            charges: charges
                .remove(&claim.id)
                .unwrap_or_default()
                .into_iter()
                .map(|(_, line, charge)| (line, charge))
                .collect(),
            denials: denials.remove(&claim.id).unwrap_or_default(),
            appeals: appeals.remove(&claim.id).unwrap_or_default(),
            early_reversals: early.remove(&claim.id).unwrap_or_default(),
            postings,
            claim,
        };
        (ledger.claim.id, ledger)
    });
    Ok(ledgers.collect())
}

/// Code and line of what postings follow from.
async fn sources(
    connection: &mut AsyncPgConnection,
    postings: &[Posting],
) -> Result<BTreeMap<Source, (String, Option<i16>)>> {
    let mut ids: Vec<RemittanceClaimId> = postings.iter().filter_map(|posting| posting.remittance_claim_id).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let lines: BTreeMap<(RemittanceClaimId, i16), Option<i16>> = remittance_services::table
        .filter(remittance_services::remittance_claim_id.eq_any(&ids))
        .select((
            remittance_services::remittance_claim_id,
            remittance_services::service_number,
            remittance_services::line_number,
        ))
        .load::<(RemittanceClaimId, i16, Option<i16>)>(connection)
        .await?
        .into_iter()
        .map(|(claim, service, line)| ((claim, service), line))
        .collect();
    let codes: BTreeMap<(RemittanceClaimId, i16), String> = remittance_adjustments::table
        .filter(remittance_adjustments::remittance_claim_id.eq_any(&ids))
        .select((
            remittance_adjustments::remittance_claim_id,
            remittance_adjustments::adjustment_number,
            remittance_adjustments::denial_code,
        ))
        .load::<(RemittanceClaimId, i16, String)>(connection)
        .await?
        .into_iter()
        .map(|(claim, number, code)| ((claim, number), code))
        .collect();
    let source = |posting: &Posting| {
        let claim = posting.remittance_claim_id?;
        let line = posting.service_number.and_then(|service| lines.get(&(claim, service)).copied().flatten());
        let code = posting.adjustment_number.and_then(|number| codes.get(&(claim, number)).cloned());
        Some(((claim, posting.service_number, posting.adjustment_number), (code.unwrap_or_default(), line)))
    };
    Ok(postings.iter().filter_map(source).collect())
}

/// Refusals that posted reversals take back and that no denial answers.
async fn early_reversals(
    connection: &mut AsyncPgConnection,
    claim_ids: &[ClaimId],
    denials: &[Denial],
) -> Result<BTreeMap<ClaimId, Vec<EarlyReversal>>> {
    let of_service = remittance_services::remittance_claim_id
        .eq(remittance_adjustments::remittance_claim_id)
        .and(remittance_services::service_number.nullable().eq(remittance_adjustments::service_number));
    type Row = (
        Option<ClaimId>,
        RemittanceClaimId,
        i16,
        String,
        bigdecimal::BigDecimal,
        Option<i16>,
        Option<chrono::NaiveDate>,
    );
    let found: Vec<Row> = remittance_adjustments::table
        .inner_join(remittance_claims::table.inner_join(remittances::table))
        .left_join(remittance_services::table.on(of_service))
        .filter(remittance_claims::claim_id.eq_any(claim_ids))
        .filter(remittance_claims::is_reversal.and(remittance_claims::posted_on.is_not_null()))
        .filter(remittance_adjustments::disposition.eq(crate::types::Disposition::Denial))
        .select((
            remittance_claims::claim_id,
            remittance_adjustments::remittance_claim_id,
            remittance_adjustments::adjustment_number,
            remittance_adjustments::denial_code,
            remittance_adjustments::amount,
            remittance_services::line_number.nullable(),
            remittances::paid_on,
        ))
        .order((remittance_adjustments::remittance_claim_id, remittance_adjustments::adjustment_number))
        .load(connection)
        .await?;
    let mut early: BTreeMap<ClaimId, Vec<EarlyReversal>> = BTreeMap::new();
    for (claim, id, number, denial_code, amount, line_number, paid_on) in found {
        let answered = denials
            .iter()
            .any(|denial| denial.taken_back_in_id == Some(id) && denial.taken_back_adjustment_number == Some(number));
        if let Some(claim) = claim.filter(|_| !answered) {
            let reversal = EarlyReversal { adjustment: (id, number), denial_code, amount, line_number, paid_on };
            early.entry(claim).or_default().push(reversal);
        }
    }
    Ok(early)
}

fn grouped<Key: Ord, Row>(rows: Vec<Row>, key: impl Fn(&Row) -> Key) -> BTreeMap<Key, Vec<Row>> {
    let mut groups: BTreeMap<Key, Vec<Row>> = BTreeMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}

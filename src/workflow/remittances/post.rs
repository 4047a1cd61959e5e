//! Match what a remittance says with claims, and post it.

use std::collections::{BTreeMap, BTreeSet};

use bigdecimal::Zero;
use chrono::{NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Date, Nullable, Numeric, SmallInt, Text};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};

use super::super::bulk::{self, Bulk};
use super::dispositions::Dispositions;
use super::matching::{self, Found};
use super::plan::{self, Answer, Plan};
use super::wait::Wait;
use super::{load, review};
#[cfg(doc)]
use crate::error::Error;
use crate::error::{Class, Result};
use crate::models::{NewDenial, NewPosting, Remittance};
use crate::schema::{period_closings, remittance_claims, remittances};
use crate::sql_types;
use crate::types::{ClaimId, Disposition, RemittanceClaimId, RemittanceId, WaitReason};
use crate::views::RemittanceReport;

/// What posting a remittance came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Posted {
    /// Its claims that were posted now.
    pub posted: usize,
    /// Its claims that wait.
    pub waiting: usize,
}

/// Remittances of which something waits, in the order in which they came. What they wait for may have come meanwhile: post
/// them again. Index: `remittance_claims_unposted`.
pub async fn waiting(connection: &mut AsyncPgConnection) -> Result<Vec<RemittanceId>> {
    Ok(remittance_claims::table
        .inner_join(remittances::table)
        .filter(remittance_claims::posted_on.is_null())
        .filter(diesel::dsl::not(remittance_claims::is_prediction))
        .filter(diesel::dsl::not(remittances::is_dismissed))
        .select(remittance_claims::remittance_id)
        .distinct()
        .order(remittance_claims::remittance_id)
        .load(connection)
        .await?)
}

/// Matches and posts what of a remittance isn't posted, in one transaction; what can't be posted waits with its reason.
/// Posting it again posts what waited and can be posted now.
///
/// Postings are dated with the day of the payment, or the first open day after it; never after today.
///
/// Errors: [`Error::NotFound`]; those of the connection. A refusal by a rule is no error: the claim waits for it.
pub async fn post(connection: &mut AsyncPgConnection, remittance: RemittanceId, posted_by: &str) -> Result<Posted> {
    connection
        .transaction(async |connection: &mut AsyncPgConnection| {
            let locked = Remittance::query().filter(remittances::id.eq(remittance)).for_no_key_update();
            let remittance: Remittance = locked.first(connection).await?;
            if remittance.is_dismissed {
                return Ok(Posted::default());
            }
            let mut answers = load::unposted(connection, remittance.id).await?;
            classify(connection, &remittance, &mut answers).await?;
            find_claims(connection, &remittance, &mut answers, posted_by).await?;
            answers.retain(|answer| !answer.claim.is_prediction);
            let mut run = Run { day: business_day(connection, &remittance).await?, by: posted_by, waits: Vec::new() };
            let posted = match held(connection, &remittance).await? {
                Some(wait) => {
                    run.waits.extend(answers.iter().map(|answer| (answer.claim.id, wait.clone())));
                    0
                }
                None => run.post(connection, answers).await?,
            };
            let waiting = run.waits.len();
            say_why(connection, run.waits).await?;
            Ok(Posted { posted, waiting })
        })
        .await
}

/// Why nothing of the remittance is posted.
async fn held(connection: &mut AsyncPgConnection, remittance: &Remittance) -> Result<Option<Wait>> {
    if remittance.reviewed_by.is_some() {
        return Ok(None);
    }
    if remittance.repeats_id.is_some() {
        return Ok(Some(Wait::For(WaitReason::Review)));
    }
    let report = RemittanceReport::by_id(connection, remittance.id).await?;
    Ok((!report.difference.is_zero()).then(|| Wait::off_by(WaitReason::BalancedRemittance, report.difference)))
}

/// The day of the payment, or the first open one after it; today, where it is to come.
async fn business_day(connection: &mut AsyncPgConnection, remittance: &Remittance) -> Result<NaiveDate> {
    let closed: NaiveDate = period_closings::table
        .filter(period_closings::is_last)
        .select(period_closings::closed_through)
        .first(connection)
        .await?;
    let today = Utc::now().date_naive();
    let paid_on = remittance.paid_on.or(remittance.produced_on).unwrap_or(today).min(today);
    Ok(closed.succ_opt().map_or(paid_on, |open| open.max(paid_on)))
}

/// Says of each adjustment what it is, as the rules stand.
async fn classify(connection: &mut AsyncPgConnection, remittance: &Remittance, answers: &mut [Answer]) -> Result<()> {
    let dispositions = Dispositions::read(connection).await?;
    let (mut ids, mut numbers, mut changed) = (Vec::new(), Vec::new(), Vec::new());
    for adjustment in answers.iter_mut().flat_map(|answer| &mut answer.adjustments) {
        // What a person said stays.
        if adjustment.disposition.is_some() {
            continue;
        }
        adjustment.disposition = dispositions.of(remittance.payer_id, adjustment);
        if let Some(disposition) = adjustment.disposition {
            ids.push(adjustment.remittance_claim_id);
            numbers.push(adjustment.adjustment_number);
            changed.push(disposition);
        }
    }
    set_dispositions(connection, ids, numbers, changed).await
}

async fn set_dispositions(
    connection: &mut AsyncPgConnection,
    ids: Vec<RemittanceClaimId>,
    numbers: Vec<i16>,
    dispositions: Vec<Disposition>,
) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    diesel::sql_query(
        "update remittance_adjustments set disposition = said.disposition \
         from unnest($1, $2, $3) as said (id, number, disposition) \
         where remittance_claim_id = said.id and adjustment_number = said.number",
    )
    .bind::<Array<sql_types::RemittanceClaimKey>, _>(ids)
    .bind::<Array<SmallInt>, _>(numbers)
    .bind::<Array<sql_types::Disposition>, _>(dispositions)
    .execute(connection)
    .await?;
    Ok(())
}

/// Matches what isn't matched yet, with claims and lines.
async fn find_claims(
    connection: &mut AsyncPgConnection,
    remittance: &Remittance,
    answers: &mut [Answer],
    by: &str,
) -> Result<()> {
    let numbers: Vec<&str> =
        answers.iter().filter_map(|answer| answer.claim.patient_control_number.as_deref()).collect();
    let payer_numbers: Vec<&str> =
        answers.iter().filter_map(|answer| answer.claim.payer_claim_control_number.as_deref()).collect();
    let (sent, given) = load::candidates(connection, &numbers, &payer_numbers).await?;
    let none = Vec::new();
    let mut made: BTreeMap<(ClaimId, i16), ClaimId> = BTreeMap::new();
    for answer in answers.iter_mut().filter(|answer| answer.claim.claim_id.is_none()) {
        let number = answer.claim.patient_control_number.as_deref().unwrap_or_default();
        let of_other_payer =
            answer.adjustments.iter().any(|adjustment| adjustment.disposition == Some(Disposition::OtherPayer));
        let candidates = sent.get(number).unwrap_or(&none);
        let mut found = matching::choose(&answer.claim, remittance.payer_id, of_other_payer, candidates);
        if found == Found::Nothing(WaitReason::Claim) {
            let number = answer.claim.payer_claim_control_number.as_deref().unwrap_or_default();
            let candidates = given.get(number).unwrap_or(&none);
            if candidates.iter().any(|candidate| candidate.payer == remittance.payer_id) {
                found = matching::choose(&answer.claim, remittance.payer_id, false, candidates);
            }
        }
        let claim = match found {
            Found::Claim(claim) => claim,
            Found::OfLaterPayer { prior, sequence } => match made.get(&(prior, sequence)) {
                Some(made) => *made,
                None => {
                    let claim = review::make_claim_of_later_payer(connection, prior, remittance, sequence).await?;
                    made.insert((prior, sequence), claim);
                    claim
                }
            },
            Found::Nothing(reason) => {
                answer.claim.waits_for = Some(reason);
                continue;
            }
        };
        answer.claim.claim_id = Some(claim);
        answer.claim.matched_by = Some(by.to_owned());
    }
    find_lines(connection, answers).await?;
    note_matches(connection, answers).await
}

async fn find_lines(connection: &mut AsyncPgConnection, answers: &mut [Answer]) -> Result<()> {
    let ids: Vec<ClaimId> = answers.iter().filter_map(|answer| answer.claim.claim_id).collect();
    let lines = load::lines(connection, &ids).await?;
    for answer in answers.iter_mut() {
        let Some(of_claim) = answer.claim.claim_id.and_then(|claim| lines.get(&claim)) else { continue };
        let found = matching::lines(&answer.services, of_claim);
        for (service, line) in answer.services.iter_mut().zip(found) {
            service.claim_id = line.and(answer.claim.claim_id);
            service.line_number = line;
        }
    }
    Ok(())
}

async fn note_matches(connection: &mut AsyncPgConnection, answers: &[Answer]) -> Result<()> {
    let predictions: Vec<&Answer> = answers.iter().filter(|answer| answer.claim.claim_id.is_some()).collect();
    diesel::sql_query(
        "update remittance_claims set claim_id = found.claim_id, matched_by = found.matched_by \
         from unnest($1, $2, $3) as found (id, claim_id, matched_by) \
         where remittance_claims.id = found.id and remittance_claims.claim_id is null",
    )
    .bind::<Array<sql_types::RemittanceClaimKey>, _>(
        predictions.iter().map(|answer| answer.claim.id).collect::<Vec<_>>(),
    )
    .bind::<Array<Nullable<sql_types::ClaimKey>>, _>(
        predictions.iter().map(|answer| answer.claim.claim_id).collect::<Vec<_>>(),
    )
    .bind::<Array<Nullable<Text>>, _>(
        predictions.iter().map(|answer| answer.claim.matched_by.as_deref()).collect::<Vec<_>>(),
    )
    .execute(connection)
    .await?;

    let services: Vec<_> =
        predictions.iter().flat_map(|answer| &answer.services).filter(|one| one.line_number.is_some()).collect();
    diesel::sql_query(
        "update remittance_services set claim_id = found.claim_id, line_number = found.line_number \
         from unnest($1, $2, $3, $4) as found (id, service_number, claim_id, line_number) \
         where remittance_claim_id = found.id and remittance_services.service_number = found.service_number \
            and remittance_services.claim_id is null",
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

async fn say_why(connection: &mut AsyncPgConnection, waits: Vec<(RemittanceClaimId, Wait)>) -> Result<()> {
    if waits.is_empty() {
        return Ok(());
    }
    let (mut ids, mut reasons, mut rules, mut differences) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (id, wait) in waits {
        let (reason, rule, difference) = wait.columns();
        ids.push(id);
        reasons.push(reason);
        rules.push(rule);
        differences.push(difference);
    }
    diesel::sql_query(
        "update remittance_claims \
         set waits_for = said.reason, waits_for_rule = said.rule, waiting_difference = said.difference \
         from unnest($1, $2, $3, $4) as said (id, reason, rule, difference) \
         where remittance_claims.id = said.id \
            and (waits_for, waits_for_rule, waiting_difference) is distinct from (said.reason, said.rule, said.difference)",
    )
    .bind::<Array<sql_types::RemittanceClaimKey>, _>(ids)
    .bind::<Array<sql_types::WaitReason>, _>(reasons)
    .bind::<Array<Nullable<Text>>, _>(rules)
    .bind::<Array<Nullable<Numeric>>, _>(differences)
    .execute(connection)
    .await?;
    Ok(())
}

/// One round of posting.
struct Run<'a> {
    day: NaiveDate,
    by: &'a str,
    waits: Vec<(RemittanceClaimId, Wait)>,
}

/// Claims of one round; more would be held in memory at once.
const CHUNK_CLAIMS: usize = 2_000;

impl Run<'_> {
    /// Posts what adds up and has its claim, and returns how many. What is about the same claim comes one after the other.
    async fn post(&mut self, connection: &mut AsyncPgConnection, answers: Vec<Answer>) -> Result<usize> {
        let mut ready = Vec::with_capacity(answers.len());
        for answer in answers {
            match (plan::check(&answer), answer.claim.claim_id) {
                (Err(wait), _) => self.waits.push((answer.claim.id, wait)),
                (Ok(()), None) => {
                    let reason = answer.claim.waits_for.filter(|_| answer.claim.claim_id.is_none());
                    self.waits.push((answer.claim.id, Wait::For(reason.unwrap_or(WaitReason::Claim))));
                }
                (Ok(()), Some(claim)) => ready.push((claim, answer)),
            }
        }
        let mut posted = 0;
        while !ready.is_empty() {
            let (mut claims, mut round, mut later) = (BTreeSet::new(), Vec::new(), Vec::new());
            for (claim, answer) in ready {
                if round.len() < CHUNK_CLAIMS && claims.insert(claim) {
                    round.push((claim, answer));
                } else {
                    // What follows of the same claim waits for it.
                    claims.insert(claim);
                    later.push((claim, answer));
                }
            }
            ready = later;
            posted += self.post_round(connection, round).await?;
        }
        Ok(posted)
    }

    async fn post_round(&mut self, connection: &mut AsyncPgConnection, round: Vec<(ClaimId, Answer)>) -> Result<usize> {
        let ids: Vec<ClaimId> = round.iter().map(|(claim, _)| *claim).collect();
        let ledgers = load::ledgers(connection, &ids).await?;
        let mut planned = Vec::with_capacity(round.len());
        for (claim, answer) in round {
            let Some(ledger) = ledgers.get(&claim) else { continue };
            if ledger.claim.submitted_on.is_none() {
                self.waits.push((answer.claim.id, Wait::For(WaitReason::Submission)));
                continue;
            }
            match plan::plan(&answer, ledger, self.day, self.by) {
                Ok(plan) => planned.push((answer.claim.id, plan)),
                Err(wait) => self.waits.push((answer.claim.id, wait)),
            }
        }
        self.write(connection, planned).await
    }

    /// Writes plans together; where one is refused, by ever smaller parts, so that the others are posted.
    async fn write(
        &mut self,
        connection: &mut AsyncPgConnection,
        planned: Vec<(RemittanceClaimId, Plan)>,
    ) -> Result<usize> {
        let mut posted = 0;
        let mut parts = vec![planned];
        while let Some(mut part) = parts.pop() {
            let outcome: Result<()> = connection
                .transaction(async |connection: &mut AsyncPgConnection| self.write_together(connection, &part).await)
                .await;
            match outcome {
                Ok(()) => posted += part.len(),
                Err(error) if !bulk::is_about_a_row(&error) || error.class() == Class::Retry => return Err(error),
                Err(error) if part.len() == 1 => {
                    self.waits.extend(part.pop().map(|(id, _)| (id, Wait::refused(&error))));
                }
                Err(_) => {
                    let rest = part.split_off(part.len() / 2);
                    parts.push(rest);
                    parts.push(part);
                }
            }
        }
        Ok(posted)
    }

    async fn write_together(
        &self,
        connection: &mut AsyncPgConnection,
        planned: &[(RemittanceClaimId, Plan)],
    ) -> Result<()> {
        if planned.is_empty() {
            return Ok(());
        }
        // While it isn't posted yet: afterwards they stay what they are.
        let settled: Vec<_> = planned.iter().flat_map(|(_, plan)| plan.settled.iter().copied()).collect();
        let (settled_ids, numbers): (Vec<_>, Vec<_>) = settled.into_iter().unzip();
        let nothing = vec![Disposition::None; settled_ids.len()];
        set_dispositions(connection, settled_ids, numbers, nothing).await?;

        let ids: Vec<RemittanceClaimId> = planned.iter().map(|(id, _)| *id).collect();
        diesel::sql_query(
            "update remittance_claims \
             set posted_on = $2, posted_by = $3, waits_for = null, waits_for_rule = null, waiting_difference = null \
             where id = any ($1)",
        )
        .bind::<Array<sql_types::RemittanceClaimKey>, _>(&ids)
        .bind::<Date, _>(self.day)
        .bind::<Text, _>(self.by)
        .execute(connection)
        .await?;

        // All rows of a claim are in one statement: in parts they would leave less than its open denials, or settle a denial
        // that isn't there yet.
        let postings = |first: bool| -> Vec<NewPosting> {
            let plans = planned.iter().filter(|(_, plan)| plan.denials_first != first);
            plans.flat_map(|(_, plan)| plan.postings.iter().cloned()).collect()
        };
        let denials: Vec<NewDenial> = planned.iter().flat_map(|(_, plan)| plan.denials.iter().cloned()).collect();
        insert(connection, &postings(true)).await?;
        insert(connection, &denials).await?;
        insert(connection, &postings(false)).await?;

        for (id, plan) in planned {
            for (denial, adjustment) in &plan.taken_back {
                use crate::schema::denials;
                diesel::update(denials::table.find(denial))
                    .set((denials::taken_back_in_id.eq(id), denials::taken_back_adjustment_number.eq(adjustment)))
                    .execute(connection)
                    .await?;
            }
        }
        connection
            .batch_execute(
                "set constraints check_remittance_posting immediate; set constraints check_remittance_posting deferred",
            )
            .await?;
        Ok(())
    }
}

async fn insert<Row: Bulk>(connection: &mut AsyncPgConnection, rows: &[Row]) -> Result<()> {
    if !rows.is_empty() {
        Row::insert(connection, rows).await?;
    }
    Ok(())
}

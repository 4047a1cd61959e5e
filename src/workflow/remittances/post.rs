//! Match what a remittance says with claims, and post it.

use std::collections::{BTreeMap, BTreeSet};

use bigdecimal::Zero;
use chrono::{NaiveDate, Utc};
use diesel::dsl::not;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Date, Nullable, Numeric, SmallInt, Text};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};

use super::super::bulk::{self, Bulk};
use super::super::{Parts, command};
use super::answer::{self, Answer};
use super::dispositions::classify;
use super::plan::{self, Plan, Round};
use super::wait::Wait;
use super::{find, load};
#[cfg(doc)]
use crate::error::Error;
use crate::error::{Class, Result};
use crate::models::{NewDenial, NewPosting, Remittance};
use crate::schema::{period_closings, remittance_claims, remittances};
use crate::sql_types;
use crate::types::{ClaimId, Disposition, PayerId, RemittanceClaimId, RemittanceId, WaitReason};

/// What posting a remittance came to.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Posted {
    /// Its claims that were posted now.
    pub posted: usize,
    /// Its claims that wait.
    pub waiting: usize,
}

/// Remittances of which something waits that may have come meanwhile, in the order in which they came: post them again. What
/// waits for a correction of the payer or for a person isn't among them. Index: `remittance_claims_unposted`.
pub async fn waiting(connection: &mut AsyncPgConnection) -> Result<Vec<RemittanceId>> {
    use WaitReason::{BalancedClaim, BalancedRemittance, BalancedService, Match, Review};
    let waits_for = remittance_claims::waits_for;
    let may_be_posted = waits_for
        .ne_all([BalancedService, BalancedClaim, Match])
        .and(waits_for.ne_all([BalancedRemittance, Review]).or(remittances::reviewed_by.is_not_null()));
    Ok(remittance_claims::table
        .inner_join(remittances::table)
        .filter(remittance_claims::posted_on.is_null())
        .filter(not(remittance_claims::is_prediction))
        .filter(not(remittances::is_dismissed))
        .filter(waits_for.is_null().or(may_be_posted))
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
    command(connection, "remittances.post", Parts::Several, async |connection: &mut AsyncPgConnection| {
        let locked = Remittance::query().filter(remittances::id.eq(remittance)).for_no_key_update();
        let remittance: Remittance = locked.first(connection).await?;
        if remittance.is_dismissed {
            return Ok(Posted::default());
        }
        let mut answers = load::unposted(connection, remittance.id).await?;
        classify(connection, remittance.payer_id, &mut answers).await?;
        find::find_claims(connection, &remittance, &mut answers, posted_by).await?;
        answers.retain(|answer| !answer.claim.is_prediction);
        let day = business_day(connection, &remittance).await?;
        let round = Round { paid_on: remittance.paid_on, day, by: posted_by };
        let mut run = Run { payer: remittance.payer_id, round, waits: Vec::new() };
        let posted = match held(&remittance) {
            Some(reason) => {
                run.waits.extend(answers.iter().map(|answer| (answer.claim.id, Wait::For(reason))));
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
fn held(remittance: &Remittance) -> Option<WaitReason> {
    if remittance.reviewed_by.is_some() {
        return None;
    }
    if remittance.repeats_id.is_some() {
        return Some(WaitReason::Review);
    }
    (!remittance.difference.is_zero()).then_some(WaitReason::BalancedRemittance)
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

/// Of an adjustment: what it is to us, and whether that is assumed.
type Classified = (RemittanceClaimId, i16, Disposition, bool);

async fn set_dispositions(connection: &mut AsyncPgConnection, rows: Vec<Classified>) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    diesel::sql_query(
        "update remittance_adjustments set disposition = said.disposition, is_assumed = said.is_assumed \
         from unnest($1, $2, $3, $4) as said (id, number, disposition, is_assumed) \
         where remittance_claim_id = said.id and adjustment_number = said.number",
    )
    .bind::<Array<sql_types::RemittanceClaimKey>, _>(rows.iter().map(|row| row.0).collect::<Vec<_>>())
    .bind::<Array<SmallInt>, _>(rows.iter().map(|row| row.1).collect::<Vec<_>>())
    .bind::<Array<sql_types::Disposition>, _>(rows.iter().map(|row| row.2).collect::<Vec<_>>())
    .bind::<Array<Bool>, _>(rows.iter().map(|row| row.3).collect::<Vec<_>>())
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

/// The posting of a remittance.
struct Run<'a> {
    payer: PayerId,
    round: Round<'a>,
    waits: Vec<(RemittanceClaimId, Wait)>,
}

/// Claims of one round; more would be held in memory at once.
const CHUNK_CLAIMS: usize = 2_000;

impl Run<'_> {
    /// Posts what adds up and has its claim, and returns how many. What is about the same claim comes one after the other.
    async fn post(&mut self, connection: &mut AsyncPgConnection, answers: Vec<Answer>) -> Result<usize> {
        let mut balanced = Vec::with_capacity(answers.len());
        for answer in answers {
            match answer::check(&answer) {
                Ok(()) => balanced.push(answer),
                Err(wait) => self.waits.push((answer.claim.id, wait)),
            }
        }
        // All that this transaction will lock, in one order.
        let ours = |answer: &Answer| answer.claim.claim_id.or(answer.follows.map(|(prior, _)| prior));
        load::lock(connection, &balanced.iter().filter_map(ours).collect::<Vec<_>>()).await?;
        let with_claims = self.with_claims(connection, balanced).await?;
        let mut ready: Vec<(ClaimId, Answer)> =
            with_claims.into_iter().filter_map(|answer| Some((answer.claim.claim_id?, answer))).collect();
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

    /// Those that have a claim; the claims of later payers that aren't there yet are made.
    async fn with_claims(&mut self, connection: &mut AsyncPgConnection, answers: Vec<Answer>) -> Result<Vec<Answer>> {
        let (mut made, mut following, mut ready) = (BTreeMap::new(), Vec::new(), Vec::with_capacity(answers.len()));
        for mut answer in answers {
            if answer.claim.claim_id.is_some() {
                ready.push(answer);
                continue;
            }
            let Some(follows) = answer.follows else {
                let reason = answer.claim.waits_for.unwrap_or(WaitReason::Claim);
                self.waits.push((answer.claim.id, Wait::For(reason)));
                continue;
            };
            let claim = match made.get(&follows) {
                Some(claim) => Ok(*claim),
                None => find::make_claim_of_later_payer(connection, follows, self.payer, self.round.day).await?,
            };
            match claim {
                Ok(claim) => {
                    made.insert(follows, claim);
                    answer.claim.claim_id = Some(claim);
                    answer.claim.matched_by = Some(self.round.by.to_owned());
                    following.push(answer);
                }
                Err(wait) => self.waits.push((answer.claim.id, wait)),
            }
        }
        if !following.is_empty() {
            find::find_lines(connection, &mut following).await?;
            find::note(connection, &following).await?;
        }
        ready.append(&mut following);
        Ok(ready)
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
            match plan::plan(&answer, ledger, self.round) {
                Ok(plan) => planned.push((answer, plan)),
                Err(wait) => self.waits.push((answer.claim.id, wait)),
            }
        }
        self.write(connection, planned).await
    }

    /// Writes plans together; where one is refused, by ever smaller parts, so that the others are posted.
    async fn write(&mut self, connection: &mut AsyncPgConnection, planned: Vec<(Answer, Plan)>) -> Result<usize> {
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
                    self.waits.extend(part.pop().map(|(answer, _)| (answer.claim.id, Wait::refused(&error))));
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

    async fn write_together(&self, connection: &mut AsyncPgConnection, planned: &[(Answer, Plan)]) -> Result<()> {
        if planned.is_empty() {
            return Ok(());
        }
        // While it isn't posted yet: afterwards they stay what they are.
        set_dispositions(connection, classified(planned)).await?;

        let ids: Vec<RemittanceClaimId> = planned.iter().map(|(answer, _)| answer.claim.id).collect();
        diesel::sql_query(
            "update remittance_claims \
             set posted_on = $2, posted_by = $3, waits_for = null, waits_for_rule = null, waiting_difference = null \
             where id = any ($1)",
        )
        .bind::<Array<sql_types::RemittanceClaimKey>, _>(&ids)
        .bind::<Date, _>(self.round.day)
        .bind::<Text, _>(self.round.by)
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

        for (answer, plan) in planned {
            for (denial, adjustment) in &plan.taken_back {
                use crate::schema::denials;
                diesel::update(denials::table.find(denial))
                    .set((
                        denials::taken_back_in_id.eq(answer.claim.id),
                        denials::taken_back_adjustment_number.eq(adjustment),
                    ))
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

/// What the adjustments of these are; what is settled already needs no posting.
fn classified(planned: &[(Answer, Plan)]) -> Vec<Classified> {
    let settled: BTreeSet<_> = planned.iter().flat_map(|(_, plan)| plan.settled.iter().copied()).collect();
    let own = planned.iter().flat_map(|(answer, _)| &answer.adjustments).filter_map(|adjustment| {
        let key = (adjustment.remittance_claim_id, adjustment.adjustment_number);
        Some((key.0, key.1, adjustment.disposition?, adjustment.is_assumed)).filter(|_| !settled.contains(&key))
    });
    own.chain(settled.iter().map(|(id, number)| (*id, *number, Disposition::None, false))).collect()
}

async fn insert<Row: Bulk>(connection: &mut AsyncPgConnection, rows: &[Row]) -> Result<()> {
    if !rows.is_empty() {
        Row::insert(connection, rows).await?;
    }
    Ok(())
}

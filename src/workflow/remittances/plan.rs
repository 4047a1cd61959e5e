//! What is posted of one claim of a remittance: from what it says and where the claim stands, without a database.
//!
//! An answer pays, adjusts and refuses. What it pays on a line that was denied before settles that denial; what it refuses
//! is a denial of its own. A reversal takes back what it finds, and the rest of the claim alone.

use std::collections::{BTreeMap, BTreeSet};

use bigdecimal::{BigDecimal, Signed, Zero};
use chrono::NaiveDate;

use super::super::postings::reversal;
use super::answer::{Answer, Part, moves, parts, refusals};
use super::ledger::Ledger;
use super::reversal::remaining;
use super::wait::Wait;
use crate::models::{Denial, NewDenial, NewPosting, RemittanceAdjustment};
use crate::types::{AppealId, AppealStatus, PostingKind, RemittanceClaimId, SignedUsd, Usd, WaitReason};

/// What is written for an answer.
#[derive(Default)]
pub(super) struct Plan {
    pub denials: Vec<NewDenial>,
    pub postings: Vec<NewPosting>,
    /// Postings settle the new denials, too; else they make room for them.
    pub denials_first: bool,
    /// Earlier denials that it takes back, and by which adjustment.
    pub taken_back: Vec<(crate::types::DenialId, i16)>,
    /// Adjustments that need no posting any more.
    pub settled: Vec<(RemittanceClaimId, i16)>,
}

/// What all postings of a remittance have in common.
#[derive(Clone, Copy)]
pub(super) struct Round<'a> {
    /// Day of the payment.
    pub paid_on: Option<NaiveDate>,
    /// The business day that postings count for.
    pub day: NaiveDate,
    /// Who posts.
    pub by: &'a str,
}

/// What is posted of an answer that adds up.
pub(super) fn plan(answer: &Answer, ledger: &Ledger, round: Round<'_>) -> Result<Plan, Wait> {
    let mut planner = Planner { answer, ledger, round, plan: Plan::default() };
    if answer.claim.is_reversal {
        planner.reverse()?;
    } else {
        planner.post()?;
    }
    Ok(planner.plan)
}

/// An earlier denial, and what an answer may still settle of it.
struct Settleable<'a> {
    denial: &'a Denial,
    open: BigDecimal,
    /// Settled by ourselves: a payment takes that back first.
    closed: BigDecimal,
    /// What no refusal of the answer has said again.
    unsaid: BigDecimal,
    appeal: Option<(AppealId, Option<BigDecimal>)>,
}

pub(super) struct Planner<'a> {
    pub answer: &'a Answer,
    pub ledger: &'a Ledger,
    round: Round<'a>,
    pub plan: Plan,
}

impl Planner<'_> {
    pub fn row(
        &self,
        kind: PostingKind,
        amount: &BigDecimal,
        service: Option<i16>,
        adjustment: Option<i16>,
    ) -> Result<NewPosting, Wait> {
        Ok(NewPosting::builder()
            .claim_id(self.ledger.claim.id)
            .kind(kind)
            .amount(SignedUsd::try_from(amount.clone()).map_err(|_| Wait::unusable_amount())?)
            .posted_on(self.round.day)
            .posted_by(self.round.by)
            .remittance_claim_id(self.answer.claim.id)
            .maybe_service_number(service)
            .maybe_adjustment_number(adjustment)
            .build())
    }

    fn post(&mut self) -> Result<(), Wait> {
        let claim = &self.ledger.claim;
        let parts = parts(self.answer);
        let spoken: BTreeSet<i16> = parts.iter().filter_map(|part| part.line()).collect();
        let mut denials = settleable(self.ledger);
        let mut free = claim.payer_balance_amount.as_decimal() - claim.open_denied_amount.as_decimal();

        // What is neither denied nor settled once the answer has paid and adjusted.
        let moved: BigDecimal = parts.iter().flat_map(moves).map(|(_, amount, _)| amount).sum();
        let mut undenied = &free - moved;
        for part in &parts {
            for adjustment in refusals(part).into_iter().filter(|one| one.amount.is_positive()) {
                self.deny(part, adjustment, &mut denials, &mut undenied)?;
            }
        }

        for part in &parts {
            // What is refused less is paid or adjusted instead.
            let mut freed = BigDecimal::zero();
            for adjustment in refusals(part).into_iter().filter(|one| one.amount.is_negative()) {
                freed -= &adjustment.amount;
                self.offset(part, adjustment, &mut denials)?;
            }
            for (kind, amount, adjustment) in moves(part) {
                let mut left = amount;
                let mut alone = left.clone().min(freed.clone()).max(BigDecimal::zero());
                freed -= &alone;
                left -= &alone;
                if left.is_positive() {
                    for denial in relevant(&mut denials, part.line()) {
                        // A denial of the line itself is answered; others are settled only where the claim has no balance
                        // that isn't denied.
                        let answered = denial.denial.taken_back_in_id.is_some()
                            || part.line().is_some() && denial.denial.line_number == part.line();
                        let beyond = if answered && denial.open.is_positive() { left.clone() } else { &left - &free };
                        let amount = beyond.min(&denial.open + &denial.closed).min(left.clone());
                        if !amount.is_positive() {
                            continue;
                        }
                        self.settle(denial, kind, &amount, part.service_number(), adjustment)?;
                        left -= &amount;
                        let of_open = denial.open.clone().min(amount.clone());
                        denial.open -= &of_open;
                        denial.closed -= amount - of_open;
                    }
                }
                free -= &left;
                alone += left;
                if !alone.is_zero() {
                    self.plan.postings.push(self.row(kind, &alone, part.service_number(), adjustment)?);
                }
            }
        }

        self.make_room(&mut denials, &free)?;

        // What a correction says nothing of any more.
        let says_lines = !spoken.is_empty();
        for settled in &denials {
            let spoken_of = settled.denial.line_number.is_none_or(|line| !says_lines || spoken.contains(&line));
            if settled.denial.taken_back_in_id.is_some() && spoken_of && settled.open.is_positive() {
                let mut row = self.row(PostingKind::DenialWithdrawn, &settled.open, None, None)?;
                row.denial_id = Some(settled.denial.id);
                self.plan.postings.push(row);
            }
        }
        Ok(())
    }

    /// Pays or adjusts an earlier denial. The patient's part is withdrawn from it and owed by the patient.
    fn settle(
        &mut self,
        settled: &mut Settleable<'_>,
        kind: PostingKind,
        amount: &BigDecimal,
        service: Option<i16>,
        adjustment: Option<i16>,
    ) -> Result<(), Wait> {
        if kind == PostingKind::PatientResponsibility {
            let mut withdrawn = self.row(PostingKind::DenialWithdrawn, amount, service, None)?;
            withdrawn.denial_id = Some(settled.denial.id);
            self.plan.postings.push(withdrawn);
            self.plan.postings.push(self.row(kind, amount, service, adjustment)?);
            return Ok(());
        }
        let mut row = self.row(kind, amount, service, adjustment)?;
        row.denial_id = Some(settled.denial.id);
        let Some((appeal, left)) = settled.appeal.as_mut().filter(|_| kind == PostingKind::Payment) else {
            self.plan.postings.push(row);
            return Ok(());
        };
        let granted = left.as_ref().map_or_else(|| amount.clone(), |left| left.clone().min(amount.clone()));
        let beyond = amount - &granted;
        if granted.is_positive() {
            let mut named = self.row(kind, &granted, service, adjustment)?;
            (named.denial_id, named.appeal_id) = (row.denial_id, Some(*appeal));
            self.plan.postings.push(named);
        }
        if beyond.is_positive() {
            let mut rest = self.row(kind, &beyond, service, adjustment)?;
            rest.denial_id = row.denial_id;
            self.plan.postings.push(rest);
        }
        if let Some(left) = left {
            *left -= granted;
        }
        Ok(())
    }

    /// A refusal is a denial, unless it was taken back already or says again what is denied.
    fn deny(
        &mut self,
        part: &Part<'_>,
        adjustment: &RemittanceAdjustment,
        denials: &mut [Settleable<'_>],
        undenied: &mut BigDecimal,
    ) -> Result<(), Wait> {
        let early = self.ledger.early_reversals.iter().find(|early| {
            // What is refused again, or on the same day, is refused.
            early.paid_on > self.round.paid_on
                && self.round.paid_on.is_some()
                && early.denial_code == adjustment.denial_code
                && early.amount == -&adjustment.amount
                && (early.line_number == part.line() || early.line_number.is_none() || part.line().is_none())
                && !self.plan.settled.contains(&early.adjustment)
        });
        if let Some(early) = early {
            self.plan.settled.push(early.adjustment);
            self.plan.settled.push((self.answer.claim.id, adjustment.adjustment_number));
            return Ok(());
        }
        if self.open_again(adjustment)? {
            return Ok(());
        }
        let is_room = *undenied >= adjustment.amount;
        let said_before = denials.iter_mut().find(|one| {
            let (line, same_code) = (one.denial.line_number, one.denial.denial_code.as_str() == adjustment.denial_code);
            // One without a line may be about another line, where that much isn't denied yet.
            let same_line = line == part.line() || (line.is_none() || part.line().is_none()) && !is_room;
            same_code
                && same_line
                && (one.denial.taken_back_in_id.is_none() || one.open.is_zero())
                && one.unsaid >= adjustment.amount
        });
        // A duplicate (reason 18) of what was answered refuses nothing.
        let is_duplicate = adjustment.reason_code.as_deref() == Some("18") && self.ledger.claim.answers > 0 && !is_room;
        if said_before.is_some() || is_duplicate {
            if let Some(said) = said_before {
                said.unsaid -= &adjustment.amount;
            }
            self.plan.settled.push((self.answer.claim.id, adjustment.adjustment_number));
            return Ok(());
        }
        let amount = Usd::try_from(adjustment.amount.clone()).map_err(|_| Wait::unusable_amount())?;
        *undenied -= &adjustment.amount;
        // A line that was split or bundled can't hold it.
        let line = part.line().filter(|line| self.ledger.charges.get(line).is_some_and(|charge| amount <= *charge));
        let code = adjustment.denial_code.parse().map_err(|_| Wait::For(WaitReason::Classification))?;
        self.plan.denials.push(
            NewDenial::builder()
                .claim_id(self.ledger.claim.id)
                .maybe_line_number(line)
                .denial_code(code)
                .denied_on(self.round.day)
                .denial_amount(amount)
                .remittance_claim_id(self.answer.claim.id)
                .adjustment_number(adjustment.adjustment_number)
                .build(),
        );
        Ok(())
    }

    /// What is refused now for another reason takes the place of earlier denials that nobody works.
    fn make_room(&mut self, denials: &mut [Settleable<'_>], free: &BigDecimal) -> Result<(), Wait> {
        let lines: BTreeSet<Option<i16>> = self.plan.denials.iter().map(|denial| denial.line_number).collect();
        let denied: BigDecimal = self.plan.denials.iter().map(|denial| denial.denial_amount.as_decimal()).sum();
        let mut needed = (&denied - free).min(denied);
        for earlier in denials.iter_mut() {
            let is_replaced = earlier.denial.line_number.is_none()
                || lines.contains(&None)
                || lines.contains(&earlier.denial.line_number);
            let is_worked = earlier.denial.open_action.is_some() || earlier.denial.granted_amount != Usd::zero();
            let amount = earlier.open.clone().min(needed.clone());
            if !amount.is_positive() || !is_replaced || is_worked || earlier.denial.taken_back_in_id.is_some() {
                continue;
            }
            let mut row = self.row(PostingKind::DenialWithdrawn, &amount, None, None)?;
            row.denial_id = Some(earlier.denial.id);
            self.plan.postings.push(row);
            earlier.open -= &amount;
            needed -= amount;
        }
        Ok(())
    }

    /// Its denial is there, withdrawn, where it was posted for this claim before and unmatched.
    fn open_again(&mut self, adjustment: &RemittanceAdjustment) -> Result<bool, Wait> {
        let own = (Some(self.answer.claim.id), Some(adjustment.adjustment_number));
        let mut denials = self.ledger.denials.iter();
        let Some(denial) = denials.find(|denial| (denial.remittance_claim_id, denial.adjustment_number) == own) else {
            return Ok(false);
        };
        let left = remaining(&self.ledger.postings);
        let withdrawals = self.ledger.postings.iter().filter(|posting| {
            posting.kind == PostingKind::DenialWithdrawn
                && posting.denial_id == Some(denial.id)
                && posting.reverses_id.is_none()
                && left.get(&posting.id).is_some_and(Signed::is_positive)
        });
        self.plan.postings.extend(withdrawals.map(|posting| reversal(posting, self.round.day, self.round.by)));
        Ok(true)
    }

    /// A refusal below zero takes from the denial of the same line and code.
    fn offset(
        &mut self,
        part: &Part<'_>,
        adjustment: &RemittanceAdjustment,
        denials: &mut [Settleable<'_>],
    ) -> Result<(), Wait> {
        let amount = -&adjustment.amount;
        let same_line = |line: Option<i16>| line == part.line() || line.is_none() || part.line().is_none();
        let new = self.plan.denials.iter().find(|denial| {
            denial.denial_code.as_str() == adjustment.denial_code
                && same_line(denial.line_number)
                && *denial.denial_amount.as_decimal() >= amount
        });
        let denial = match new {
            Some(new) => {
                self.plan.denials_first = true;
                new.id
            }
            None => {
                let mut earlier = denials.iter_mut().filter(|one| {
                    one.denial.denial_code.as_str() == adjustment.denial_code
                        && same_line(one.denial.line_number)
                        && one.open >= amount
                });
                let earlier = earlier.next().ok_or(Wait::For(WaitReason::WhatItOffsets))?;
                earlier.open -= &amount;
                earlier.denial.id
            }
        };
        let mut row =
            self.row(PostingKind::DenialWithdrawn, &amount, part.service_number(), Some(adjustment.adjustment_number))?;
        row.denial_id = Some(denial);
        self.plan.postings.push(row);
        Ok(())
    }
}

fn settleable(ledger: &Ledger) -> Vec<Settleable<'_>> {
    let appeals: BTreeMap<_, _> = ledger
        .appeals
        .iter()
        .filter_map(|appeal| {
            let left = match appeal.status {
                AppealStatus::Submitted | AppealStatus::UnderReview => None,
                AppealStatus::Approved | AppealStatus::PartiallyApproved => {
                    let approved = appeal.approved_amount.as_ref()?.as_decimal();
                    Some(approved - appeal.paid_amount.as_decimal())
                }
                _ => return None,
            };
            left.as_ref().is_none_or(BigDecimal::is_positive).then_some((appeal.denial_id, (appeal.id, left)))
        })
        .collect();
    let mut denials: Vec<Settleable<'_>> = ledger
        .denials
        .iter()
        .map(|denial| {
            let open = denial.open_amount.as_decimal().clone();
            let closed = denial.written_off_amount.as_decimal()
                + denial.transferred_amount.as_decimal()
                + denial.rebilled_amount.as_decimal();
            let unsaid = &open + &closed;
            Settleable { denial, open, closed, unsaid, appeal: appeals.get(&denial.id).cloned() }
        })
        .collect();
    // Those that wait for their correction first, the oldest first.
    denials.sort_by_key(|one| {
        (one.denial.taken_back_in_id.is_none(), !one.open.is_positive(), one.denial.denied_on, one.denial.id)
    });
    denials
}

/// Those that an answer about the line may settle: of the line, then of the claim as a whole.
fn relevant<'a, 'b>(
    denials: &'a mut [Settleable<'b>],
    line: Option<i16>,
) -> impl Iterator<Item = &'a mut Settleable<'b>> {
    let (of_line, others): (Vec<_>, Vec<_>) = denials
        .iter_mut()
        .filter(|one| line.is_none() || one.denial.line_number.is_none() || one.denial.line_number == line)
        .partition(|one| one.denial.line_number == line);
    of_line.into_iter().chain(others)
}

//! What a reversal takes back: what it finds of the ledger, and the rest of the claim alone.

use std::collections::{BTreeMap, BTreeSet};

use bigdecimal::{BigDecimal, Signed, Zero};

use super::answer::{Part, moves, parts, refusals};
use super::plan::Planner;
use super::wait::Wait;
use crate::models::Posting;
use crate::types::{DenialId, PostingId, PostingKind};

impl Planner<'_> {
    pub(super) fn reverse(&mut self) -> Result<(), Wait> {
        let mut remaining = remaining(&self.ledger.postings);
        let mut taken: BTreeSet<DenialId> = BTreeSet::new();
        for part in &parts(self.answer) {
            for (kind, amount, adjustment) in moves(part) {
                self.take_back(part, kind, amount, adjustment, &mut remaining)?;
            }
            for adjustment in refusals(part) {
                let denial = self.ledger.denials.iter().find(|denial| {
                    denial.denial_code.as_str() == adjustment.denial_code
                        && *denial.denial_amount.as_decimal() == -&adjustment.amount
                        && denial.taken_back_in_id.is_none()
                        && (denial.line_number == part.line() || denial.line_number.is_none() || part.line().is_none())
                        && !taken.contains(&denial.id)
                });
                if let Some(denial) = denial {
                    taken.insert(denial.id);
                    self.plan.taken_back.push((denial.id, adjustment.adjustment_number));
                }
            }
        }
        Ok(())
    }

    /// Takes back what is found of the same kind, the same amount first; what isn't found counts for the claim alone.
    fn take_back(
        &mut self,
        part: &Part<'_>,
        kind: PostingKind,
        amount: BigDecimal,
        adjustment: Option<i16>,
        remaining: &mut BTreeMap<PostingId, BigDecimal>,
    ) -> Result<(), Wait> {
        let code = adjustment.and_then(|number| {
            part.adjustments.iter().find(|one| one.adjustment_number == number).map(|one| &one.denial_code)
        });
        let mut originals: Vec<(bool, bool, &Posting)> = self
            .ledger
            .postings
            .iter()
            .filter(|posting| {
                posting.kind == kind
                    && posting.reverses_id.is_none()
                    && posting.takes_back_id.is_none()
                    && posting.moved_to_claim_id.is_none()
                    && remaining.get(&posting.id).is_some_and(|left| (left * &amount).is_negative())
            })
            .map(|posting| {
                let source = posting.remittance_claim_id.and_then(|claim| {
                    self.ledger.sources.get(&(claim, posting.service_number, posting.adjustment_number))
                });
                let same = source.is_some_and(|(of, line)| {
                    code.is_none_or(|code| code == of)
                        && (*line == part.line() || line.is_none() || part.line().is_none())
                });
                (remaining.get(&posting.id) == Some(&-&amount), same, posting)
            })
            .collect();
        originals.sort_by_key(|(exact, same, posting)| (!same, !exact, posting.id));
        if !originals.iter().any(|(_, same, _)| *same) {
            originals.retain(|(exact, _, _)| *exact);
        }
        let mut left = amount;
        for (_, _, original) in originals {
            let Some(of_it) = remaining.get_mut(&original.id).filter(|_| !left.is_zero()) else { break };
            let taken = if left.abs() <= of_it.abs() { left.clone() } else { -of_it.clone() };
            *of_it += &taken;
            left -= &taken;
            let mut row = self.row(kind, &taken, part.service_number(), adjustment)?;
            row.takes_back_id = Some(original.id);
            (row.denial_id, row.appeal_id) = (original.denial_id, original.appeal_id);
            self.plan.postings.push(row);
        }
        if !left.is_zero() {
            self.plan.postings.push(self.row(kind, &left, part.service_number(), adjustment)?);
        }
        Ok(())
    }
}

/// What is left of each posting, once what takes it back is off it.
pub(super) fn remaining(postings: &[Posting]) -> BTreeMap<PostingId, BigDecimal> {
    let mut remaining: BTreeMap<_, BigDecimal> =
        postings.iter().map(|posting| (posting.id, posting.amount.as_decimal().clone())).collect();
    // What was a mistake doesn't take back any more.
    for posting in postings.iter().rev() {
        let left = remaining.get(&posting.id).cloned().unwrap_or_default();
        if let Some(taken) = posting.reverses_id.or(posting.takes_back_id).and_then(|id| remaining.get_mut(&id)) {
            *taken += left;
        }
    }
    remaining
}

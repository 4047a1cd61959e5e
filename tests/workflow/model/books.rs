//! A few claims in memory: what is open and which status a claim has follows from what happened.

use rcm_schema::types::PostingKind::*;
use rcm_schema::types::*;

use super::operations::{Operation, Outcome};

/// US dollars, in cents.
pub type Cents = i64;
/// Days after the first of January.
pub type Day = u64;
/// Who does it: 0 asks for every write-off.
pub type Actor = usize;

/// When everything is denied.
pub const DENIED_ON: Day = 2;
/// When write-offs are requested.
pub const REQUESTED_ON: Day = 3;

#[derive(Debug, Clone)]
pub struct Claim {
    pub patient: usize,
    pub amount: Cents,
    pub replaces: Option<usize>,
    /// The claim of the payer before.
    pub follows: Option<usize>,
    pub submitted_on: Option<Day>,
    pub voided_on: Option<Day>,
}

#[derive(Debug, Clone)]
pub struct Denial {
    pub claim: usize,
    pub contractual: bool,
    pub amount: Cents,
}

#[derive(Debug, Clone)]
pub struct Posting {
    pub claim: usize,
    pub denial: Option<usize>,
    pub kind: PostingKind,
    pub amount: Cents,
    pub appeal: Option<usize>,
    pub write_off: Option<usize>,
    pub rebill: Option<usize>,
    pub moved_to: Option<usize>,
    pub reverses: Option<usize>,
    pub takes_back: Option<usize>,
    /// The denial that it was about, where it would take back more than that has.
    pub beyond: Option<usize>,
    /// Follows from something else, and is no answer.
    pub by_database: bool,
}

#[derive(Debug, Clone)]
pub struct Appeal {
    pub denial: usize,
    pub level: usize,
    pub status: AppealStatus,
    pub asked: Cents,
    pub approved: Option<Cents>,
    pub filed_on: Option<Day>,
    pub decided_on: Option<Day>,
    pub released_on: Option<Day>,
}

#[derive(Debug, Clone)]
pub struct WriteOff {
    pub denial: usize,
    pub amount: Cents,
    pub status: WriteOffStatus,
    /// Who approved or rejected it, and when.
    pub decided: Option<(Actor, Day)>,
    pub reversed: Option<(Actor, Day)>,
}

#[derive(Debug, Clone)]
pub struct Rebill {
    pub denial: usize,
    pub new_claim: Option<usize>,
    pub status: RebillStatus,
    pub submitted_on: Option<Day>,
    pub outcome: Option<(Outcome, Day)>,
}

#[derive(Debug, Clone, Default)]
pub struct Books {
    pub claims: Vec<Claim>,
    pub denials: Vec<Denial>,
    pub postings: Vec<Posting>,
    pub appeals: Vec<Appeal>,
    pub write_offs: Vec<WriteOff>,
    pub rebills: Vec<Rebill>,
}

impl Books {
    /// Does it if the rules allow it; else changes nothing and says no.
    pub fn accept(&mut self, operation: &Operation) -> bool {
        let mut changed = self.clone();
        let accepted = changed.attempt(operation).is_some() && changed.holds();
        if accepted {
            *self = changed;
        }
        accepted
    }

    /// The sum of a denial's postings of these kinds.
    pub fn settled(&self, denial: usize, kinds: &[PostingKind]) -> Cents {
        let postings = self.postings.iter();
        let postings = postings.filter(|posting| posting.denial == Some(denial) && kinds.contains(&posting.kind));
        postings.map(|posting| posting.amount).sum()
    }

    /// The sum of a claim's postings of a kind, about a denial or not.
    pub fn total(&self, claim: usize, kind: PostingKind) -> Cents {
        let postings = self.postings.iter().filter(|posting| posting.claim == claim && posting.kind == kind);
        postings.map(|posting| posting.amount).sum()
    }

    /// What is left of a posting once what takes it back is off it; of that, mistakes don't count.
    pub fn remaining(&self, number: usize) -> Cents {
        let reversal = |number| self.postings.iter().find(|posting| posting.reverses == Some(number));
        let takers = self.postings.iter().enumerate();
        let takers = takers.filter(|(_, taker)| taker.reverses == Some(number) || taker.takes_back == Some(number));
        let taken = takers.map(|(number, taker)| taker.amount + reversal(number).map_or(0, |mistake| mistake.amount));
        self.postings[number].amount + taken.sum::<Cents>()
    }

    pub fn open(&self, denial: usize) -> Cents {
        self.denials[denial].amount - self.settled(denial, PostingKind::ALL)
    }

    pub fn paid_for(&self, appeal: usize) -> Cents {
        let postings = self.postings.iter().filter(|posting| posting.appeal == Some(appeal));
        postings.map(|posting| posting.amount).sum()
    }

    /// Approved, and neither paid nor released.
    pub fn granted_by(&self, number: usize) -> Cents {
        match self.appeals[number] {
            Appeal { approved: Some(approved), released_on: None, .. } => approved - self.paid_for(number),
            _ => 0,
        }
    }

    pub fn granted(&self, denial: usize) -> Cents {
        let appeals = (0..self.appeals.len()).filter(|appeal| self.appeals[*appeal].denial == denial);
        appeals.map(|appeal| self.granted_by(appeal)).sum()
    }

    /// Pending while anything is open; then rebilled if anything was, abandoned if all that the payer didn't take back was
    /// written off.
    pub fn resolution(&self, denial: usize) -> ResolutionStatus {
        let given_up = self.settled(denial, &[WriteOff]);
        if self.open(denial) > 0 {
            ResolutionStatus::Pending
        } else if self.settled(denial, &[Rebilled]) > 0 {
            ResolutionStatus::Rebilled
        } else if given_up > 0 && given_up + self.settled(denial, &[DenialWithdrawn]) == self.denials[denial].amount {
            ResolutionStatus::Abandoned
        } else {
            ResolutionStatus::Resolved
        }
    }

    pub fn open_action(&self, denial: usize) -> Option<OpenAction> {
        let appeal = self.appeals.iter().find(|appeal| appeal.denial == denial && appeal.is_open());
        let rebill = self.rebills.iter().any(|rebill| rebill.denial == denial && rebill.is_open());
        match appeal {
            Some(appeal) if appeal.filed_on.is_some() => Some(OpenAction::FiledAppeal),
            Some(_) => Some(OpenAction::Appeal),
            None => rebill.then_some(OpenAction::Rebill),
        }
    }

    /// What of a denial waits for an action, and whether that is to ask the payer for what it granted.
    pub fn to_work(&self, denial: usize) -> Option<(Cents, bool)> {
        let waits = |write_off: &super::books::WriteOff| {
            write_off.denial == denial && write_off.status == WriteOffStatus::PendingApproval
        };
        let (open, granted) = (self.open(denial), self.granted(denial));
        if open == 0 || self.open_action(denial).is_some() || self.write_offs.iter().any(waits) {
            None
        } else if granted >= open {
            Some((open, true))
        } else {
            Some((open - granted, false))
        }
    }

    /// One more than were lost, in whole or in part.
    pub fn next_level(&self, denial: usize) -> usize {
        let lost = |appeal: &&Appeal| {
            let lost = matches!(appeal.status, AppealStatus::Denied | AppealStatus::PartiallyApproved);
            appeal.denial == denial && (lost || appeal.released_on.is_some())
        };
        self.appeals.iter().filter(lost).count()
    }

    pub fn denials_of(&self, claim: usize) -> impl Iterator<Item = usize> {
        (0..self.denials.len()).filter(move |denial| self.denials[*denial].claim == claim)
    }

    pub fn still_open(&self, claim: usize) -> Cents {
        self.denials_of(claim).map(|denial| self.open(denial)).sum()
    }

    /// How often the payer said something about it; a mistake of ours was no answer.
    pub fn answers(&self, claim: usize) -> i64 {
        let says = |posting: &&Posting| {
            let kinds = [Payment, ContractualAdjustment, PatientResponsibility, OtherPayer, DenialWithdrawn];
            let undone = posting.reverses.is_some_and(|mistake| self.postings[mistake].by_database);
            posting.claim == claim && kinds.contains(&posting.kind) && !posting.by_database && !undone
        };
        let said = self.postings.iter().filter(says);
        let said: i64 = said.map(|posting| if posting.reverses.is_some() { -1 } else { 1 }).sum();
        said + i64::try_from(self.denials_of(claim).count()).unwrap()
    }

    fn owed_by_payer(&self, claim: usize) -> Cents {
        let kinds = [Payment, ContractualAdjustment, PatientResponsibility, OtherPayer, WriteOff, Rebilled];
        self.claims[claim].amount - kinds.iter().map(|kind| self.total(claim, *kind)).sum::<Cents>()
    }

    /// What payer and patient still owe.
    pub fn balances(&self, claim: usize) -> [Cents; 2] {
        let of_patient = self.total(claim, PatientResponsibility)
            - self.total(claim, PatientPayment)
            - self.total(claim, PatientWriteOff);
        if self.claims[claim].voided_on.is_some() { [0, 0] } else { [self.owed_by_payer(claim), of_patient] }
    }

    pub fn status(&self, number: usize) -> ClaimStatus {
        let claim = &self.claims[number];
        let paid = self.total(number, Payment);
        let filed = self.appeals.iter().enumerate().any(|(appeal, row)| {
            self.denials[row.denial].claim == number
                && (matches!(row.status, AppealStatus::Submitted | AppealStatus::UnderReview)
                    || self.granted_by(appeal) > 0)
        });
        let others = [Payment, ContractualAdjustment, PatientResponsibility, OtherPayer];
        if claim.voided_on.is_some() {
            ClaimStatus::Voided
        } else if claim.submitted_on.is_none() {
            ClaimStatus::Pending
        } else if self.still_open(number) > 0 {
            match (filed, paid > 0) {
                (true, _) => ClaimStatus::Appealed,
                (false, true) => ClaimStatus::PartiallyPaid,
                (false, false) => ClaimStatus::Denied,
            }
        } else if self.answers(number) == 0 || self.owed_by_payer(number) > 0 {
            if paid > 0 { ClaimStatus::PartiallyPaid } else { ClaimStatus::Submitted }
        } else if self.total(number, Rebilled) > 0 {
            ClaimStatus::Rebilled
        } else if self.total(number, WriteOff) > 0 && others.iter().all(|kind| self.total(number, *kind) == 0) {
            ClaimStatus::WrittenOff
        } else {
            ClaimStatus::Paid
        }
    }

    /// What must hold whatever was done.
    fn holds(&self) -> bool {
        let denials = (0..self.denials.len()).all(|denial| {
            let groups: [&[PostingKind]; 6] = [
                &[Payment],
                &[ContractualAdjustment, OtherPayer],
                &[PatientResponsibility],
                &[WriteOff],
                &[Rebilled],
                &[DenialWithdrawn],
            ];
            let moved = self.settled(denial, &[PatientResponsibility]);
            self.open(denial) >= 0
                && groups.iter().all(|kinds| self.settled(denial, kinds) >= 0)
                && (moved == 0 || !self.denials[denial].contractual)
        });
        let appeals = (0..self.appeals.len()).all(|number| {
            let appeal = &self.appeals[number];
            let waits = appeal.filed_on.is_some() && appeal.decided_on.is_none();
            let most = if waits { appeal.asked } else { appeal.approved.unwrap_or(0) };
            (0..=most).contains(&self.paid_for(number))
        });
        let claims = (0..self.claims.len()).all(|number| {
            let claim = &self.claims[number];
            let open = self.still_open(number);
            (open == 0 || (open <= self.owed_by_payer(number) && claim.voided_on.is_none()))
                && (claim.submitted_on.is_some() || self.answers(number) == 0)
                && self.answers(number) >= 0
                && [WriteOff, Rebilled, PatientWriteOff].iter().all(|kind| self.total(number, *kind) >= 0)
        });
        denials && appeals && claims
    }
}

impl Appeal {
    pub fn is_open(&self) -> bool {
        use AppealStatus::*;
        matches!(self.status, Pending | InProgress | Submitted | UnderReview)
    }
}

impl Rebill {
    pub fn is_open(&self) -> bool {
        matches!(self.status, RebillStatus::Pending | RebillStatus::Submitted | RebillStatus::Accepted)
    }
}

pub(super) fn dollars(amount: Cents) -> String {
    SignedUsd::try_from(bigdecimal::BigDecimal::new(amount.into(), 2)).unwrap().to_string()
}

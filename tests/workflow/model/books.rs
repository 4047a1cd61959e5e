//! A few claims in memory: what is open and which status a claim has follows from what happened.

use rcm_schema::types::*;

use super::operations::{Operation, Outcome};

/// US dollars, in cents.
pub type Cents = i64;
/// Days after the first of January.
pub type Day = u64;
/// Who does it: 0 asks for every write-off.
pub type Actor = usize;

/// When write-offs are requested.
pub const REQUESTED_ON: Day = 3;

#[derive(Debug, Clone)]
pub struct Claim {
    pub patient: usize,
    pub amount: Cents,
    pub paid: Cents,
    pub adjusted: Cents,
    pub status: ClaimStatus,
}

#[derive(Debug, Clone)]
pub struct Denial {
    pub claim: usize,
    pub contractual: bool,
    pub amount: Cents,
}

#[derive(Debug, Clone)]
pub struct Posting {
    pub denial: usize,
    pub kind: TransactionKind,
    pub amount: Cents,
    /// The write-off that posted it.
    pub write_off: Option<usize>,
    pub reverses: Option<usize>,
}

#[derive(Debug, Clone)]
pub struct Appeal {
    pub denial: usize,
    pub level: usize,
    pub status: AppealStatus,
    pub asked: Cents,
    pub granted: Option<Cents>,
    pub filed_on: Option<Day>,
    pub decided_on: Option<Day>,
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
        let accepted = changed.attempt(operation).is_some() && {
            changed.let_claims_follow();
            changed.holds()
        };
        if accepted {
            *self = changed;
        }
        accepted
    }

    /// The signed sum of a denial's postings of one kind.
    pub fn posted(&self, denial: usize, kind: TransactionKind) -> Cents {
        let postings = self.postings.iter().filter(|posting| posting.denial == denial && posting.kind == kind);
        postings.map(|posting| if posting.reverses.is_some() { -posting.amount } else { posting.amount }).sum()
    }

    pub fn open(&self, denial: usize) -> Cents {
        let settled: Cents = TransactionKind::ALL.iter().map(|kind| self.posted(denial, *kind)).sum();
        self.denials[denial].amount - settled
    }

    /// Pending while anything is open; then abandoned if all of it was written off.
    pub fn resolution(&self, denial: usize) -> ResolutionStatus {
        if self.open(denial) > 0 {
            ResolutionStatus::Pending
        } else if self.posted(denial, TransactionKind::WriteOff) == self.denials[denial].amount {
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

    /// One more than were lost, in whole or in part.
    pub fn next_level(&self, denial: usize) -> usize {
        let lost = |appeal: &&Appeal| {
            appeal.denial == denial && matches!(appeal.status, AppealStatus::Denied | AppealStatus::PartiallyApproved)
        };
        self.appeals.iter().filter(lost).count()
    }

    /// Over a claim's denials.
    pub fn sum(&self, claim: usize, of: impl Fn(usize) -> Cents) -> Cents {
        (0..self.denials.len()).filter(|denial| self.denials[*denial].claim == claim).map(of).sum()
    }

    pub fn denied(&self, claim: usize) -> Cents {
        self.sum(claim, |denial| self.denials[denial].amount)
    }

    fn still_open(&self, claim: usize) -> Cents {
        self.sum(claim, |denial| self.open(denial))
    }

    pub fn total(&self, claim: usize, kind: TransactionKind) -> Cents {
        self.sum(claim, |denial| self.posted(denial, kind))
    }

    /// What nobody has paid, given up, adjusted or moved to the patient.
    pub fn balance(&self, claim: usize) -> Cents {
        let settled: Cents = TransactionKind::ALL.iter().map(|kind| self.total(claim, *kind)).sum();
        let claim = &self.claims[claim];
        claim.amount - claim.paid - claim.adjusted - settled
    }

    /// A claim with denials has the status that they give it.
    fn let_claims_follow(&mut self) {
        for number in 0..self.claims.len() {
            let status = self.claims[number].status;
            if self.denied(number) == 0 || matches!(status, ClaimStatus::Pending | ClaimStatus::Voided) {
                continue;
            }
            let paid = self.claims[number].paid + self.total(number, TransactionKind::Recovery) > 0;
            let filed = (0..self.denials.len()).any(|denial| {
                self.denials[denial].claim == number && self.open_action(denial) == Some(OpenAction::FiledAppeal)
            });
            let moved = self.total(number, TransactionKind::PatientTransfer) > 0;
            let given_up = self.total(number, TransactionKind::WriteOff) > 0;
            self.claims[number].status = if self.still_open(number) > 0 {
                match (filed, paid) {
                    (true, _) => ClaimStatus::Appealed,
                    (false, true) => ClaimStatus::PartiallyPaid,
                    (false, false) => ClaimStatus::Denied,
                }
            } else if self.balance(number) > 0 {
                if paid { ClaimStatus::PartiallyPaid } else { ClaimStatus::Submitted }
            } else if given_up && !paid && !moved {
                ClaimStatus::WrittenOff
            } else {
                ClaimStatus::Paid
            };
        }
    }

    /// What must hold whatever was done.
    fn holds(&self) -> bool {
        let denials = (0..self.denials.len()).all(|denial| {
            let moved = self.posted(denial, TransactionKind::PatientTransfer);
            self.open(denial) >= 0 && (moved == 0 || !self.denials[denial].contractual)
        });
        let claims = (0..self.claims.len()).all(|number| {
            let claim = &self.claims[number];
            let open = self.still_open(number);
            (open == 0 || (open <= self.balance(number) && claim.status != ClaimStatus::Voided))
                && (claim.status != ClaimStatus::Pending || self.denied(number) == 0)
        });
        denials && claims
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

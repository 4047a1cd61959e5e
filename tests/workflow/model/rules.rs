//! The rules: who may do what and when, and what comes of it. Written from the rules of the domain, not from the SQL.

use rcm_schema::types::PostingKind::*;
use rcm_schema::types::*;

use super::books::{Appeal, Books, Cents, DENIED_ON, Denial, Posting, REQUESTED_ON, Rebill};
use super::ledger::when;
use super::operations::{Decision, Operation};

impl Books {
    /// Open and not granted yet.
    fn to_ask_for(&self, denial: usize) -> Cents {
        self.open(denial) - self.granted(denial)
    }

    /// Does it, or stops in the middle where a rule is in the way.
    pub fn attempt(&mut self, operation: &Operation) -> Option<()> {
        match *operation {
            Operation::Submit { claim: number, day } => {
                let claim = &mut self.claims[number];
                if claim.submitted_on != Some(day) {
                    when(claim.submitted_on.is_none() && claim.voided_on.is_none())?;
                    claim.submitted_on = Some(day);
                    if let Some(original) = claim.replaces {
                        self.move_all(original, number)?;
                    }
                    self.take_over(number)?;
                }
            }
            Operation::Follow { claim, prior } => {
                if self.claims[claim].follows != Some(prior) {
                    when(self.claims[claim].follows.is_none() && claim != prior)?;
                    self.claims[claim].follows = Some(prior);
                    self.take_over(claim)?;
                }
            }
            Operation::Void { claim: number, day } => {
                let claim = &mut self.claims[number];
                if claim.voided_on != Some(day) {
                    when(claim.voided_on.is_none())?;
                    claim.voided_on = Some(day);
                    self.take_back_what_was_moved(number)?;
                }
            }
            Operation::Deny { claim, contractual, amount } => {
                when(amount > 0)?;
                if self.still_open(claim) + amount > self.balances(claim)[0] {
                    self.take_back_expected(claim);
                }
                self.denials.push(Denial { claim, contractual, amount });
            }
            // It changes what to do, and no money.
            Operation::Remark { denial, .. } => when(denial < self.denials.len())?,
            Operation::Post { claim, kind, amount } => self.post(Posting::of_claim(claim, kind, amount))?,
            Operation::Settle { denial, kind, amount } => {
                when(denial < self.denials.len())?;
                self.post(self.settling(denial, kind, amount))?;
            }
            Operation::PayAppeal { appeal, amount } => {
                let denial = self.appeals.get(appeal)?.denial;
                self.post(Posting { appeal: Some(appeal), ..self.settling(denial, Payment, amount) })?;
            }
            Operation::TakeBack { posting, amount } => {
                let taken = self.postings.get(posting)?.clone();
                // Write-offs and rebills take back themselves.
                when(taken.reverses.is_none() && !matches!(taken.kind, WriteOff | Rebilled))?;
                let row = Posting::of_claim(taken.claim, taken.kind, -taken.amount.signum() * amount);
                self.post(Posting { denial: taken.denial, takes_back: Some(posting), ..row })?;
            }
            Operation::ReversePosting { posting } => {
                let mistake = self.postings.get(posting)?.clone();
                let again = self.postings.iter().any(|other| other.reverses == Some(posting));
                when(mistake.reverses.is_none() && mistake.write_off.is_none() && !again)?;
                if let Some(new_claim) = mistake.moved_to {
                    when(mistake.kind == Rebilled && mistake.amount < 0 && self.claims[new_claim].voided_on.is_none())?;
                }
                self.post(Posting {
                    amount: -mistake.amount,
                    reverses: Some(posting),
                    takes_back: None,
                    beyond: None,
                    by_database: false,
                    ..mistake
                })?;
            }
            Operation::Tamper { .. } => return None,
            Operation::OpenAppeal { denial, level, amount, filed_on } => {
                when(denial < self.denials.len() && self.open_action(denial).is_none())?;
                let taken = self.appeals.iter().any(|appeal| {
                    appeal.denial == denial && appeal.level == level && appeal.status != AppealStatus::Withdrawn
                });
                when(level == self.next_level(denial) && !taken && amount > 0 && amount <= self.to_ask_for(denial))?;
                when(filed_on.is_none_or(|filed_on| filed_on >= DENIED_ON))?;
                let status = if filed_on.is_some() { AppealStatus::Submitted } else { AppealStatus::Pending };
                self.appeals.push(Appeal {
                    denial,
                    level,
                    status,
                    asked: amount,
                    approved: None,
                    filed_on,
                    decided_on: None,
                    released_on: None,
                });
            }
            Operation::StartAppeal { appeal } => {
                let appeal = self.appeals.get_mut(appeal)?;
                when(matches!(appeal.status, AppealStatus::Pending | AppealStatus::InProgress))?;
                appeal.status = AppealStatus::InProgress;
            }
            Operation::AskFor { appeal, amount } => {
                let Appeal { denial, asked, filed_on, status, .. } = *self.appeals.get(appeal)?;
                if amount != asked {
                    let fixed = filed_on.is_some() || status == AppealStatus::Withdrawn;
                    when(!fixed && amount > 0 && amount <= self.to_ask_for(denial))?;
                    self.appeals[appeal].asked = amount;
                }
            }
            Operation::FileAppeal { appeal, day } => {
                let Appeal { denial, asked, filed_on, status, .. } = *self.appeals.get(appeal)?;
                if status != AppealStatus::Submitted || filed_on != Some(day) {
                    let drafted = matches!(status, AppealStatus::Pending | AppealStatus::InProgress);
                    when(drafted && asked <= self.to_ask_for(denial) && day >= DENIED_ON)?;
                    self.appeals[appeal].status = AppealStatus::Submitted;
                    self.appeals[appeal].filed_on = Some(day);
                }
            }
            Operation::ConfirmReview { appeal } => {
                let appeal = self.appeals.get_mut(appeal)?;
                when(matches!(appeal.status, AppealStatus::Submitted | AppealStatus::UnderReview))?;
                appeal.status = AppealStatus::UnderReview;
            }
            Operation::Decide { appeal: number, decision, day } => {
                let appeal = self.appeals.get_mut(number)?;
                let (status, approved) = match decision {
                    Decision::Approve => (AppealStatus::Approved, Some(appeal.asked)),
                    Decision::Grant(part) => (AppealStatus::PartiallyApproved, Some(part)),
                    Decision::Deny => (AppealStatus::Denied, None),
                };
                if (appeal.status, appeal.approved, appeal.decided_on) != (status, approved, Some(day)) {
                    when(matches!(appeal.status, AppealStatus::Submitted | AppealStatus::UnderReview))?;
                    when(appeal.filed_on.is_some_and(|filed_on| day >= filed_on))?;
                    if let Decision::Grant(part) = decision {
                        when(part > 0 && part < appeal.asked)?;
                    }
                    (appeal.status, appeal.approved, appeal.decided_on) = (status, approved, Some(day));
                }
            }
            Operation::ReleaseAppeal { appeal, day } => {
                let appeal = self.appeals.get_mut(appeal)?;
                if appeal.released_on != Some(day) {
                    when(appeal.released_on.is_none() && appeal.approved.is_some() && Some(day) >= appeal.decided_on)?;
                    appeal.released_on = Some(day);
                }
            }
            Operation::WithdrawAppeal { appeal } => {
                let appeal = self.appeals.get_mut(appeal)?;
                when(appeal.is_open() || appeal.status == AppealStatus::Withdrawn)?;
                appeal.status = AppealStatus::Withdrawn;
            }
            Operation::RequestWriteOff { denial, amount } => {
                when(denial < self.denials.len() && amount > 0 && amount <= self.open(denial))?;
                let status = WriteOffStatus::PendingApproval;
                self.write_offs.push(super::books::WriteOff { denial, amount, status, decided: None, reversed: None });
            }
            Operation::ApproveWriteOff { write_off: number, by, day } => {
                let write_off = self.write_offs.get_mut(number)?;
                if (write_off.status, write_off.decided) != (WriteOffStatus::Approved, Some((by, day))) {
                    when(write_off.status == WriteOffStatus::PendingApproval && by != 0 && day >= REQUESTED_ON)?;
                    (write_off.status, write_off.decided) = (WriteOffStatus::Approved, Some((by, day)));
                    let (denial, amount) = (write_off.denial, write_off.amount);
                    self.post(Posting { write_off: Some(number), ..self.settling(denial, WriteOff, amount) })?;
                }
            }
            Operation::RejectWriteOff { write_off, by, day } => {
                let write_off = self.write_offs.get_mut(write_off)?;
                if (write_off.status, write_off.decided) != (WriteOffStatus::Rejected, Some((by, day))) {
                    when(write_off.status == WriteOffStatus::PendingApproval && day >= REQUESTED_ON)?;
                    (write_off.status, write_off.decided) = (WriteOffStatus::Rejected, Some((by, day)));
                }
            }
            Operation::ReverseWriteOff { write_off: number, by, day } => {
                let write_off = self.write_offs.get_mut(number)?;
                if (write_off.status, write_off.reversed) != (WriteOffStatus::Reversed, Some((by, day))) {
                    let approved_on = write_off.decided.map(|(_, day)| day);
                    when(write_off.status == WriteOffStatus::Approved && Some(day) >= approved_on)?;
                    (write_off.status, write_off.reversed) = (WriteOffStatus::Reversed, Some((by, day)));
                    // Less what a payment took back.
                    let posting = self.postings.iter().position(|posting| posting.write_off == Some(number))?;
                    let remaining = self.remaining(posting);
                    if remaining > 0 {
                        let row = self.postings[posting].clone();
                        self.post(Posting { amount: -remaining, takes_back: Some(posting), ..row })?;
                    }
                }
            }
            Operation::OpenRebill { denial, new_claim, submitted_on } => {
                when(denial < self.denials.len() && self.open_action(denial).is_none())?;
                when(submitted_on.is_none() || new_claim.is_some())?;
                self.fits(denial, new_claim, None)?;
                self.is_left_or_moved(denial, new_claim)?;
                let status = if submitted_on.is_some() { RebillStatus::Submitted } else { RebillStatus::Pending };
                self.rebills.push(Rebill { denial, new_claim, status, submitted_on, outcome: None });
                if let (Some(new_claim), Some(_)) = (new_claim, submitted_on) {
                    self.is_sent(new_claim)?;
                    self.move_open(self.rebills.len() - 1, denial, new_claim)?;
                }
            }
            Operation::SubmitRebill { rebill: number, new_claim, day } => {
                let rebill = self.rebills.get(number)?;
                let denial = rebill.denial;
                let sent = (RebillStatus::Submitted, Some(new_claim), Some(day));
                if (rebill.status, rebill.new_claim, rebill.submitted_on) != sent {
                    when(rebill.status == RebillStatus::Pending)?;
                    self.fits(denial, Some(new_claim), Some(number))?;
                    self.is_left_or_moved(denial, Some(new_claim))?;
                    self.is_sent(new_claim)?;
                    let rebill = &mut self.rebills[number];
                    (rebill.status, rebill.new_claim, rebill.submitted_on) = sent;
                    self.move_open(number, denial, new_claim)?;
                }
            }
            Operation::AcceptRebill { rebill } => {
                let rebill = self.rebills.get_mut(rebill)?;
                when(matches!(rebill.status, RebillStatus::Submitted | RebillStatus::Accepted))?;
                rebill.status = RebillStatus::Accepted;
            }
            Operation::ResolveRebill { rebill: number, outcome, day } => {
                let rebill = self.rebills.get_mut(number)?;
                if rebill.outcome != Some((outcome, day)) {
                    when(matches!(rebill.status, RebillStatus::Submitted | RebillStatus::Accepted))?;
                    when(rebill.submitted_on.is_some_and(|submitted_on| day >= submitted_on))?;
                    rebill.outcome = Some((outcome, day));
                    rebill.status = outcome.status();
                    let new_claim = rebill.new_claim?;
                    when(rebill.status == RebillStatus::DeniedAgain || self.total(new_claim, Payment) > 0)?;
                }
            }
        }
        Some(())
    }

    /// Something is open, or a replacement has taken it over.
    fn is_left_or_moved(&self, denial: usize, new_claim: Option<usize>) -> Option<()> {
        let moved = |row: &Posting| row.denial == Some(denial) && row.moved_to.is_some() && row.moved_to == new_claim;
        when(self.open(denial) > 0 || self.postings.iter().any(moved))
    }

    /// The corrected claim is another one of the same patient, once per denial.
    fn fits(&self, denial: usize, new_claim: Option<usize>, rebill: Option<usize>) -> Option<()> {
        let Some(new_claim) = new_claim else { return Some(()) };
        let original = self.denials[denial].claim;
        let mut others = self.rebills.iter().enumerate().filter(|(number, _)| Some(*number) != rebill);
        let used = others.any(|(_, other)| other.denial == denial && other.new_claim == Some(new_claim));
        let same_patient = self.claims[original].patient == self.claims[new_claim].patient;
        when(new_claim != original && same_patient && !used)
    }
}

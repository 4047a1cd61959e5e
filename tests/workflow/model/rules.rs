//! The rules: who may do what and when, and what comes of it. Written from the rules of the domain, not from the SQL.

use rcm_schema::types::*;

use super::books::{Appeal, Books, Cents, Denial, Posting, REQUESTED_ON, Rebill, WriteOff};
use super::operations::{Decision, Operation};

impl Books {
    fn post(&mut self, denial: usize, kind: TransactionKind, amount: Cents, write_off: Option<usize>) {
        self.postings.push(Posting { denial, kind, amount, write_off, reverses: None });
    }

    fn reverse(&mut self, posting: usize) {
        let reversal = Posting { reverses: Some(posting), ..self.postings[posting].clone() };
        self.postings.push(reversal);
    }

    /// Nothing else is under way, and something is there to fight for.
    fn takes_action(&self, denial: usize) -> Option<()> {
        when(denial < self.denials.len() && self.open_action(denial).is_none() && self.open(denial) > 0)
    }

    /// Does it, or stops in the middle where a rule is in the way.
    pub fn attempt(&mut self, operation: &Operation) -> Option<()> {
        match *operation {
            Operation::Submit { claim } => {
                let claim = &mut self.claims[claim];
                when(claim.status == ClaimStatus::Pending)?;
                claim.status = ClaimStatus::Submitted;
            }
            Operation::Pay { claim: number, paid, adjusted } => {
                let claim = &mut self.claims[number];
                when(paid + adjusted > 0 && !matches!(claim.status, ClaimStatus::Pending | ClaimStatus::Voided))?;
                claim.paid += paid;
                claim.adjusted += adjusted;
                if self.denied(number) == 0 {
                    let settled = self.balance(number) <= 0;
                    let claim = &mut self.claims[number];
                    if settled {
                        claim.status = ClaimStatus::Paid;
                    } else if claim.paid > 0 {
                        claim.status = ClaimStatus::PartiallyPaid;
                    }
                }
            }
            Operation::Void { claim } => self.claims[claim].status = ClaimStatus::Voided,
            Operation::SetStatus { claim: number, status } => {
                let has_denials = self.denied(number) > 0;
                let claim = &mut self.claims[number];
                if status != claim.status {
                    when(claim.status.next().contains(&status) || (has_denials && status == ClaimStatus::Voided))?;
                    match status {
                        ClaimStatus::Voided => {}
                        _ if has_denials => return None,
                        // Nobody said when it was sent.
                        ClaimStatus::Submitted if claim.status == ClaimStatus::Pending => return None,
                        ClaimStatus::PartiallyPaid => when(claim.paid > 0)?,
                        ClaimStatus::Denied | ClaimStatus::Appealed | ClaimStatus::WrittenOff => return None,
                        _ => {}
                    }
                    claim.status = status;
                }
            }
            Operation::Deny { claim, contractual, amount } => {
                when(amount > 0)?;
                self.denials.push(Denial { claim, contractual, amount });
            }
            Operation::Post { denial, kind, amount } => {
                when(denial < self.denials.len() && amount > 0)?;
                self.post(denial, kind, amount, None);
            }
            Operation::ReversePosting { posting } => {
                let reversed = self.postings.get(posting)?;
                let again = self.postings.iter().any(|other| other.reverses == Some(posting));
                when(reversed.reverses.is_none() && reversed.write_off.is_none() && !again)?;
                self.reverse(posting);
            }
            Operation::Tamper { .. } => return None,
            Operation::OpenAppeal { denial, level, amount, filed_on } => {
                self.takes_action(denial)?;
                let taken = self.appeals.iter().any(|appeal| {
                    appeal.denial == denial && appeal.level == level && appeal.status != AppealStatus::Withdrawn
                });
                when(level == self.next_level(denial) && !taken && amount > 0 && amount <= self.open(denial))?;
                let status = if filed_on.is_some() { AppealStatus::Submitted } else { AppealStatus::Pending };
                self.appeals.push(Appeal {
                    denial,
                    level,
                    status,
                    asked: amount,
                    granted: None,
                    filed_on,
                    decided_on: None,
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
                    when(!fixed && amount > 0 && amount <= self.open(denial))?;
                    self.appeals[appeal].asked = amount;
                }
            }
            Operation::FileAppeal { appeal, day } => {
                let Appeal { denial, asked, filed_on, status, .. } = *self.appeals.get(appeal)?;
                if status != AppealStatus::Submitted || filed_on != Some(day) {
                    let drafted = matches!(status, AppealStatus::Pending | AppealStatus::InProgress);
                    when(drafted && asked <= self.open(denial))?;
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
                let (status, granted) = match decision {
                    Decision::Approve => (AppealStatus::Approved, Some(appeal.asked)),
                    Decision::Grant(part) => (AppealStatus::PartiallyApproved, Some(part)),
                    Decision::Deny => (AppealStatus::Denied, None),
                };
                if (appeal.status, appeal.granted, appeal.decided_on) != (status, granted, Some(day)) {
                    when(matches!(appeal.status, AppealStatus::Submitted | AppealStatus::UnderReview))?;
                    when(appeal.filed_on.is_some_and(|filed_on| day >= filed_on))?;
                    if let Decision::Grant(part) = decision {
                        when(part > 0 && part < appeal.asked)?;
                    }
                    (appeal.status, appeal.granted, appeal.decided_on) = (status, granted, Some(day));
                    let denial = appeal.denial;
                    if let Some(granted) = granted {
                        self.post(denial, TransactionKind::Recovery, granted, None);
                    }
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
                self.write_offs.push(WriteOff { denial, amount, status, decided: None, reversed: None });
            }
            Operation::ApproveWriteOff { write_off: number, by, day } => {
                let write_off = self.write_offs.get_mut(number)?;
                if (write_off.status, write_off.decided) != (WriteOffStatus::Approved, Some((by, day))) {
                    when(write_off.status == WriteOffStatus::PendingApproval && by != 0 && day >= REQUESTED_ON)?;
                    (write_off.status, write_off.decided) = (WriteOffStatus::Approved, Some((by, day)));
                    let (denial, amount) = (write_off.denial, write_off.amount);
                    self.post(denial, TransactionKind::WriteOff, amount, Some(number));
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
                    let posting = self.postings.iter().position(|posting| posting.write_off == Some(number))?;
                    self.reverse(posting);
                }
            }
            Operation::OpenRebill { denial, new_claim, submitted_on } => {
                self.takes_action(denial)?;
                when(submitted_on.is_none() || new_claim.is_some())?;
                self.fits(denial, new_claim, None)?;
                let status = if submitted_on.is_some() { RebillStatus::Submitted } else { RebillStatus::Pending };
                self.rebills.push(Rebill { denial, new_claim, status, submitted_on, outcome: None });
            }
            Operation::SubmitRebill { rebill: number, new_claim, day } => {
                let rebill = self.rebills.get(number)?;
                let sent = (RebillStatus::Submitted, Some(new_claim), Some(day));
                if (rebill.status, rebill.new_claim, rebill.submitted_on) != sent {
                    when(rebill.status == RebillStatus::Pending && self.open(rebill.denial) > 0)?;
                    self.fits(rebill.denial, Some(new_claim), Some(number))?;
                    let rebill = &mut self.rebills[number];
                    (rebill.status, rebill.new_claim, rebill.submitted_on) = sent;
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
                    let (denial, new_claim) = (rebill.denial, rebill.new_claim?);
                    if let Some((paid, adjusted)) = outcome.amounts() {
                        when(paid > 0)?;
                        let claimed: Cents = self
                            .rebills
                            .iter()
                            .filter(|rebill| rebill.new_claim == Some(new_claim))
                            .filter_map(|rebill| Some(rebill.outcome?.0.amounts()?.0))
                            .sum();
                        let recovered = self.total(new_claim, TransactionKind::Recovery);
                        when(claimed <= self.claims[new_claim].paid + recovered)?;
                        self.post(denial, TransactionKind::Recovery, paid, None);
                        if adjusted > 0 {
                            self.post(denial, TransactionKind::ContractualAdjustment, adjusted, None);
                        }
                    }
                }
            }
        }
        Some(())
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

fn when(allowed: bool) -> Option<()> {
    allowed.then_some(())
}

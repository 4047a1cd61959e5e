//! What becomes of a denial.

use chrono::{NaiveDate, TimeDelta};
use rcm_schema::Result;
use rcm_schema::models::{NewAppeal, NewDenial, NewPosting, NewRebill, NewWriteOff};
use rcm_schema::types::*;
use rcm_schema::workflow::claims::WholeClaim;

use super::batch::Change;
use super::draw::usd;
use super::practice::Remedy;
use super::story::{Telling, Told};

/// What the reference policy has somebody approve, cents.
const APPROVED_FROM: i64 = 50_000;

/// A denial that is told.
#[derive(Clone, Copy)]
pub struct Denied<'a> {
    pub claim: Told<'a>,
    pub line_number: Option<i16>,
    /// Refused, cents.
    pub amount: i64,
    pub code: &'static str,
    pub denied_on: NaiveDate,
}

impl Telling<'_> {
    pub fn denied(&mut self, denied: Denied, remedy: Remedy) -> Result<()> {
        let denial = self.new_denial(denied)?;
        let id = denial.id;
        self.batch.denials.push(denial);
        if self.draw.chance(220) {
            // Nobody has looked at it.
            return Ok(());
        }
        match remedy {
            Remedy::Appeal if self.draw.chance(750) => self.appealed(denied, id),
            Remedy::Rebill if self.draw.chance(750) && self.left > 0 => self.rebilled(denied, id),
            Remedy::Patient => {
                let day = self.draw.after(denied.denied_on, 3, 20);
                self.settle(denied, id, PostingKind::PatientResponsibility, denied.amount, day)?;
                let paid_on = self.draw.after(day, 10, 90);
                self.post_later(denied.claim, PostingKind::PatientPayment, denied.amount, paid_on)
            }
            _ if self.draw.chance(300) => {
                // The payer pays after a call; at times it takes the denial back first.
                let day = self.draw.after(denied.denied_on, 15, 50);
                if day <= self.until && self.draw.chance(300) {
                    self.settle(denied, id, PostingKind::DenialWithdrawn, denied.amount, day)?;
                    let allowed = denied.amount * denied.claim.payer.allowed / 100;
                    self.post_later(denied.claim, PostingKind::Payment, allowed, day)?;
                    return self.post_later(
                        denied.claim,
                        PostingKind::ContractualAdjustment,
                        denied.amount - allowed,
                        day,
                    );
                }
                self.recovered(denied, id, None, denied.amount * denied.claim.payer.allowed / 100, day)
            }
            _ => self.written_off(denied, id, denied.denied_on),
        }
    }

    fn new_denial(&mut self, denied: Denied) -> Result<NewDenial> {
        let denial = NewDenial::builder()
            .id(DenialId(self.draw.id()))
            .claim_id(denied.claim.id)
            .maybe_line_number(denied.line_number)
            .denial_code(denied.code.parse()?)
            .denied_on(denied.denied_on)
            .denial_amount(usd(denied.amount)?);
        Ok(denial.build())
    }

    fn appealed(&mut self, denied: Denied, denial_id: DenialId) -> Result<()> {
        let due_on = denied.denied_on + TimeDelta::days(denied.claim.payer.appeal_days.into());
        let filed_on = self.draw.after(denied.denied_on, 5, 45);
        let id = AppealId(self.draw.id());
        self.batch.appeals.push(NewAppeal {
            denial_id,
            claim_id: denied.claim.id,
            id,
            appeal_level: AppealLevel::FirstLevel,
            priority: Some(*self.draw.weighted(&[(2, Priority::High), (6, Priority::Medium), (2, Priority::Low)])),
            appealed_amount: usd(denied.amount)?,
            due_on: Some(due_on),
            filed_on: (filed_on <= self.until).then_some(filed_on),
            reason: "The record supports the service.".into(),
            supporting_documents: None,
            assigned_to: Some(format!("appeals.specialist.{}", self.draw.between(1, 5))),
        });
        let decided_on = self.draw.after(filed_on, 20, 75);
        if decided_on > self.until {
            return Ok(());
        }
        let paid_on = self.draw.after(decided_on, 7, 40);
        let allowed = denied.amount * denied.claim.payer.allowed / 100;
        let outcomes = [
            (12, AppealStatus::Approved),
            (43, AppealStatus::PartiallyApproved),
            (38, AppealStatus::Denied),
            (7, AppealStatus::Withdrawn),
        ];
        let status = *self.draw.weighted(&outcomes);
        let approved = match status {
            AppealStatus::Approved => Some(denied.amount),
            AppealStatus::PartiallyApproved => Some(allowed),
            _ => None,
        };
        let amount = approved.map(usd).transpose()?;
        self.batch.appeal_ends.push(Change { id: id.0, status, day: decided_on, amount });
        match approved {
            Some(approved) => self.recovered(denied, denial_id, Some(id), approved, paid_on),
            None if self.draw.chance(650) => self.written_off(denied, denial_id, decided_on),
            None => Ok(()),
        }
    }

    /// A corrected claim; at times it replaces the denied one.
    fn rebilled(&mut self, denied: Denied, denial_id: DenialId) -> Result<()> {
        let sent_on = self.draw.after(denied.denied_on, 3, 25);
        let Some(original) = self.batch.claims.last().filter(|_| sent_on <= self.until) else { return Ok(()) };
        let WholeClaim { mut claim, mut diagnoses, mut lines, .. } = original.clone();
        self.left -= 1;
        let id = ClaimId(self.draw.id());
        claim.claim_id = format!("{}-R", claim.claim_id).parse()?;
        claim.submitted_on = Some(sent_on);
        claim.amount = usd(denied.amount)?;
        if denied.line_number.is_none() && self.draw.chance(120) {
            claim.frequency_code = FrequencyCode::Replacement;
            claim.replaces_claim_id = Some(denied.claim.id);
        }
        lines.retain(|line| denied.line_number.is_none_or(|number| line.line_number == number));
        claim.id = id;
        lines.iter_mut().for_each(|line| line.claim_id = id);
        diagnoses.iter_mut().for_each(|diagnosis| diagnosis.claim_id = id);
        self.batch.corrected.push(WholeClaim { diagnoses, lines, ..WholeClaim::new(claim) });

        let rebill = RebillId(self.draw.id());
        self.batch.rebills.push(NewRebill {
            denial_id,
            original_claim_id: denied.claim.id,
            id: rebill,
            new_claim_id: Some(id),
            reason: *self.draw.one_of(&[RebillReason::CorrectedCoding, RebillReason::CorrectedInfo]),
            changes: "Corrected as the payer asked.".into(),
            due_on: None,
            submitted_on: Some(sent_on),
            assigned_to: Some(format!("coder.{}", self.draw.between(1, 3))),
        });
        let answered = self.draw.after(sent_on, 10, 35);
        if answered > self.until {
            return Ok(());
        }
        let corrected = Told { id, amount: denied.amount, ..denied.claim };
        let status = if self.draw.chance(820) {
            let allowed = denied.amount * denied.claim.payer.allowed / 100;
            self.post_later(corrected, PostingKind::Payment, allowed, answered)?;
            self.post_later(corrected, PostingKind::ContractualAdjustment, denied.amount - allowed, answered)?;
            RebillStatus::Paid
        } else {
            let again = Denied { claim: corrected, denied_on: answered, line_number: None, ..denied };
            let denial = self.new_denial(again)?;
            self.batch.denied_again.push(denial);
            RebillStatus::DeniedAgain
        };
        self.batch.rebill_ends.push(Change { id: rebill.0, status, day: answered, amount: None });
        Ok(())
    }

    fn written_off(&mut self, denied: Denied, denial_id: DenialId, after: NaiveDate) -> Result<()> {
        let requested_on = self.draw.after(after, 5, 60);
        if requested_on > self.until {
            return Ok(());
        }
        let id = WriteOffId(self.draw.id());
        let (reason, category) = *self.draw.weighted(&[
            (4, (WriteOffReason::TimelyFilingExpired, WriteOffCategory::Administrative)),
            (3, (WriteOffReason::NonCoveredService, WriteOffCategory::Clinical)),
            (3, (WriteOffReason::BelowThreshold, WriteOffCategory::Financial)),
        ]);
        self.batch.write_offs.push(NewWriteOff {
            denial_id,
            claim_id: denied.claim.id,
            id,
            kind: PostingKind::WriteOff,
            amount: usd(denied.amount)?,
            reason,
            category,
            preventable: Some(self.draw.chance(600)),
            requested_by: "billing.specialist".into(),
            requested_on,
            policy_id: None,
            notes: None,
        });
        let decided_on = self.draw.after(requested_on, 1, 10);
        if decided_on > self.until {
            return Ok(());
        }
        let status = if self.draw.chance(930) { WriteOffStatus::Approved } else { WriteOffStatus::Rejected };
        self.batch.write_off_ends.push(Change { id: id.0, status, day: decided_on, amount: None });
        let reversed_on = self.draw.after(decided_on, 10, 90);
        if status == WriteOffStatus::Approved && reversed_on <= self.until && self.draw.chance(25) {
            let status = WriteOffStatus::Reversed;
            self.batch.reversals.push(Change { id: id.0, status, day: reversed_on, amount: None });
        }
        Ok(())
    }

    /// What the payer pays for a denial; the contract takes off the rest.
    fn recovered(
        &mut self,
        denied: Denied,
        denial: DenialId,
        appeal: Option<AppealId>,
        paid: i64,
        day: NaiveDate,
    ) -> Result<()> {
        if day > self.until {
            return Ok(());
        }
        let mut payment = self.posting(denied.claim, PostingKind::Payment, paid, day)?;
        payment.appeal_id = appeal;
        payment.denial_id = Some(denial);
        self.batch.postings.push(payment);
        if paid < denied.amount {
            self.settle(denied, denial, PostingKind::ContractualAdjustment, denied.amount - paid, day)?;
        }
        Ok(())
    }

    /// Posts to the claim alone, unless the day is yet to come.
    fn post_later(&mut self, claim: Told, kind: PostingKind, amount: i64, day: NaiveDate) -> Result<()> {
        if day <= self.until {
            let posting = self.posting(claim, kind, amount, day)?;
            self.batch.postings.push(posting);
        }
        Ok(())
    }

    fn settle(
        &mut self,
        denied: Denied,
        denial: DenialId,
        kind: PostingKind,
        amount: i64,
        day: NaiveDate,
    ) -> Result<()> {
        if day > self.until {
            return Ok(());
        }
        if amount >= APPROVED_FROM && kind != PostingKind::DenialWithdrawn {
            let id = WriteOffId(self.draw.id());
            let (reason, category) = match kind {
                PostingKind::PatientResponsibility => {
                    (WriteOffReason::PatientResponsibility, WriteOffCategory::PatientResponsibility)
                }
                _ => (WriteOffReason::ContractAdjustment, WriteOffCategory::Financial),
            };
            self.batch.write_offs.push(NewWriteOff {
                denial_id: denial,
                claim_id: denied.claim.id,
                id,
                kind,
                amount: usd(amount)?,
                reason,
                category,
                preventable: None,
                requested_by: "payment.poster".into(),
                requested_on: day,
                policy_id: None,
                notes: None,
            });
            let status = WriteOffStatus::Approved;
            self.batch.write_off_ends.push(Change { id: id.0, status, day, amount: None });
            return Ok(());
        }
        let posting = self.posting(denied.claim, kind, amount, day)?;
        self.batch.postings.push(NewPosting { denial_id: Some(denial), ..posting });
        Ok(())
    }
}

//! What becomes of a claim: pending, paid, denied; a denial is appealed, rebilled, given up, paid after all, or waits.
//! Nothing happens after the last day, so that the newest claims are still unanswered.

use chrono::{Datelike, Days, NaiveDate};
use rcm_schema::Result;
use rcm_schema::models::{NewClaim, NewClaimDiagnosis, NewClaimLine, NewPosting};
use rcm_schema::types::*;
use rcm_schema::workflow::claims::WholeClaim;

use super::Volume;
use super::batch::Batch;
use super::denied::Denied;
use super::draw::{Draw, usd};
use super::practice::{CODES, DIAGNOSES, Payer, SERVICES};

/// Tells the stories of all batches.
pub struct Teller<'a> {
    pub volume: &'a Volume,
    pub begin: NaiveDate,
    pub payers: Vec<(u64, Payer)>,
}

/// The claims of a batch while they are told.
pub struct Telling<'a> {
    pub draw: Draw,
    pub batch: Batch,
    pub until: NaiveDate,
    /// How many claims may still be made.
    pub left: u64,
    teller: &'a Teller<'a>,
}

/// A claim, and what its story needs of it.
#[derive(Clone, Copy)]
pub struct Told<'a> {
    pub id: ClaimId,
    pub payer: &'a Payer,
    /// Billed, cents.
    pub amount: i64,
}

impl Teller<'_> {
    /// The batch of this number, with as many claims, after all those of the batches before.
    pub fn batch(&self, number: u64, before: u64, claims: u64) -> Result<Batch> {
        let first = self.day(before);
        let draw = Draw::new(self.volume.seed, number + 1, first);
        let mut telling =
            Telling { draw, batch: Batch::default(), until: self.volume.until, left: claims, teller: self };
        while telling.left > 0 {
            let position = before + claims - telling.left;
            telling.claim(position, self.day(position))?;
        }
        Ok(telling.batch)
    }

    /// The claims spread over all days but the weekends.
    fn day(&self, position: u64) -> NaiveDate {
        let days = (self.volume.until - self.begin).num_days().unsigned_abs();
        let day = self.begin + Days::new(position * days / self.volume.claims.max(1));
        day - Days::new(u64::from(day.weekday().num_days_from_monday().saturating_sub(4)))
    }
}

impl<'a> Telling<'a> {
    fn claim(&mut self, position: u64, service: NaiveDate) -> Result<()> {
        self.left -= 1;
        let teller = self.teller;
        let payer = self.draw.weighted(&teller.payers);
        let submitted_on = self.draw.after(service, 1, 4);
        let pending = submitted_on > self.until || self.draw.chance(5);
        let mut whole = self.whole(position, payer, service)?;
        whole.claim.submitted_on = (!pending).then_some(submitted_on);
        let id = whole.claim.id;
        let charges = whole.lines.iter().map(|line| cents(&line.charge_amount)).collect::<Vec<_>>();
        let told = Told { id, payer, amount: charges.iter().sum() };
        self.batch.claims.push(whole);

        if pending {
            let day = self.draw.after(submitted_on, 1, 5);
            if day <= self.until {
                self.batch.voided.push((id.0, day));
            }
            return Ok(());
        }
        if self.draw.chance(40) {
            // A copayment at the visit.
            let paid = self.posting(told, PostingKind::PatientPayment, 2_000, service)?;
            self.batch.answers.push(paid);
        }
        let answered = self.draw.after(submitted_on, 8, 40);
        if answered > self.until {
            return Ok(());
        }
        if !self.draw.chance(100) {
            return self.paid(told, told.amount, answered);
        }

        let line = (charges.len() > 1 && self.draw.chance(350)).then(|| self.draw.index(charges.len()));
        let amount = line.map_or(told.amount, |line| charges[line]);
        if amount < told.amount {
            self.paid(told, told.amount - amount, answered)?;
        }
        let &(code, remedy) = self.draw.weighted(&CODES);
        let line_number = line.map(|line| i16::try_from(line + 1).unwrap_or(1));
        let denied = Denied { claim: told, line_number, amount, code, denied_on: answered };
        self.denied(denied, remedy)
    }

    fn whole(&mut self, position: u64, payer: &Payer, service: NaiveDate) -> Result<WholeClaim> {
        let id = ClaimId(self.draw.id());
        let number = *self.draw.weighted(&[(45, 1), (33, 2), (15, 3), (7, 4)]);
        let mut lines = Vec::new();
        for line_number in 1..=number {
            let &(code, charge) = self.draw.weighted(&SERVICES);
            let line = NewClaimLine::builder()
                .claim_id(id)
                .line_number(line_number)
                .procedure_code(code.parse()?)
                .charge_amount(usd(charge * 100)?)
                .service_date(service)
                .diagnosis_pointer_1(1);
            lines.push(line.build());
        }
        let first = self.draw.index(DIAGNOSES.len());
        let mut diagnoses = Vec::new();
        let number = *self.draw.weighted(&[(65, 1), (27, 2), (8, 3)]);
        for (ordinal, code) in (1..=number).zip(DIAGNOSES.iter().cycle().skip(first)) {
            let diagnosis = NewClaimDiagnosis::builder().claim_id(id).ordinal(ordinal).diagnosis_code(code.parse()?);
            diagnoses.push(diagnosis.build());
        }
        let claim_type = *self.draw.weighted(&[(88, ClaimType::Professional), (12, ClaimType::Institutional)]);
        let patient = self.draw.between(1, self.teller.volume.claims / 5 + 1);
        let claim = NewClaim::builder()
            .id(id)
            .claim_id(format!("CLM-{}-{:07}", service.year(), position + 1).parse()?)
            .patient_reference(format!("PATIENT-{patient:07}").parse()?)
            .payer_id(payer.new.id)
            .claim_type(claim_type)
            .amount(usd(lines.iter().map(|line| cents(&line.charge_amount)).sum())?)
            .service_from(service)
            .service_to(service)
            .build();
        Ok(WholeClaim { diagnoses, lines, ..WholeClaim::new(claim) })
    }

    /// A remittance about charges that the payer accepts, and what follows from it.
    pub fn paid(&mut self, claim: Told, charges: i64, day: NaiveDate) -> Result<()> {
        let allowed = charges * claim.payer.allowed / 100;
        let of_patient = if self.draw.chance(450) { (allowed / 5).min(7_500) } else { 0 };
        let due = allowed - of_patient;
        // One in fifty is underpaid, and that is noticed.
        let lacking = if self.draw.chance(20) { due / 8 } else { 0 };
        let payment = self.posting(claim, PostingKind::Payment, due - lacking, day)?;
        let paid = payment.id;
        let contractual = self.posting(claim, PostingKind::ContractualAdjustment, charges - allowed, day)?;
        self.batch.answers.extend([payment, contractual]);
        if lacking > 0 {
            self.underpaid(claim, due, lacking, day)?;
        } else if self.draw.chance(15) {
            self.taken_back(claim, paid, due, day)?;
        } else if charges == claim.amount && self.draw.chance(8) {
            // Beside a denial, what is open would exceed what the payer still owes until the reversal.
            self.posted_twice(claim, due, day)?;
        }
        if of_patient > 0 {
            let owed = self.posting(claim, PostingKind::PatientResponsibility, of_patient, day)?;
            self.batch.answers.push(owed);
            let (kind, low, high) = *self.draw.weighted(&[
                (75, (PostingKind::PatientPayment, 10, 60)),
                (6, (PostingKind::PatientWriteOff, 120, 180)),
                (19, (PostingKind::PatientPayment, 200, 2_000)),
            ]);
            let settled = self.draw.after(day, low, high);
            self.post(claim, kind, of_patient, settled)?;
        }
        Ok(())
    }

    fn underpaid(&mut self, claim: Told, due: i64, lacking: i64, day: NaiveDate) -> Result<()> {
        let resolved_on = self.draw.after(day, 20, 120);
        let resolved = resolved_on <= self.until && self.draw.chance(600);
        let reasons = [VarianceReason::ContractAdjustment, VarianceReason::Bundling];
        self.batch.variances.push(rcm_schema::models::NewPaymentVariance {
            id: PaymentVarianceId(self.draw.id()),
            claim_id: claim.id,
            paid_on: day,
            expected_amount: usd(due)?,
            actual_amount: usd(due - lacking)?,
            variance_reason: Some(*self.draw.one_of(&reasons)),
            needs_appeal: Some(false),
            appeal_id: None,
            resolution: resolved.then(|| "Paid after a call.".into()),
            resolved_on: resolved.then_some(resolved_on),
        });
        if resolved { self.post(claim, PostingKind::Payment, lacking, resolved_on) } else { Ok(()) }
    }

    /// The payer takes a payment back, and mostly pays again.
    fn taken_back(&mut self, claim: Told, paid: PostingId, amount: i64, day: NaiveDate) -> Result<()> {
        let taken_on = self.draw.after(day, 40, 160);
        let again_on = self.draw.after(taken_on, 20, 60);
        if taken_on <= self.until {
            let mut taken = self.posting(claim, PostingKind::Payment, -amount, taken_on)?;
            taken.takes_back_id = Some(paid);
            self.batch.answers.push(taken);
            if self.draw.chance(700) {
                self.post(claim, PostingKind::Payment, amount, again_on)?;
            }
        }
        Ok(())
    }

    /// A mistake of the practice, and its reversal.
    fn posted_twice(&mut self, claim: Told, amount: i64, day: NaiveDate) -> Result<()> {
        let noticed_on = self.draw.after(day, 1, 9);
        if noticed_on <= self.until {
            let again = self.posting(claim, PostingKind::Payment, amount, day)?;
            let mut reversal = self.posting(claim, PostingKind::Payment, -amount, noticed_on)?;
            reversal.reverses_id = Some(again.id);
            self.batch.answers.extend([again, reversal]);
        }
        Ok(())
    }

    /// Posts to the claim alone, unless the day is yet to come; with the answer, so that the claim is written once.
    fn post(&mut self, claim: Told, kind: PostingKind, amount: i64, day: NaiveDate) -> Result<()> {
        if day <= self.until {
            let posting = self.posting(claim, kind, amount, day)?;
            self.batch.answers.push(posting);
        }
        Ok(())
    }

    pub fn posting(&mut self, claim: Told, kind: PostingKind, amount: i64, day: NaiveDate) -> Result<NewPosting> {
        let posting = NewPosting::builder()
            .id(PostingId(self.draw.id()))
            .claim_id(claim.id)
            .kind(kind)
            .amount(usd(amount)?)
            .posted_on(day)
            .posted_by("payment.poster");
        Ok(posting.build())
    }
}

/// Of an amount with two decimals.
fn cents(amount: &Usd) -> i64 {
    let (cents, _) = amount.as_decimal().as_bigint_and_scale();
    i64::try_from(cents.as_ref()).unwrap_or(0)
}

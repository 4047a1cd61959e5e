//! What a posting sets off: totals, take-backs, money that moves between claims.

use rcm_schema::types::PostingKind::*;
use rcm_schema::types::*;

use super::books::{Books, Cents, Claim, Posting};

/// From this sum on the reference policy has somebody approve what people settle a denial with.
const APPROVED_FROM: Cents = 50_000;

/// What a payer may do in either direction.
const SIGNED: [PostingKind; 4] = [Payment, ContractualAdjustment, PatientResponsibility, OtherPayer];

impl Posting {
    pub(super) fn of_claim(claim: usize, kind: PostingKind, amount: Cents) -> Self {
        Self {
            claim,
            denial: None,
            kind,
            amount,
            appeal: None,
            write_off: None,
            rebill: None,
            moved_to: None,
            reverses: None,
            takes_back: None,
            beyond: None,
            by_database: false,
        }
    }

    /// Settles a denial because a person says so.
    fn is_by_hand(&self) -> bool {
        let kinds = [ContractualAdjustment, PatientResponsibility, OtherPayer];
        self.denial.is_some() && kinds.contains(&self.kind) && self.write_off.is_none() && !self.by_database
    }
}

impl Books {
    pub(super) fn settling(&self, denial: usize, kind: PostingKind, amount: Cents) -> Posting {
        Posting { denial: Some(denial), ..Posting::of_claim(self.denials[denial].claim, kind, amount) }
    }

    /// What people have settled a denial with, but for what somebody approved: of each kind what its rows come to, with those
    /// that take a person's row back.
    fn by_hand(&self, denial: Option<usize>) -> Cents {
        let said = |row: &Posting| row.write_off.is_none() && !row.by_database;
        let counts = |row: &&Posting| said(row) || row.takes_back.is_some_and(|taken| said(&self.postings[taken]));
        [ContractualAdjustment, PatientResponsibility, OtherPayer]
            .into_iter()
            .map(|kind| {
                let rows = self.postings.iter().filter(|row| row.denial == denial && row.kind == kind);
                rows.filter(counts).map(|row| row.amount).sum::<Cents>().max(0)
            })
            .sum()
    }

    pub(super) fn is_sent(&self, claim: usize) -> Option<()> {
        when(self.claims[claim].submitted_on.is_some() && self.claims[claim].voided_on.is_none())
    }

    /// Posts a row and what follows from it.
    pub(super) fn post(&mut self, mut row: Posting) -> Option<()> {
        when(row.amount != 0)?;
        // What a payer takes back beyond a denial counts for the claim alone.
        if let Some(denial) = row.denial
            && row.amount < 0
            && row.reverses.is_none()
            && SIGNED.contains(&row.kind)
        {
            let adjusted = [ContractualAdjustment, OtherPayer];
            let group = if adjusted.contains(&row.kind) { &adjusted[..] } else { &[row.kind][..] };
            if self.settled(denial, group) + row.amount < 0 {
                row = Posting { denial: None, appeal: None, beyond: Some(denial), ..row };
            }
        }
        match row.kind {
            PatientPayment | PatientWriteOff => when(row.denial.is_none())?,
            DenialWithdrawn => when(row.denial.is_some())?,
            _ => {}
        }
        let tied = row.reverses.is_some() || row.takes_back.is_some();
        when(row.amount > 0 || tied || SIGNED.contains(&row.kind) || row.kind == PatientPayment)?;
        when(tied || self.claims[row.claim].voided_on.is_none())?;
        let settled = if row.denial.is_some() { row.amount } else { 0 };
        let taken = if [PatientPayment, PatientWriteOff, DenialWithdrawn].contains(&row.kind) { 0 } else { row.amount };
        let told = row.kind == OtherPayer && !row.by_database;
        let no_room = self.balances(row.claim)[0] - taken < self.still_open(row.claim) - settled;
        if let (Payment, Some(denial)) = (row.kind, row.denial) {
            self.make_room(denial, row.amount - self.open(denial));
        }
        let (claim, taken) = (row.claim, row.reverses.or(row.takes_back));
        let by_hand = row.is_by_hand() && row.amount > 0;
        let denial = row.denial;
        let had_other_payer = self.total(claim, OtherPayer) > 0;
        self.postings.push(row);
        if had_other_payer && (told || no_room) {
            self.take_back_expected(claim);
        }
        when(!by_hand || self.by_hand(denial) < APPROVED_FROM)?;
        // No more is taken back than was posted.
        taken.is_none_or(|taken| self.remaining(taken).signum() != -self.postings[taken].amount.signum()).then_some(())
    }

    /// A payer pays for what was settled otherwise: write-offs are taken back first, then the patient's part, then what was
    /// rebilled, the newest first.
    pub(super) fn make_room(&mut self, denial: usize, mut needed: Cents) {
        for kind in [WriteOff, PatientResponsibility, Rebilled] {
            for number in (0..self.postings.len()).rev() {
                let row = self.postings[number].clone();
                if row.denial != Some(denial) || row.kind != kind || row.amount < 0 || row.reverses.is_some() {
                    continue;
                }
                // A payer may have taken the patient's part back without saying of which row.
                let part = needed.min(self.remaining(number)).min(self.settled(denial, &[kind]));
                if part > 0 {
                    self.postings.push(Posting { amount: -part, takes_back: Some(number), by_database: true, ..row });
                    needed -= part;
                }
            }
        }
    }

    /// What is open of a denial and not granted moves to the new claim.
    pub(super) fn move_open(&mut self, rebill: usize, denial: usize, new_claim: usize) -> Option<()> {
        let amount = self.open(denial) - self.granted(denial);
        if amount > 0 {
            let row = self.settling(denial, Rebilled, amount);
            self.post(Posting { rebill: Some(rebill), moved_to: Some(new_claim), ..row })?;
        }
        Some(())
    }

    /// A replacement takes over what its original billed.
    pub(super) fn move_all(&mut self, original: usize, replacement: usize) -> Option<()> {
        let claim = &self.claims[original];
        when(claim.submitted_on.is_some() && claim.voided_on.is_none())?;
        let rest = claim.amount - self.total(original, Rebilled) - self.still_open(original);
        let mut rows = vec![Posting::of_claim(original, Rebilled, rest)];
        rows.extend(self.denials_of(original).map(|denial| self.settling(denial, Rebilled, self.open(denial))));
        for row in rows.into_iter().filter(|row| row.amount > 0) {
            self.post(Posting { moved_to: Some(replacement), ..row })?;
        }
        Some(())
    }

    /// The claim of a later payer takes the patient's part over; what the payer before took of it is expected.
    pub(super) fn take_over(&mut self, claim: usize) -> Option<()> {
        let Claim { patient, amount, follows, submitted_on, voided_on, .. } = self.claims[claim];
        let (Some(prior), Some(_), None) = (follows, submitted_on, voided_on) else { return Some(()) };
        when(self.claims[prior].patient == patient)?;
        self.is_sent(prior)?;
        let part = self.total(prior, PatientResponsibility);
        if part > 0 {
            for (kind, amount) in [(PatientResponsibility, -part), (OtherPayer, part)] {
                let row = Posting::of_claim(prior, kind, amount);
                self.post(Posting { moved_to: Some(claim), by_database: true, ..row })?;
            }
        }
        let moved = |row: &&Posting| row.claim == prior && row.kind == OtherPayer && row.moved_to.is_some();
        let moved: Cents = self.postings.iter().filter(moved).map(|row| row.amount).sum();
        if amount > moved {
            self.post(Posting { by_database: true, ..Posting::of_claim(claim, OtherPayer, amount - moved) })?;
        }
        Some(())
    }

    /// What was expected of the payer before gives way.
    pub(super) fn take_back_expected(&mut self, claim: usize) {
        for number in 0..self.postings.len() {
            let row = self.postings[number].clone();
            let expected = row.kind == OtherPayer && row.amount > 0 && row.by_database && row.moved_to.is_none();
            let remaining = self.remaining(number);
            if row.claim == claim && expected && row.takes_back.is_none() && remaining > 0 {
                self.postings.push(Posting { amount: -remaining, takes_back: Some(number), ..row });
            }
        }
    }

    pub(super) fn take_back_what_was_moved(&mut self, claim: usize) -> Option<()> {
        // All at once: what makes room is first here.
        for number in (0..self.postings.len()).rev() {
            let row = self.postings[number].clone();
            let remaining = self.remaining(number);
            let given = row.moved_to == Some(claim) && row.takes_back.is_none() && row.reverses.is_none();
            if given && remaining != 0 {
                self.post(Posting { amount: -remaining, takes_back: Some(number), ..row })?;
            }
        }
        Some(())
    }
}

/// Stops where it isn't allowed.
pub(super) fn when(allowed: bool) -> Option<()> {
    allowed.then_some(())
}

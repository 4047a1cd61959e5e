//! What a remittance says of one claim: its parts, what they pay, adjust and refuse, and whether that adds up.

use std::collections::BTreeMap;

use bigdecimal::{BigDecimal, Signed, Zero};

use super::wait::Wait;
use crate::models::{RemittanceAdjustment, RemittanceClaim, RemittanceService};
use crate::types::{ClaimId, Disposition, PostingKind, WaitReason};

/// What a remittance says of a claim, with its parts in order.
pub(super) struct Answer {
    pub claim: RemittanceClaim,
    pub services: Vec<RemittanceService>,
    pub adjustments: Vec<RemittanceAdjustment>,
    /// The claim of the payer before and the payer's place, where its own claim isn't there yet.
    pub follows: Option<(ClaimId, i16)>,
}

/// What is to be posted, of a service or of the claim as a whole.
pub(super) struct Part<'a> {
    pub service: Option<&'a RemittanceService>,
    pub paid: BigDecimal,
    pub adjustments: Vec<&'a RemittanceAdjustment>,
}

impl Part<'_> {
    pub fn service_number(&self) -> Option<i16> {
        self.service.map(|service| service.service_number)
    }

    pub fn line(&self) -> Option<i16> {
        self.service.and_then(|service| service.line_number)
    }
}

/// Charge, adjustments and payment agree, and every adjustment says what it is.
pub(super) fn check(answer: &Answer) -> Result<(), Wait> {
    // The payment may be above zero: what it takes back was negative.
    if answer.claim.is_reversal && answer.claim.charge_amount.is_positive() {
        return Err(Wait::Rule("remittance_claims_reversal_is_negative".into()));
    }
    for part in parts(answer) {
        let Some(service) = part.service else { continue };
        let difference = &part.paid + adjusted(&part.adjustments) - &service.charge_amount;
        if !difference.is_zero() {
            return Err(Wait::OffBy(WaitReason::BalancedService, difference));
        }
    }
    let difference = &answer.claim.paid_amount + adjusted(&answer.adjustments.iter().collect::<Vec<_>>())
        - &answer.claim.charge_amount;
    if !difference.is_zero() {
        return Err(Wait::OffBy(WaitReason::BalancedClaim, difference));
    }
    if answer.adjustments.iter().any(|adjustment| adjustment.disposition.is_none()) {
        return Err(Wait::For(WaitReason::Classification));
    }
    Ok(())
}

pub(super) fn parts(answer: &Answer) -> Vec<Part<'_>> {
    let mut of: BTreeMap<Option<i16>, Vec<&RemittanceAdjustment>> = BTreeMap::new();
    for adjustment in &answer.adjustments {
        of.entry(adjustment.service_number).or_default().push(adjustment);
    }
    let mut rest = answer.claim.paid_amount.clone();
    let mut parts: Vec<Part<'_>> = Vec::with_capacity(answer.services.len() + 1);
    for service in &answer.services {
        rest -= &service.paid_amount;
        let adjustments = of.remove(&Some(service.service_number)).unwrap_or_default();
        parts.push(Part { service: Some(service), paid: service.paid_amount.clone(), adjustments });
    }
    parts.push(Part { service: None, paid: rest, adjustments: of.remove(&None).unwrap_or_default() });
    parts
}

fn adjusted(adjustments: &[&RemittanceAdjustment]) -> BigDecimal {
    adjustments.iter().map(|adjustment| &adjustment.amount).sum()
}

/// What a part refuses.
pub(super) fn refusals<'a>(part: &Part<'a>) -> Vec<&'a RemittanceAdjustment> {
    part.adjustments.iter().filter(|one| one.disposition == Some(Disposition::Denial)).copied().collect()
}

/// What a part pays and adjusts, payments first: kind, amount, number of the adjustment.
pub(super) fn moves(part: &Part<'_>) -> Vec<(PostingKind, BigDecimal, Option<i16>)> {
    let mut moves = vec![(PostingKind::Payment, part.paid.clone(), None)];
    for (disposition, kind) in [
        (Disposition::Contractual, PostingKind::ContractualAdjustment),
        (Disposition::OtherPayer, PostingKind::OtherPayer),
        (Disposition::Patient, PostingKind::PatientResponsibility),
    ] {
        let of_it = part.adjustments.iter().filter(|adjustment| adjustment.disposition == Some(disposition));
        moves.extend(of_it.map(|adjustment| (kind, adjustment.amount.clone(), Some(adjustment.adjustment_number))));
    }
    moves.retain(|(_, amount, _)| !amount.is_zero());
    // What is below zero makes room for the rest.
    moves.sort_by_key(|(_, amount, _)| !amount.is_negative());
    moves
}

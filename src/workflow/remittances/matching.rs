//! Which claim, and which line, something of a remittance is about.

use std::collections::{BTreeMap, BTreeSet};

use bigdecimal::BigDecimal;
use chrono::NaiveDate;

use crate::models::{ClaimLine, RemittanceClaim, RemittanceService};
use crate::types::{ClaimId, PayerId, WaitReason};

/// A claim that was sent under the number of a remittance claim.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub claim: ClaimId,
    pub payer: PayerId,
    pub sequence: i16,
    pub amount: BigDecimal,
    pub service_from: NaiveDate,
    pub service_to: NaiveDate,
    /// The numbers that the payer gave it.
    pub payer_numbers: BTreeSet<String>,
    pub is_voided: bool,
    /// Somebody answered it.
    pub is_answered: bool,
    /// Another claim replaces it.
    pub is_replaced: bool,
}

/// What came of looking for the claim.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    Claim(ClaimId),
    /// A later payer answers; its claim isn't there yet, but the one of the payer before is.
    OfLaterPayer {
        prior: ClaimId,
        sequence: i16,
    },
    Nothing(WaitReason),
}

/// Who answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answerer {
    pub payer: PayerId,
    /// Nobody completed it yet: it may be another payer under another name.
    pub is_provisional: bool,
    /// Adjustments say that another payer paid before.
    pub names_other_payer: bool,
}

/// By payer and sequence, then charge and days, then the payer's own number: one that is left matches.
pub(super) fn choose(
    answer: &RemittanceClaim,
    services: &[RemittanceService],
    answerer: Answerer,
    candidates: &[Candidate],
) -> Found {
    let left: Vec<&Candidate> = candidates.iter().filter(|candidate| candidate.payer == answerer.payer).collect();
    if left.is_empty() {
        return of_other_payer(answer, services, answerer, candidates);
    }
    match narrow(answer, left, sequence(answer)).as_slice() {
        [one] if contradicts(answer, services, one) => Found::Nothing(WaitReason::Claim),
        [one] => Found::Claim(one.claim),
        _ => Found::Nothing(WaitReason::OneOfSeveralClaims),
    }
}

/// Whether it is about another visit to which the same number was given: it is for more than was billed, or all its days are
/// others. What the payer's own number says goes before.
fn contradicts(answer: &RemittanceClaim, services: &[RemittanceService], candidate: &Candidate) -> bool {
    if has_number(answer, candidate) {
        return false;
    }
    let of_services = services.iter().map(|service| (service.service_from, service.service_to));
    let days = std::iter::once((answer.service_from, answer.service_to)).chain(of_services);
    let mut days = days.filter_map(|(from, to)| from.zip(to.or(from))).peekable();
    let is_elsewhen = |(from, to)| to < candidate.service_from || candidate.service_to < from;
    answer.charge_amount.abs() > candidate.amount || days.peek().is_some() && days.all(is_elsewhen)
}

/// Whether the payer gave the claim the number that it names.
fn has_number(answer: &RemittanceClaim, candidate: &Candidate) -> bool {
    let number = answer.payer_claim_control_number.as_ref();
    number.is_some_and(|number| candidate.payer_numbers.contains(number))
}

/// Those that fit best.
fn narrow<'a>(answer: &RemittanceClaim, mut left: Vec<&'a Candidate>, sequence: Option<i16>) -> Vec<&'a Candidate> {
    let charge = if answer.is_reversal { -&answer.charge_amount } else { answer.charge_amount.clone() };
    let narrower: [&dyn Fn(&Candidate) -> bool; 6] = [
        &|candidate| sequence == Some(candidate.sequence),
        &|candidate| candidate.amount == charge || candidate.amount == answer.charge_amount,
        &|candidate| {
            let days = answer.service_from.zip(answer.service_to.or(answer.service_from));
            days.is_some_and(|(from, to)| candidate.service_from <= from && to <= candidate.service_to)
        },
        &|candidate| has_number(answer, candidate),
        &|candidate| !candidate.is_voided,
        // What is taken back may be what was said of the original.
        &|candidate| !candidate.is_replaced && !answer.is_reversal,
    ];
    for fits in narrower {
        if left.len() > 1 && left.iter().any(|candidate| fits(candidate)) {
            left.retain(|candidate| fits(candidate));
        }
    }
    left
}

/// A later payer follows the last one before it, and the claim that went to that one.
fn of_other_payer(
    answer: &RemittanceClaim,
    services: &[RemittanceService],
    answerer: Answerer,
    candidates: &[Candidate],
) -> Found {
    let in_force: Vec<&Candidate> =
        candidates.iter().filter(|candidate| !candidate.is_voided && !candidate.is_replaced).collect();
    let Some(last) = in_force.iter().map(|candidate| candidate.sequence).max() else {
        return Found::Nothing(if candidates.is_empty() { WaitReason::Claim } else { WaitReason::Payer });
    };
    let later = match sequence(answer) {
        // Of one known payer before, this is the second.
        None if answerer.names_other_payer && last == 1 => 2,
        sequence => sequence.unwrap_or(1),
    };
    if later <= last || later > LAST_SEQUENCE || answer.is_reversal {
        return Found::Nothing(WaitReason::Payer);
    }
    let before = in_force.into_iter().filter(|candidate| candidate.sequence == last).collect();
    match narrow(answer, before, None).as_slice() {
        // The payer before may be this one, named otherwise.
        [prior] if contradicts(answer, services, prior) => Found::Nothing(WaitReason::Claim),
        [prior] if answerer.is_provisional && !prior.is_answered => Found::Nothing(WaitReason::Payer),
        [prior] => Found::OfLaterPayer { prior: prior.claim, sequence: later },
        _ => Found::Nothing(WaitReason::OneOfSeveralClaims),
    }
}

/// X12 knows eleven payers of a claim (SBR01).
const LAST_SEQUENCE: i16 = 11;

/// Which payer of the patient answers, as far as the status says so.
fn sequence(answer: &RemittanceClaim) -> Option<i16> {
    match answer.claim_status.as_deref() {
        Some("1" | "19") => Some(1),
        Some("2" | "20") => Some(2),
        Some("3" | "21") => Some(3),
        _ => None,
    }
}

/// A line of the claim with the number that it was sent as.
pub(super) struct Line {
    pub line: ClaimLine,
    pub control_number: Option<String>,
}

/// The line of each service: by its control number, else by code, modifiers, day and charge, each line once. A line that was
/// split or bundled has none, nor has what takes back one of several equal lines.
pub(super) fn lines(services: &[RemittanceService], lines: &[Line], is_reversal: bool) -> Vec<Option<i16>> {
    let mut taken = BTreeSet::new();
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for number in services.iter().filter_map(|service| service.line_control_number.as_deref()) {
        *times.entry(number).or_default() += 1;
    }
    let numbered = |service: &RemittanceService| {
        // A line that comes twice was split.
        let number = service.line_control_number.as_deref().filter(|number| times.get(number) == Some(&1))?;
        lines
            .iter()
            .find(|line| match &line.control_number {
                Some(own) => own == number,
                None => line.line.line_number.to_string() == number && same_code(service, line),
            })
            .map(|line| line.line.line_number)
    };
    let mut found: Vec<Option<i16>> =
        services.iter().map(|service| numbered(service).filter(|line| taken.insert(*line))).collect();
    for (service, found) in services.iter().zip(&mut found) {
        if found.is_none() {
            let fits = |line: &&Line| {
                let days = service.service_from.is_none_or(|day| line.line.service_date == day);
                let charge = service.charge_amount.clone();
                same_code(service, line)
                    && same_modifiers(service, line)
                    && days
                    && (*line.line.charge_amount.as_decimal() == charge
                        || *line.line.charge_amount.as_decimal() == -charge)
            };
            let mut left =
                lines.iter().filter(fits).map(|line| line.line.line_number).filter(|number| !taken.contains(number));
            *found = left.next();
            if is_reversal && left.next().is_some() {
                *found = None;
            }
            taken.extend(*found);
        }
    }
    found
}

fn same_code(service: &RemittanceService, line: &Line) -> bool {
    let code = service.billed_code.as_deref().or(service.code.as_deref());
    match &line.line.procedure_code {
        Some(procedure) => code == Some(procedure.as_str()) || service.code.as_deref() == Some(procedure.as_str()),
        None => {
            let revenue = line.line.revenue_code.as_ref().map(|code| code.as_str());
            service.revenue_code.as_deref() == revenue || code == revenue
        }
    }
}

fn same_modifiers(service: &RemittanceService, line: &Line) -> bool {
    let line = &line.line;
    let own: BTreeSet<&str> = [&line.modifier_1, &line.modifier_2, &line.modifier_3, &line.modifier_4]
        .into_iter()
        .flatten()
        .map(|modifier| modifier.as_str())
        .collect();
    let sent: BTreeSet<&str> = [&service.modifier_1, &service.modifier_2, &service.modifier_3, &service.modifier_4]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    own == sent
}

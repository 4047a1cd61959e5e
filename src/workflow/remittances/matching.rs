//! Which claim, and which line, something of a remittance is about.

use std::collections::BTreeSet;

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

/// By payer and sequence, then charge and days, then the payer's own number: one that is left matches.
pub(super) fn choose(
    answer: &RemittanceClaim,
    payer: PayerId,
    names_other_payer: bool,
    candidates: &[Candidate],
) -> Found {
    let mut left: Vec<&Candidate> = candidates.iter().filter(|candidate| candidate.payer == payer).collect();
    if left.is_empty() {
        return of_other_payer(answer, names_other_payer, candidates);
    }
    let sequence = sequence(answer);
    let charge = if answer.is_reversal { -&answer.charge_amount } else { answer.charge_amount.clone() };
    let narrower: [&dyn Fn(&Candidate) -> bool; 6] = [
        &|candidate| Some(candidate.sequence) == sequence,
        &|candidate| candidate.amount == charge || candidate.amount == answer.charge_amount,
        &|candidate| {
            let days = answer.service_from.zip(answer.service_to.or(answer.service_from));
            days.is_some_and(|(from, to)| candidate.service_from <= from && to <= candidate.service_to)
        },
        &|candidate| {
            let number = answer.payer_claim_control_number.as_ref();
            number.is_some_and(|number| candidate.payer_numbers.contains(number))
        },
        &|candidate| !candidate.is_voided,
        // What is taken back may be what was said of the original.
        &|candidate| !candidate.is_replaced && !answer.is_reversal,
    ];
    for fits in narrower {
        if left.len() > 1 && left.iter().any(|candidate| fits(candidate)) {
            left.retain(|candidate| fits(candidate));
        }
    }
    match left.as_slice() {
        [one] => Found::Claim(one.claim),
        _ => Found::Nothing(WaitReason::OneOfSeveralClaims),
    }
}

fn of_other_payer(answer: &RemittanceClaim, names_other_payer: bool, candidates: &[Candidate]) -> Found {
    let Some(prior) = candidates.iter().filter(|candidate| !candidate.is_voided).max_by_key(|one| one.sequence) else {
        return Found::Nothing(if candidates.is_empty() { WaitReason::Claim } else { WaitReason::Payer });
    };
    let later = match sequence(answer) {
        Some(sequence) if sequence > 1 => Some(sequence),
        _ if names_other_payer => Some(prior.sequence + 1),
        _ => None,
    };
    match later {
        Some(sequence) if sequence > prior.sequence => Found::OfLaterPayer { prior: prior.claim, sequence },
        _ => Found::Nothing(WaitReason::Payer),
    }
}

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
/// split or bundled has none.
pub(super) fn lines(services: &[RemittanceService], lines: &[Line]) -> Vec<Option<i16>> {
    let mut taken = BTreeSet::new();
    let numbered = |service: &RemittanceService| {
        let number = service.line_control_number.as_deref()?;
        let mut of_it = services.iter().filter(|other| other.line_control_number.as_deref() == Some(number));
        // A line that comes twice was split.
        if of_it.next().is_none() || of_it.next().is_some() {
            return None;
        }
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
            *found = lines.iter().filter(fits).map(|line| line.line.line_number).find(|number| !taken.contains(number));
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

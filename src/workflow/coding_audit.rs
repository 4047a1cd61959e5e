//! Does a claim's coding satisfy the rules? For claims that are not stored yet, and for stored ones.
//!
//! [`crate::schema::coding_rules`] says what each part of a rule means.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Result;
use crate::models::{CodingRule, NewClaimDiagnosis, NewClaimLine};
use crate::schema::{claim_diagnoses, claim_lines, claims};
use crate::types::{
    ClaimId, ClaimType, CodingRuleType, DiagnosisCode, PayerId, ProcedureCode, ProcedureModifier, Severity,
};

/// A rule that a line breaks. In order: errors first, then by line, then by the rule's name, compared as bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CodingFinding {
    /// How much it matters.
    pub severity: Severity,
    /// The line's position on the claim.
    pub line_number: i16,
    /// The rule's name.
    pub rule: String,
    /// What to change.
    pub message: String,
}

/// Every line that breaks a rule. The rules are those of the claim's payer ([`CodingRule::that_apply`]), the lines and
/// diagnoses those of one claim, in any order.
pub fn audit(
    rules: &[CodingRule],
    claim_type: ClaimType,
    lines: &[NewClaimLine],
    diagnoses: &[NewClaimDiagnosis],
) -> Vec<CodingFinding> {
    let mut findings = Vec::new();
    for line in lines {
        let diagnoses = diagnoses_of(line, claim_type, diagnoses);
        for rule in rules.iter().filter(|rule| breaks(rule, line, lines, &diagnoses)) {
            findings.push(CodingFinding {
                severity: rule.severity,
                line_number: line.line_number,
                rule: rule.name.clone(),
                message: rule.message.clone(),
            });
        }
    }
    findings.sort();
    findings
}

/// [`audit`] of a stored claim by the rules of its payer; [`crate::Error::NotFound`] where there is none.
/// Indexes: `claims_pkey`, `claim_lines_pkey`, `claim_diagnoses_pkey`.
pub async fn audit_stored(connection: &mut AsyncPgConnection, claim: ClaimId) -> Result<Vec<CodingFinding>> {
    let (payer, claim_type): (PayerId, ClaimType) =
        claims::table.find(claim).select((claims::payer_id, claims::claim_type)).first(connection).await?;
    let rules = CodingRule::that_apply(connection, payer).await?;
    let lines = NewClaimLine::query().filter(claim_lines::claim_id.eq(claim)).load(connection).await?;
    let diagnoses = NewClaimDiagnosis::query().filter(claim_diagnoses::claim_id.eq(claim)).load(connection).await?;
    Ok(audit(&rules, claim_type, &lines, &diagnoses))
}

/// The diagnoses that a line points to; on an institutional claim, which has no pointers, those of the claim.
fn diagnoses_of<'a>(
    line: &NewClaimLine,
    claim_type: ClaimType,
    diagnoses: &'a [NewClaimDiagnosis],
) -> Vec<&'a DiagnosisCode> {
    let pointers =
        [line.diagnosis_pointer_1, line.diagnosis_pointer_2, line.diagnosis_pointer_3, line.diagnosis_pointer_4];
    diagnoses
        .iter()
        .filter(|diagnosis| claim_type == ClaimType::Institutional || pointers.contains(&Some(diagnosis.ordinal)))
        .map(|diagnosis| &diagnosis.diagnosis_code)
        .collect()
}

fn breaks(rule: &CodingRule, line: &NewClaimLine, lines: &[NewClaimLine], diagnoses: &[&DiagnosisCode]) -> bool {
    if !looks_at(rule, line) || !has_companion(rule, line, lines) {
        return false;
    }
    let has_modifier = rule.modifier.as_ref().is_some_and(|modifier| carries(line, modifier));
    let prefixes = [&rule.diagnosis_prefix_1, &rule.diagnosis_prefix_2, &rule.diagnosis_prefix_3];
    let matches = |diagnosis: &&DiagnosisCode| {
        let mut prefixes = prefixes.into_iter().flatten();
        prefixes.any(|prefix| diagnosis.as_str().starts_with(prefix))
    };
    match rule.rule_type {
        CodingRuleType::ModifierRequired => !has_modifier,
        CodingRuleType::ModifierForbidden => has_modifier,
        CodingRuleType::DiagnosisRequired => !diagnoses.iter().any(matches),
        CodingRuleType::DiagnosisNotSpecific => !diagnoses.is_empty() && diagnoses.iter().all(matches),
        CodingRuleType::IncompatibleCodes => true,
    }
}

/// Is the line one of those that the rule is about?
fn looks_at(rule: &CodingRule, line: &NewClaimLine) -> bool {
    let modifiers = [&rule.procedure_modifier_1, &rule.procedure_modifier_2];
    let mut modifiers = modifiers.into_iter().flatten().peekable();
    line.procedure_code.as_ref().is_some_and(|code| is_between(code, &rule.procedure_from, &rule.procedure_to))
        && (modifiers.peek().is_none() || modifiers.any(|modifier| carries(line, modifier)))
}

/// Does another line of the day make the rule apply? True where the rule needs none.
fn has_companion(rule: &CodingRule, line: &NewClaimLine, lines: &[NewClaimLine]) -> bool {
    let is_companion: &dyn Fn(&ProcedureCode) -> bool = match (&rule.companion_from, &rule.companion_to) {
        (Some(from), Some(to)) => &|code| is_between(code, from, to),
        _ if rule.companion_is_same_procedure => &|code| Some(code) == line.procedure_code.as_ref(),
        _ => return true,
    };
    lines.iter().any(|other| {
        !std::ptr::eq(other, line)
            && other.service_date == line.service_date
            && other.procedure_code.as_ref().is_some_and(is_companion)
            && rule.companion_modifier.as_ref().is_none_or(|modifier| carries(other, modifier))
    })
}

fn carries(line: &NewClaimLine, modifier: &ProcedureModifier) -> bool {
    [&line.modifier_1, &line.modifier_2, &line.modifier_3, &line.modifier_4]
        .into_iter()
        .flatten()
        .any(|carried| carried == modifier)
}

/// Between two codes, inclusive, compared as bytes; between two codes of one form only a code of that form.
fn is_between(code: &ProcedureCode, from: &ProcedureCode, to: &ProcedureCode) -> bool {
    from <= code && code <= to && (form(from) != form(to) || form(code) == form(from))
}

/// HCPCS codes begin with a letter; CPT codes of the categories II and III and some others end with one.
fn form(code: &ProcedureCode) -> (bool, Option<u8>) {
    let code = code.as_str().as_bytes();
    let last = code.last().copied().filter(u8::is_ascii_uppercase);
    (code.first().is_some_and(u8::is_ascii_uppercase), last)
}

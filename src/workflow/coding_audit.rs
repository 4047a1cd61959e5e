//! Does a claim's coding satisfy the rules? For claims that are not stored yet, and for stored ones.
//!
//! [`crate::schema::coding_rules`] says what each part of a rule means. What a rule asks of the fee schedule stands in
//! `procedure_indicators`, which organizations load ([`load_indicators`]); of a procedure that isn't there the audit says
//! that it can't tell.

use std::collections::HashMap;
use std::fmt;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::{Parts, command};
use crate::error::Result;
use crate::models::{CodingRule, CodingRuleDiagnosis, NewClaimDiagnosis, NewClaimLine, ProcedureIndicators};
use crate::schema::{claim_diagnoses, claim_lines, claims, procedure_indicators};
use crate::types::{
    ClaimId, ClaimType, CodingRuleId, CodingRuleType, DiagnosisCode, PayerId, ProcedureCode, ProcedureModifier,
    Severity,
};

/// What an audit says of a claim.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodingAudit {
    /// Is there no error? Warnings and what can't be told leave it true.
    pub passed: bool,
    /// How likely the payer denies it, as far as the rules tell.
    pub risk_level: RiskLevel,
    /// How many errors, warnings and notes there are, in words.
    pub summary: String,
    /// What to change: errors first, then by line, then by the rule's name, compared as bytes.
    pub findings: Vec<CodingFinding>,
}

/// How likely a payer denies a claim for its coding.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "snake_case")]
pub enum RiskLevel {
    /// There is an error.
    High,
    /// There is a warning.
    Medium,
    /// There is neither.
    Low,
}

/// A rule that a line breaks, or of which nobody can tell. In order: errors first, then by line, then by the rule's name,
/// compared as bytes.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CodingFinding {
    /// How much it matters; of what can't be told a warning or a note.
    pub severity: Severity,
    /// The line's position on the claim.
    pub line_number: i16,
    /// The rule's name.
    pub rule: String,
    /// What to change.
    pub message: String,
}

/// What an audit goes by: the rules of a payer, and what is known of some procedures.
#[derive(Clone, Default, PartialEq)]
pub struct Rulebook {
    rules: Vec<CodingRule>,
    diagnoses: HashMap<CodingRuleId, Vec<CodingRuleDiagnosis>>,
    /// By their days, the first first.
    indicators: HashMap<ProcedureCode, Vec<ProcedureIndicators>>,
}

/// Shows nothing: the procedures are those of a patient's claim.
impl fmt::Debug for Rulebook {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Rulebook").finish_non_exhaustive()
    }
}

impl Rulebook {
    /// The rules in use for a payer, and the indicators of the procedures of these lines. Indexes:
    /// `coding_rule_diagnoses_pkey`, `procedure_indicators_pkey`.
    pub async fn of(connection: &mut AsyncPgConnection, payer: PayerId, lines: &[NewClaimLine]) -> Result<Self> {
        let mut book = Self { rules: CodingRule::that_apply(connection, payer).await?, ..Self::default() };
        for diagnosis in CodingRuleDiagnosis::of_rules(connection, &book.rules).await? {
            book.diagnoses.entry(diagnosis.coding_rule_id).or_default().push(diagnosis);
        }
        let codes: Vec<_> = lines.iter().filter_map(|line| line.procedure_code.as_ref()).collect();
        for known in ProcedureIndicators::of_procedures(connection, &codes).await? {
            book.indicators.entry(known.procedure_code.clone()).or_default().push(known);
        }
        Ok(book)
    }

    /// What the fee schedule of the day says of a line's procedure.
    fn indicators(&self, line: &NewClaimLine) -> Option<&ProcedureIndicators> {
        let known = self.indicators.get(line.procedure_code.as_ref()?)?;
        known.iter().rfind(|known| known.valid_from <= line.service_date)
    }

    /// Does a diagnosis stand among those of the rule on this day?
    fn has_diagnosis(&self, rule: &CodingRule, diagnosis: &DiagnosisCode, on: NaiveDate) -> bool {
        let mut named = self.diagnoses.get(&rule.id).into_iter().flatten();
        named.any(|named| named.matches(diagnosis, on))
    }
}

/// What a rule says of a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Satisfied,
    Broken,
    /// It would be broken if the fee schedule said so; procedure_indicators lacks the procedure.
    Unknown,
}

const CANT_TELL: &str =
    "Can't tell: procedure_indicators lacks a procedure of the day; load the indicators of the fee schedule.";

/// Every line that breaks a rule. The rulebook is that of the claim's payer and lines, the lines and diagnoses those of
/// one claim, in any order.
pub fn audit(
    rulebook: &Rulebook,
    claim_type: ClaimType,
    lines: &[NewClaimLine],
    diagnoses: &[NewClaimDiagnosis],
) -> CodingAudit {
    let mut findings = Vec::new();
    for line in lines {
        let diagnoses = diagnoses_of(line, claim_type, diagnoses);
        let finding = |rule: &CodingRule, severity, message: &str| CodingFinding {
            severity,
            line_number: line.line_number,
            rule: rule.name.clone(),
            message: message.to_owned(),
        };
        let (mut unknown, mut is_decided) = (Vec::new(), false);
        for rule in &rulebook.rules {
            match answer(rulebook, rule, line, lines, &diagnoses) {
                Some(Answer::Broken) => findings.push(finding(rule, rule.severity, &rule.message)),
                Some(Answer::Unknown) => unknown.push(rule),
                Some(Answer::Satisfied) => is_decided |= asks_the_fee_schedule(rule),
                None => {}
            }
        }
        // Where the line carries what one of these rules demands, somebody has decided which of them it is, rightly or not.
        if let [rule, ..] = unknown.as_slice() {
            let is_likely = rule.severity == Severity::Error && !is_decided;
            let severity = if is_likely { Severity::Warning } else { Severity::Info };
            findings.push(finding(rule, severity, CANT_TELL));
        }
    }
    findings.sort();
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let counts = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Info, "note")]
        .map(|(severity, name)| (count(severity), name));
    let risk_level = match counts {
        [(1.., _), ..] => RiskLevel::High,
        [_, (1.., _), _] => RiskLevel::Medium,
        _ => RiskLevel::Low,
    };
    let named = counts.into_iter().filter(|(count, _)| *count > 0);
    let named = named.map(|(count, name)| format!("{count} {name}{}", if count == 1 { "" } else { "s" }));
    let summary = if findings.is_empty() {
        "Nothing to change.".to_owned()
    } else {
        format!("{}.", named.collect::<Vec<_>>().join(", "))
    };
    CodingAudit { passed: risk_level != RiskLevel::High, risk_level, summary, findings }
}

/// [`audit`] of a stored claim by the rules of its payer; [`crate::Error::NotFound`] where there is none.
/// Indexes: `claims_pkey`, `claim_lines_pkey`, `claim_diagnoses_pkey`, and those of [`Rulebook::of`].
pub async fn audit_stored(connection: &mut AsyncPgConnection, claim: ClaimId) -> Result<CodingAudit> {
    let (payer, claim_type): (PayerId, ClaimType) =
        claims::table.find(claim).select((claims::payer_id, claims::claim_type)).first(connection).await?;
    let lines = NewClaimLine::query().filter(claim_lines::claim_id.eq(claim)).load(connection).await?;
    let diagnoses = NewClaimDiagnosis::query().filter(claim_diagnoses::claim_id.eq(claim)).load(connection).await?;
    let rulebook = Rulebook::of(connection, payer, &lines).await?;
    Ok(audit(&rulebook, claim_type, &lines, &diagnoses))
}

/// Loads what the fee schedule says of procedures, in one transaction; what is known of a procedure and day already is
/// replaced. For the owner of the tables.
///
/// Error: a cardinality violation where two rows of 5,000 are of one procedure and day.
pub async fn load_indicators(connection: &mut AsyncPgConnection, indicators: &[ProcedureIndicators]) -> Result<()> {
    use procedure_indicators as table;
    command(connection, "coding_audit.load_indicators", Parts::Several, async |connection: &mut AsyncPgConnection| {
        for chunk in indicators.chunks(5_000) {
            diesel::insert_into(table::table)
                .values(chunk)
                .on_conflict((table::procedure_code, table::valid_from))
                .do_update()
                .set((
                    table::global_days.eq(excluded(table::global_days)),
                    table::bilateral_indicator.eq(excluded(table::bilateral_indicator)),
                ))
                .execute(connection)
                .await?;
        }
        Ok(())
    })
    .await
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

/// Does it demand what the fee schedule says?
fn asks_the_fee_schedule(rule: &CodingRule) -> bool {
    rule.rule_type == CodingRuleType::ModifierRequired
        && (rule.procedure_takes_50.is_some() || rule.companion_global_period.is_some())
}

/// What a rule says of a line; `None` where it is about others.
fn answer(
    rulebook: &Rulebook,
    rule: &CodingRule,
    line: &NewClaimLine,
    lines: &[NewClaimLine],
    diagnoses: &[&DiagnosisCode],
) -> Option<Answer> {
    let is_known = looks_at(rulebook, rule, line)?;
    let companions = companions(rulebook, rule, line, lines)?;
    let has_modifier = rule.modifier.as_ref().is_some_and(|modifier| carries(line, modifier));
    let named = |diagnosis: &&DiagnosisCode| rulebook.has_diagnosis(rule, diagnosis, line.service_date);
    let is_broken = match rule.rule_type {
        CodingRuleType::ModifierRequired => !has_modifier,
        CodingRuleType::ModifierForbidden => has_modifier,
        CodingRuleType::DiagnosisRequired => rulebook.diagnoses.contains_key(&rule.id) && !diagnoses.iter().any(named),
        CodingRuleType::DiagnosisNotSpecific => !diagnoses.is_empty() && diagnoses.iter().all(named),
        CodingRuleType::IncompatibleCodes => {
            let bypassed = |other: &&NewClaimLine| is_set_apart(line) || is_set_apart(other);
            !(rule.may_be_bypassed && companions.lines.iter().all(bypassed))
        }
    };
    Some(match (is_broken, is_known && companions.are_known) {
        (false, _) => Answer::Satisfied,
        (true, true) => Answer::Broken,
        (true, false) => Answer::Unknown,
    })
}

/// Is the line one of those that the rule is about? `Some(false)` where the fee schedule would have to say it.
fn looks_at(rulebook: &Rulebook, rule: &CodingRule, line: &NewClaimLine) -> Option<bool> {
    let modifiers = [&rule.procedure_modifier_1, &rule.procedure_modifier_2];
    let mut modifiers = modifiers.into_iter().flatten().peekable();
    let is_one =
        line.procedure_code.as_ref().is_some_and(|code| is_between(code, &rule.procedure_from, &rule.procedure_to))
            && (modifiers.peek().is_none() || modifiers.any(|modifier| carries(line, modifier)));
    match (is_one, rule.procedure_takes_50, rulebook.indicators(line)) {
        (false, ..) => None,
        (true, None, _) => Some(true),
        (true, Some(_), None) => Some(false),
        (true, asked, Some(known)) => (known.takes_50() == asked).then_some(true),
    }
}

/// The other lines that make a rule apply.
struct Companions<'a> {
    lines: Vec<&'a NewClaimLine>,
    /// Does the fee schedule say of one of them, at least, what the rule asks?
    are_known: bool,
}

/// The other lines of the day that make the rule apply, none where it needs none; `None` where there is none of those
/// that it needs.
fn companions<'a>(
    rulebook: &Rulebook,
    rule: &CodingRule,
    line: &NewClaimLine,
    lines: &'a [NewClaimLine],
) -> Option<Companions<'a>> {
    let is_companion: &dyn Fn(&ProcedureCode) -> bool = match (&rule.companion_from, &rule.companion_to) {
        (Some(from), Some(to)) => &|code| is_between(code, from, to),
        _ if rule.companion_is_same_procedure => &|code| Some(code) == line.procedure_code.as_ref(),
        _ => return Some(Companions { lines: Vec::new(), are_known: true }),
    };
    let mut found = Companions { lines: Vec::new(), are_known: false };
    for other in lines {
        let fits = !std::ptr::eq(other, line)
            && other.service_date == line.service_date
            && other.procedure_code.as_ref().is_some_and(is_companion)
            && rule.companion_modifier.as_ref().is_none_or(|modifier| carries(other, modifier));
        if !fits {
            continue;
        }
        match (rule.companion_global_period, rulebook.indicators(other)) {
            (None, _) => found.are_known = true,
            (Some(_), None) => {}
            (asked, Some(known)) if known.global_period() == asked => found.are_known = true,
            _ => continue,
        }
        found.lines.push(other);
    }
    (!found.lines.is_empty()).then_some(found)
}

fn carries(line: &NewClaimLine, modifier: &ProcedureModifier) -> bool {
    modifiers(line).any(|carried| carried == modifier)
}

fn modifiers(line: &NewClaimLine) -> impl Iterator<Item = &ProcedureModifier> {
    [&line.modifier_1, &line.modifier_2, &line.modifier_3, &line.modifier_4].into_iter().flatten()
}

/// The modifiers by which NCCI lets a pair with the modifier indicator 1 stand together: anatomic ones, those of global
/// surgery, and others (NCCI Policy Manual ch. I § E).
const SETS_APART: &str = "E1 E2 E3 E4 FA F1 F2 F3 F4 F5 F6 F7 F8 F9 TA T1 T2 T3 T4 T5 T6 T7 T8 T9 LT RT LC LD LM RC RI \
     24 25 57 58 78 79 27 59 91 XE XP XS XU";

fn is_set_apart(line: &NewClaimLine) -> bool {
    modifiers(line).any(|modifier| SETS_APART.split(' ').any(|known| known == modifier.as_str()))
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

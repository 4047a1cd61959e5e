//! Why something of a file isn't stored.

use x12_claims::{Problem, ProblemKind, Severity};

use crate::Kind;

/// Why a claim or a remittance isn't stored, in words that name no value: files name patients.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// Something that must be known could not be read.
    #[error("{0}")]
    Problem(Problem),
    /// The file doesn't say it.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// The schema has no room for it.
    #[error("{0} isn't one that the schema takes")]
    Unfit(&'static str),
    /// More of them than can be numbered.
    #[error("more {0} than a claim can have")]
    TooMany(&'static str),
    /// The payer has no number that it is known by.
    #[error("the payer has no identifier")]
    NoPayerIdentifier,
    /// Nobody has the payer's identifiers, and none is to be made.
    #[error("the payer isn't known; note its identifier, or import without --known-payers-only")]
    UnknownPayer,
    /// A claim with this identity is here and says something else.
    #[error("the same claim is here with other content; send a correction as a replacement (frequency 7)")]
    OtherContent,
    /// A claim with this identity is here and is another patient's.
    #[error("the same claim is here for another patient")]
    OtherPatient,
    /// The claim that it replaces or voids isn't here.
    #[error("the claim that it replaces or voids isn't here; import that first")]
    NoOriginal,
    /// Several claims could be meant.
    #[error("several claims could be the one that it replaces or voids")]
    SeveralOriginals,
    /// A rule of the database refuses it.
    #[error("{0}")]
    Rule(String),
}

/// Elements that are money: where one can't be read, zero would be posted.
fn is_money(problem: &Problem) -> bool {
    matches!(
        (problem.name, problem.element),
        ("BPR", Some(2))
            | ("CLP", Some(3 | 4))
            | ("SVC", Some(2 | 3))
            | ("CLM", Some(2))
            | ("SV1" | "SV3", Some(2))
            | ("SV2", Some(3))
    ) || match problem.name {
        // CAS02 reason, CAS03 amount, CAS04 quantity, and so on; PLB03 reason, PLB04 amount.
        "CAS" => problem.element.is_none_or(|element| element % 3 == 0),
        "PLB" => problem.element.is_none_or(|element| element > 2 && element % 2 == 0),
        _ => false,
    }
}

/// Whether what is wrong leaves it unknown what was paid or claimed, by whom or for whom: an amount that can't be read, for
/// example. A day, a unit or a name may be missing.
pub fn is_refused(problem: &Problem, of: Kind) -> bool {
    if problem.severity() != Severity::Error {
        return false;
    }
    match problem.kind {
        ProblemKind::NotADate => false,
        // The part of a name may be missing.
        ProblemKind::NoName | ProblemKind::TooManyElements => of == Kind::Claims,
        ProblemKind::Missing | ProblemKind::NotADecimal => is_money(problem),
        ProblemKind::MissingSegment => problem.name == "BPR",
        _ => true,
    }
}

/// What keeps a transaction from being stored; that it is cut off goes first, for the rest may follow from it.
pub(crate) fn first<'a>(problems: impl Iterator<Item = &'a Problem>, of: Kind) -> Option<Problem> {
    problems
        .filter(|problem| is_refused(problem, of))
        .min_by_key(|problem| problem.kind != ProblemKind::CutOff)
        .copied()
}

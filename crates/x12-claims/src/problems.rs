//! What is wrong with a file, and where. A problem never holds a value of the file.

use std::fmt;

use crate::segment::Segment;

/// How much a problem matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Everything was read; the file breaks a rule that reading doesn't need.
    Warning,
    /// Something could not be read: a value is missing, or counts as zero.
    Error,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum ProblemKind {
    /// No ISA, GS or ST was found.
    #[error("not X12")]
    NotX12,
    /// Bytes stand outside of interchanges.
    #[error("text outside of an interchange")]
    TextOutside,
    /// GS or ST without ISA: the delimiters were guessed from the first segment.
    #[error("no interchange header, delimiters guessed")]
    NoInterchange,
    /// ISA has not 16 elements: the delimiters were guessed from what follows.
    #[error("the interchange header has not 16 elements, delimiters guessed")]
    ShortHeader,
    /// Composites are separated by another character than the one that ISA names.
    #[error("composites use another separator than the interchange header names")]
    ComponentSeparator,
    /// The interchange ends without IEA.
    #[error("the interchange has no end")]
    NoInterchangeEnd,
    /// The functional group ends without GE.
    #[error("the group has no end")]
    NoGroupEnd,
    /// The transaction ends without SE: it may be cut off.
    #[error("the transaction has no end, it may be cut off")]
    CutOff,
    /// SE, GE or IEA counts something else than what is there.
    #[error("the count is wrong, {found} found")]
    WrongCount {
        /// How many are there.
        found: usize,
    },
    /// SE, GE or IEA repeats another control number than its header has.
    #[error("the control number isn't the header's")]
    WrongControlNumber,
    /// A segment stands where none like it can be read.
    #[error("the segment is out of place")]
    OutOfPlace,
    /// A segment has no name of two or three letters and digits.
    #[error("the segment has no name")]
    NoName,
    /// An element that must be there is empty. An amount counts as zero.
    #[error("the element is missing")]
    Missing,
    /// An element is no decimal number of at most 36 digits. A required amount counts as zero.
    #[error("not a decimal")]
    NotADecimal,
    /// An element is no day, range or time of the stated format.
    #[error("not a date")]
    NotADate,
    /// A segment that must be there isn't. What it holds is empty or zero.
    #[error("the segment is missing")]
    MissingSegment,
    /// An HL belongs to a level that isn't there. It is read as of the one before.
    #[error("the level that it belongs to isn't there")]
    NoParent,
    /// A segment has more than 32 KiB; it wasn't read.
    #[error("the segment is too long")]
    LongSegment,
    /// A transaction has more segments than the reader takes; it wasn't read.
    #[error("the transaction has too many segments")]
    LongTransaction,
    /// A segment has more elements than X12 gives it; they weren't read.
    #[error("more elements than the segment can have")]
    TooManyElements,
}

impl ProblemKind {
    /// How much it matters.
    pub fn severity(self) -> Severity {
        match self {
            Self::NotX12
            | Self::NoInterchangeEnd
            | Self::CutOff
            | Self::NoName
            | Self::Missing
            | Self::NotADecimal
            | Self::NotADate
            | Self::OutOfPlace
            | Self::MissingSegment
            | Self::NoParent
            | Self::LongSegment
            | Self::LongTransaction
            | Self::TooManyElements => Severity::Error,
            _ => Severity::Warning,
        }
    }
}

/// What is wrong, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Problem {
    /// The interchange, from 1; 0 before the first.
    pub interchange: usize,
    /// The transaction in its interchange, from 1; `None` outside of transactions.
    pub transaction: Option<usize>,
    /// The claim in its transaction (CLP or CLM), from 1; `None` where it isn't about one claim.
    pub claim: Option<usize>,
    /// The segment, from 1: in its transaction (ST is 1), else in its interchange (ISA is 1); 0 at its end.
    pub segment: usize,
    /// The element in its segment, from 1.
    pub element: Option<usize>,
    /// What is wrong.
    pub kind: ProblemKind,
    /// The segment's name, such as `CLP`; empty where it has none, `unknown` where neither 835 nor 837 has one like it.
    pub name: &'static str,
}

impl Problem {
    /// How much it matters.
    pub fn severity(&self) -> Severity {
        self.kind.severity()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "interchange {}", self.interchange)?;
        if let Some(transaction) = self.transaction {
            write!(formatter, ", transaction {transaction}")?;
        }
        write!(formatter, ", segment {}", self.segment)?;
        if !self.name.is_empty() {
            write!(formatter, " ({})", self.name)?;
        }
        if let Some(element) = self.element {
            write!(formatter, ", element {element}")?;
        }
        write!(formatter, ": {}", self.kind)
    }
}

/// Problems outside of transactions that are kept; the next ones are alike.
const MOST_OUTSIDE: usize = 1_000;

/// Collects problems of one place.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) interchange: usize,
    pub(crate) transaction: Option<usize>,
    pub(crate) claim: Option<usize>,
    pub(crate) problems: Vec<Problem>,
}

impl Notes {
    pub(crate) fn note(&mut self, segment: &Segment<'_>, element: Option<usize>, kind: ProblemKind) {
        self.note_at(segment.number(), segment.name(), element, kind);
    }

    pub(crate) fn note_at(&mut self, segment: usize, name: &'static str, element: Option<usize>, kind: ProblemKind) {
        let Self { interchange, transaction, claim, .. } = *self;
        // Outside of transactions nothing bounds them but the file.
        if transaction.is_none() && self.problems.len() >= MOST_OUTSIDE {
            return;
        }
        self.problems.push(Problem { interchange, transaction, claim, segment, element, kind, name });
    }
}

//! One transaction, and how it is read.

use std::collections::BTreeMap;

use crate::claim::{self, Submission};
use crate::delimiters::can_delimit;
use crate::problems::{Notes, Problem, ProblemKind, Severity};
use crate::reader::Envelope;
use crate::remittance::{self, Remittance};
use crate::segment::Segment;
use crate::text::Text;
use crate::values::Values;

/// What a transaction is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// An 835.
    Remittance(Box<Remittance>),
    /// An 837.
    Claims(Box<Submission>),
    /// Another transaction, or one with too many segments, skipped.
    Other {
        /// ST01: `999`, `277`, … Empty where it isn't a number of three digits.
        set: Text,
        /// How many segments it has, with ST and SE.
        segments: usize,
    },
}

/// One transaction, from ST to SE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// The interchange in the file, from 1.
    pub interchange: usize,
    /// The transaction in its interchange, from 1.
    pub number: usize,
    /// Who sends it to whom.
    pub envelope: Envelope,
    /// What it says.
    pub content: Content,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
    /// Elements that no field holds, counted by segment and number. They aren't kept.
    pub dropped: BTreeMap<(&'static str, usize), usize>,
}

impl Transaction {
    /// Whether something of it could not be read.
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity() == Severity::Error)
    }
}

enum Body {
    Remittance(remittance::Reading),
    Claims(claim::Reading),
    Other,
}

/// A transaction that is being read.
pub(crate) struct Reading {
    body: Body,
    set: Text,
    pub(crate) control_number: Text,
    pub(crate) notes: Notes,
    /// The segments so far.
    pub(crate) count: usize,
    limit: usize,
    last: &'static str,
    /// The separator of composites: as ISA16 names it, and as they last used it.
    component: u8,
    used: u8,
    dropped: BTreeMap<(&'static str, usize), usize>,
}

impl Reading {
    /// Of the transaction that begins with this ST.
    pub(crate) fn new(segment: &Segment<'_>, notes: Notes, limit: usize) -> Self {
        let set = segment.text(1);
        let body = match set.as_str() {
            "835" => Body::Remittance(remittance::Reading::new()),
            "837" => Body::Claims(claim::Reading::new()),
            _ => Body::Other,
        };
        let named = set.len() == 3 && set.bytes().all(|byte| byte.is_ascii_digit());
        let component = segment.delimiters().component;
        Self {
            body,
            set: if named { set } else { Text::default() },
            control_number: segment.text(2),
            notes,
            count: 0,
            limit,
            last: "",
            component,
            used: component,
            dropped: BTreeMap::new(),
        }
    }

    pub(crate) fn segment(&mut self, segment: &mut Segment<'_>) {
        self.count += 1;
        self.last = segment.name();
        segment.set_number(self.count);
        if self.count > self.limit {
            self.body = Body::Other;
            return;
        }
        if let Some(used) = separator(segment) {
            if used != self.component && self.used == self.component {
                self.notes.note(segment, None, ProblemKind::ComponentSeparator);
            }
            self.used = used;
        }
        segment.set_component(self.used);
        match &mut self.body {
            Body::Remittance(reading) => reading.segment(segment, &mut self.notes),
            Body::Claims(reading) => reading.segment(segment, &mut self.notes),
            Body::Other => return,
        }
        if !matches!(segment.name(), "" | "ST" | "SE" | "HL") {
            for element in segment.left() {
                *self.dropped.entry((segment.name(), element)).or_default() += 1;
            }
        }
    }

    pub(crate) fn finish(mut self, ended: bool, number: usize, envelope: Envelope) -> Transaction {
        let content = match self.body {
            Body::Remittance(reading) => Content::Remittance(Box::new(reading.finish(&mut self.notes))),
            Body::Claims(reading) => Content::Claims(Box::new(reading.finish(&mut self.notes))),
            Body::Other => Content::Other { set: self.set, segments: self.count },
        };
        if self.count > self.limit {
            self.notes.note_at(self.count, self.last, None, ProblemKind::LongTransaction);
        }
        if !ended {
            self.notes.note_at(self.count, self.last, None, ProblemKind::CutOff);
        }
        let Notes { interchange, problems, .. } = self.notes;
        Transaction { interchange, number, envelope, content, problems, dropped: self.dropped }
    }
}

/// The separator that a composite of this segment evidently uses.
fn separator(segment: &Segment<'_>) -> Option<u8> {
    let (element, lengths) = match segment.name() {
        "SVC" | "SV1" | "SV3" => (1, 2..=2),
        "SV2" => (2, 2..=2),
        "PLB" | "SVD" => (3, 2..=2),
        "HI" => (1, 2..=3),
        "CLM" => (5, 1..=2),
        _ => return None,
    };
    let value = segment.element(element);
    let at = value.iter().position(|byte| byte.is_ascii() && can_delimit(*byte))?;
    (lengths.contains(&at) && at + 1 < value.len()).then(|| value.get(at).copied())?
}

//! A file's transactions, one at a time.

use std::fmt;
use std::io::{self, Read};

use chrono::NaiveDate;

use crate::private::hide;
use crate::problems::{Notes, Problem, ProblemKind};
use crate::segment::Segment;
use crate::segments::{Before, Segments};
use crate::text::Text;
use crate::transaction::{Reading, Transaction};
use crate::values::{Values, header_day};

/// ISA and GS: who sends a transaction to whom.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Envelope {
    /// ISA05: whose number the sender's is.
    pub sender_qualifier: Text,
    /// ISA06, without blanks at its end.
    pub sender: Text,
    /// ISA07: whose number the receiver's is.
    pub receiver_qualifier: Text,
    /// ISA08, without blanks at its end.
    pub receiver: Text,
    /// ISA09.
    pub date: Option<NaiveDate>,
    /// ISA10.
    pub time: Text,
    /// ISA12: `00501`, `00401`.
    pub interchange_version: Text,
    /// ISA13.
    pub control_number: Text,
    /// ISA15: `P` production, `T` test.
    pub usage: Text,
    /// GS02.
    pub application_sender: Text,
    /// GS03.
    pub application_receiver: Text,
    /// GS06.
    pub group_control_number: Text,
    /// GS08: `005010X221A1`, …
    pub version: Text,
}

hide! {
    Envelope;
}

/// More segments of one transaction aren't read, if the caller says nothing else: they are some 80,000 claims.
const LIMIT: usize = 1_000_000;

/// Reads the transactions of a file, one at a time. Nothing panics, and nothing is held but the transaction and 64 KiB
/// of the file: memory is bounded by the longest transaction, whatever the file's size.
///
/// The source is read in large pieces: it needs no buffer. After the last transaction, or an error of the source,
/// there is `None`. A transaction in which the source fails is lost, those before it aren't.
pub struct Reader<R> {
    segments: Segments<R>,
    outside: Outside,
    limit: usize,
}

impl<R> fmt::Debug for Reader<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Reader");
        shown.field("interchange", &self.outside.notes.interchange);
        shown.field("transaction", &self.outside.transactions).finish_non_exhaustive()
    }
}

impl<R: Read> Reader<R> {
    /// A reader of a file: of `&[u8]`, [`std::fs::File`] or anything else.
    pub fn new(source: R) -> Self {
        Self { segments: Segments::new(source), outside: Outside::default(), limit: LIMIT }
    }

    /// Skips transactions with more segments than this; without it, than 1,000,000. One takes up to 700 bytes, and a list may have room
    /// for twice its length.
    #[must_use]
    pub fn limit(self, segments: usize) -> Self {
        Self { limit: segments, ..self }
    }

    /// The source, as far as it was read.
    pub fn into_source(self) -> R {
        self.segments.into_source()
    }

    /// What was wrong outside of transactions, so far. Complete when the reader is at its end.
    pub fn problems(&self) -> &[Problem] {
        &self.outside.notes.problems
    }
}

/// The envelope, and what of it is open.
#[derive(Default)]
struct Outside {
    notes: Notes,
    envelope: Envelope,
    interchange_open: bool,
    groups: usize,
    group_open: bool,
    group_transactions: usize,
    /// Transactions of the interchange.
    transactions: usize,
    /// Segments out of place are told once in a row.
    lost: bool,
}

impl Outside {
    /// Notes what is wrong before a segment.
    fn before(&mut self, segment: &Segment<'_>, before: Before) {
        let [text, header] = before;
        if let Some(kind) = text {
            self.notes.note_at(segment.number(), "", None, kind);
        }
        match header {
            Some(ProblemKind::NoInterchange) => {
                self.close();
                self.notes.interchange += 1;
                self.transactions = 0;
                self.envelope = Envelope::default();
                self.notes.note(segment, None, ProblemKind::NoInterchange);
            }
            Some(kind) => {
                // The interchange begins with this segment.
                self.notes.interchange += 1;
                self.notes.note(segment, None, kind);
                self.notes.interchange -= 1;
            }
            None => {}
        }
    }

    /// Notes what is open still when something else begins.
    fn close(&mut self) {
        if std::mem::take(&mut self.group_open) {
            self.notes.note_at(0, "", None, ProblemKind::NoGroupEnd);
        }
        if std::mem::take(&mut self.interchange_open) {
            self.notes.note_at(0, "", None, ProblemKind::NoInterchangeEnd);
        }
    }

    fn interchange(&mut self, segment: &Segment<'_>) {
        self.close();
        self.notes.interchange += 1;
        self.envelope = Envelope {
            sender_qualifier: segment.text(5),
            sender: segment.text(6),
            receiver_qualifier: segment.text(7),
            receiver: segment.text(8),
            date: header_day(segment.element(9).trim_ascii()),
            time: segment.text(10),
            interchange_version: segment.text(12),
            control_number: segment.text(13),
            usage: segment.text(15),
            ..Envelope::default()
        };
        self.interchange_open = true;
        self.groups = 0;
        self.transactions = 0;
    }

    fn group(&mut self, segment: &Segment<'_>) {
        if self.group_open {
            self.notes.note(segment, None, ProblemKind::NoGroupEnd);
        }
        self.group_open = true;
        self.group_transactions = 0;
        self.groups += 1;
        self.envelope.application_sender = segment.text(2);
        self.envelope.application_receiver = segment.text(3);
        self.envelope.group_control_number = segment.text(6);
        self.envelope.version = segment.text(8);
    }

    /// A segment that isn't of a transaction.
    fn segment(&mut self, segment: &Segment<'_>) {
        let lost = std::mem::take(&mut self.lost);
        match segment.name() {
            "ISA" => self.interchange(segment),
            "GS" => self.group(segment),
            "GE" if self.group_open => {
                ends(&mut self.notes, segment, self.group_transactions, &self.envelope.group_control_number);
                self.group_open = false;
            }
            "IEA" if self.interchange_open => {
                if std::mem::take(&mut self.group_open) {
                    self.notes.note(segment, None, ProblemKind::NoGroupEnd);
                }
                ends(&mut self.notes, segment, self.groups, &self.envelope.control_number);
                self.interchange_open = false;
            }
            // TA1 acknowledges an interchange, and stands between ISA and GS.
            "TA1" => {}
            _ => {
                if !lost {
                    self.notes.note(segment, None, ProblemKind::OutOfPlace);
                }
                self.lost = true;
            }
        }
    }
}

/// GE, IEA or SE: its count and control number.
pub(crate) fn ends(notes: &mut Notes, segment: &Segment<'_>, found: usize, control_number: &str) {
    if segment.text(1).parse() != Ok(found) {
        notes.note(segment, Some(1), ProblemKind::WrongCount { found });
    }
    if segment.text(2) != *control_number {
        notes.note(segment, Some(2), ProblemKind::WrongControlNumber);
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = io::Result<Transaction>;

    fn next(&mut self) -> Option<io::Result<Transaction>> {
        let outside = &mut self.outside;
        let mut reading = loop {
            let Some((mut segment, before)) = self.segments.next() else {
                if let Some(error) = self.segments.error() {
                    return Some(Err(error));
                }
                if let Some(kind) = self.segments.after.take() {
                    outside.notes.note_at(0, "", None, kind);
                }
                outside.close();
                return None;
            };
            outside.before(&segment, before);
            if segment.name() == "ST" {
                outside.lost = false;
                outside.transactions += 1;
                outside.group_transactions += 1;
                let (interchange, transaction) = (outside.notes.interchange, Some(outside.transactions));
                let notes = Notes { interchange, transaction, ..Notes::default() };
                let mut reading = Reading::new(&segment, notes, self.limit);
                reading.segment(&mut segment);
                break reading;
            }
            outside.segment(&segment);
        };
        let mut ended = false;
        while let Some((mut segment, _)) = self.segments.next() {
            if matches!(segment.name(), "ST" | "GS" | "GE" | "ISA" | "IEA") {
                self.segments.back();
                break;
            }
            reading.segment(&mut segment);
            if segment.name() == "SE" {
                reading.notes.claim = None;
                ends(&mut reading.notes, &segment, reading.count, &reading.control_number);
                ended = true;
                break;
            }
        }
        if !ended && let Some(error) = self.segments.error() {
            return Some(Err(error));
        }
        Some(Ok(reading.finish(ended, outside.transactions, outside.envelope.clone())))
    }
}

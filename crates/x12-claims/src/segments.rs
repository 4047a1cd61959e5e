//! The segments of a file, over all of its interchanges.

use std::io::{self, Read};

use crate::delimiters::{self, Delimiters, Found, HEADER_LIMIT};
use crate::problems::ProblemKind;
use crate::segment::{Extent, LONGEST, Segment};

/// So much is read at once.
const CHUNK: usize = 64 * 1024;

/// An ISA is longer than this, even without blanks, and most other segments are shorter.
const SHORTEST_HEADER: usize = 50;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// What is wrong with what stands before a segment: text outside of interchanges, a header that is missing or short.
pub(crate) type Before = [Option<ProblemKind>; 2];

/// The segments of what `source` reads. Of the file only a chunk is held.
pub(crate) struct Segments<R> {
    source: R,
    buffer: Vec<u8>,
    /// Where in the buffer the next segment begins.
    at: usize,
    ended: bool,
    error: Option<io::Error>,
    delimiters: Option<Delimiters>,
    /// The segments of the interchange so far.
    number: usize,
    /// Where the last segment began, and its delimiters.
    last: (usize, Option<Delimiters>),
    /// Whether an interchange, group or transaction was found.
    begun: bool,
    /// What is wrong with what stands after the last segment.
    pub(crate) after: Option<ProblemKind>,
    /// How many bytes were looked at, each as often as it was.
    #[cfg(test)]
    pub(crate) looked: usize,
}

impl<R> Segments<R> {
    pub(crate) fn into_source(self) -> R {
        self.source
    }
}

impl<R: Read> Segments<R> {
    pub(crate) fn new(source: R) -> Self {
        Self {
            source,
            buffer: Vec::new(),
            at: 0,
            ended: false,
            error: None,
            delimiters: None,
            number: 0,
            last: (0, None),
            begun: false,
            after: None,
            #[cfg(test)]
            looked: 0,
        }
    }

    /// Why reading ended, where that wasn't the end of the file.
    pub(crate) fn error(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    fn rest(&self) -> &[u8] {
        self.buffer.get(self.at..).unwrap_or_default()
    }

    /// Reads on, until so many bytes are there or the file ends.
    fn fill(&mut self, wanted: usize) {
        while !self.ended && self.rest().len() < wanted {
            self.buffer.drain(..self.at.min(self.buffer.len()));
            self.at = 0;
            let (before, chunk) = (self.buffer.len(), u64::try_from(CHUNK).unwrap_or(u64::MAX));
            if let Err(error) = self.source.by_ref().take(chunk).read_to_end(&mut self.buffer) {
                self.error = Some(error);
                self.ended = true;
            }
            self.ended |= self.buffer.len() - before < CHUNK;
        }
    }

    fn skip_blanks(&mut self) {
        let element = self.delimiters.map(|delimiters| delimiters.element);
        let blank = |byte: &u8| (byte.is_ascii_whitespace() || matches!(*byte, 0 | 0x1A)) && Some(*byte) != element;
        loop {
            self.fill(1);
            self.at += self.rest().iter().take_while(|byte| blank(byte)).count();
            if self.ended || !self.rest().is_empty() {
                break;
            }
        }
    }

    fn find(&mut self) -> Option<Found> {
        self.fill(HEADER_LIMIT);
        self.look(HEADER_LIMIT);
        delimiters::find(self.rest())
    }

    fn begin(&mut self, found: Found) -> Option<ProblemKind> {
        self.delimiters = Some(found.delimiters());
        self.number = 0;
        self.begun = true;
        match found {
            Found::Header(_) => None,
            Found::ShortHeader(_) => Some(ProblemKind::ShortHeader),
            Found::NoHeader(_) => Some(ProblemKind::NoInterchange),
        }
    }

    /// Goes to the next place where an interchange, or without one a group or transaction, begins. Returns whether it
    /// skipped anything.
    fn seek(&mut self) -> Option<(bool, Found)> {
        let (mut skipped, mut fresh) = (false, true);
        loop {
            self.fill(1);
            let byte = *self.rest().first()?;
            if fresh
                && matches!(byte, b'I' | b'G' | b'S')
                && let Some(found) = self.find()
            {
                return Some((skipped, found));
            }
            (skipped, fresh) = (true, !byte.is_ascii_alphanumeric());
            self.at += 1;
        }
    }

    /// Finds how long the segment is that begins here. Where a file was cut off, another's interchange may end it.
    fn extent(&mut self, delimiters: Delimiters) -> Extent {
        let mut extent = Extent::of(self.rest(), delimiters);
        self.look(extent.length);
        if extent.length == self.rest().len() && !self.ended {
            self.fill(LONGEST + 1);
            extent = Extent::of(self.rest(), delimiters);
            self.look(extent.length);
        }
        if extent.length > SHORTEST_HEADER && !self.rest().starts_with(b"ISA") {
            self.fill(extent.length + HEADER_LIMIT);
            if let Some(at) = self.interchange_before(extent.length) {
                extent = Extent::of(self.rest().get(..at).unwrap_or_default(), delimiters);
            }
        }
        extent
    }

    /// Where within so many bytes a whole ISA begins.
    fn interchange_before(&mut self, length: usize) -> Option<usize> {
        let mut looked = length;
        let rest = self.rest();
        let header = |at: &usize| {
            let rest = rest.get(*at..).unwrap_or_default();
            let begins = rest.starts_with(b"ISA");
            looked += if begins { HEADER_LIMIT } else { 0 };
            begins && matches!(delimiters::find(rest), Some(Found::Header(_)))
        };
        let at = (1..length).find(header);
        self.look(looked);
        at
    }

    /// Goes to the end of a segment that is too long.
    fn discard(&mut self, terminator: u8) {
        loop {
            self.fill(1);
            let end = self.rest().iter().position(|byte| *byte == terminator);
            let length = end.unwrap_or(self.rest().len());
            self.look(length);
            self.at += length;
            if end.is_some() || self.ended {
                return;
            }
        }
    }

    /// Takes the last segment back: the next one is the same.
    pub(crate) fn back(&mut self) {
        (self.at, self.delimiters) = self.last;
        self.number = self.number.saturating_sub(1);
    }

    /// The next segment, and what is wrong with what stands before it.
    pub(crate) fn next(&mut self) -> Option<(Segment<'_>, Before)> {
        let mut before = [None, None];
        let (delimiters, extent) = loop {
            self.skip_blanks();
            if self.rest().is_empty() {
                return None;
            }
            self.fill(BYTE_ORDER_MARK.len());
            if self.rest().starts_with(b"ISA")
                && let Some(found) = self.find()
            {
                before[1] = self.begin(found);
            }
            let delimiters = match self.delimiters {
                Some(delimiters) => delimiters,
                None if self.rest().starts_with(BYTE_ORDER_MARK) => {
                    self.at += BYTE_ORDER_MARK.len();
                    continue;
                }
                None => match self.seek() {
                    Some((skipped, found)) => {
                        before = [skipped.then_some(ProblemKind::TextOutside), self.begin(found)];
                        found.delimiters()
                    }
                    None => {
                        let kind = if self.begun { ProblemKind::TextOutside } else { ProblemKind::NotX12 };
                        self.after = Some(kind);
                        return None;
                    }
                },
            };
            let extent = self.extent(delimiters);
            if extent.length > 0 {
                break (delimiters, extent);
            }
            self.at += 1;
        };
        self.number += 1;
        if extent.length > LONGEST {
            self.at += extent.length;
            self.discard(delimiters.terminator);
        }
        self.last = (self.at, Some(delimiters));
        self.at += if extent.length > LONGEST { 0 } else { extent.length };
        self.at += usize::from(self.rest().first() == Some(&delimiters.terminator));
        let bytes = self.buffer.get(self.last.0..).unwrap_or_default();
        let segment = Segment::new(bytes, extent, delimiters, self.number);
        if segment.name() == "IEA" {
            // What follows an interchange tells its own delimiters.
            self.delimiters = None;
        }
        Some((segment, before))
    }

    #[cfg(test)]
    fn look(&mut self, bytes: usize) {
        self.looked += bytes;
    }

    #[cfg(not(test))]
    fn look(&mut self, _: usize) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked(bytes: &[u8]) -> usize {
        let mut segments = Segments::new(bytes);
        while segments.next().is_some() {}
        segments.looked
    }

    /// Whatever a file repeats, twice its size takes twice the work, not four times.
    #[test]
    fn hostile_files_take_linear_work() {
        let header = "ISA*00* *00* *ZZ*A*ZZ*B*200101*0101*^*00501*1*0*P*:~";
        // Each interchange ends its segments differently, and each is cut off by the next.
        let cut: String = ['!', '"', '#', '$', '%', '&', '\'', '(', ')', ',', ';', '<', '=', '?', '@', '[', ']', '_']
            .map(|terminator| header.replace('~', &terminator.to_string()) + &"x".repeat(60))
            .concat();
        let parts = ["ISA*", "ISA!", "ISAISA", "GS*", "ST*835*1~", "IEA*1~", "IEA*1~ST*835*1~", "*", "~", ":", "I"];
        for part in parts.into_iter().chain([header, &cut, "CAS*", "\n", " ISA* ", "\u{FEFF}"]) {
            for begin in ["", header, "ISA*00* *00* *ZZ*A*ZZ*B*200101*0101*^*00501*1*0*P*:~ST*835*1~"] {
                let of = |size: usize| begin.to_owned() + &part.repeat(size / part.len());
                let (one, two) = (looked(of(100_000).as_bytes()), looked(of(200_000).as_bytes()));
                assert!(two < one * 5 / 2 + 100_000, "{begin} {part}: {one}, then {two}");
                assert!(two < 200_000 * 250, "{begin} {part}: {two}");
            }
        }
    }

    #[test]
    fn no_more_than_a_chunk_and_a_segment_is_held() {
        let mut segments = Segments::new(std::io::repeat(b'~').take(1_000_000));
        while segments.next().is_some() {}
        assert!(segments.buffer.capacity() < 4 * CHUNK);
        let header = "ISA*00* *00* *ZZ*A*ZZ*B*200101*0101*^*00501*1*0*P*:~";
        let mut segments = Segments::new(header.as_bytes().chain(std::io::repeat(b'*').take(10_000_000)));
        while segments.next().is_some() {}
        assert!(segments.buffer.capacity() < 4 * CHUNK);
    }
}

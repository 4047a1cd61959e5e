//! One segment, whatever it is.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use crate::delimiters::Delimiters;
use crate::names;
use crate::problems::ProblemKind;

/// Longer segments aren't read: none of 835 and 837 comes near, and without its terminator all of a file is one.
pub(crate) const LONGEST: usize = 32 * 1024;

/// What one look at a segment's bytes finds: where it ends, where its separators stand, whether control characters are
/// in it.
pub(crate) struct Extent {
    pub(crate) length: usize,
    index: Option<Index>,
    controls: bool,
}

impl Extent {
    /// Of the segment at the beginning of `bytes`; longer than [`LONGEST`] where that one is.
    pub(crate) fn of(bytes: &[u8], delimiters: Delimiters) -> Self {
        let bytes = bytes.get(..=LONGEST).unwrap_or(bytes);
        let mut index = Index { places: [0; 24], count: 0 };
        let (mut length, mut indexed, mut controls) = (bytes.len(), true, false);
        for (at, byte) in bytes.iter().enumerate() {
            if *byte == delimiters.terminator {
                length = at;
                break;
            } else if *byte == delimiters.element {
                indexed = indexed && index.add(at).is_some();
            } else if byte.is_ascii_control() {
                controls = true;
            }
        }
        Self { length, index: indexed.then_some(index), controls }
    }
}

/// Where the separators of a segment stand. Segments with more are searched each time.
#[derive(Clone, Copy)]
struct Index {
    places: [u16; 24],
    count: usize,
}

impl Index {
    fn add(&mut self, at: usize) -> Option<()> {
        *self.places.get_mut(self.count)? = u16::try_from(at).ok()?;
        self.count += 1;
        Some(())
    }

    fn element<'b>(&self, number: usize, bytes: &'b [u8]) -> Option<&'b [u8]> {
        let places = self.places.get(..self.count)?;
        let start = match number.checked_sub(1) {
            Some(before) => usize::from(*places.get(before)?) + 1,
            None => 0,
        };
        let end = places.get(number).map_or(bytes.len(), |place| usize::from(*place));
        bytes.get(start..end)
    }
}

/// One segment.
pub(crate) struct Segment<'a> {
    bytes: Cow<'a, [u8]>,
    delimiters: Delimiters,
    number: usize,
    name: &'static str,
    index: Option<Index>,
    too_long: bool,
    /// The elements that were read into a field, a bit each.
    taken: Cell<u32>,
}

impl<'a> Segment<'a> {
    /// The segment of `extent` at the beginning of `bytes`. Control characters are no data: files are wrapped at a
    /// width sometimes, and PostgreSQL holds no zero bytes.
    pub(crate) fn new(bytes: &'a [u8], extent: Extent, delimiters: Delimiters, number: usize) -> Self {
        let too_long = extent.length > LONGEST;
        let bytes = if too_long { &[] } else { bytes.get(..extent.length).unwrap_or_default() };
        let (bytes, taken) = (Cow::Borrowed(bytes), Cell::new(0));
        let mut segment = Self { bytes, delimiters, number, name: "", index: extent.index, too_long, taken };
        if extent.controls && !too_long {
            let kept = |byte: &u8| !byte.is_ascii_control() || delimiters.has(*byte);
            let bytes: Vec<u8> = segment.bytes.iter().copied().filter(kept).collect();
            segment.index = Extent::of(&bytes, delimiters).index;
            segment.bytes = Cow::Owned(bytes);
        }
        segment.name = names::name(segment.element(0));
        segment
    }

    /// Its name, such as `CLP`; `unknown` where it isn't of 835 and 837, empty where it has none.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// What is wrong with it, where it has no name.
    pub(crate) fn without_name(&self) -> ProblemKind {
        if self.too_long { ProblemKind::LongSegment } else { ProblemKind::NoName }
    }

    /// Its number, from 1: in its transaction (ST is 1), else in its interchange (ISA is 1).
    pub(crate) fn number(&self) -> usize {
        self.number
    }

    pub(crate) fn set_number(&mut self, number: usize) {
        self.number = number;
    }

    pub(crate) fn set_component(&mut self, component: u8) {
        self.delimiters.component = component;
    }

    pub(crate) fn delimiters(&self) -> Delimiters {
        self.delimiters
    }

    /// The elements, from 1; empty where there is none.
    pub(crate) fn element(&self, number: usize) -> &[u8] {
        match &self.index {
            Some(index) => index.element(number, &self.bytes),
            None => self.bytes.split(|byte| *byte == self.delimiters.element).nth(number),
        }
        .unwrap_or_default()
    }

    /// Everything after the name, with its separators.
    pub(crate) fn body(&self) -> &[u8] {
        self.bytes.get(self.element(0).len() + 1..).unwrap_or_default()
    }

    /// How many elements it has.
    pub(crate) fn count(&self) -> usize {
        match &self.index {
            Some(index) => index.count,
            None => self.bytes.iter().filter(|byte| **byte == self.delimiters.element).count(),
        }
    }

    /// The components of an element, in order.
    pub(crate) fn components(&self, number: usize) -> impl Iterator<Item = &[u8]> {
        let separator = self.delimiters.component;
        self.element(number).split(move |byte| *byte == separator)
    }

    /// A component of an element, both from 1; empty where there is none.
    pub(crate) fn component(&self, number: usize, component: usize) -> &[u8] {
        component.checked_sub(1).and_then(|at| self.components(number).nth(at)).unwrap_or_default()
    }

    /// Counts an element as read into a field.
    pub(crate) fn take(&self, element: usize) {
        let bit = u32::try_from(element).ok().and_then(|element| 1_u32.checked_shl(element));
        self.taken.set(self.taken.get() | bit.unwrap_or(0));
    }

    /// Counts all elements as read.
    pub(crate) fn take_all(&self) {
        self.taken.set(u32::MAX);
    }

    /// The elements that were read into no field, of the first thirty-one.
    pub(crate) fn left(&self) -> impl Iterator<Item = usize> {
        let taken = self.taken.get();
        let count = if taken == u32::MAX { 0 } else { self.count().min(31) };
        let bits = (1..=count).zip(1..).filter(move |(_, bit)| taken >> bit & 1_u32 == 0);
        bits.map(|(element, _): (usize, u32)| element).filter(|element| !self.element(*element).trim_ascii().is_empty())
    }
}

impl fmt::Debug for Segment<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Segment({} {})", self.number, self.name)
    }
}

//! Segments that no field holds.

use std::collections::BTreeMap;
use std::fmt;

use crate::names;
use crate::private::Private;
use crate::problems::{Notes, ProblemKind};
use crate::segment::Segment;
use crate::text::Text;

/// Stands for the separator of elements, where delimiters aren't known yet. Text holds no control character.
pub(crate) const ELEMENT: char = '\u{1D}';
/// Stands for the separator of repetitions.
pub(crate) const REPETITION: char = '\u{1C}';
/// Stands for the separator of components.
pub(crate) const COMPONENT: char = '\u{1F}';

/// A segment that no field holds. `Debug` shows its name.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct OtherSegment {
    name: Text,
    /// Its elements with their separators.
    body: Private<Text>,
}

impl fmt::Debug for OtherSegment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "OtherSegment({})", self.name())
    }
}

/// Segments whose elements are codes, numbers and days that name nobody, and how many of those are kept.
#[rustfmt::skip]
const CODED: [(&str, usize); 19] = [
    ("CN1", 6), ("CR1", 8), ("CR2", 8), ("CR3", 5), ("CR5", 18), ("CRC", 7), ("CUR", 2), ("DN1", 4), ("DN2", 3),
    ("DSB", 8), ("HCP", 15), ("HSD", 8), ("LX", 1), ("MEA", 4), ("MIA", 24), ("MOA", 9), ("OI", 6), ("TS2", 19),
    ("TS3", 24),
];

/// Segments with money or an identity in them. Where no field of theirs is, the file is broken.
#[rustfmt::skip]
const PLACED: [&str; 15] = [
    "BPR", "TRN", "CLP", "SVC", "CAS", "BHT", "CLM", "CL1", "HI", "SV1", "SV2", "SV3", "SVD", "TOO", "LIN",
];

/// Whether it can be nothing but a code, number or day: eight characters at most, two letters at most.
fn is_code(text: &str) -> bool {
    let letters = text.bytes().filter(u8::is_ascii_uppercase).count();
    let others = text.bytes().filter(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-')).count();
    letters <= 2 && text.len() <= 8 && letters + others == text.len()
}

impl OtherSegment {
    /// A segment of elements, none of which is composite.
    pub fn new(name: &str, elements: &[&str]) -> Self {
        Self { name: name.into(), body: Private::from(elements.join(&ELEMENT.to_string())) }
    }

    pub(crate) fn read(segment: &Segment<'_>) -> Self {
        segment.take_all();
        let delimiters = segment.delimiters();
        let marks = segment.body().iter().map(|byte| match *byte {
            byte if byte == delimiters.element => 0x1D,
            byte if byte == delimiters.component => 0x1F,
            byte if Some(byte) == delimiters.repetition => 0x1C,
            byte => byte,
        });
        let body = Text::read(&marks.collect::<Vec<u8>>());
        let used = body.trim_end_matches([ELEMENT, REPETITION, COMPONENT, ' ']);
        Self {
            name: Text::read(segment.element(0)),
            body: if used.len() == body.len() { body } else { used.into() }.into(),
        }
    }

    /// Keeps a segment; one that should have come to a field is told.
    pub(crate) fn keep(list: &mut Vec<Self>, segment: &Segment<'_>, notes: &mut Notes) {
        if PLACED.contains(&segment.name()) {
            notes.note(segment, None, ProblemKind::OutOfPlace);
        }
        list.push(Self::read(segment));
    }

    /// The segment's name; `unknown` where neither 835 nor 837 has one like it: after a stray terminator it could be a
    /// person's.
    pub fn name(&self) -> &'static str {
        names::name(self.name.as_bytes())
    }

    pub(crate) fn written_name(&self) -> &str {
        &self.name
    }

    pub(crate) fn body(&self) -> &str {
        self.body.get()
    }

    /// The elements, in order. Components are separated by U+001F, repetitions by U+001C.
    pub fn elements(&self) -> impl Iterator<Item = &str> {
        self.body.get().split(ELEMENT)
    }

    /// The segment without what could name a person, such as `CRC*07*Y*01`. Segments with names, addresses, dates of
    /// people, numbers of theirs or free text give `None`; of others, codes, numbers and days are kept.
    pub fn codes(&self) -> Option<String> {
        let (name, count) = CODED.into_iter().find(|(name, _)| self.name == *name)?;
        let elements = self.elements().take(count).map(|element| {
            let repetitions = element.split(REPETITION).map(|repetition| {
                let components = repetition.split(COMPONENT).map(|text| if is_code(text) { text } else { "" });
                components.collect::<Vec<_>>().join(":")
            });
            repetitions.collect::<Vec<_>>().join("^")
        });
        let text = std::iter::once(name.to_owned()).chain(elements).collect::<Vec<_>>().join("*");
        Some(text.trim_end_matches(['*', '^', ':']).to_owned())
    }
}

/// How many there are by name.
pub(crate) fn count<'a>(segments: impl Iterator<Item = &'a OtherSegment>) -> BTreeMap<&'static str, usize> {
    segments.fold(BTreeMap::new(), |mut counts, segment| {
        *counts.entry(segment.name()).or_default() += 1;
        counts
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_kept_and_people_are_not() {
        let text = |name, elements: &[&str]| OtherSegment::new(name, elements).codes();
        assert_eq!(text("CRC", &["07", "Y", "01", "", "12"]).as_deref(), Some("CRC*07*Y*01**12"));
        assert_eq!(text("OI", &["", "", "Y", "SMITH"]).as_deref(), Some("OI***Y"));
        assert_eq!(text("MOA", &["12.5", "", "MA01", "123456789"]).as_deref(), Some("MOA*12.5**MA01"));
        for name in ["NM1", "N3", "N4", "DMG", "PER", "NTE", "K3", "REF", "PAT", "DTP", "LEE", ""] {
            assert_eq!(text(name, &["1"]), None, "{name}");
        }
    }
}

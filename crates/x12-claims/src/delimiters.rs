//! The delimiters of an interchange.

/// The characters that separate elements, components and repetitions, and end segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Delimiters {
    /// Between elements: `*`.
    pub(crate) element: u8,
    /// Between components of a composite: `:`.
    pub(crate) component: u8,
    /// Between repetitions of an element: `^`. Version 4010 has none.
    pub(crate) repetition: Option<u8>,
    /// After a segment: `~`.
    pub(crate) terminator: u8,
}

impl Delimiters {
    /// Whether a byte stands between elements, components or repetitions.
    pub(crate) fn has(&self, byte: u8) -> bool {
        byte == self.element || byte == self.component || Some(byte) == self.repetition
    }
}

/// How an interchange or a file without one begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// ISA with its 16 elements.
    Header(Delimiters),
    /// ISA with fewer: a group begins before the sixteenth.
    ShortHeader(Delimiters),
    /// GS or ST.
    NoHeader(Delimiters),
}

impl Found {
    pub(crate) fn delimiters(self) -> Delimiters {
        match self {
            Self::Header(delimiters) | Self::ShortHeader(delimiters) | Self::NoHeader(delimiters) => delimiters,
        }
    }
}

/// More than any header has; a search for its end doesn't read the whole file.
pub(crate) const HEADER_LIMIT: usize = 400;

/// The same for GS and ST.
const GROUP_LIMIT: usize = 160;

/// Whether a byte can delimit: no letter, digit, blank, nor what numbers and ranges of days are written with.
pub(crate) fn can_delimit(byte: u8) -> bool {
    !byte.is_ascii_alphanumeric() && !matches!(byte, b' ' | b'.' | b'-')
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// The delimiters, where `bytes` begin with ISA, GS or ST.
pub(crate) fn find(bytes: &[u8]) -> Option<Found> {
    let bytes = bytes.get(..HEADER_LIMIT).unwrap_or(bytes);
    if bytes.starts_with(b"ISA") {
        header(bytes)
    } else if bytes.starts_with(b"GS") || bytes.starts_with(b"ST") {
        no_header(bytes).map(Found::NoHeader)
    } else {
        None
    }
}

fn header(bytes: &[u8]) -> Option<Found> {
    let element = bytes.get(3).copied().filter(|byte| can_delimit(*byte) && !is_line_end(*byte))?;
    let mut repetition = None;
    let mut separators = 0;
    let mut start = 0;
    let mut last = 0;
    for (at, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte == element) {
        let value = bytes.get(start..at).unwrap_or_default();
        if separators > 1
            && value.ends_with(b"GS")
            && let Some(found) = short(value, element)
        {
            return Some(found);
        }
        if separators == 11
            && let &[byte] = value
        {
            repetition = Some(byte).filter(|byte| can_delimit(*byte));
        }
        separators += 1;
        start = at + 1;
        last = at;
        if separators == 16 {
            break;
        }
    }
    if separators < 16 {
        return None;
    }
    let rest = bytes.get(last + 1..).unwrap_or_default();
    let (component, rest) = rest.split_first()?;
    let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
    let terminator = terminator(rest.get(blanks..).unwrap_or_default());
    let found = match terminator {
        // Nobody separates components by `~`: ISA16 is empty, and the line end decorates.
        Some(b'\r' | b'\n') if *component == b'~' => {
            Delimiters { element, component: b':', repetition, terminator: b'~' }
        }
        Some(terminator) if terminator != element => {
            Delimiters { element, component: *component, repetition, terminator }
        }
        // ISA16 is empty: what stands in its place ends the segment.
        _ if can_delimit(*component) => Delimiters { element, component: b':', repetition, terminator: *component },
        _ => return None,
    };
    (found.component != element).then_some(Found::Header(found))
}

/// The terminator at the beginning of `bytes`; line feed for both kinds of line ends that have it.
fn terminator(bytes: &[u8]) -> Option<u8> {
    match bytes {
        [b'\r', b'\n', ..] => Some(b'\n'),
        [byte, ..] => Some(*byte).filter(|byte| can_delimit(*byte)),
        [] => None,
    }
}

/// `value` is the end of a short ISA, its terminator and `GS`.
fn short(value: &[u8], element: u8) -> Option<Found> {
    let before = value.strip_suffix(b"GS")?;
    let visible = before.iter().rposition(|byte| !is_line_end(*byte)).map_or(0, |at| at + 1);
    let (visible, line_ends) = before.split_at_checked(visible)?;
    let (visible, terminator) = match visible.split_last() {
        Some((last, visible)) if can_delimit(*last) && line_ends.is_empty() => (visible, *last),
        Some((last, rest)) if can_delimit(*last) && !rest.is_empty() => (rest, *last),
        _ => (visible, terminator(line_ends)?),
    };
    let component = visible.last().copied().filter(|byte| can_delimit(*byte)).unwrap_or(b':');
    let delimiters = Delimiters { element, component, repetition: None, terminator };
    Some(Found::ShortHeader(delimiters))
}

fn no_header(bytes: &[u8]) -> Option<Delimiters> {
    let bytes = bytes.get(..GROUP_LIMIT).unwrap_or(bytes);
    let element = bytes.get(2).copied().filter(|byte| can_delimit(*byte) && !is_line_end(*byte))?;
    // GS has eight elements and its last is a version; ST has two or three, without blanks.
    let start = if bytes.starts_with(b"GS") {
        bytes.iter().enumerate().filter(|(_, byte)| **byte == element).nth(7)?.0
    } else {
        bytes.get(3..7).filter(|set| set.iter().take(3).all(u8::is_ascii_digit) && set.last() == Some(&element))?;
        3
    };
    let rest = bytes.get(start..)?;
    let end = rest.iter().position(|byte| can_delimit(*byte) && *byte != element)?;
    let terminator = terminator(rest.get(end..)?)?;
    let component = if terminator == b':' { b'>' } else { b':' };
    Some(Delimiters { element, component, repetition: None, terminator })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_separators_are_counted() {
        let text = b"ISA*00* *00* *ZZ*A*ZZ*B*200101*0101*^*00501*1*0*P*:~GS*HP~";
        let delimiters = Delimiters { element: b'*', component: b':', repetition: Some(b'^'), terminator: b'~' };
        assert_eq!(find(text), Some(Found::Header(delimiters)));
        let text = b"ISA*00* *00* *ZZ*A*ZZ*B*200101*0101*^*00501*1*0*P*~\nGS*HP~\n";
        assert_eq!(find(text), Some(Found::Header(delimiters)));
        let text = b"ISA|00| |00| |ZZ|A|ZZ|B|200101|0101|U|00401|1|0|P|>\r\nGS|HP\r\n";
        let delimiters = Delimiters { element: b'|', component: b'>', repetition: None, terminator: b'\n' };
        assert_eq!(find(text), Some(Found::Header(delimiters)));
    }

    #[test]
    fn a_short_header_is_told() {
        let text = b"ISA*00* *00* *ZZ*A*ZZ*B*200101*0101*^*00501*1*0*:~\nGS*HP*A*B*20200101*0101*1*X*005010X221A1~";
        let delimiters = Delimiters { element: b'*', component: b':', repetition: None, terminator: b'~' };
        assert_eq!(find(text), Some(Found::ShortHeader(delimiters)));
    }

    #[test]
    fn groups_and_transactions_tell_their_delimiters() {
        for text in [&b"GS+HP+A+B+20200101+0101+1+X+005010X221A1'ST+835+1'"[..], b"ST+835+0001'BPR+I'"] {
            let delimiters = Delimiters { element: b'+', component: b':', repetition: None, terminator: b'\'' };
            assert_eq!(find(text), Some(Found::NoHeader(delimiters)));
        }
        assert_eq!(find(b"STREET"), None);
        assert_eq!(find(b"ISAAC"), None);
    }
}

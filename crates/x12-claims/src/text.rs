//! Text of an element.

use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

const SHORT: usize = 22;

/// Text of an element, read as `&str`. Any element could hold a name, where a file is broken: `Debug` shows none.
///
/// Up to 22 bytes, as most have, need no memory of their own.
#[derive(Clone)]
pub struct Text(Kind);

#[derive(Clone)]
enum Kind {
    Short(u8, [u8; SHORT]),
    Long(Box<str>),
}

impl Text {
    /// The text.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Kind::Short(length, bytes) => {
                bytes.get(..usize::from(*length)).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
            }
            Kind::Long(text) => text,
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        matches!(self.0, Kind::Short(0, _))
    }

    /// Bytes of UTF-8, where they are few.
    fn short(text: &[u8]) -> Option<Self> {
        let mut bytes = [0; SHORT];
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        Some(Self(Kind::Short(u8::try_from(text.len()).ok()?, bytes)))
    }

    /// UTF-8 where it is UTF-8, else Latin-1. Blanks around it are no data: files of fixed width have them.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let bytes = bytes.trim_ascii();
        if bytes.is_ascii()
            && let Some(text) = Self::short(bytes)
        {
            return text;
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => text.into(),
            Err(_) => bytes.iter().copied().map(char::from).collect::<String>().into(),
        }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::short(text.as_bytes()).unwrap_or_else(|| Self(Kind::Long(text.into())))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.as_str().to_owned()
    }
}

impl Default for Text {
    fn default() -> Self {
        Self(Kind::Short(0, [0; SHORT]))
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Kind::Short(length, bytes), Kind::Short(other_length, other)) => length == other_length && bytes == other,
            _ => self.as_str() == other.as_str(),
        }
    }
}

impl Eq for Text {}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "({} bytes)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_texts_are_themselves() {
        for length in 0..60 {
            let text = "ä".repeat(length / 2) + &"b".repeat(length % 2);
            assert_eq!(Text::from(text.clone()), *text);
            assert_eq!(Text::read(text.as_bytes()).is_empty(), text.is_empty());
        }
        assert_eq!(Text::read(b"M\xDCLLER"), "MÜLLER");
        assert_eq!(format!("{:?}", Text::from("DOE")), "(3 bytes)");
        assert_eq!(size_of::<Text>(), size_of::<String>());
    }
}

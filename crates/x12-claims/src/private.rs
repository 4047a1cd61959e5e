//! Values that may name a person.

use std::fmt;

use crate::text::Text;

/// A value that names a person where the file is whole: a name, a birth date, a member's or a control number. It isn't
/// to be shown or stored as it is.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Private<T>(T);

impl<T> Private<T> {
    /// The value itself, for those who may see it.
    pub fn get(&self) -> &T {
        &self.0
    }

    /// The value itself, taken out.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl Private<Text> {
    /// Whether the element was absent or empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> From<T> for Private<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl From<String> for Private<Text> {
    fn from(value: String) -> Self {
        Self(value.into())
    }
}

impl From<&str> for Private<Text> {
    fn from(value: &str) -> Self {
        Self(value.into())
    }
}

impl<T> fmt::Debug for Private<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(private)")
    }
}

/// `Debug` without content: how many there are of the lists that are named, and no value.
macro_rules! hide {
    ($($type:ident $(: $($list:ident),+)?;)+) => {$(
        impl std::fmt::Debug for $type {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut shown = formatter.debug_struct(stringify!($type));
                $($(shown.field(stringify!($list), &self.$list.len());)+)?
                shown.finish_non_exhaustive()
            }
        }
    )+};
}

pub(crate) use hide;

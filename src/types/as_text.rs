//! Values that serde writes and reads as the text that they are shown as.

/// `as_text!(Usd)` is `Serialize` by `Display` and `Deserialize` by `FromStr`, whose error holds no value.
#[cfg(feature = "serde")]
macro_rules! as_text {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

#[cfg(not(feature = "serde"))]
macro_rules! as_text {
    ($name:ident) => {};
}

pub(crate) use as_text;

//! Enumerated values: a domain over `text` in SQL, an enum in Rust.

/// Declares enums, each with its SQL type, whose variants are stored as their snake_case names.
macro_rules! text_enums {
    ($($(#[$meta:meta])* $name:ident: $domain:ident { $($(#[$variant_meta:meta])* $variant:ident),+ $(,)? })*) => {$(
        $(#[$meta])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash,
            strum::Display, strum::IntoStaticStr, strum::VariantArray,
            diesel::expression::AsExpression, diesel::deserialize::FromSqlRow,
        )]
        #[strum(serialize_all = "snake_case")]
        #[diesel(sql_type = crate::sql_types::$domain)]
        pub enum $name { $($(#[$variant_meta])* $variant),+ }

        impl $name {
            /// Every value, in the order of the documentation.
            pub const ALL: &'static [Self] = <Self as strum::VariantArray>::VARIANTS;

            /// The value as SQL stores it.
            pub fn as_str(self) -> &'static str {
                self.into()
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::Error;

            /// Reads a value as SQL stores it.
            fn from_str(text: &str) -> crate::Result<Self> {
                let known = Self::ALL.iter().copied().find(|value| value.as_str() == text);
                known.ok_or(crate::Error::Invalid { what: stringify!($name), rule: "one of its values, in lower snake case" })
            }
        }

        crate::types::as_text::as_text!($name);

        impl diesel::serialize::ToSql<crate::sql_types::$domain, diesel::pg::Pg> for $name {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
            ) -> diesel::serialize::Result {
                std::io::Write::write_all(out, self.as_str().as_bytes())?;
                Ok(diesel::serialize::IsNull::No)
            }
        }

        impl diesel::deserialize::FromSql<crate::sql_types::$domain, diesel::pg::Pg> for $name {
            fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
                let text = std::str::from_utf8(value.as_bytes())?;
                // The value stays out of the error: it would end up in logs.
                text.parse().map_err(|_| {
                    concat!("unknown ", stringify!($name), ": the database is newer than this binary").into()
                })
            }
        }
    )*};
}

pub(crate) use text_enums;

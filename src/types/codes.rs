//! Codes and identifiers with a shape. Each mirrors a SQL domain; a test compares their judgement.

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;

use crate::error::{Error, Result};
use crate::sql_types;
use crate::types::as_text::as_text;

macro_rules! codes {
    ($($(#[$meta:meta])* $name:ident: $sql_type:path, $domain:literal, $rule:literal, $fits:path;)*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
        #[diesel(sql_type = $sql_type)]
        pub struct $name(String);

        impl $name {
            /// The code as it is written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self> {
                if $fits(text.as_bytes()) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(Error::Invalid { what: $domain, rule: $rule })
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(&self.0)
            }
        }

        as_text!($name);

        impl ToSql<$sql_type, Pg> for $name {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                ToSql::<Text, Pg>::to_sql(&self.0, out)
            }
        }

        impl FromSql<$sql_type, Pg> for $name {
            fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
                Ok(<String as FromSql<Text, Pg>>::from_sql(value)?.parse()?)
            }
        }
    )*};
}

codes! {
    /// An identifier that people read aloud, such as CLM-2024-001235 or BCBS-CA-001.
    BusinessId: Text, "business_id",
    "capitals and digits in groups joined by single hyphens, at most 38 characters, such as CLM-2024-001235",
    is_business_id;

    /// Claim adjustment group and reason (X12 CAS), such as CO-197.
    DenialCode: Text, "denial_code",
    "a group CO, PR, OA or PI, a hyphen and a reason without leading zeros, such as CO-197",
    is_denial_code;

    /// A remittance advice remark code (X12 LQ, MOA, MIA), such as MA130.
    RemarkCode: Text, "remark_code",
    "M, MA or N and a number, such as MA130",
    is_remark_code;

    /// An ICD-10-CM code with its point, such as Z12.11.
    DiagnosisCode: Text, "diagnosis_code",
    "an ICD-10-CM code with its point, such as Z12.11",
    is_diagnosis_code;

    /// A CPT or HCPCS Level II code, such as 99213 or G0121.
    ProcedureCode: Text, "procedure_code",
    "a CPT or HCPCS code of five characters, such as 99213 or G0121",
    is_procedure_code;

    /// A CPT or HCPCS modifier, such as 25 or RT.
    ProcedureModifier: Text, "procedure_modifier",
    "two capitals or digits, such as 25 or RT",
    is_procedure_modifier;

    /// An NUBC revenue code of an institutional service, such as 0450.
    RevenueCode: Text, "revenue_code",
    "four digits, such as 0450",
    is_revenue_code;

    /// A HIPPS rate code of a prospective payment system.
    RateCode: Text, "rate_code",
    "five capitals or digits",
    is_rate_code;

    /// The first two digits of the type of bill, such as 11 for a hospital's inpatients.
    FacilityCode: Text, "facility_code",
    "a digit from 1 to 9 and a capital or digit, such as 11",
    is_facility_code;

    /// A National Drug Code without hyphens.
    Ndc: Text, "ndc",
    "eleven digits without hyphens",
    is_ndc;

    /// A tooth by the universal system, such as 14 or K.
    Tooth: Text, "tooth",
    "1 to 32 or A to T; 51 to 82 or AS to TS beyond the count",
    is_tooth;

    /// Surfaces of a tooth, such as MOD.
    ToothSurfaces: Text, "tooth_surfaces",
    "one to five of B, D, F, I, L, M and O, each once",
    is_tooth_surfaces;

    /// A National Provider Identifier, such as 1234567893: ten digits, the last of which checks the others.
    Npi: Text, "npi",
    "ten digits that begin with 1 or 2, with their check digit",
    is_npi;

    /// Names a command that posts, so that it posts once however often it is sent.
    IdempotencyKey: sql_types::IdempotencyKey, "idempotency_key",
    "1 to 100 printable characters without space",
    is_idempotency_key;
}

fn is_capital_or_digit(byte: &u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

fn is_business_id(text: &[u8]) -> bool {
    text.len() <= 38
        && text.split(|byte| *byte == b'-').all(|group| !group.is_empty() && group.iter().all(is_capital_or_digit))
}

fn is_denial_code(text: &[u8]) -> bool {
    let Some((group, [b'-', reason @ ..])) = text.split_at_checked(2) else {
        return false;
    };
    matches!(group, b"CO" | b"PR" | b"OA" | b"PI")
        && match reason {
            [b'1'..=b'9', rest @ ..] => rest.len() <= 2 && rest.iter().all(u8::is_ascii_digit),
            [b'A'..=b'Z', rest @ ..] => matches!(rest.len(), 1 | 2) && rest.iter().all(u8::is_ascii_digit),
            _ => false,
        }
}

fn is_remark_code(text: &[u8]) -> bool {
    match text {
        [b'M', b'A', digits @ ..] => matches!(digits.len(), 2 | 3) && digits.iter().all(u8::is_ascii_digit),
        [b'M', b'1'..=b'9', rest @ ..] => rest.len() <= 2 && rest.iter().all(u8::is_ascii_digit),
        [b'N', b'1'..=b'9', rest @ ..] => rest.len() <= 3 && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

fn is_diagnosis_code(text: &[u8]) -> bool {
    match text {
        [b'A'..=b'Z', second, third, rest @ ..] if [second, third].into_iter().all(is_capital_or_digit) => match rest {
            [] => true,
            [b'.', detail @ ..] => matches!(detail.len(), 1..=4) && detail.iter().all(is_capital_or_digit),
            _ => false,
        },
        _ => false,
    }
}

fn is_procedure_code(text: &[u8]) -> bool {
    match text {
        [number @ .., b'0'..=b'9' | b'A' | b'F' | b'M' | b'T' | b'U']
            if number.len() == 4 && number.iter().all(u8::is_ascii_digit) =>
        {
            true
        }
        [b'A'..=b'V', number @ ..] => number.len() == 4 && number.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

fn is_revenue_code(text: &[u8]) -> bool {
    text.len() == 4 && text.iter().all(u8::is_ascii_digit)
}

fn is_rate_code(text: &[u8]) -> bool {
    text.len() == 5 && text.iter().all(is_capital_or_digit)
}

fn is_facility_code(text: &[u8]) -> bool {
    matches!(text, [b'1'..=b'9', second] if is_capital_or_digit(second))
}

fn is_ndc(text: &[u8]) -> bool {
    text.len() == 11 && text.iter().all(u8::is_ascii_digit)
}

fn is_tooth(text: &[u8]) -> bool {
    let permanent = matches!(text, [b'1'..=b'9'] | [b'1' | b'2', b'0'..=b'9'] | [b'3', b'0'..=b'2']);
    let beyond = matches!(text, [b'5', b'1'..=b'9'] | [b'6' | b'7', b'0'..=b'9'] | [b'8', b'0'..=b'2']);
    permanent || beyond || matches!(text, [b'A'..=b'T'] | [b'A'..=b'T', b'S'])
}

fn is_tooth_surfaces(text: &[u8]) -> bool {
    let once = |(place, surface): (usize, &u8)| b"BDFILMO".contains(surface) && !text[..place].contains(surface);
    matches!(text.len(), 1..=5) && text.iter().enumerate().all(once)
}

/// Luhn: from the last digit on, every second is doubled; 24 stands for the prefix 80840 of ISO 7812.
fn is_npi(text: &[u8]) -> bool {
    let checked = |(place, digit): (usize, &u8)| {
        let digit = u32::from(digit - b'0');
        if place % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { digit }
    };
    matches!(text, [b'1' | b'2', ..])
        && text.len() == 10
        && text.iter().all(u8::is_ascii_digit)
        && (24 + text.iter().enumerate().map(checked).sum::<u32>()) % 10 == 0
}

fn is_idempotency_key(text: &[u8]) -> bool {
    matches!(text.len(), 1..=100) && text.iter().all(u8::is_ascii_graphic)
}

fn is_procedure_modifier(text: &[u8]) -> bool {
    text.len() == 2 && text.iter().all(is_capital_or_digit)
}

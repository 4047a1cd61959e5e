//! Why something isn't posted.

use bigdecimal::BigDecimal;

use crate::error::Error;
use crate::types::WaitReason;

/// Why a claim of a remittance isn't posted.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Wait {
    For(WaitReason),
    /// It doesn't add up by so much, US dollars.
    OffBy(WaitReason, BigDecimal),
    /// The rule of the database that refuses it.
    Rule(String),
}

impl Wait {
    /// An amount of more than two decimals or out of range can't be posted.
    pub fn unusable_amount() -> Self {
        Self::Rule("signed_usd_is_money".into())
    }

    pub fn refused(error: &Error) -> Self {
        Self::Rule(error.constraint().unwrap_or(error.code()).into())
    }

    /// The columns that say so: reason, rule, difference.
    pub fn columns(self) -> (WaitReason, Option<String>, Option<BigDecimal>) {
        match self {
            Self::For(reason) => (reason, None, None),
            Self::OffBy(reason, difference) => (reason, None, Some(difference)),
            Self::Rule(rule) => (WaitReason::Rule, Some(rule), None),
        }
    }
}

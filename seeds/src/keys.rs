//! Fixed ids, so that a second run finds the rows of the first.

use std::ops::RangeInclusive;

use rcm_schema::Result;
use rcm_schema::types::{
    AppealId, BusinessId, ClaimId, DenialId, DenialNoteId, PayerId, PaymentVarianceId, RebillId, WriteOffId,
};
use uuid::Uuid;

/// The ids of the demo, or those of a copy that it is compared with.
#[derive(Clone, Copy)]
pub enum Keys {
    Demo,
    Copy,
}

impl Keys {
    /// A version 7 UUID of 2024-01-01, a millisecond later for the copy: the table in its third group, the row at its end.
    const fn key(self, table: u128, row: u128) -> Uuid {
        let milliseconds = match self {
            Self::Demo => 0x018c_c251_f400,
            Self::Copy => 0x018c_c251_f401,
        };
        Uuid::from_u128(milliseconds << 80 | 0x7000_8000_0000_0000_0000 | table << 64 | row)
    }

    /// How all of these ids begin, and no other.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Demo => "018cc251-f400-7",
            Self::Copy => "018cc251-f401-7",
        }
    }

    /// The ids of all claims.
    pub const fn claims(self) -> RangeInclusive<ClaimId> {
        self.claim(0)..=self.claim(999_999)
    }

    /// What people call the row; a copy has another name, for names are unique.
    pub fn name(self, name: &str) -> Result<BusinessId> {
        match self {
            Self::Demo => name.parse(),
            Self::Copy => format!("COPY-{name}").parse(),
        }
    }

    pub const fn payer(self, number: u128) -> PayerId {
        PayerId(self.key(1, number))
    }

    /// The claim whose business id ends in this number, such as 1235 for CLM-2024-001235.
    pub const fn claim(self, number: u128) -> ClaimId {
        ClaimId(self.key(2, number))
    }

    /// The denial of that claim.
    pub const fn denial(self, claim: u128) -> DenialId {
        DenialId(self.key(5, claim))
    }

    /// The appeal against that claim's denial.
    pub const fn appeal(self, claim: u128) -> AppealId {
        AppealId(self.key(6, claim))
    }

    /// The write-off of that claim's denial.
    pub const fn write_off(self, claim: u128) -> WriteOffId {
        WriteOffId(self.key(7, claim))
    }

    /// The rebill of that claim's denial.
    pub const fn rebill(self, claim: u128) -> RebillId {
        RebillId(self.key(8, claim))
    }

    /// The note on that claim's denial.
    pub const fn note(self, claim: u128) -> DenialNoteId {
        DenialNoteId(self.key(9, claim))
    }

    /// The payment variance of that claim.
    pub const fn variance(self, claim: u128) -> PaymentVarianceId {
        PaymentVarianceId(self.key(10, claim))
    }
}

//! Fixed ids, so that a second run finds the rows of the first.

use rcm_schema::types::{
    AppealId, ClaimDiagnosisId, ClaimId, ClaimLineId, DenialId, DenialTransactionId, PayerId, PaymentVarianceId,
    RebillId, WriteOffId,
};
use uuid::Uuid;

/// A version 7 UUID of 2024-01-01: the table in its third group, the row at its end.
const fn key(table: u128, row: u128) -> Uuid {
    Uuid::from_u128(0x018c_c251_f400_7000_8000_0000_0000_0000 | table << 64 | row)
}

pub const BCBS_CALIFORNIA: PayerId = PayerId(key(1, 1));
pub const NATIONAL_COMMERCIAL: PayerId = PayerId(key(1, 2));
pub const REGIONAL_COMMERCIAL: PayerId = PayerId(key(1, 3));
pub const MEDICARE: PayerId = PayerId(key(1, 4));

/// The claim whose business id ends in this number, such as 1235 for CLM-2024-001235.
pub const fn claim(number: u128) -> ClaimId {
    ClaimId(key(2, number))
}

/// A diagnosis of that claim.
pub const fn diagnosis(claim: u128, ordinal: u128) -> ClaimDiagnosisId {
    ClaimDiagnosisId(key(3, claim << 16 | ordinal))
}

/// A line of that claim.
pub const fn line(claim: u128, number: u128) -> ClaimLineId {
    ClaimLineId(key(4, claim << 16 | number))
}

/// The denial of that claim.
pub const fn denial(claim: u128) -> DenialId {
    DenialId(key(5, claim))
}

/// The appeal against that claim's denial.
pub const fn appeal(claim: u128) -> AppealId {
    AppealId(key(6, claim))
}

/// The write-off of that claim's denial.
pub const fn write_off(claim: u128) -> WriteOffId {
    WriteOffId(key(7, claim))
}

/// The rebill of that claim's denial.
pub const fn rebill(claim: u128) -> RebillId {
    RebillId(key(8, claim))
}

/// A posting to the ledger of that claim's denial.
pub const fn transaction(claim: u128, posting: u128) -> DenialTransactionId {
    DenialTransactionId(key(9, claim << 16 | posting))
}

/// The payment variance of that claim.
pub const fn variance(claim: u128) -> PaymentVarianceId {
    PaymentVarianceId(key(10, claim))
}

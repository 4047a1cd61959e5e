//! What a practice does and who pays it: services, diagnoses, denial codes, payers, each as often as in practice.

use rcm_schema::Result;
use rcm_schema::models::NewPayer;
use rcm_schema::types::{PayerId, PayerType};

use super::draw::Draw;

/// Weight, procedure, charge in whole dollars.
pub const SERVICES: [(u64, (&str, i64)); 16] = [
    (22, ("99213", 150)),
    (16, ("99214", 210)),
    (6, ("99203", 195)),
    (4, ("99204", 275)),
    (9, ("36415", 15)),
    (8, ("85025", 38)),
    (8, ("80053", 52)),
    (5, ("80061", 60)),
    (4, ("93000", 75)),
    (4, ("71046", 110)),
    (4, ("97110", 95)),
    (3, ("20610", 240)),
    (2, ("45378", 1250)),
    (1, ("70553", 1900)),
    (2, ("G0121", 1100)),
    (2, ("J1885", 22)),
];

pub const DIAGNOSES: [&str; 14] = [
    "I10", "E11.9", "E78.5", "Z00.00", "M54.50", "J06.9", "F41.1", "K21.9", "Z12.11", "M25.561", "N39.0", "J45.909",
    "R07.9", "E03.9",
];

/// What most often comes of a denial with a code.
#[derive(Clone, Copy, PartialEq)]
pub enum Remedy {
    Rebill,
    Appeal,
    WriteOff,
    Patient,
}

/// Weight, code, what comes of it.
pub const CODES: [(u64, (&str, Remedy)); 20] = [
    (20, ("CO-16", Remedy::Rebill)),
    (14, ("CO-197", Remedy::Appeal)),
    (11, ("CO-50", Remedy::Appeal)),
    (8, ("CO-97", Remedy::Appeal)),
    (8, ("CO-4", Remedy::Rebill)),
    (6, ("CO-22", Remedy::Rebill)),
    (6, ("CO-29", Remedy::WriteOff)),
    (5, ("CO-11", Remedy::Rebill)),
    (5, ("OA-18", Remedy::WriteOff)),
    (4, ("CO-27", Remedy::WriteOff)),
    (3, ("CO-109", Remedy::Rebill)),
    (3, ("CO-151", Remedy::Appeal)),
    (3, ("CO-96", Remedy::WriteOff)),
    (2, ("PR-1", Remedy::Patient)),
    (2, ("PR-2", Remedy::Patient)),
    (2, ("CO-252", Remedy::Rebill)),
    (1, ("CO-B7", Remedy::WriteOff)),
    (1, ("CO-15", Remedy::Appeal)),
    (1, ("CO-231", Remedy::Appeal)),
    (1, ("CO-198", Remedy::Appeal)),
];

/// The types of the payers, the largest first, then again from the first.
const TYPES: [PayerType; 8] = [
    PayerType::Commercial,
    PayerType::Medicare,
    PayerType::Commercial,
    PayerType::Medicaid,
    PayerType::Commercial,
    PayerType::Commercial,
    PayerType::Tricare,
    PayerType::WorkersComp,
];

/// A payer, and how it behaves.
pub struct Payer {
    pub new: NewPayer,
    /// What its contract allows, percent of the charge.
    pub allowed: i64,
    /// Days that it takes claims, and appeals.
    pub claim_days: i16,
    pub appeal_days: i16,
}

/// Payers, the largest first: the second has half of the first one's claims, the third a third.
pub fn payers(number: u32, draw: &mut Draw) -> Result<Vec<(u64, Payer)>> {
    (1..=number)
        .zip(TYPES.iter().cycle())
        .map(|(position, &payer_type)| {
            let appeal_days = *draw.one_of(&[60, 90, 120, 180]);
            let new = NewPayer::builder()
                .id(PayerId(draw.id()))
                .payer_id(format!("PAYER-{position:03}").parse()?)
                .name(format!("Payer {position}"))
                .payer_type(payer_type)
                .build();
            let claim_days = *draw.one_of(&[90, 120, 180, 365]);
            let allowed = i64::try_from(draw.between(42, 78)).unwrap_or(60);
            Ok((u64::from(840_000 / position.max(1)).max(1), Payer { new, allowed, claim_days, appeal_days }))
        })
        .collect()
}

use rcm_schema::Result;
use rcm_schema::models::NewClaim;
use rcm_schema::types::{ClaimStatus, ClaimType, FrequencyCode, PatientReference, PayerId};

use crate::day;
use crate::keys;

pub fn rows() -> Result<Vec<NewClaim>> {
    use ClaimStatus::{Appealed, Denied, Paid, PartiallyPaid, WrittenOff};
    Ok(vec![
        claim(1234, "DEMO-PATIENT-01", keys::BCBS_CALIFORNIA, Paid, "150.00", "120.00", (1, 15), (1, 16))?,
        claim(1235, "DEMO-PATIENT-02", keys::BCBS_CALIFORNIA, Appealed, "500.00", "0.00", (1, 10), (1, 11))?,
        claim(1236, "DEMO-PATIENT-03", keys::NATIONAL_COMMERCIAL, WrittenOff, "15.00", "0.00", (1, 18), (1, 19))?,
        claim(1237, "DEMO-PATIENT-04", keys::REGIONAL_COMMERCIAL, Denied, "250.00", "0.00", (1, 29), (1, 30))?,
        NewClaim {
            frequency_code: FrequencyCode::Replacement,
            payer_claim_control_number: Some("RC240130771".into()),
            replaces_claim_id: Some(keys::claim(1237)),
            ..claim(1567, "DEMO-PATIENT-04", keys::REGIONAL_COMMERCIAL, Paid, "250.00", "200.00", (1, 29), (2, 8))?
        },
        claim(1890, "DEMO-PATIENT-05", keys::MEDICARE, PartiallyPaid, "500.00", "425.00", (2, 15), (2, 16))?,
        claim(1902, "DEMO-PATIENT-06", keys::BCBS_CALIFORNIA, Denied, "500.00", "0.00", (2, 20), (2, 21))?,
    ])
}

/// A professional claim of one day in 2024, served in an office.
#[expect(clippy::too_many_arguments, reason = "a row of the table above")]
fn claim(
    number: u128,
    patient: &str,
    payer: PayerId,
    status: ClaimStatus,
    amount: &str,
    paid_amount: &str,
    service: (u32, u32),
    submitted: (u32, u32),
) -> Result<NewClaim> {
    Ok(NewClaim {
        id: keys::claim(number),
        status,
        paid_amount: paid_amount.parse()?,
        submitted_on: Some(day(submitted)?),
        place_of_service: Some("11".into()),
        ..NewClaim::new(
            format!("CLM-2024-{number:06}").parse()?,
            PatientReference::new(patient),
            payer,
            ClaimType::Professional,
            amount.parse()?,
            day(service)?,
            day(service)?,
        )
    })
}

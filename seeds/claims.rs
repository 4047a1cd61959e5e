use rcm_schema::Result;
use rcm_schema::models::NewClaim;
use rcm_schema::types::{ClaimStatus, ClaimType, FrequencyCode, PayerId};

use crate::day;
use crate::keys;

pub fn rows() -> Result<Vec<NewClaim>> {
    use ClaimStatus::{Appealed, Denied, Paid, PartiallyPaid, WrittenOff};
    Ok(vec![
        NewClaim {
            adjusted_amount: "30.00".parse()?,
            ..claim(1234, 1, keys::BCBS_CALIFORNIA, Paid, ["150.00", "120.00"], [(1, 15), (1, 16)])?
        },
        claim(1235, 2, keys::BCBS_CALIFORNIA, Appealed, ["500.00", "0.00"], [(1, 10), (1, 11)])?,
        claim(1236, 3, keys::NATIONAL_COMMERCIAL, WrittenOff, ["15.00", "0.00"], [(1, 18), (1, 19)])?,
        claim(1237, 4, keys::REGIONAL_COMMERCIAL, Denied, ["250.00", "0.00"], [(1, 29), (1, 30)])?,
        NewClaim {
            adjusted_amount: "50.00".parse()?,
            frequency_code: FrequencyCode::Replacement,
            payer_claim_control_number: Some("RC240130771".into()),
            replaces_claim_id: Some(keys::claim(1237)),
            ..claim(1567, 4, keys::REGIONAL_COMMERCIAL, Paid, ["250.00", "200.00"], [(1, 29), (2, 8)])?
        },
        claim(1890, 5, keys::MEDICARE, PartiallyPaid, ["500.00", "425.00"], [(2, 15), (2, 16)])?,
        claim(1902, 6, keys::BCBS_CALIFORNIA, Denied, ["500.00", "0.00"], [(2, 20), (2, 21)])?,
    ])
}

/// A professional claim for one day in an office.
fn claim(
    number: u128,
    patient: u8,
    payer: PayerId,
    status: ClaimStatus,
    [billed, paid]: [&str; 2],
    [service, submitted]: [(u32, u32); 2],
) -> Result<NewClaim> {
    Ok(NewClaim {
        id: keys::claim(number),
        status,
        paid_amount: paid.parse()?,
        submitted_on: Some(day(submitted)?),
        place_of_service: Some("11".into()),
        ..NewClaim::new(
            format!("CLM-2024-{number:06}").parse()?,
            format!("DEMO-PATIENT-{patient:02}").parse()?,
            payer,
            ClaimType::Professional,
            billed.parse()?,
            day(service)?,
            day(service)?,
        )
    })
}

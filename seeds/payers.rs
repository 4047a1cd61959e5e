use rcm_schema::Result;
use rcm_schema::models::NewPayer;
use rcm_schema::types::{PayerId, PayerType};
use serde_json::json;

use crate::keys;

pub fn rows() -> Result<Vec<NewPayer>> {
    use PayerType::{Commercial, Medicare};
    Ok(vec![
        payer(keys::BCBS_CALIFORNIA, "BCBS-CA-001", "BCBS California", Commercial, (180, 180), "bcbs.example")?,
        payer(keys::NATIONAL_COMMERCIAL, "NATIONAL-001", "National Commercial", Commercial, (90, 180), "nc.example")?,
        payer(keys::REGIONAL_COMMERCIAL, "REGIONAL-001", "Regional Commercial", Commercial, (120, 60), "rc.example")?,
        payer(keys::MEDICARE, "MEDICARE-001", "Medicare Part B", Medicare, (365, 120), "medicare.example")?,
    ])
}

fn payer(
    id: PayerId,
    payer_id: &str,
    name: &str,
    payer_type: PayerType,
    (timely_filing_days, appeal_filing_days): (i32, i32),
    portal: &str,
) -> Result<NewPayer> {
    Ok(NewPayer {
        id,
        contact_details: json!({ "claims_portal": format!("https://{portal}/claims") }),
        ..NewPayer::new(payer_id.parse()?, name, payer_type, timely_filing_days, appeal_filing_days)
    })
}

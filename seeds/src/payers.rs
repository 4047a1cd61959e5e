//! Who pays.

use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rcm_schema::Result;
use rcm_schema::models::NewPayer;
use rcm_schema::schema::payers;
use rcm_schema::types::PayerType;
use rcm_schema::workflow::payers::limit_filing;
use serde_json::json;

use crate::keys::Keys;

pub const BCBS_CALIFORNIA: u128 = 1;
pub const NATIONAL_COMMERCIAL: u128 = 2;
pub const REGIONAL_COMMERCIAL: u128 = 3;
pub const MEDICARE: u128 = 4;

pub async fn write(connection: &mut AsyncPgConnection, keys: Keys) -> Result<()> {
    use PayerType::{Commercial, Medicare};
    for (number, payer_id, name, payer_type, limits, portal) in [
        (BCBS_CALIFORNIA, "BCBS-CA-001", "BCBS California", Commercial, Some((180, 180)), "bcbs.example"),
        (NATIONAL_COMMERCIAL, "NATIONAL-001", "National Commercial", Commercial, Some((90, 180)), "nc.example"),
        (REGIONAL_COMMERCIAL, "REGIONAL-001", "Regional Commercial", Commercial, Some((120, 60)), "rc.example"),
        // Its limits are reference data.
        (MEDICARE, "MEDICARE-001", "Medicare Part B", Medicare, None, "medicare.example"),
    ] {
        let payer = NewPayer::builder()
            .id(keys.payer(number))
            .payer_id(keys.name(payer_id)?)
            .name(name)
            .payer_type(payer_type)
            .contact_details(json!({ "claims_portal": format!("https://{portal}/claims") }))
            .build();
        diesel::insert_into(payers::table).values(&payer).execute(connection).await?;
        if let Some((claim_days, appeal_days)) = limits {
            limit_filing(connection, payer.id, claim_days, appeal_days, "Provider agreement.").await?;
        }
    }
    Ok(())
}

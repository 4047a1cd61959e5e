//! Who pays.

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rcm_schema::Result;
use rcm_schema::models::NewPayer;
use rcm_schema::schema::{filing_rules, payers};
use rcm_schema::types::PayerType;
use rcm_schema::workflow::payers::limit_filing;
use serde_json::json;

use crate::keys::Keys;

pub const BCBS_CALIFORNIA: u128 = 1;
pub const NATIONAL_COMMERCIAL: u128 = 2;
pub const REGIONAL_COMMERCIAL: u128 = 3;
pub const MEDICARE: u128 = 4;

/// How long the payers take claims and first appeals, in days. Medicare's are reference data.
const LIMITS: [(u128, i16, i16); 3] =
    [(BCBS_CALIFORNIA, 180, 180), (NATIONAL_COMMERCIAL, 90, 180), (REGIONAL_COMMERCIAL, 120, 60)];

pub async fn write(connection: &mut AsyncPgConnection, keys: Keys) -> Result<()> {
    use PayerType::{Commercial, Medicare};
    for (number, payer_id, name, payer_type, portal) in [
        (BCBS_CALIFORNIA, "BCBS-CA-001", "BCBS California", Commercial, "bcbs.example"),
        (NATIONAL_COMMERCIAL, "NATIONAL-001", "National Commercial", Commercial, "nc.example"),
        (REGIONAL_COMMERCIAL, "REGIONAL-001", "Regional Commercial", Commercial, "rc.example"),
        (MEDICARE, "MEDICARE-001", "Medicare Part B", Medicare, "medicare.example"),
    ] {
        let payer = NewPayer::builder()
            .id(keys.payer(number))
            .payer_id(keys.name(payer_id)?)
            .name(name)
            .payer_type(payer_type)
            .contact_details(json!({ "claims_portal": format!("https://{portal}/claims") }))
            .build();
        diesel::insert_into(payers::table).values(&payer).execute(connection).await?;
    }
    Ok(())
}

/// Limits the filing of the demo's payers that have no rule.
pub async fn limit(connection: &mut AsyncPgConnection) -> Result<()> {
    for (number, claim_days, appeal_days) in LIMITS {
        let payer = Keys::Demo.payer(number);
        let rules = filing_rules::table.filter(filing_rules::payer_id.eq(payer));
        if !diesel::select(exists(rules)).get_result(connection).await? {
            limit_filing(connection, payer, claim_days, appeal_days, "Provider agreement.").await?;
        }
    }
    Ok(())
}

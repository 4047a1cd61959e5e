use rcm_schema::Result;
use rcm_schema::models::NewPaymentVariance;
use rcm_schema::types::VarianceReason;

use crate::day;
use crate::keys;

pub fn rows() -> Result<Vec<NewPaymentVariance>> {
    Ok(vec![NewPaymentVariance {
        id: keys::variance(1890),
        variance_reason: Some(VarianceReason::ContractAdjustment),
        needs_appeal: true,
        ..NewPaymentVariance::new(keys::claim(1890), day((3, 1))?, "500.00".parse()?, "425.00".parse()?)
    }])
}

use rcm_schema::Result;
use rcm_schema::models::NewWriteOff;
use rcm_schema::types::{WriteOffCategory, WriteOffReason, WriteOffStatus};

use crate::day;
use crate::keys;

pub fn rows() -> Result<Vec<NewWriteOff>> {
    Ok(vec![NewWriteOff {
        id: keys::write_off(1236),
        status: WriteOffStatus::Approved,
        preventable: Some(true),
        approved_by: Some("billing.manager".into()),
        approved_on: Some(day((1, 30))?),
        notes: Some("Eligibility was not verified before the visit.".into()),
        ..NewWriteOff::new(
            keys::denial(1236),
            keys::claim(1236),
            "15.00".parse()?,
            WriteOffReason::BelowThreshold,
            WriteOffCategory::Administrative,
            "billing.specialist",
            day((1, 29))?,
        )
    }])
}

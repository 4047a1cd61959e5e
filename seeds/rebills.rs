use rcm_schema::Result;
use rcm_schema::models::NewRebill;
use rcm_schema::types::{RebillReason, RebillStatus};

use crate::day;
use crate::keys;

pub fn rows() -> Result<Vec<NewRebill>> {
    Ok(vec![NewRebill {
        id: keys::rebill(1237),
        new_claim_id: Some(keys::claim(1567)),
        status: RebillStatus::Paid,
        submitted_on: Some(day((2, 8))?),
        resolved_on: Some(day((2, 22))?),
        assigned_to: Some("coding.specialist".into()),
        ..NewRebill::new(
            keys::denial(1237),
            keys::claim(1237),
            RebillReason::AddedModifier,
            "Modifier 25 on the visit, 99213.",
        )
    }])
}

use diesel::prelude::*;
use rcm_schema::schema::denials;
use rcm_schema::types::DenialId;

fn main() {
    let _ = denials::claim_id.eq_any([DenialId::new()]);
}

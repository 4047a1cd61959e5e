use rcm_schema::Result;
use rcm_schema::models::NewClaimDiagnosis;

use crate::keys;

pub fn rows() -> Result<Vec<NewClaimDiagnosis>> {
    Ok(vec![
        diagnosis(1234, 1, "I10")?,
        diagnosis(1235, 1, "G43.909")?,
        diagnosis(1236, 1, "I10")?,
        diagnosis(1237, 1, "I10")?,
        diagnosis(1237, 2, "L57.0")?,
        diagnosis(1567, 1, "I10")?,
        diagnosis(1567, 2, "L57.0")?,
        diagnosis(1890, 1, "I48.91")?,
        diagnosis(1902, 1, "M54.50")?,
    ])
}

fn diagnosis(claim: u128, ordinal: i16, code: &str) -> Result<NewClaimDiagnosis> {
    Ok(NewClaimDiagnosis {
        id: keys::diagnosis(claim, u128::from(ordinal.unsigned_abs())),
        ..NewClaimDiagnosis::new(keys::claim(claim), ordinal, code.parse()?)
    })
}

use chrono::NaiveDate;
use rcm_schema::Result;
use rcm_schema::models::NewClaimLine;

use crate::day;
use crate::keys;

pub fn rows() -> Result<Vec<NewClaimLine>> {
    Ok(vec![
        line(1234, 1, "99213", "150.00", day((1, 15))?, 1)?,
        line(1235, 1, "70553", "500.00", day((1, 10))?, 1)?,
        line(1236, 1, "99211", "15.00", day((1, 18))?, 1)?,
        line(1237, 1, "99213", "150.00", day((1, 29))?, 1)?,
        line(1237, 2, "11102", "100.00", day((1, 29))?, 2)?,
        NewClaimLine { modifier_1: Some("25".parse()?), ..line(1567, 1, "99213", "150.00", day((1, 29))?, 1)? },
        line(1567, 2, "11102", "100.00", day((1, 29))?, 2)?,
        line(1890, 1, "99214", "350.00", day((2, 15))?, 1)?,
        line(1890, 2, "93000", "150.00", day((2, 15))?, 1)?,
        line(1902, 1, "72148", "500.00", day((2, 20))?, 1)?,
    ])
}

fn line(
    claim: u128,
    number: i16,
    procedure: &str,
    charge: &str,
    service_date: NaiveDate,
    diagnosis: i16,
) -> Result<NewClaimLine> {
    Ok(NewClaimLine {
        id: keys::line(claim, u128::from(number.unsigned_abs())),
        diagnosis_pointer_1: Some(diagnosis),
        ..NewClaimLine::new(keys::claim(claim), number, procedure.parse()?, charge.parse()?, service_date)
    })
}

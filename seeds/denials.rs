use rcm_schema::Result;
use rcm_schema::models::NewDenial;

use crate::day;
use crate::keys;

pub fn rows() -> Result<Vec<NewDenial>> {
    Ok(vec![
        denial(
            1235,
            "CO-197",
            (1, 15),
            "500.00",
            "The authorization was granted by telephone and not recorded.",
            true,
        )?,
        denial(1236, "PR-1", (1, 25), "15.00", "Eligibility was not verified before the visit.", true)?,
        denial(1237, "CO-4", (2, 5), "250.00", "The visit lacks modifier 25 beside the biopsy.", true)?,
        denial(1902, "CO-50", (3, 1), "500.00", "The claim did not show that conservative care had failed.", false)?,
    ])
}

fn denial(
    claim: u128,
    code: &str,
    denied: (u32, u32),
    amount: &str,
    root_cause: &str,
    preventable: bool,
) -> Result<NewDenial> {
    Ok(NewDenial {
        id: keys::denial(claim),
        root_cause: Some(root_cause.into()),
        preventable: Some(preventable),
        ..NewDenial::new(keys::claim(claim), code.parse()?, day(denied)?, amount.parse()?)
    })
}

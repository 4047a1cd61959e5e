use rcm_schema::Result;
use rcm_schema::models::NewAppeal;
use rcm_schema::types::{AppealLevel, AppealStatus, Priority};
use serde_json::json;

use crate::day;
use crate::keys;

pub fn rows() -> Result<Vec<NewAppeal>> {
    Ok(vec![
        NewAppeal {
            id: keys::appeal(1235),
            status: AppealStatus::UnderReview,
            priority: Priority::High,
            filed_on: Some(day((1, 20))?),
            supporting_documents: json!([
                { "name": "authorization-call-log.pdf", "kind": "authorization" },
                { "name": "neurology-consultation.pdf", "kind": "clinical_note" }
            ]),
            assigned_to: Some("appeals.specialist".into()),
            ..NewAppeal::new(
                keys::denial(1235),
                keys::claim(1235),
                AppealLevel::FirstLevel,
                "500.00".parse()?,
                day((2, 20))?,
                "The authorization was granted before the service; the call log is enclosed.",
            )
        },
        NewAppeal {
            id: keys::appeal(1902),
            assigned_to: Some("appeals.specialist".into()),
            ..NewAppeal::new(
                keys::denial(1902),
                keys::claim(1902),
                AppealLevel::FirstLevel,
                "500.00".parse()?,
                day((3, 31))?,
                "Six weeks of conservative care failed; the notes show the need for imaging.",
            )
        },
    ])
}

//! What only the claims of institutions say.

use chrono::NaiveDate;
use rcm_schema::models::InstitutionalClaim;
use rcm_schema::types::ClaimId;
use x12_claims::When;
use x12_claims::claim::Claim;

use super::{LeftOut, diagnosis, fitting, note};
use crate::values::plausible;

/// `None` where the type of bill doesn't fit.
pub(super) fn institutional(id: ClaimId, claim: &Claim, left_out: &mut LeftOut) -> Option<InstitutionalClaim> {
    let facility_code = fitting(&claim.facility_type, "type of bill", left_out)?;
    let (admitted_on, admission_hour) = claim.details.date("435").map_or((None, None), moment);
    let (_, discharge_hour) = claim.details.date("096").map_or((None, None), moment);
    let admission = claim.admission.clone().unwrap_or_default();
    let admitting = claim.codes.iter().find(|code| matches!(code.qualifier.as_str(), "ABJ" | "BJ"));
    let digit = |text: &str| matches!(text.as_bytes(), [b'1'..=b'9']);
    let source = |text: &str| matches!(text.as_bytes(), [b'0'..=b'9' | b'A'..=b'Z']);
    let status = |text: &str| text.len() == 2 && digits(text);
    let drg = |text: &str| matches!(text.len(), 3 | 4) && digits(text);
    Some(
        InstitutionalClaim::builder()
            .claim_id(id)
            .facility_code(facility_code)
            .maybe_admitted_on(admitted_on)
            .maybe_admission_hour(admission_hour)
            .maybe_admission_type(shaped(&admission.kind, digit, "admission type", left_out))
            .maybe_admission_source(shaped(&admission.source, source, "admission source", left_out))
            .maybe_discharge_hour(discharge_hour)
            .maybe_patient_status(shaped(&admission.patient_status, status, "patient status", left_out))
            .maybe_admitting_diagnosis(admitting.and_then(|code| diagnosis(code, left_out)))
            .maybe_drg(shaped(claim.drg().unwrap_or_default(), drg, "DRG", left_out))
            .build(),
    )
}

fn digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn shaped(text: &str, fits: impl Fn(&str) -> bool, what: &'static str, left_out: &mut LeftOut) -> Option<String> {
    if !text.is_empty() && !fits(text) {
        note(left_out, what);
    }
    fits(text).then(|| text.to_owned())
}

/// The day, and the hour of 24.
fn moment(when: &When) -> (Option<NaiveDate>, Option<i16>) {
    let time = match when {
        When::Moment(_, time) | When::Time(time) => time.get(..2),
        _ => None,
    };
    let hour = time.and_then(|hour| hour.parse().ok()).filter(|hour| (0..24).contains(hour));
    (when.first().and_then(plausible), hour)
}

//! Which claim it is, and what it says.

use chrono::NaiveDate;
use rcm_schema::workflow::claims::WholeClaim;
use x12_claims::claim::Claim;

use crate::content::Content;

/// A hash of billing provider, number, payer as it is named, its sequence, frequency, first day and reference of the batch.
pub(super) fn identity(claim: &Claim, payer: &str, from: NaiveDate, reference: &str) -> [u8; 32] {
    let mut content = Content::of("claim");
    let billing = claim.billing.party();
    content.text(billing.and_then(|party| party.npi().or_else(|| party.tax_id())));
    content.text(Some(claim.control_number.get())).text(Some(payer)).text(Some(&claim.subscriber.sequence));
    content.text(Some(&claim.frequency)).day(Some(from)).text(Some(reference));
    content.hash()
}

/// A hash of all columns that hold what it says, without its patient, its payer and the day it was sent.
pub(super) fn content(whole: &WholeClaim) -> [u8; 32] {
    let mut content = Content::of("content");
    let claim = &whole.claim;
    content.text(Some(claim.claim_type.as_str())).amount(Some(claim.amount.as_decimal()));
    content.day(Some(claim.service_from)).day(Some(claim.service_to));
    if let Some(details) = &whole.details {
        content.text(details.payer_claim_control_number.as_deref()).text(details.place_of_service.as_deref());
        content.shown(details.billing_provider.as_ref()).shown(details.rendering_provider.as_ref());
    }
    if let Some(claim) = &whole.institutional {
        content.shown(Some(&claim.facility_code)).day(claim.admitted_on).shown(claim.admission_hour);
        content.texts([&claim.admission_type, &claim.admission_source, &claim.patient_status].map(Option::as_deref));
        content.shown(claim.discharge_hour).shown(claim.admitting_diagnosis.as_ref()).text(claim.drg.as_deref());
    }
    content.shown(Some(whole.diagnoses.len()));
    for diagnosis in &whole.diagnoses {
        content.shown(Some(&diagnosis.diagnosis_code));
        content.text(diagnosis.present_on_admission.map(|present| present.as_str()));
    }
    content.shown(Some(whole.lines.len()));
    for line in &whole.lines {
        content.shown(line.procedure_code.as_ref()).shown(line.revenue_code.as_ref());
        for modifier in [&line.modifier_1, &line.modifier_2, &line.modifier_3, &line.modifier_4] {
            content.shown(modifier.as_ref());
        }
        content.amount(line.units.as_ref()).amount(Some(line.charge_amount.as_decimal()));
        content.day(Some(line.service_date)).day(line.service_to);
        for pointer in
            [line.diagnosis_pointer_1, line.diagnosis_pointer_2, line.diagnosis_pointer_3, line.diagnosis_pointer_4]
        {
            content.shown(pointer);
        }
    }
    content.shown(Some(whole.line_details.len()));
    for line in &whole.line_details {
        content.shown(Some(line.line_number)).text(Some(line.unit_basis.as_str()));
        content.text(line.place_of_service.as_deref()).text(line.line_control_number.as_deref());
        content.shown(line.rendering_provider.as_ref()).shown(line.rate_code.as_ref()).shown(line.ndc.as_ref());
        content.amount(line.drug_quantity.as_ref()).text(line.drug_unit.map(|unit| unit.as_str()));
    }
    for tooth in &whole.teeth {
        content.shown(Some(tooth.line_number)).shown(Some(&tooth.tooth)).shown(tooth.surfaces.as_ref());
    }
    content.hash()
}

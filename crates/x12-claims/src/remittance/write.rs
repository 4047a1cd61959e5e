//! A remittance to segments.

use super::{Outcome, Remittance, RemittanceClaim, Service};
use crate::out::{Out, WriteError};
use crate::text::Text;

/// Writes the segments from ST, without SE.
pub(crate) fn write(out: &mut Out, remittance: &Remittance) {
    out.segment("ST", |out| {
        out.text("835").text(&remittance.control_number).text(&remittance.version);
    });
    out.segment("BPR", |out| {
        out.text(&remittance.handling).decimal(&remittance.amount).text(&remittance.credit_or_debit);
        out.text(&remittance.method).skip(11).day(remittance.date);
    });
    out.segment("TRN", |out| {
        out.text("1").text(&remittance.trace).text(&remittance.originator).text(&remittance.originator_supplement);
    });
    out.adjustments(&remittance.details.adjustments);
    out.others(&remittance.details.other);
    out.numbers(&remittance.details);
    out.dates("DTM", &remittance.details.dates);
    out.parties("DTM", &remittance.details.parties);
    for claim in &remittance.claims {
        write_claim(out, claim);
    }
    let same = |one: &super::ProviderAdjustment, next: &super::ProviderAdjustment| {
        one.provider == next.provider && one.period_end == next.period_end
    };
    for run in remittance.provider_adjustments.chunk_by(same).flat_map(|run| run.chunks(6)) {
        out.segment("PLB", |out| {
            if let Some(first) = run.first() {
                out.private(&first.provider).day(first.period_end);
            }
            for adjustment in run {
                out.composite([adjustment.reason.as_str(), adjustment.reference.get()]).decimal(&adjustment.amount);
            }
        });
    }
    out.others(&remittance.trailing);
}

fn write_claim(out: &mut Out, claim: &RemittanceClaim) {
    out.others(&claim.group);
    out.segment("CLP", |out| {
        out.private(&claim.control_number).text(&claim.status).decimal(&claim.charge).decimal(&claim.paid);
        out.optional(claim.patient_responsibility.as_ref()).text(&claim.filing_indicator);
        out.private(&claim.payer_control_number).text(&claim.facility_type).text(&claim.frequency);
        out.text(&claim.patient_status).text(&claim.drg);
        out.optional(claim.drg_weight.as_ref()).optional(claim.discharge_fraction.as_ref());
    });
    out.adjustments(&claim.details.adjustments);
    // Here a party is its NM1 alone: what follows belongs to the claim.
    out.parties("DTM", &claim.details.parties);
    for outcome in &claim.outcomes {
        write_outcome(out, outcome);
    }
    out.dates("DTM", &claim.details.dates);
    out.others(&claim.details.other);
    out.numbers(&claim.details);
    for service in &claim.services {
        write_service(out, service);
    }
}

fn write_outcome(out: &mut Out, outcome: &Outcome) {
    let (name, remarks, elements) = outcome.kind.layout();
    let mut codes = outcome.remarks.iter();
    out.segment(name, |out| {
        for element in 1..=elements {
            if remarks.contains(&element) {
                out.text(codes.next().map_or("", Text::as_str));
            } else {
                let value = outcome.values.iter().find(|(number, _)| *number == element);
                out.optional(value.map(|(_, value)| value));
            }
        }
    });
    if codes.next().is_some() {
        out.fail(WriteError::TooMany("MIA and MOA"));
    }
}

fn write_service(out: &mut Out, service: &Service) {
    out.segment("SVC", |out| {
        out.procedure(&service.procedure).decimal(&service.charge).optional(service.paid.as_ref());
        out.text(&service.revenue_code).optional(service.units_paid.as_ref());
        out.procedure(&service.billed).optional(service.units_billed.as_ref());
    });
    out.dates("DTM", &service.details.dates);
    out.adjustments(&service.details.adjustments);
    out.numbers(&service.details);
    out.others(&service.details.other);
    out.parties("DTM", &service.details.parties);
    for remark in &service.remarks {
        out.segment("LQ", |out| {
            out.text(&remark.list).text(&remark.code);
        });
    }
}

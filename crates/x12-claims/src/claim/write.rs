//! Claims to segments.

use super::{Adjudication, Claim, HealthCode, Line, LineKind, Submission, Subscriber};
use crate::details::Details;
use crate::out::Out;
use crate::text::Text;

/// Writes the segments from ST, without SE. Neighbours that share a billing provider, subscriber or patient share its
/// level.
pub(crate) fn write(out: &mut Out, submission: &Submission) {
    out.segment("ST", |out| {
        out.text("837").text(&submission.control_number).text(submission.guide());
    });
    out.segment("BHT", |out| {
        out.text(&submission.structure).text(&submission.purpose).text(&submission.reference);
        out.day(submission.date).text(&submission.time).text(&submission.purpose_of_claims);
    });
    all(out, &submission.details);
    let mut levels = Levels::default();
    let mut before: Option<&Claim> = None;
    for claim in &submission.claims {
        let billing = before.is_none_or(|before| before.billing != claim.billing);
        // A patient who is the insured can't follow one who isn't at the same level.
        let subscriber = billing
            || before.is_none_or(|before| {
                before.subscriber != claim.subscriber || (before.patient.is_some() && claim.patient.is_none())
            });
        if billing {
            levels.write(out, 0, "20", true);
            if !claim.billing.taxonomy.is_empty() {
                out.segment("PRV", |out| {
                    out.text("BI").text("PXC").text(&claim.billing.taxonomy);
                });
            }
            all(out, &claim.billing.details);
        }
        if subscriber {
            levels.write(out, 1, "22", claim.patient.is_some());
            write_subscriber(out, &claim.subscriber);
        }
        if let Some(patient) = &claim.patient
            && (subscriber || before.is_none_or(|before| before.patient != claim.patient))
        {
            levels.write(out, 2, "23", false);
            out.segment("PAT", |out| {
                out.text(&patient.relationship);
            });
            all(out, &patient.details);
        }
        write_claim(out, claim);
        before = Some(claim);
    }
}

/// HL: the numbers of the last billing provider, subscriber and patient.
#[derive(Default)]
struct Levels {
    last: usize,
    parents: [usize; 2],
}

impl Levels {
    fn write(&mut self, out: &mut Out, depth: usize, code: &str, children: bool) {
        self.last += 1;
        let parent = depth.checked_sub(1).and_then(|above| self.parents.get(above)).copied();
        if let Some(level) = self.parents.get_mut(depth) {
            *level = self.last;
        }
        out.segment("HL", |out| {
            out.text(&self.last.to_string()).text(&parent.map(|parent| parent.to_string()).unwrap_or_default());
            out.text(code).text(if children { "1" } else { "0" });
        });
    }
}

fn all(out: &mut Out, details: &Details) {
    out.adjustments(&details.adjustments);
    out.dates("DTP", &details.dates);
    out.numbers(details);
    out.others(&details.other);
    out.parties("DTP", &details.parties);
}

fn write_subscriber(out: &mut Out, subscriber: &Subscriber) {
    out.segment("SBR", |out| {
        out.text(&subscriber.sequence).text(&subscriber.relationship).private(&subscriber.group_number);
        out.private(&subscriber.group_name).text(&subscriber.insurance_type).skip(3).text(&subscriber.filing_indicator);
    });
    all(out, &subscriber.details);
}

fn write_claim(out: &mut Out, claim: &Claim) {
    out.segment("CLM", |out| {
        out.private(&claim.control_number).decimal(&claim.charge).skip(2);
        out.composite([claim.facility_type.as_str(), &claim.facility_qualifier, &claim.frequency]);
        for indicator in &claim.indicators {
            out.text(indicator);
        }
        out.composite(claim.causes.iter().map(Text::as_str)).text(&claim.special_program);
        out.skip(7).text(&claim.delay_reason);
    });
    out.dates("DTP", &claim.details.dates);
    if let Some(admission) = &claim.admission {
        out.segment("CL1", |out| {
            out.text(&admission.kind).text(&admission.source).text(&admission.patient_status);
        });
    }
    out.adjustments(&claim.details.adjustments);
    out.numbers(&claim.details);
    out.others(&claim.details.other);
    write_codes(out, claim);
    out.parties("DTP", &claim.details.parties);
    for payer in &claim.other_payers {
        write_subscriber(out, payer);
    }
    for line in &claim.lines {
        write_line(out, line);
    }
}

/// Neighbours of one kind share a segment, up to twelve; unless an institution bills, all diagnoses are one kind.
fn write_codes(out: &mut Out, claim: &Claim) {
    let institution = claim.facility_qualifier == "A";
    let together = |one: &HealthCode, next: &HealthCode| {
        one.qualifier == next.qualifier || (!institution && one.is_diagnosis() && next.is_diagnosis())
    };
    for run in claim.codes.chunk_by(together).flat_map(|run| run.chunks(12)) {
        out.segment("HI", |out| {
            for code in run {
                let amount = code.amount.as_ref().map(|amount| out.number(amount)).unwrap_or_default();
                out.composite([
                    code.qualifier.as_str(),
                    &code.code,
                    &code.date_format,
                    &code.date,
                    &amount,
                    "",
                    "",
                    "",
                    &code.present_on_admission,
                ]);
            }
        });
    }
}

fn write_line(out: &mut Out, line: &Line) {
    out.segment("LX", |out| {
        out.text(&line.number);
    });
    write_service(out, line);
    for tooth in &line.teeth {
        out.segment("TOO", |out| {
            out.text(&tooth.qualifier).text(&tooth.code).composite(tooth.surfaces.iter().map(Text::as_str));
        });
    }
    out.adjustments(&line.details.adjustments);
    out.dates("DTP", &line.details.dates);
    out.numbers(&line.details);
    out.others(&line.details.other);
    for drug in &line.drugs {
        out.segment("LIN", |out| {
            out.skip(1).text(&drug.qualifier).text(&drug.code);
        });
        if drug.quantity.is_some() || !drug.unit.is_empty() {
            out.segment("CTP", |out| {
                out.skip(3).optional(drug.quantity.as_ref()).text(&drug.unit);
            });
        }
    }
    out.parties("DTP", &line.details.parties);
    for adjudication in &line.adjudications {
        write_adjudication(out, adjudication);
    }
}

fn write_service(out: &mut Out, line: &Line) {
    let pointers = line.pointers.iter().map(Text::as_str);
    match line.kind {
        LineKind::Unknown => {}
        LineKind::Professional => out.segment("SV1", |out| {
            out.procedure(&line.procedure).decimal(&line.charge).text(&line.unit_basis);
            out.optional(line.units.as_ref()).text(&line.place).skip(1).composite(pointers);
            out.skip(1).text(&line.emergency);
        }),
        LineKind::Institutional => out.segment("SV2", |out| {
            out.text(&line.revenue_code).procedure(&line.procedure).decimal(&line.charge).text(&line.unit_basis);
            out.optional(line.units.as_ref()).optional(line.rate.as_ref()).optional(line.noncovered.as_ref());
        }),
        LineKind::Dental => out.segment("SV3", |out| {
            out.procedure(&line.procedure).decimal(&line.charge).text(&line.place);
            out.composite(line.oral_cavities.iter().map(Text::as_str)).text(&line.prosthesis);
            out.optional(line.units.as_ref()).skip(4).composite(pointers);
        }),
    }
}

fn write_adjudication(out: &mut Out, adjudication: &Adjudication) {
    out.segment("SVD", |out| {
        out.text(&adjudication.payer).decimal(&adjudication.paid).procedure(&adjudication.procedure);
        out.text(&adjudication.revenue_code).optional(adjudication.units.as_ref()).text(&adjudication.bundled_line);
    });
    all(out, &adjudication.details);
}

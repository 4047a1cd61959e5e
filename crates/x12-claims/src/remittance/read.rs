//! Segments to a remittance.

use super::{Outcome, OutcomeKind, ProviderAdjustment, Remittance, RemittanceClaim, Service};
use crate::details::push;
use crate::other::OtherSegment;
use crate::parts::{Procedure, Remark};
use crate::problems::{Notes, ProblemKind};
use crate::segment::Segment;
use crate::values::Values;

/// Where the next segment belongs.
enum Place {
    Header,
    Party,
    /// After LX, TS3, TS2: what comes belongs to the next claim.
    Group,
    Claim,
    Service,
    Trailer,
}

/// A remittance, of the segments so far.
pub(crate) struct Reading {
    remittance: Remittance,
    /// LX and the like, whose claim hasn't come.
    group: Vec<OtherSegment>,
    place: Place,
    /// Whether BPR and TRN came.
    paid: bool,
    traced: bool,
}

impl Reading {
    pub(crate) fn new() -> Self {
        let (remittance, group) = (Remittance::default(), Vec::new());
        Self { remittance, group, place: Place::Header, paid: false, traced: false }
    }

    /// Reads the next segment, from ST to SE.
    pub(crate) fn segment(&mut self, segment: &Segment<'_>, notes: &mut Notes) {
        let remittance = &mut self.remittance;
        match (segment.name(), &self.place) {
            ("ST", _) => {
                remittance.control_number = segment.text(2);
                remittance.version = segment.text(3);
            }
            ("SE", _) => {}
            ("", _) => notes.note(segment, None, segment.without_name()),
            ("BPR", Place::Header) if !self.paid => {
                payment(remittance, segment, notes);
                self.paid = true;
            }
            ("TRN", Place::Header) if !self.traced => {
                segment.take(1);
                remittance.trace = segment.text(2);
                remittance.originator = segment.text(3);
                remittance.originator_supplement = segment.text(4);
                self.traced = true;
            }
            ("N1" | "NM1", Place::Header | Place::Party) => {
                remittance.details.read(segment, notes);
                self.place = Place::Party;
            }
            ("PLB", _) => {
                notes.claim = None;
                provider_adjustments(&mut remittance.provider_adjustments, segment, notes);
                self.place = Place::Trailer;
            }
            ("CLP", _) => {
                notes.claim = Some(remittance.claims.len() + 1);
                remittance.claims.push(claim(std::mem::take(&mut self.group), segment, notes));
                self.place = Place::Claim;
            }
            ("LX" | "TS3" | "TS2", _) => {
                notes.claim = None;
                self.group.push(OtherSegment::read(segment));
                self.place = Place::Group;
            }
            ("SVC", Place::Claim | Place::Service) => {
                if let Some(claim) = remittance.claims.last_mut() {
                    push(&mut claim.services, service(segment, notes));
                }
                self.place = Place::Service;
            }
            // A party of the header has no date of its own.
            (_, Place::Header) | ("DTM", Place::Party) => remittance.details.read(segment, notes),
            (_, Place::Party) => match remittance.details.parties.last_mut() {
                Some(party) => party.detail(segment, notes),
                None => remittance.details.read(segment, notes),
            },
            (_, Place::Group) => OtherSegment::keep(&mut self.group, segment, notes),
            (_, Place::Claim | Place::Service) => detail(remittance, &self.place, segment, notes),
            (_, Place::Trailer) => OtherSegment::keep(&mut remittance.trailing, segment, notes),
        }
    }

    /// The remittance, when all segments came.
    pub(crate) fn finish(mut self, notes: &mut Notes) -> Remittance {
        notes.claim = None;
        for (name, came) in [("BPR", self.paid), ("TRN", self.traced)] {
            if !came {
                notes.note_at(0, name, None, ProblemKind::MissingSegment);
            }
        }
        self.remittance.trailing.append(&mut self.group);
        self.remittance
    }
}

/// BPR. Accounts of banks are left out. Where there are none, some payers' day is an element short of its place.
fn payment(remittance: &mut Remittance, segment: &Segment<'_>, notes: &mut Notes) {
    remittance.handling = segment.text(1);
    remittance.amount = segment.amount(2, notes);
    remittance.credit_or_debit = segment.text(3);
    remittance.method = segment.text(4);
    let accounts = (5..=14).any(|element| segment.has(element));
    let place = if segment.has(16) || accounts || !segment.has(15) { 16 } else { 15 };
    segment.required(place, notes);
    remittance.date = segment.day(place, notes);
}

fn claim(group: Vec<OtherSegment>, segment: &Segment<'_>, notes: &mut Notes) -> RemittanceClaim {
    segment.required(1, notes);
    segment.required(2, notes);
    RemittanceClaim {
        group,
        control_number: segment.private(1),
        status: segment.text(2),
        charge: segment.amount(3, notes),
        paid: segment.amount(4, notes),
        patient_responsibility: segment.optional(5, notes),
        filing_indicator: segment.text(6),
        payer_control_number: segment.private(7),
        facility_type: segment.text(8),
        frequency: segment.text(9),
        patient_status: segment.text(10),
        drg: segment.text(11),
        drg_weight: segment.optional(12, notes),
        discharge_fraction: segment.optional(13, notes),
        ..RemittanceClaim::default()
    }
}

fn service(segment: &Segment<'_>, notes: &mut Notes) -> Service {
    Service {
        procedure: Procedure::read(segment, 1),
        charge: segment.amount(2, notes),
        paid: segment.optional(3, notes),
        revenue_code: segment.text(4),
        units_paid: segment.optional(5, notes),
        billed: if segment.has(6) { Procedure::read(segment, 6) } else { Procedure::default() },
        units_billed: segment.optional(7, notes),
        ..Service::default()
    }
}

/// What follows CLP or SVC.
fn detail(remittance: &mut Remittance, place: &Place, segment: &Segment<'_>, notes: &mut Notes) {
    let Some(claim) = remittance.claims.last_mut() else { return };
    match (segment.name(), place, claim.services.last_mut()) {
        ("MIA", ..) => claim.outcomes.push(outcome(OutcomeKind::Inpatient, segment, notes)),
        ("MOA", ..) => claim.outcomes.push(outcome(OutcomeKind::Outpatient, segment, notes)),
        ("LQ", Place::Service, Some(service)) => {
            push(&mut service.remarks, Remark { list: segment.text(1), code: segment.text(2) });
        }
        (_, Place::Service, Some(service)) => service.details.read(segment, notes),
        _ => claim.details.read(segment, notes),
    }
}

fn outcome(kind: OutcomeKind, segment: &Segment<'_>, notes: &mut Notes) -> Outcome {
    let (_, remarks, elements) = kind.layout();
    let values = (1..=elements).filter(|element| !remarks.contains(element));
    Outcome {
        kind,
        values: values.filter_map(|element| Some((element, segment.optional(element, notes)?))).collect(),
        remarks: remarks.map(|element| segment.text(element)).into_iter().filter(|code| !code.is_empty()).collect(),
    }
}

fn provider_adjustments(adjustments: &mut Vec<ProviderAdjustment>, segment: &Segment<'_>, notes: &mut Notes) {
    let period_end = segment.day(2, notes);
    for first in (3..=13).step_by(2) {
        if segment.has(first) || segment.has(first + 1) {
            adjustments.push(ProviderAdjustment {
                provider: segment.private(1),
                period_end,
                reason: segment.part(first, 1),
                reference: segment.part(first, 2).into(),
                amount: segment.amount(first + 1, notes),
            });
        }
    }
    segment.limit(14, notes);
}

//! Segments to claims.

use std::collections::HashMap;
use std::sync::Arc;

use super::{
    Adjudication, Admission, BillingProvider, Claim, Drug, HealthCode, Line, LineKind, Patient, Submission, Subscriber,
    Tooth,
};
use crate::details::Details;
use crate::parts::Procedure;
use crate::problems::{Notes, ProblemKind};
use crate::segment::Segment;
use crate::text::Text;
use crate::values::Values;

/// Where the next segment belongs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Place {
    Header,
    Billing,
    Subscriber,
    Patient,
    Claim,
    OtherPayer,
    Line,
    Adjudication,
}

/// Who bills and who is insured.
#[derive(Clone, Default)]
struct Level {
    /// HL01 of both.
    numbers: [Text; 2],
    billing: Arc<BillingProvider>,
    subscriber: Arc<Subscriber>,
}

/// Claims, of the segments so far.
pub(crate) struct Reading {
    submission: Submission,
    level: Level,
    patient: Option<Arc<Patient>>,
    /// The levels that are complete, by place and HL01: a later one may belong to any of them.
    levels: HashMap<(Place, Text), Level>,
    place: Place,
    /// Whether NM1 came last of what opens something: N3, REF and the like are the party's.
    in_party: bool,
    /// Whether BHT came.
    begun: bool,
}

impl Reading {
    pub(crate) fn new() -> Self {
        Self {
            submission: Submission::default(),
            level: Level::default(),
            patient: None,
            levels: HashMap::new(),
            place: Place::Header,
            in_party: false,
            begun: false,
        }
    }

    /// The claims, when all segments came.
    pub(crate) fn finish(self, notes: &mut Notes) -> Submission {
        notes.claim = None;
        if !self.begun {
            notes.note_at(0, "BHT", None, ProblemKind::MissingSegment);
        }
        self.submission
    }

    /// Reads the next segment, from ST to SE.
    pub(crate) fn segment(&mut self, segment: &Segment<'_>, notes: &mut Notes) {
        match (segment.name(), self.place) {
            ("ST", _) => {
                self.submission.control_number = segment.text(2);
                self.submission.version = segment.text(3);
            }
            ("SE", _) => {}
            ("", _) => notes.note(segment, None, segment.without_name()),
            ("BHT", Place::Header) if !self.begun => self.batch(segment, notes),
            ("HL", _) => self.level(segment, notes),
            ("CLM", _) => {
                notes.claim = Some(self.submission.claims.len() + 1);
                let claim = self.claim(segment, notes);
                self.submission.claims.push(claim);
                self.open(Place::Claim);
            }
            ("PRV", Place::Billing) if !self.in_party => {
                segment.take(1);
                segment.take(2);
                Arc::make_mut(&mut self.level.billing).taxonomy = segment.text(3);
            }
            ("PAT", Place::Patient) if !self.in_party => {
                if let Some(patient) = &mut self.patient {
                    Arc::make_mut(patient).relationship = segment.text(1);
                }
            }
            ("SBR", Place::Header | Place::Billing | Place::Subscriber | Place::Patient) => {
                let old = std::mem::take(&mut self.level.subscriber);
                let again = self.place == Place::Patient || !old.sequence.is_empty();
                if again {
                    notes.note(segment, None, ProblemKind::OutOfPlace);
                }
                let details = if again { Details::default() } else { old.details.clone() };
                self.patient = None;
                self.level.subscriber = Arc::new(Subscriber { details, ..subscriber(segment) });
                self.open(Place::Subscriber);
            }
            _ => {
                if !self.in_claim(segment, notes) {
                    self.detail(segment, notes);
                }
            }
        }
    }

    fn open(&mut self, place: Place) {
        self.place = place;
        self.in_party = false;
    }

    fn batch(&mut self, segment: &Segment<'_>, notes: &mut Notes) {
        self.begun = true;
        let submission = &mut self.submission;
        submission.structure = segment.text(1);
        submission.purpose = segment.text(2);
        submission.reference = segment.text(3);
        submission.date = segment.day(4, notes);
        submission.time = segment.text(5);
        submission.purpose_of_claims = segment.text(6);
    }

    /// HL: goes to the level that it is of, which is the one before mostly.
    fn level(&mut self, segment: &Segment<'_>, notes: &mut Notes) {
        notes.claim = None;
        let place = match segment.element(3).trim_ascii() {
            b"20" => Place::Billing,
            b"22" => Place::Subscriber,
            b"23" => Place::Patient,
            _ => return notes.note(segment, Some(3), ProblemKind::OutOfPlace),
        };
        let (number, parent) = (segment.text(1), segment.text(2));
        let [billing, subscriber] = self.level.numbers.clone();
        self.levels.insert((Place::Billing, billing.clone()), self.level.clone());
        self.levels.insert((Place::Subscriber, subscriber.clone()), self.level.clone());
        let (above, expected) = match place {
            Place::Subscriber => (Place::Billing, &billing),
            _ => (Place::Subscriber, &subscriber),
        };
        if place != Place::Billing && *expected != parent {
            match self.levels.get(&(above, parent)) {
                Some(level) => self.level = level.clone(),
                None => notes.note(segment, Some(2), ProblemKind::NoParent),
            }
        }
        self.patient = None;
        match place {
            Place::Billing => self.level = Level { numbers: [number, Text::default()], ..Level::default() },
            Place::Subscriber => {
                self.level.subscriber = Arc::default();
                self.level.numbers[1] = number;
            }
            _ => self.patient = Some(Arc::default()),
        }
        self.open(place);
    }

    fn claim(&self, segment: &Segment<'_>, notes: &mut Notes) -> Claim {
        segment.required(1, notes);
        Claim {
            billing: Arc::clone(&self.level.billing),
            subscriber: Arc::clone(&self.level.subscriber),
            patient: self.patient.clone(),
            control_number: segment.private(1),
            charge: segment.amount(2, notes),
            facility_type: segment.part(5, 1),
            facility_qualifier: segment.part(5, 2),
            frequency: segment.part(5, 3),
            indicators: [6, 7, 8, 9, 10].map(|element| segment.text(element)),
            causes: segment.parts(11),
            special_program: segment.text(12),
            delay_reason: segment.text(20),
            ..Claim::default()
        }
    }

    /// Reads what only a claim and its lines have; whether it was that.
    fn in_claim(&mut self, segment: &Segment<'_>, notes: &mut Notes) -> bool {
        if self.place < Place::Claim {
            return false;
        }
        let Some(claim) = self.submission.claims.last_mut() else { return false };
        match (segment.name(), self.place, claim.lines.last_mut()) {
            ("SBR", ..) => {
                claim.other_payers.push(subscriber(segment));
                self.open(Place::OtherPayer);
            }
            ("LX", ..) => {
                claim.lines.push(Line { number: segment.text(1), ..Line::default() });
                self.open(Place::Line);
            }
            ("HI", Place::Claim, _) => health_codes(&mut claim.codes, segment, notes),
            ("CL1", Place::Claim, _) => {
                let (kind, source, patient_status) = (segment.text(1), segment.text(2), segment.text(3));
                claim.admission = Some(Admission { kind, source, patient_status });
            }
            ("SV1" | "SV2" | "SV3", Place::Line, Some(line)) if line.kind == LineKind::Unknown => {
                service(line, segment, notes);
            }
            ("SV1" | "SV2" | "SV3", ..) => {
                // LX is missing: a line of its own, so that none replaces another.
                notes.note(segment, None, ProblemKind::OutOfPlace);
                let mut line = Line::default();
                service(&mut line, segment, notes);
                claim.lines.push(line);
                self.open(Place::Line);
            }
            ("TOO", Place::Line, Some(line)) => {
                let (qualifier, code, surfaces) = (segment.text(1), segment.text(2), segment.parts(3));
                line.teeth.push(Tooth { qualifier, code, surfaces });
            }
            ("LIN", Place::Line, Some(line)) => {
                let (qualifier, code) = (segment.text(2), segment.text(3));
                line.drugs.push(Drug { qualifier, code, ..Drug::default() });
                self.in_party = false;
            }
            ("CTP", Place::Line, Some(line)) if !line.drugs.is_empty() => {
                if let Some(drug) = line.drugs.last_mut() {
                    drug.quantity = segment.optional(4, notes);
                    drug.unit = segment.part(5, 1);
                }
            }
            ("SVD", Place::Line | Place::Adjudication, Some(line)) => {
                line.adjudications.push(Adjudication {
                    payer: segment.text(1),
                    paid: segment.amount(2, notes),
                    procedure: if segment.has(3) { Procedure::read(segment, 3) } else { Procedure::default() },
                    revenue_code: segment.text(4),
                    units: segment.optional(5, notes),
                    bundled_line: segment.text(6),
                    details: Details::default(),
                });
                self.open(Place::Adjudication);
            }
            _ => return false,
        }
        true
    }

    /// Reads what any level has, into the level or its last party.
    fn detail(&mut self, segment: &Segment<'_>, notes: &mut Notes) {
        // Of the parties that are read here, only another payer has a day of its own.
        let day = matches!(segment.name(), "DTP" | "DTM") && self.place != Place::OtherPayer;
        let in_party = self.in_party && !day;
        let claim = self.submission.claims.last_mut();
        let details = match (self.place, claim) {
            (Place::Billing, _) => &mut Arc::make_mut(&mut self.level.billing).details,
            (Place::Subscriber, _) => &mut Arc::make_mut(&mut self.level.subscriber).details,
            (Place::Patient, _) => &mut Arc::make_mut(self.patient.get_or_insert_default()).details,
            (Place::Claim, Some(claim)) => &mut claim.details,
            (Place::OtherPayer, Some(claim)) => match claim.other_payers.last_mut() {
                Some(payer) => &mut payer.details,
                None => &mut claim.details,
            },
            (Place::Line | Place::Adjudication, Some(claim)) => match (self.place, claim.lines.last_mut()) {
                (Place::Adjudication, Some(Line { adjudications, .. })) if !adjudications.is_empty() => {
                    let Some(answer) = adjudications.last_mut() else { return };
                    &mut answer.details
                }
                (_, Some(line)) => &mut line.details,
                (_, None) => &mut claim.details,
            },
            _ => &mut self.submission.details,
        };
        match (segment.name(), details.parties.last_mut()) {
            ("NM1", _) => {
                details.read(segment, notes);
                self.in_party = true;
            }
            ("CAS" | "AMT" | "QTY", _) | (_, None) => details.read(segment, notes),
            (_, Some(party)) if in_party => party.detail(segment, notes),
            _ => details.read(segment, notes),
        }
    }
}

fn subscriber(segment: &Segment<'_>) -> Subscriber {
    Subscriber {
        sequence: segment.text(1),
        relationship: segment.text(2),
        group_number: segment.private(3),
        group_name: segment.private(4),
        insurance_type: segment.text(5),
        filing_indicator: segment.text(9),
        details: Details::default(),
    }
}

fn health_codes(codes: &mut Vec<HealthCode>, segment: &Segment<'_>, notes: &mut Notes) {
    for element in (1..=12).filter(|element| segment.has(*element)) {
        let amount = segment.component(element, 5).trim_ascii();
        let value = crate::values::decimal(amount);
        if value.is_none() && !amount.is_empty() {
            notes.note(segment, Some(element), ProblemKind::NotADecimal);
        }
        let code = HealthCode {
            qualifier: segment.part(element, 1),
            code: segment.part(element, 2),
            date_format: segment.part(element, 3),
            date: segment.part(element, 4),
            amount: value,
            present_on_admission: segment.part(element, 9),
        };
        if code != HealthCode::default() {
            codes.push(code);
        }
    }
    segment.limit(12, notes);
}

fn service(line: &mut Line, segment: &Segment<'_>, notes: &mut Notes) {
    let procedure =
        |element| if segment.has(element) { Procedure::read(segment, element) } else { Procedure::default() };
    match segment.name() {
        "SV1" => {
            line.kind = LineKind::Professional;
            line.procedure = procedure(1);
            line.charge = segment.amount(2, notes);
            line.unit_basis = segment.text(3);
            line.units = segment.optional(4, notes);
            line.place = segment.text(5);
            line.pointers = segment.parts(7);
            line.emergency = segment.text(9);
        }
        "SV2" => {
            line.kind = LineKind::Institutional;
            line.revenue_code = segment.text(1);
            line.procedure = procedure(2);
            line.charge = segment.amount(3, notes);
            line.unit_basis = segment.text(4);
            line.units = segment.optional(5, notes);
            line.rate = segment.optional(6, notes);
            line.noncovered = segment.optional(7, notes);
        }
        _ => {
            line.kind = LineKind::Dental;
            line.procedure = procedure(1);
            line.charge = segment.amount(2, notes);
            line.place = segment.text(3);
            line.oral_cavities = segment.parts(4);
            line.prosthesis = segment.text(5);
            line.units = segment.optional(6, notes);
            line.pointers = segment.parts(11);
        }
    }
}

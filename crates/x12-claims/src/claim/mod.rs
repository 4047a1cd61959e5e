//! 837: what a provider claims, professional, institutional or dental.

mod read;
mod write;

use std::collections::BTreeMap;
use std::sync::Arc;

use bigdecimal::BigDecimal;
use chrono::NaiveDate;

use crate::details::Details;
use crate::other::count;
use crate::parts::{Date, Procedure};
use crate::party::Party;
use crate::private::{Private, hide};
use crate::text::Text;

pub(crate) use read::Reading;
pub(crate) use write::write;

/// One 837: a batch of claims.
///
/// Texts are empty, where the file says nothing.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Submission {
    /// ST02.
    pub control_number: Text,
    /// ST03, the implementation guide; in 4010 GS08 has it.
    pub version: Text,
    /// BHT01.
    pub structure: Text,
    /// BHT02: `00` original, `18` reissue.
    pub purpose: Text,
    /// BHT03: the submitter's number of the batch.
    pub reference: Text,
    /// BHT04.
    pub date: Option<NaiveDate>,
    /// BHT05.
    pub time: Text,
    /// BHT06: `CH` claims, `RP` encounters reported, `31` Medicaid subrogation.
    pub purpose_of_claims: Text,
    /// Submitter (`41`), receiver (`40`).
    pub details: Details,
    /// The claims, in order.
    pub claims: Vec<Claim>,
}

/// HL of level 20: who bills. Many claims share one.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct BillingProvider {
    /// PRV03: taxonomy.
    pub taxonomy: Text,
    /// Billing provider (`85`), where to pay to (`87`), …
    pub details: Details,
}

impl BillingProvider {
    /// The billing provider's name, NPI and numbers.
    pub fn party(&self) -> Option<&Party> {
        self.details.party("85")
    }
}

/// SBR with what follows it: the insured and the payer. HL of level 22, or within a claim another payer's.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Subscriber {
    /// SBR01: `P` primary, `S` secondary, `T` tertiary, …
    pub sequence: Text,
    /// SBR02: the patient is the insured's: `18` self, …
    pub relationship: Text,
    /// SBR03: group or policy number.
    pub group_number: Private<Text>,
    /// SBR04: group or plan name.
    pub group_name: Private<Text>,
    /// SBR05: insurance type, for Medicare as secondary.
    pub insurance_type: Text,
    /// SBR09: kind of plan, `CI` commercial, `MB` Medicare B, …
    pub filing_indicator: Text,
    /// Insured (`IL`), payer (`PR`); of another payer what it paid (AMT `D`) and adjusted.
    pub details: Details,
}

impl Subscriber {
    /// The insured.
    pub fn insured(&self) -> Option<&Party> {
        self.details.party("IL")
    }

    /// The payer.
    pub fn payer(&self) -> Option<&Party> {
        self.details.party("PR")
    }

    /// AMT*D: what this payer paid, where it is another one's answer.
    pub fn paid(&self) -> Option<&BigDecimal> {
        self.details.amount("D")
    }
}

/// HL of level 23: the patient, where it isn't the insured.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Patient {
    /// PAT01: the patient is the insured's: `01` spouse, `19` child, …
    pub relationship: Text,
    /// Patient (`QC`).
    pub details: Details,
}

/// One code of an HI: a diagnosis, procedure, occurrence, value or condition.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct HealthCode {
    /// `ABK` principal diagnosis, `ABF` other (`BK`, `BF` of ICD-9), `ABJ` admitting, `DR` DRG, `BE` value, …
    pub qualifier: Text,
    /// The code, as sent.
    pub code: Text,
    /// Third component: the format of the date.
    pub date_format: Text,
    /// Fourth component, as sent: a day or range.
    pub date: Text,
    /// Fifth component: amount of a value code.
    pub amount: Option<BigDecimal>,
    /// Ninth component: present on admission `Y`, `N`, `U`, `W`.
    pub present_on_admission: Text,
}

impl HealthCode {
    /// Whether it is a diagnosis: principal, other, admitting, reason for visit or external cause.
    pub fn is_diagnosis(&self) -> bool {
        let icd9 = self.qualifier.strip_prefix('A').unwrap_or(&self.qualifier);
        matches!(icd9, "BK" | "BF" | "BJ" | "PR" | "BN")
    }
}

/// CL1: admission.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Admission {
    /// CL101.
    pub kind: Text,
    /// CL102.
    pub source: Text,
    /// CL103: status at discharge.
    pub patient_status: Text,
}

/// CLM with what follows it.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Claim {
    /// Who bills.
    pub billing: Arc<BillingProvider>,
    /// The insured and the payer.
    pub subscriber: Arc<Subscriber>,
    /// The patient, where it isn't the insured.
    pub patient: Option<Arc<Patient>>,
    /// CLM01: the provider's number of the claim.
    pub control_number: Private<Text>,
    /// CLM02: charged.
    pub charge: BigDecimal,
    /// CLM05-1: place of service, or type of bill without its frequency.
    pub facility_type: Text,
    /// CLM05-2: `B` place of service, `A` type of bill.
    pub facility_qualifier: Text,
    /// CLM05-3: `1` original, `7` replacement, `8` void, …
    pub frequency: Text,
    /// CLM06 to CLM10: signature of the provider, assignment, benefits assigned, release, signature of the patient.
    pub indicators: [Text; 5],
    /// CLM11: related causes, then state and country.
    pub causes: Vec<Text>,
    /// CLM12.
    pub special_program: Text,
    /// CLM20.
    pub delay_reason: Text,
    /// CL1.
    pub admission: Option<Admission>,
    /// HI: diagnoses and other codes, in order.
    pub codes: Vec<HealthCode>,
    /// Providers (`82` rendering, `DN` referring, `71` attending, …), dates, references, amounts.
    pub details: Details,
    /// Other payers of the claim, in order.
    pub other_payers: Vec<Subscriber>,
    /// The lines, in order.
    pub lines: Vec<Line>,
}

impl Claim {
    /// The diagnoses, in order.
    pub fn diagnoses(&self) -> impl Iterator<Item = &HealthCode> {
        self.codes.iter().filter(|code| code.is_diagnosis())
    }

    /// The diagnosis related group.
    pub fn drg(&self) -> Option<&str> {
        self.codes.iter().find(|code| code.qualifier == "DR").map(|code| code.code.as_str())
    }

    /// The patient, or the insured that is the patient.
    pub fn patient_party(&self) -> Option<&Party> {
        match &self.patient {
            Some(patient) => patient.details.party("QC"),
            None => self.subscriber.insured(),
        }
    }

    /// The first and the last day: of the statement (`434`), else of the lines.
    pub fn days(&self) -> Option<(NaiveDate, NaiveDate)> {
        if let Some(statement) = self.details.date("434") {
            return statement.first().zip(statement.last());
        }
        let lines = || self.lines.iter().filter_map(Line::days);
        lines().map(|(first, _)| first).min().zip(lines().map(|(_, last)| last).max())
    }

    /// The claim's charge less its lines' charges.
    pub fn charge_difference(&self) -> BigDecimal {
        &self.charge - self.lines.iter().map(|line| &line.charge).sum::<BigDecimal>()
    }
}

/// Which kind of line it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LineKind {
    /// No SV1, SV2 or SV3 was there.
    #[default]
    Unknown,
    /// SV1.
    Professional,
    /// SV2.
    Institutional,
    /// SV3.
    Dental,
}

/// LX with what follows it.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Line {
    /// LX01.
    pub number: Text,
    /// SV1, SV2 or SV3.
    pub kind: LineKind,
    /// What was done; empty where a revenue code alone is billed.
    pub procedure: Procedure,
    /// Charged. Zero is legal.
    pub charge: BigDecimal,
    /// `UN` units, `MJ` minutes, `DA` days, `F2` international units.
    pub unit_basis: Text,
    /// How many.
    pub units: Option<BigDecimal>,
    /// SV201: revenue code.
    pub revenue_code: Text,
    /// SV105, SV303: place of service, where it isn't the claim's.
    pub place: Text,
    /// SV107, SV311: the diagnoses by number, from 1.
    pub pointers: Vec<Text>,
    /// SV109: `Y` emergency.
    pub emergency: Text,
    /// SV206: rate of the unit.
    pub rate: Option<BigDecimal>,
    /// SV207: what isn't covered.
    pub noncovered: Option<BigDecimal>,
    /// SV304: areas of the mouth.
    pub oral_cavities: Vec<Text>,
    /// SV305: `I` initial prosthesis, `R` replacement.
    pub prosthesis: Text,
    /// TOO.
    pub teeth: Vec<Tooth>,
    /// LIN and CTP.
    pub drugs: Vec<Drug>,
    /// Providers, dates, references, amounts.
    pub details: Details,
    /// SVD: other payers' answers.
    pub adjudications: Vec<Adjudication>,
}

impl Line {
    /// REF*6R: the provider's number of the line.
    pub fn line_control_number(&self) -> Option<&str> {
        self.details.reference("6R")
    }

    /// The first and the last day (DTP*472).
    pub fn days(&self) -> Option<(NaiveDate, NaiveDate)> {
        let when = self.details.date("472")?;
        when.first().zip(when.last())
    }
}

/// TOO: a tooth.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Tooth {
    /// The list of its number, `JP`.
    pub qualifier: Text,
    /// Its number.
    pub code: Text,
    /// Its surfaces: `M`, `O`, `D`, …
    pub surfaces: Vec<Text>,
}

/// LIN and CTP: a drug.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Drug {
    /// The list of the code: `N4` NDC.
    pub qualifier: Text,
    /// The code.
    pub code: Text,
    /// CTP04: how much.
    pub quantity: Option<BigDecimal>,
    /// CTP05: of what: `ML`, `GR`, `UN`, `F2`.
    pub unit: Text,
}

/// SVD with what follows it: another payer's answer to a line.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Adjudication {
    /// SVD01: the payer's identifier, as its party has it.
    pub payer: Text,
    /// SVD02: paid.
    pub paid: BigDecimal,
    /// SVD03: what it paid for.
    pub procedure: Procedure,
    /// SVD04.
    pub revenue_code: Text,
    /// SVD05: units paid.
    pub units: Option<BigDecimal>,
    /// SVD06: the line that this one was bundled into.
    pub bundled_line: Text,
    /// Adjustments and the day (`573`).
    pub details: Details,
}

impl Adjudication {
    /// The day of the answer.
    pub fn date(&self) -> Option<&Date> {
        self.details.dates.iter().find(|date| date.qualifier == "573")
    }

    /// Paid and adjusted, less the line's charge.
    pub fn difference(&self, line: &Line) -> BigDecimal {
        &self.paid + self.details.adjusted() - &line.charge
    }
}

impl Submission {
    /// The implementation guide: ST03, else what the claims' lines tell of version 5010.
    pub fn guide(&self) -> &str {
        if !self.version.is_empty() {
            return &self.version;
        }
        match self.claims.iter().flat_map(|claim| &claim.lines).map(|line| line.kind).next() {
            Some(LineKind::Institutional) => "005010X223A2",
            Some(LineKind::Dental) => "005010X224A2",
            _ => "005010X222A1",
        }
    }

    /// The segments that no field holds, counted by name. What claims share counts for each of them.
    pub fn other_segments(&self) -> BTreeMap<&'static str, usize> {
        count(self.all_details().flat_map(Details::others))
    }

    fn all_details(&self) -> impl Iterator<Item = &Details> {
        std::iter::once(&self.details).chain(self.claims.iter().flat_map(|claim| {
            [&claim.billing.details, &claim.subscriber.details, &claim.details]
                .into_iter()
                .chain(claim.patient.iter().map(|patient| &patient.details))
                .chain(claim.other_payers.iter().map(|payer| &payer.details))
                .chain(claim.lines.iter().flat_map(|line| {
                    std::iter::once(&line.details).chain(line.adjudications.iter().map(|answer| &answer.details))
                }))
        }))
    }
}

hide! {
    Submission: claims;
    BillingProvider;
    Subscriber;
    Patient;
    HealthCode;
    Admission;
    Claim: codes, other_payers, lines;
    Line: teeth, drugs, adjudications;
    Tooth;
    Drug;
    Adjudication;
}

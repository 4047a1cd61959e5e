//! A claim of a file, as the schema's rows.

mod content;
mod institutional;
mod lines;

use std::collections::BTreeMap;
use std::str::FromStr;

use chrono::NaiveDate;
use data_encoding::BASE32_NOPAD;
use rcm_schema::models::{NewClaim, NewClaimDetails, NewClaimDiagnosis};
use rcm_schema::types::{ClaimId, ClaimType, DiagnosisCode, FrequencyCode, Npi, PatientReference, PayerId, Usd};
use rcm_schema::workflow::claims::WholeClaim;
use x12_claims::claim::{Claim, HealthCode, LineKind, Submission};

use crate::payers::NamedPayer;
use crate::values::plausible;
use crate::{PseudonymKey, Refused};

/// Values that are optional and don't fit the schema, by what they are: left out, and counted.
pub type LeftOut = BTreeMap<&'static str, usize>;

/// A claim that is to be stored.
pub(crate) struct Draft {
    pub whole: WholeClaim,
    /// What makes it this claim.
    pub identity: [u8; 32],
    /// What it says, without its patient.
    pub content: [u8; 32],
    /// The claim in its file, from 1.
    pub number: usize,
    pub left_out: LeftOut,
}

impl Draft {
    pub fn details(&self) -> Option<&NewClaimDetails> {
        self.whole.details.as_ref()
    }

    pub fn frequency(&self) -> FrequencyCode {
        self.whole.claim.frequency_code
    }

    /// Whether it names another claim: the one that it replaces or voids, or that of the payer before.
    pub fn follows(&self) -> bool {
        let later = self.details().is_some_and(|details| details.payer_sequence > Some(1));
        later || matches!(self.frequency(), FrequencyCode::Replacement | FrequencyCode::Void)
    }
}

/// Where a claim stands, and who it is of and for.
pub(crate) struct Source<'a> {
    pub submission: &'a Submission,
    /// The day of the file, where the transaction has none.
    pub sent_on: Option<NaiveDate>,
    pub number: usize,
    pub payer: PayerId,
    pub key: &'a PseudonymKey,
}

/// The rows of a claim. What is optional and doesn't fit is left out.
///
/// # Errors
/// [`Refused`] for what is required and is missing or doesn't fit.
pub(crate) fn draft(claim: &Claim, source: &Source<'_>) -> Result<Draft, Refused> {
    let mut left_out = LeftOut::new();
    let patient = claim.patient_party().ok_or(Refused::Missing("the patient's name"))?;
    let patient = source.key.reference(patient)?;
    let control_number = claim.control_number.get().as_str();
    let printable =
        (1..=38).contains(&control_number.len()) && control_number.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if !printable {
        return Err(Refused::Unfit("the claim's number (CLM01)"));
    }
    let (from, to) = days(claim)?;
    let payer = NamedPayer::of_claim(&claim.subscriber).first().unwrap_or_default();
    let identity = content::identity(claim, &payer, from, &source.submission.reference);

    let id = ClaimId::new();
    let new = new_claim(id, &identity, claim, patient, (from, to), source)?;
    let claim_type = new.claim_type;
    let (diagnoses, ordinals) = diagnoses(id, claim, &mut left_out);
    let mut whole = WholeClaim { diagnoses, ..WholeClaim::new(new) };
    whole.details = Some(details(id, claim, claim_type, &mut left_out));
    if claim_type == ClaimType::Institutional {
        whole.institutional = institutional::institutional(id, claim, &mut left_out);
    }
    lines::push(&mut whole, claim, &ordinals, &mut left_out)?;
    let content = content::content(&whole);
    Ok(Draft { whole, identity, content, number: source.number, left_out })
}

fn new_claim(
    id: ClaimId,
    identity: &[u8; 32],
    claim: &Claim,
    patient: PatientReference,
    (from, to): (NaiveDate, NaiveDate),
    source: &Source<'_>,
) -> Result<NewClaim, Refused> {
    let frequency = if claim.frequency.is_empty() { "1" } else { claim.frequency.as_str() };
    let short = BASE32_NOPAD.encode(identity.get(..10).unwrap_or_default());
    let sent_on = source.submission.date.or(source.sent_on).and_then(plausible).unwrap_or(from);
    Ok(NewClaim::builder()
        .id(id)
        .claim_id(format!("X12-{short}").parse().map_err(|_| Refused::Unfit("the claim's identity"))?)
        .patient_reference(patient)
        .payer_id(source.payer)
        .claim_type(claim_type(claim, source.submission))
        .amount(Usd::try_from(claim.charge.clone()).map_err(|_| Refused::Unfit("the charge"))?)
        .service_from(from)
        .service_to(to)
        // Nothing is sent before it begins.
        .submitted_on(sent_on.max(from))
        .frequency_code(frequency.parse().map_err(|_| Refused::Unfit("the frequency (CLM05)"))?)
        .build())
}

/// What its lines are, else what the file's guide is for.
fn claim_type(claim: &Claim, submission: &Submission) -> ClaimType {
    let kinds = || claim.lines.iter().map(|line| line.kind);
    match kinds().find(|kind| *kind != LineKind::Unknown) {
        Some(LineKind::Institutional) => ClaimType::Institutional,
        Some(LineKind::Dental) => ClaimType::Dental,
        Some(_) => ClaimType::Professional,
        None if submission.guide().contains("X223") => ClaimType::Institutional,
        None if submission.guide().contains("X224") => ClaimType::Dental,
        None => ClaimType::Professional,
    }
}

/// The days of the claim and of its lines together.
fn days(claim: &Claim) -> Result<(NaiveDate, NaiveDate), Refused> {
    let all = || claim.days().into_iter().chain(claim.lines.iter().filter_map(|line| line.days()));
    let (from, to) = (all().map(|(from, _)| from).min(), all().map(|(_, to)| to).max());
    let (from, to) = from.zip(to).ok_or(Refused::Missing("the day of service"))?;
    let (from, to) = plausible(from).zip(plausible(to)).ok_or(Refused::Unfit("the day of service"))?;
    if to < from { Err(Refused::Unfit("the day of service")) } else { Ok((from, to)) }
}

fn details(id: ClaimId, claim: &Claim, claim_type: ClaimType, left_out: &mut LeftOut) -> NewClaimDetails {
    let place = claim.facility_type.as_str();
    let place = if claim_type == ClaimType::Institutional || place.is_empty() { None } else { Some(place) };
    let mut provider = |npi: Option<&str>| npi.and_then(|npi| fitting::<Npi>(npi, "NPI", left_out));
    let billing = provider(claim.billing.party().and_then(|party| party.npi()));
    let rendering = provider(claim.details.party("82").and_then(|party| party.npi()));
    let mut payer_number = claim.details.reference("F8").and_then(crate::values::as_sent);
    if payer_number.as_ref().is_some_and(|number| number.chars().count() > 100) {
        note(left_out, "payer's claim number");
        payer_number = None;
    }
    NewClaimDetails::builder()
        .claim_id(id)
        .patient_control_number(claim.control_number.get().as_str())
        .maybe_payer_claim_control_number(payer_number)
        .maybe_place_of_service(place.and_then(|place| place_of_service(place, left_out)))
        .payer_sequence(sequence(&claim.subscriber.sequence))
        .maybe_billing_provider(billing)
        .maybe_rendering_provider(rendering)
        .build()
}

/// SBR01.
fn sequence(code: &str) -> i16 {
    match code {
        "S" => 2,
        "T" => 3,
        "A" => 4,
        "B" => 5,
        "C" => 6,
        "D" => 7,
        "E" => 8,
        "F" => 9,
        "G" => 10,
        "H" => 11,
        _ => 1,
    }
}

fn place_of_service(place: &str, left_out: &mut LeftOut) -> Option<String> {
    let fits = place.len() == 2 && place.bytes().all(|byte| byte.is_ascii_digit());
    if !fits {
        note(left_out, "place of service");
    }
    fits.then(|| place.to_owned())
}

/// The diagnoses in order, each once, and the ordinal of each that was sent: lines name them by their place.
fn diagnoses(id: ClaimId, claim: &Claim, left_out: &mut LeftOut) -> (Vec<NewClaimDiagnosis>, Vec<Option<i16>>) {
    let mut rows: Vec<NewClaimDiagnosis> = Vec::new();
    let mut ordinals = Vec::new();
    for sent in claim.codes.iter().filter(|code| matches!(code.qualifier.as_str(), "ABK" | "ABF" | "BK" | "BF")) {
        let code = diagnosis(sent, left_out);
        let known = code.as_ref().and_then(|code| rows.iter().find(|row| row.diagnosis_code == *code));
        let next = i16::try_from(rows.len() + 1).ok().filter(|next| *next <= 25);
        ordinals.push(match (code, known, next) {
            (_, Some(row), _) => Some(row.ordinal),
            (Some(code), None, Some(ordinal)) => {
                let present = sent.present_on_admission.as_str();
                let present =
                    if present.is_empty() { None } else { fitting(present, "present on admission", left_out) };
                rows.push(NewClaimDiagnosis {
                    claim_id: id,
                    ordinal,
                    diagnosis_code: code,
                    present_on_admission: present,
                });
                Some(ordinal)
            }
            (Some(_), None, None) => {
                note(left_out, "diagnosis");
                None
            }
            (None, None, _) => None,
        });
    }
    (rows, ordinals)
}

/// An ICD-10 code with its point, which files leave out. ICD-9 isn't taken.
fn diagnosis(sent: &HealthCode, left_out: &mut LeftOut) -> Option<DiagnosisCode> {
    let code: String = sent.code.to_ascii_uppercase().chars().filter(|letter| *letter != '.').collect();
    let code = match code.split_at_checked(3) {
        Some((category, rest)) if !rest.is_empty() => format!("{category}.{rest}"),
        _ => code,
    };
    let is_icd10 = sent.qualifier.starts_with('A');
    fitting(if is_icd10 { &code } else { "" }, "diagnosis", left_out)
}

/// A value of a domain; noted where it doesn't fit.
fn fitting<T: FromStr>(text: &str, what: &'static str, left_out: &mut LeftOut) -> Option<T> {
    let value = text.parse().ok();
    if value.is_none() {
        note(left_out, what);
    }
    value
}

fn note(left_out: &mut LeftOut, what: &'static str) {
    *left_out.entry(what).or_default() += 1;
}

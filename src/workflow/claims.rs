//! Record a claim, note how others name it and which claim it follows, submit it, void it; correct its patient. What it is paid is posted
//! ([`crate::workflow::postings`]), and its status follows from what happened.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};

use super::bulk::{self, Bulk, insert_arrays};
use super::{Commit, Parts, command, fetch_one};
#[cfg(doc)]
use crate::error::Rule;
use crate::error::{Error, Result};
use crate::models::{
    Claim, ClaimDetails, ClaimLineTooth, InstitutionalClaim, NewClaim, NewClaimDetails, NewClaimDiagnosis,
    NewClaimLine, NewClaimLineDetails, NewPatientCorrection, PatientCorrection,
};
use crate::schema::{
    claim_details, claim_diagnoses, claim_line_details, claim_line_teeth, claim_lines, claims, institutional_claims,
    patient_corrections,
};
use crate::types::ClaimId;

/// A claim to record, with its parts. Most claims have diagnoses and lines alone:
///
/// ```
/// use rcm_schema::models::{NewClaim, NewClaimDiagnosis, NewClaimLine};
/// use rcm_schema::workflow::claims::WholeClaim;
///
/// fn whole(claim: NewClaim, diagnoses: Vec<NewClaimDiagnosis>, lines: Vec<NewClaimLine>) -> WholeClaim {
///     WholeClaim { diagnoses, lines, ..WholeClaim::new(claim) }
/// }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct WholeClaim {
    /// The claim.
    pub claim: NewClaim,
    /// What identifies it to others, and the claim of the payer before, as [`note_details`] notes it.
    pub details: Option<NewClaimDetails>,
    /// What only the claims of institutions say.
    pub institutional: Option<InstitutionalClaim>,
    /// Up to 25.
    pub diagnoses: Vec<NewClaimDiagnosis>,
    /// At least one.
    pub lines: Vec<NewClaimLine>,
    /// What only some of the lines say, at most once a line.
    pub line_details: Vec<NewClaimLineDetails>,
    /// The teeth of dental services.
    pub teeth: Vec<ClaimLineTooth>,
}

impl WholeClaim {
    /// The claim, as yet without parts.
    pub fn new(claim: NewClaim) -> Self {
        Self {
            claim,
            details: None,
            institutional: None,
            diagnoses: Vec::new(),
            lines: Vec::new(),
            line_details: Vec::new(),
            teeth: Vec::new(),
        }
    }

    /// A part that names another claim would be written to that one, as long as it is pending.
    fn check_parts(&self) -> Result<()> {
        let mut named = (self.details.iter().map(|part| part.claim_id))
            .chain(self.institutional.iter().map(|part| part.claim_id))
            .chain(self.diagnoses.iter().map(|part| part.claim_id))
            .chain(self.lines.iter().map(|part| part.claim_id))
            .chain(self.line_details.iter().map(|part| part.claim_id))
            .chain(self.teeth.iter().map(|part| part.claim_id));
        match named.all(|claim| claim == self.claim.id) {
            true => Ok(()),
            false => Err(Error::Invalid { what: "claim_id", rule: "each part is of the claim itself" }),
        }
    }
}

/// Records a claim with its parts: submitted when `submitted_on` is given, else pending. A replacement (frequency 7) that is
/// submitted moves what its original billed to it, and a submitted claim that names the one of the payer before takes the
/// patient's part over ([`note_details`]).
///
/// Errors: [`Error::Invalid`] for a part of another claim; [`Rule::AmountIsNotSumOfLines`], inside a caller's transaction at
/// its commit; [`Rule::ImpossibleDay`] for a line outside of the claim's days of service; [`Rule::OtherPatient`] and
/// [`Rule::OtherPayer`] for a replacement of another patient's or payer's claim; [`Rule::ClaimNotSubmitted`] for a submitted
/// replacement of a claim that was not; those of [`note_details`]; a unique violation where the business id is taken.
///
/// ```
/// use rcm_schema::models::{Claim, NewClaim, NewClaimLine};
/// use rcm_schema::types::{ClaimType, PayerId};
/// use rcm_schema::workflow::claims::{self, WholeClaim};
/// # use rcm_schema::{chrono::NaiveDate, diesel_async::AsyncPgConnection};
///
/// async fn visit(connection: &mut AsyncPgConnection, payer: PayerId, on: NaiveDate) -> rcm_schema::Result<Claim> {
///     let claim = NewClaim::builder()
///         .claim_id("CLM-2024-000001".parse()?)
///         .patient_reference("PATIENT-1".parse()?)
///         .payer_id(payer)
///         .claim_type(ClaimType::Professional)
///         .amount("150.00".parse()?)
///         .service_from(on)
///         .service_to(on)
///         .build();
///     let line = NewClaimLine::builder()
///         .claim_id(claim.id)
///         .line_number(1)
///         .procedure_code("99213".parse()?)
///         .charge_amount("150.00".parse()?)
///         .service_date(on)
///         .build();
///     claims::record(connection, &WholeClaim { lines: vec![line], ..WholeClaim::new(claim) }).await
/// }
/// ```
pub async fn record(connection: &mut AsyncPgConnection, claim: &WholeClaim) -> Result<Claim> {
    claim.check_parts()?;
    command(connection, "claims.record", Parts::Several, async |connection: &mut AsyncPgConnection| {
        let recorded = diesel::insert_into(claims::table)
            .values(&claim.claim)
            .returning(Claim::as_returning())
            .get_result(connection)
            .await?;
        insert_parts(connection, std::slice::from_ref(claim)).await?;
        match &claim.details {
            // What the payer before took is posted to it.
            Some(NewClaimDetails { prior_claim_id: Some(_), .. }) => {
                Ok(Claim::query().find(recorded.id).first(connection).await?)
            }
            _ => Ok(recorded),
        }
    })
    .await
}

/// Records many claims as [`record`] does each, by one statement a table for thousands of them. The sum of the lines is
/// checked at once, not at the commit.
///
/// Errors: [`Error::Bulk`] around one of [`record`], with the position of the claim. A part of another claim is found before
/// anything is recorded.
pub async fn record_many(connection: &mut AsyncPgConnection, claims: &[WholeClaim], commit: Commit) -> Result<()> {
    for (row, claim) in claims.iter().enumerate() {
        claim.check_parts().map_err(|error| Error::Bulk { row: Some(row), recorded: 0, error: Box::new(error) })?;
    }
    bulk::record(connection, "claims.record_many", claims, commit).await
}

impl Bulk for WholeClaim {
    fn bytes(&self) -> usize {
        size_of::<Self>()
            + size_of_val(self.diagnoses.as_slice())
            + size_of_val(self.lines.as_slice())
            + size_of_val(self.line_details.as_slice())
            + size_of_val(self.teeth.as_slice())
    }

    async fn insert(connection: &mut AsyncPgConnection, rows: &[Self]) -> QueryResult<()> {
        let new = rows.iter().map(|row| &row.claim);
        insert_arrays!(new, NewClaim into claims {
            id, claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to, submitted_on,
            frequency_code, replaces_claim_id
        })
        .send(connection)
        .await?;
        insert_parts(connection, rows).await?;
        connection
            .batch_execute(
                "set constraints claims_amount_is_sum_of_lines immediate;
                 set constraints claims_amount_is_sum_of_lines deferred",
            )
            .await
    }
}

/// By statements that stay prepared, whatever the number of rows; none where there are no rows.
async fn insert_parts(connection: &mut AsyncPgConnection, claims: &[WholeClaim]) -> QueryResult<()> {
    let institutional = claims.iter().filter_map(|claim| claim.institutional.as_ref());
    insert_arrays!(institutional, InstitutionalClaim into institutional_claims {
        claim_id, facility_code, admitted_on, admission_hour, admission_type, admission_source, discharge_hour,
        patient_status, admitting_diagnosis, drg
    })
    .send(connection)
    .await?;
    let diagnoses = claims.iter().flat_map(|claim| &claim.diagnoses);
    insert_arrays!(diagnoses, NewClaimDiagnosis into claim_diagnoses {
        claim_id, ordinal, diagnosis_code, present_on_admission
    })
    .send(connection)
    .await?;
    let lines = claims.iter().flat_map(|claim| &claim.lines);
    insert_arrays!(lines, NewClaimLine into claim_lines {
        claim_id, line_number, procedure_code, revenue_code, modifier_1, modifier_2, modifier_3, modifier_4,
        units or "1", charge_amount, service_date, service_to, diagnosis_pointer_1, diagnosis_pointer_2,
        diagnosis_pointer_3, diagnosis_pointer_4
    })
    .send(connection)
    .await?;
    let line_details = claims.iter().flat_map(|claim| &claim.line_details);
    insert_arrays!(line_details, NewClaimLineDetails into claim_line_details {
        claim_id, line_number, unit_basis, place_of_service, rendering_provider, line_control_number, rate_code, ndc,
        drug_quantity, drug_unit
    })
    .send(connection)
    .await?;
    let teeth = claims.iter().flat_map(|claim| &claim.teeth);
    insert_arrays!(teeth, ClaimLineTooth into claim_line_teeth { claim_id, line_number, tooth, surfaces })
        .send(connection)
        .await?;
    // Last: with it a claim takes over from the one of the payer before.
    let details = claims.iter().filter_map(|claim| claim.details.as_ref());
    insert_arrays!(details, NewClaimDetails into claim_details {
        claim_id, patient_control_number, payer_claim_control_number, place_of_service, payer_sequence or "1",
        prior_claim_id, billing_provider, rendering_provider
    })
    .send(connection)
    .await
}

/// Notes what identifies a claim to others and relates it to them; what is left out stays as it was.
///
/// A claim that names the one of the payer before (`prior_claim_id`) bills what that payer left to the patient: once both are
/// submitted, the patient's part moves from there to here, and the rest of the charge counts as settled by the payer
/// before, until its part is posted here (OA-23) or an answer leaves no room for it. So 100.00 whose primary paid 70.00, with
/// 10.00 contractual and 20.00 left to the patient:
///
/// | | primary claim | secondary claim | patient owes |
/// |---|---|---|---|
/// | primary answered | paid 70, contractual 10, patient 20: balance 0 | | 20 |
/// | secondary submitted | patient −20, other payer 20: balance 0 | other payer 80, expected: balance 20 | 0 |
/// | secondary answered | balance 0 | paid 15, other payer 80, patient 5: balance 0 | 5 |
///
/// Voiding the later claim gives the patient's part back.
///
/// Errors: [`Error::Invalid`] where everything is left out; of a submitted claim [`Rule::OtherPatient`], and
/// [`Rule::ClaimNotSubmitted`] where the claim of the payer before was not submitted, or is voided; [`Rule::Unchangeable`] for
/// another claim of the payer before; a check violation (`claim_details_prior_claim_of_later_payer`) where `payer_sequence`
/// is 1.
pub async fn note_details(connection: &mut AsyncPgConnection, details: &NewClaimDetails) -> Result<ClaimDetails> {
    let NewClaimDetails {
        claim_id: _,
        patient_control_number,
        payer_claim_control_number,
        place_of_service,
        payer_sequence,
        prior_claim_id,
        billing_provider,
        rendering_provider,
    } = details;
    let given = patient_control_number.is_some()
        || payer_claim_control_number.is_some()
        || place_of_service.is_some()
        || payer_sequence.is_some()
        || prior_claim_id.is_some()
        || billing_provider.is_some()
        || rendering_provider.is_some();
    if !given {
        return Err(Error::Invalid { what: "claim_details", rule: "at least one of them is given" });
    }
    let upsert = diesel::insert_into(claim_details::table)
        .values(details)
        .on_conflict(claim_details::claim_id)
        .do_update()
        .set(details)
        .returning(ClaimDetails::as_returning());
    fetch_one(connection, "claims.note_details", upsert).await
}

/// Records the day a pending claim went to the payer. A replacement (frequency 7) moves what its original billed to it, and a
/// claim that names the one of the payer before takes the patient's part over ([`note_details`]). Repeating it changes
/// nothing.
///
/// Errors: [`Rule::Unchangeable`] once it was submitted on another day or voided; [`Rule::ClaimNotSubmitted`] where the claim
/// that it replaces, or that of the payer before, was not submitted, or is voided; [`Rule::OtherPatient`] where that of the
/// payer before is another patient's.
pub async fn submit(connection: &mut AsyncPgConnection, claim: ClaimId, submitted_on: NaiveDate) -> Result<Claim> {
    let update = diesel::update(claims::table.find(claim))
        .set(claims::submitted_on.eq(submitted_on))
        .returning(Claim::as_returning());
    fetch_one(connection, "claims.submit", update).await
}

/// Voids a claim: it counts in no balance, and what was rebilled to it, or taken over from the payer before, goes back. Repeating it changes
/// nothing.
///
/// Errors: [`Rule::Unchangeable`] once it was voided on another day; [`Rule::DenialStillOpen`].
pub async fn void(connection: &mut AsyncPgConnection, claim: ClaimId, voided_on: NaiveDate) -> Result<Claim> {
    let update =
        diesel::update(claims::table.find(claim)).set(claims::voided_on.eq(voided_on)).returning(Claim::as_returning());
    fetch_one(connection, "claims.void", update).await
}

/// Corrects the patient of claims: two references of one patient become one, or a claim that was filed with another patient
/// goes to its own. Claims that replace, answer or follow each other are corrected together. The correction stays known
/// ([`PatientCorrection::by_reference`]); another one mends it.
///
/// Errors: [`Rule::NotOfReference`], [`Rule::RelatedClaimLeftOut`]; a check violation
/// (`patient_corrections_two_references`) where both are the same.
pub async fn correct_patient(
    connection: &mut AsyncPgConnection,
    correction: &NewPatientCorrection,
) -> Result<PatientCorrection> {
    let insert =
        diesel::insert_into(patient_corrections::table).values(correction).returning(PatientCorrection::as_returning());
    fetch_one(connection, "claims.correct_patient", insert).await
}

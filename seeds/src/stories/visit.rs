//! What all stories begin with: a claim for one day in an office.

use chrono::NaiveDate;
use diesel_async::AsyncPgConnection;
use rcm_schema::Result;
use rcm_schema::models::{NewClaim, NewClaimDetails, NewClaimDiagnosis, NewClaimLine};
use rcm_schema::types::ClaimType;
use rcm_schema::workflow::claims::{self, WholeClaim};

use crate::keys::Keys;

/// A line: procedure, modifier or "", charge, and the diagnosis that it points to.
pub type Line = (&'static str, &'static str, &'static str, i16);

pub struct Visit {
    /// The end of the claim's business id.
    pub number: u128,
    pub patient: &'static str,
    pub payer: u128,
    pub day: NaiveDate,
    pub submitted_on: NaiveDate,
    pub diagnoses: &'static [&'static str],
    pub lines: &'static [Line],
    pub billed: &'static str,
}

impl Visit {
    /// Its claim, an original one.
    pub fn claim(&self, keys: Keys) -> Result<NewClaim> {
        Ok(NewClaim::builder()
            .id(keys.claim(self.number))
            .claim_id(keys.name(&format!("CLM-2024-{:06}", self.number))?)
            .patient_reference(self.patient.parse()?)
            .payer_id(keys.payer(self.payer))
            .claim_type(ClaimType::Professional)
            .amount(self.billed.parse()?)
            .service_from(self.day)
            .service_to(self.day)
            .submitted_on(self.submitted_on)
            .build())
    }

    pub async fn record(&self, connection: &mut AsyncPgConnection, keys: Keys) -> Result<()> {
        self.record_as(connection, &self.claim(keys)?).await?;
        let office = NewClaimDetails::builder().claim_id(keys.claim(self.number)).place_of_service("11").build();
        claims::note_details(connection, &office).await?;
        Ok(())
    }

    /// Records it with another claim than [`Visit::claim`].
    pub async fn record_as(&self, connection: &mut AsyncPgConnection, claim: &NewClaim) -> Result<()> {
        let diagnoses = (1..).zip(self.diagnoses).map(|(ordinal, code)| {
            Ok(NewClaimDiagnosis::builder().claim_id(claim.id).ordinal(ordinal).diagnosis_code(code.parse()?).build())
        });
        let lines = (1..).zip(self.lines).map(|(number, (procedure, modifier, charge, diagnosis))| {
            Ok(NewClaimLine::builder()
                .claim_id(claim.id)
                .line_number(number)
                .procedure_code(procedure.parse()?)
                .charge_amount(charge.parse()?)
                .service_date(self.day)
                .maybe_modifier_1((!modifier.is_empty()).then(|| modifier.parse()).transpose()?)
                .diagnosis_pointer_1(*diagnosis)
                .build())
        });
        let whole = WholeClaim {
            diagnoses: diagnoses.collect::<Result<_>>()?,
            lines: lines.collect::<Result<_>>()?,
            ..WholeClaim::new(claim.clone())
        };
        claims::record(connection, &whole).await?;
        Ok(())
    }
}

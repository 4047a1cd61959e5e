//! Every part of an institutional and of a dental claim comes back as it was recorded, alone or among many.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::connection::InstrumentationEvent;
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use rcm_schema::error::Rule;
use rcm_schema::models::{
    ClaimDetails, ClaimLineDetails, ClaimLineTooth, InstitutionalClaim, NewClaim, NewClaimDetails, NewClaimDiagnosis,
    NewClaimLine, NewClaimLineDetails,
};
use rcm_schema::schema::{claim_diagnoses, claim_lines};
use rcm_schema::types::*;
use rcm_schema::workflow::claims::{WholeClaim, record, record_many};
use rcm_schema::workflow::{Commit, postings};
use rcm_schema::{Error, Result};

use super::{assert_refused, refused};
use crate::world::{World, assert_reconciled, day, line, on_claim, read_claim, usd, whole};

/// A stay of three days, submitted: one line of a revenue code alone, one that a rate code prices, an anaesthesia in minutes
/// and a drug, with 25 diagnoses.
pub fn institutional(world: &World) -> WholeClaim {
    let claim = NewClaim {
        claim_type: ClaimType::Institutional,
        frequency_code: FrequencyCode::FirstPart,
        service_to: day(2),
        submitted_on: Some(day(3)),
        ..world.new_claim("1000")
    };
    let service = |line_number, revenue: &str, procedure: Option<&str>, charge| NewClaimLine {
        line_number,
        revenue_code: Some(revenue.parse().unwrap()),
        procedure_code: procedure.map(|code| code.parse().unwrap()),
        charge_amount: usd(charge),
        ..line(&claim)
    };
    let details = |line_number| NewClaimLineDetails::builder().claim_id(claim.id).line_number(line_number);
    let diagnosis = |ordinal: i16| {
        NewClaimDiagnosis::builder()
            .claim_id(claim.id)
            .ordinal(ordinal)
            .diagnosis_code(format!("S82.{ordinal:03}").parse().unwrap())
            .maybe_present_on_admission((ordinal < 25).then_some(PresentOnAdmission::Yes))
            .build()
    };
    WholeClaim {
        details: Some(
            NewClaimDetails::builder()
                .claim_id(claim.id)
                .patient_control_number("PCN 1")
                .payer_claim_control_number("ICN 1")
                .place_of_service("21")
                .billing_provider("1234567893".parse().unwrap())
                .rendering_provider("1000000004".parse().unwrap())
                .build(),
        ),
        institutional: Some(
            InstitutionalClaim::builder()
                .claim_id(claim.id)
                .facility_code("11".parse().unwrap())
                .admitted_on(day(0))
                .admission_hour(23)
                .admission_type("1")
                .admission_source("7")
                .discharge_hour(0)
                .patient_status("30")
                .admitting_diagnosis("S82.001".parse().unwrap())
                .drg("0563")
                .build(),
        ),
        diagnoses: (1..=25).map(diagnosis).collect(),
        lines: vec![
            NewClaimLine {
                service_to: Some(day(2)),
                units: Some("3".parse().unwrap()),
                ..service(1, "0120", None, "600")
            },
            service(2, "0023", None, "0"),
            NewClaimLine { units: Some("45".parse().unwrap()), ..service(3, "0370", Some("01400"), "300") },
            service(4, "0636", Some("J0690"), "100"),
        ],
        line_details: vec![
            details(1).unit_basis(UnitBasis::Days).line_control_number("LINE 1").build(),
            details(2).rate_code("1AFKS".parse().unwrap()).build(),
            details(3).unit_basis(UnitBasis::Minutes).rendering_provider("1234567893".parse().unwrap()).build(),
            details(4)
                .place_of_service("22")
                .ndc("00002751001".parse().unwrap())
                .drug_quantity("2.5".parse().unwrap())
                .drug_unit(DrugUnit::Millilitres)
                .build(),
        ],
        ..WholeClaim::new(claim)
    }
}

/// A filling of two teeth, pending.
pub fn dental(world: &World) -> WholeClaim {
    let claim = NewClaim { claim_type: ClaimType::Dental, ..world.new_claim("180") };
    let tooth = |tooth: &str, surfaces: Option<&str>| ClaimLineTooth {
        claim_id: claim.id,
        line_number: 1,
        tooth: tooth.parse().unwrap(),
        surfaces: surfaces.map(|surfaces| surfaces.parse().unwrap()),
    };
    WholeClaim {
        lines: vec![NewClaimLine { procedure_code: Some("D2392".parse().unwrap()), ..line(&claim) }],
        teeth: vec![tooth("14", Some("MOD")), tooth("K", None)],
        ..WholeClaim::new(claim)
    }
}

fn if_any<T>(found: Result<T>) -> Option<T> {
    match found {
        Err(Error::NotFound) => None,
        found => Some(found.unwrap()),
    }
}

/// What is stored of a claim, as it would be recorded again.
async fn stored(connection: &mut AsyncPgConnection, recorded: &WholeClaim) -> WholeClaim {
    let id = recorded.claim.id;
    let claim = read_claim(connection, id).await;
    let details = if_any(ClaimDetails::by_claim(connection, id).await);
    let diagnoses = NewClaimDiagnosis::query().filter(claim_diagnoses::claim_id.eq(id)).order(claim_diagnoses::ordinal);
    let lines = NewClaimLine::query().filter(claim_lines::claim_id.eq(id)).order(claim_lines::line_number);
    let line_details = ClaimLineDetails::by_claim(connection, id).await.unwrap();
    WholeClaim {
        claim: NewClaim {
            id: claim.id,
            claim_id: claim.claim_id,
            patient_reference: claim.patient_reference,
            payer_id: claim.payer_id,
            claim_type: claim.claim_type,
            amount: claim.amount,
            service_from: claim.service_from,
            service_to: claim.service_to,
            submitted_on: claim.submitted_on,
            frequency_code: claim.frequency_code,
            replaces_claim_id: claim.replaces_claim_id,
        },
        details: details.map(|details| NewClaimDetails {
            claim_id: details.claim_id,
            patient_control_number: details.patient_control_number,
            payer_claim_control_number: details.payer_claim_control_number,
            place_of_service: details.place_of_service,
            payer_sequence: Some(details.payer_sequence),
            prior_claim_id: details.prior_claim_id,
            billing_provider: details.billing_provider,
            rendering_provider: details.rendering_provider,
        }),
        institutional: if_any(InstitutionalClaim::by_claim(connection, id).await),
        diagnoses: diagnoses.load(connection).await.unwrap(),
        lines: lines.load(connection).await.unwrap(),
        line_details: line_details
            .into_iter()
            .map(|details| NewClaimLineDetails {
                claim_id: details.claim_id,
                line_number: details.line_number,
                unit_basis: details.unit_basis,
                place_of_service: details.place_of_service,
                rendering_provider: details.rendering_provider,
                line_control_number: details.line_control_number,
                rate_code: details.rate_code,
                ndc: details.ndc,
                drug_quantity: details.drug_quantity,
                drug_unit: details.drug_unit,
            })
            .collect(),
        teeth: ClaimLineTooth::by_claim(connection, id).await.unwrap(),
    }
}

#[tokio::test]
async fn every_part_of_a_claim_comes_back_as_it_was_recorded() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let both = || [institutional(&world), dental(&world)];
    let (alone, among_many) = (both(), both());
    for claim in &alone {
        let recorded = record(&mut connection, claim).await.unwrap();
        assert_eq!(recorded, read_claim(&mut connection, claim.claim.id).await);
    }
    record_many(&mut connection, &among_many, Commit::Together).await.unwrap();
    for claim in alone.iter().chain(&among_many) {
        // The defaults of what was left out.
        let mut expected = claim.clone();
        expected.details.iter_mut().for_each(|details| details.payer_sequence = Some(1));
        expected.lines.iter_mut().filter(|line| line.units.is_none()).for_each(|line| line.units = Some(1.into()));
        assert_eq!(stored(&mut connection, claim).await, expected);
    }
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn a_secondary_claim_may_be_recorded_whole_and_takes_over_the_patients_part() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    for many in [false, true] {
        let primary = world.claim(&mut connection, "100").await.id;
        let answer = [(PostingKind::Payment, "80"), (PostingKind::PatientResponsibility, "20")];
        let answer = answer.map(|(kind, amount)| on_claim(primary, kind, amount));
        postings::post(&mut connection, None, &answer).await.unwrap();
        let claim = NewClaim { submitted_on: Some(day(5)), ..world.new_claim("100") };
        let details = NewClaimDetails::builder().claim_id(claim.id).payer_sequence(2).prior_claim_id(primary).build();
        let secondary = WholeClaim { details: Some(details), ..whole(&claim) };
        if many {
            record_many(&mut connection, std::slice::from_ref(&secondary), Commit::ByChunk).await.unwrap();
        } else {
            let recorded = record(&mut connection, &secondary).await.unwrap();
            assert_eq!(recorded.other_payer_amount.to_string(), "80.00", "as it stands when all is recorded");
        }
        let [primary, secondary] =
            [read_claim(&mut connection, primary).await, read_claim(&mut connection, claim.id).await];
        assert_eq!(primary.patient_balance_amount.to_string(), "0.00");
        assert_eq!(secondary.payer_balance_amount.to_string(), "20.00");
    }
    assert_reconciled(&mut connection).await;
}

/// The same claim, recorded alone and after another, must be refused and leave nothing.
async fn refusal(spoil: impl FnOnce(&mut WholeClaim)) -> Error {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let mut spoilt = institutional(&world);
    spoilt.teeth = dental(&world).teeth;
    spoilt.teeth.iter_mut().for_each(|tooth| tooth.claim_id = spoilt.claim.id);
    spoil(&mut spoilt);
    let alone = refused(&mut connection, async |connection| record(connection, &spoilt).await).await;
    let two = [institutional(&world), spoilt];
    let among =
        refused(&mut connection, async |connection| record_many(connection, &two, Commit::Together).await).await;
    assert!(matches!(among, Error::Bulk { row: Some(1), recorded: 0, .. }), "{among:?}");
    assert_eq!((alone.code(), alone.constraint()), (among.code(), among.constraint()));
    alone
}

#[tokio::test]
async fn a_claim_with_a_part_that_is_refused_is_not_recorded() {
    for (error, constraint) in [
        (refusal(|claim| claim.lines[0].revenue_code = None).await, "claim_lines_names_service"),
        (refusal(|claim| claim.diagnoses[24].ordinal = 26).await, "claim_diagnoses_ordinal_range"),
        (
            refusal(|claim| claim.institutional.iter_mut().for_each(|part| part.drg = Some("5".into()))).await,
            "institutional_claims_drg_shape",
        ),
        (
            refusal(|claim| claim.details.iter_mut().for_each(|part| part.payer_sequence = Some(12))).await,
            "claim_details_payer_sequence_range",
        ),
        (refusal(|claim| claim.line_details[3].drug_unit = None).await, "claim_line_details_drug_has_quantity"),
        (refusal(|claim| claim.line_details[0].line_number = 9).await, "claim_line_details_line_exists"),
        (refusal(|claim| claim.teeth[0].line_number = 9).await, "claim_line_teeth_line_exists"),
        (refusal(|claim| claim.teeth[0].tooth = claim.teeth[1].tooth.clone()).await, "claim_line_teeth_pkey"),
    ] {
        assert_eq!(error.constraint(), Some(constraint), "{error}");
    }
    let late = refusal(|claim| claim.lines[0].service_to = Some(day(3))).await;
    assert!(matches!(late, Error::Rule(Rule::ImpossibleDay { .. })), "{late:?}");
}

#[tokio::test]
async fn a_part_of_another_claim_is_refused() {
    let other = ClaimId::new();
    for error in [
        refusal(|claim| claim.details.iter_mut().for_each(|part| part.claim_id = other)).await,
        refusal(|claim| claim.institutional.iter_mut().for_each(|part| part.claim_id = other)).await,
        refusal(|claim| claim.diagnoses[24].claim_id = other).await,
        refusal(|claim| claim.lines[3].claim_id = other).await,
        refusal(|claim| claim.line_details[3].claim_id = other).await,
        refusal(|claim| claim.teeth[1].claim_id = other).await,
    ] {
        assert!(matches!(error, Error::Invalid { what: "claim_id", .. }), "{error:?}");
    }
    // It may be another's that is recorded and pending, where the database would take it.
    let world = World::new().await;
    let mut connection = world.connect().await;
    let pending = dental(&world);
    record(&mut connection, &pending).await.unwrap();
    let mut stray = dental(&world);
    stray.teeth[0].claim_id = pending.claim.id;
    stray.teeth[0].tooth = "1".parse().unwrap();
    assert_refused!(
        &mut connection,
        async |connection| record(connection, &stray).await,
        Error::Invalid { what: "claim_id", .. }
    );
}

#[tokio::test]
async fn what_a_claim_has_not_costs_no_statement() -> Result<()> {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let plain = || whole(&world.new_claim("100"));
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    connection.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { .. } = event {
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    record(&mut connection, &plain()).await?;
    assert_eq!(sent.swap(0, Ordering::Relaxed), 4, "begin, claim, lines, commit");
    record(&mut connection, &institutional(&world)).await?;
    assert_eq!(sent.swap(0, Ordering::Relaxed), 8, "and details, institutional part, diagnoses, line details");
    Ok(())
}

//! Every text that belongs to a patient's claim is a canary here; no error, no `Debug` and no log line shows one.

mod debug;
mod errors;
mod logs;
mod remittances;

use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use rcm_schema::models::*;
use rcm_schema::types::*;
use rcm_schema::workflow::appeals::{self, AppealDecision, AppealUpdate};
use rcm_schema::workflow::claims::WholeClaim;
use rcm_schema::workflow::rebills::{self, RebillOutcome};
use rcm_schema::workflow::{claims, denials, postings, variances, write_offs};

use crate::world::{World, appeal, day, filed, on_claim, post, rebill, settling, texts, usd, write_off};

/// In whatever case it comes.
fn assert_silent(shown: &str) {
    assert!(!shown.to_lowercase().contains("canary"), "{shown}");
}

/// What is about the claim of a patient, all of it canaries, and what would be written next.
struct Aviary {
    claim: NewClaim,
    correction: NewPatientCorrection,
    details: NewClaimDetails,
    recorded: WholeClaim,
    line: NewClaimLine,
    denial: NewDenial,
    note: NewDenialNote,
    posting: NewPosting,
    posted: PostingId,
    appeal: NewAppeal,
    write_off: NewWriteOff,
    rebill: NewRebill,
    variance: NewPaymentVariance,
}

/// Fills every claim-related table by the commands.
async fn fill(world: &World, connection: &mut AsyncPgConnection) -> Aviary {
    let new = |number: u32| NewClaim {
        claim_id: format!("CANARY-{number}").parse().unwrap(),
        patient_reference: "canary-patient".parse().unwrap(),
        submitted_on: Some(day(1)),
        ..world.new_claim("1000")
    };
    let claim = new(1);
    let diagnosis =
        NewClaimDiagnosis::builder().claim_id(claim.id).ordinal(1).diagnosis_code("I10".parse().unwrap()).build();
    let line = NewClaimLine {
        modifier_1: Some("25".parse().unwrap()),
        diagnosis_pointer_1: Some(1),
        ..crate::world::line(&claim)
    };
    let drug = NewClaimLineDetails::builder()
        .claim_id(claim.id)
        .line_number(line.line_number)
        .line_control_number("canary-line")
        .ndc("00002751001".parse().unwrap())
        .build();
    let tooth = ClaimLineTooth {
        claim_id: claim.id,
        line_number: line.line_number,
        tooth: "14".parse().unwrap(),
        surfaces: Some("MOD".parse().unwrap()),
    };
    let institutional = InstitutionalClaim::builder().claim_id(claim.id).facility_code("11".parse().unwrap());
    let recorded = WholeClaim {
        institutional: Some(institutional.admitted_on(day(0)).build()),
        diagnoses: vec![diagnosis],
        lines: vec![line.clone()],
        line_details: vec![drug],
        teeth: vec![tooth],
        ..WholeClaim::new(claim.clone())
    };
    claims::record(connection, &recorded).await.unwrap();
    let corrected = NewClaim { patient_reference: "canary-other-patient".parse().unwrap(), ..new(2) };
    crate::world::record(connection, &corrected).await;
    let correction = NewPatientCorrection::builder()
        .from_reference(corrected.patient_reference)
        .to_reference(claim.patient_reference.clone())
        .corrected_by("canary.registrar")
        .build();
    claims::correct_patient(connection, &correction).await.unwrap();
    let details = NewClaimDetails::builder()
        .claim_id(corrected.id)
        .patient_control_number("canary-patient-control")
        .payer_claim_control_number("canary-control")
        .place_of_service("11")
        .payer_sequence(2)
        .prior_claim_id(claim.id)
        .billing_provider("1234567893".parse().unwrap())
        .build();
    claims::note_details(connection, &details).await.unwrap();
    post(connection, &on_claim(corrected.id, PostingKind::Payment, "100")).await.unwrap();

    let denial = NewDenial::builder()
        .claim_id(claim.id)
        .denial_code("PR-1".parse().unwrap())
        .denied_on(day(2))
        .denial_amount(usd("400"))
        .line_number(line.line_number)
        .assigned_to("canary.biller")
        .build();
    let stored = denials::record(connection, &denial).await.unwrap();
    denials::note_cause(connection, denial.id, "canary cause", true).await.unwrap();
    let note = NewDenialNote::builder().denial_id(denial.id).note("canary note").noted_by("canary.biller").build();
    denials::add_note(connection, &note).await.unwrap();
    let posting =
        NewPosting { posted_by: "canary.poster".into(), ..settling(&stored, PostingKind::PatientResponsibility, "10") };
    let key = "canary-key".parse().unwrap();
    let posted = postings::post(connection, Some(&key), std::slice::from_ref(&posting)).await.unwrap();
    let posted = posted.postings[0].id;

    let appeal = NewAppeal {
        reason: "canary reason".into(),
        supporting_documents: Some(serde_json::json!([{"canary": "canary.pdf"}])),
        assigned_to: Some("canary.specialist".into()),
        ..appeal(&stored, "50")
    };
    appeals::open(connection, &appeal).await.unwrap();
    appeals::file(connection, appeal.id, day(3)).await.unwrap();
    appeals::decide(connection, appeal.id, AppealDecision::Approved, day(4), Some("canary answer")).await.unwrap();

    let write_off = NewWriteOff {
        notes: Some("canary notes".into()),
        requested_by: "canary.requester".into(),
        ..write_off(&stored, "20")
    };
    let mut approver = world.approver().await;
    for end in ["approved", "reversed", "rejected"] {
        let write_off = NewWriteOff { id: WriteOffId::new(), ..write_off.clone() };
        write_offs::request(connection, &write_off).await.unwrap();
        match end {
            "rejected" => {
                drop(write_offs::reject(&mut approver, write_off.id, "canary.manager", day(4)).await.unwrap())
            }
            _ => drop(write_offs::approve(&mut approver, write_off.id, "canary.manager", day(4)).await.unwrap()),
        }
        if end == "reversed" {
            write_offs::reverse(&mut approver, write_off.id, "canary.director", day(5)).await.unwrap();
        }
    }

    let mistyped = "N1".parse().unwrap();
    denials::add_remarks(connection, stored.id, std::slice::from_ref(&mistyped)).await.unwrap();
    denials::withdraw_remark(connection, stored.id, &mistyped, "canary.lead").await.unwrap();

    let rebill = NewRebill {
        changes: "canary changes".into(),
        assigned_to: Some("canary.biller".into()),
        new_claim_id: Some(corrected.id),
        submitted_on: Some(day(4)),
        ..rebill(&stored)
    };
    rebills::open(connection, &rebill).await.unwrap();
    rebills::resolve(connection, rebill.id, RebillOutcome::PartiallyPaid, day(9)).await.unwrap();

    let variance = NewPaymentVariance::builder()
        .claim_id(claim.id)
        .paid_on(day(3))
        .expected_amount(usd("500"))
        .actual_amount(usd("425"))
        .build();
    variances::record(connection, &variance).await.unwrap();
    variances::resolve(connection, variance.id, "canary resolution", day(9)).await.unwrap();

    // One that is still open, for what can be done to it.
    let second = NewAppeal {
        id: AppealId::new(),
        reason: "canary reason".into(),
        ..filed(&denials::record(connection, &NewDenial { id: DenialId::new(), ..denial.clone() }).await.unwrap(), "50")
    };
    appeals::open(connection, &second).await.unwrap();
    let answer = AppealUpdate::PayerResponse("canary answer".into());
    appeals::update(connection, second.id, answer).await.unwrap();
    Aviary {
        claim,
        correction,
        details,
        recorded,
        line,
        denial,
        note,
        posting,
        posted,
        appeal,
        write_off,
        rebill,
        variance,
    }
}

/// Tables that lead to a claim, the claims, and whose they were.
const CLAIM_TABLES: &str = "
    with recursive related as (
        select cast(root as regclass) as id from (values ('claims'), ('patient_corrections')) as roots (root)
        union
        select conrelid from pg_constraint join related on confrelid = related.id where contype = 'f'
    )
    select id from related order by 1";

/// Columns whose text is free: not computed, not from a closed list, not a code of a published list.
const FREE_COLUMNS: &str = "
    with recursive related as (
        select cast(root as regclass) as id from (values ('claims'), ('patient_corrections')) as roots (root)
        union
        select conrelid from pg_constraint join related on confrelid = related.id where contype = 'f'
    )
    select attrelid::regclass || '.' || attname
    from related
    join pg_attribute on attrelid = related.id and attnum > 0 and not attisdropped and attgenerated = ''
    join pg_type on pg_type.oid = atttypid
    where coalesce(nullif(typbasetype, 0), pg_type.oid) in ('text'::regtype, 'jsonb'::regtype)
        and typname not in (
            'denial_code', 'diagnosis_code', 'facility_code', 'ndc', 'npi', 'place_of_service', 'procedure_code',
            'procedure_modifier', 'rate_code', 'remark_code', 'revenue_code', 'tooth', 'tooth_surfaces'
        )
        and attname not in ('recorded_login', 'recorded_role')
        and not (attrelid = 'institutional_claims'::regclass
            and attname in ('admission_type', 'admission_source', 'patient_status', 'drg'))
        -- The name of a rule, and eight digits of a hash.
        and attname not in ('waits_for_rule', 'pseudonym_key')
        and not exists (
            select from pg_constraint
            where contypid = atttypid and conname = typname || '_known'
        )
    order by 1";

#[tokio::test]
async fn every_free_text_of_a_claim_is_a_canary_here() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    fill(&world, &mut connection).await;
    remittances::fill(&world, &mut connection).await;
    let columns = texts(&mut connection, FREE_COLUMNS).await;
    assert!(columns.len() > 15, "{columns:?}");
    for column in columns {
        let (table, name) = column.split_once('.').unwrap();
        let held = format!("select count(*) > 0 from {table} where cast({name} as text) ilike '%canary%'");
        assert_eq!(texts(&mut connection, &held).await, ["true"], "{column} holds no canary: let `fill` write one");
    }
}

/// Runs a statement and takes it back.
async fn try_out(connection: &mut AsyncPgConnection, statement: &str) -> Option<diesel::result::Error> {
    let outcome =
        connection.batch_execute(&format!("begin; {statement}; set constraints all immediate; rollback")).await;
    if outcome.is_err() {
        connection.batch_execute("rollback").await.unwrap();
    }
    outcome.err()
}

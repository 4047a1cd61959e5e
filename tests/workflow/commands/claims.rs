use diesel_async::{AsyncConnection, AsyncPgConnection};
use rcm_schema::error::Rule;
use rcm_schema::models::{Claim, ClaimDetails, NewClaim, NewClaimDetails, NewClaimDiagnosis, NewClaimLine};
use rcm_schema::types::*;
use rcm_schema::workflow::claims::{WholeClaim, note_details, record, submit, void};
use rcm_schema::{Error, Result};

use super::{assert_refused, assert_refused_by};
use crate::world::{World, assert_reconciled, day, deny, line, on_claim, post, read_claim, run, texts, usd, whole};

#[tokio::test]
async fn a_claim_is_recorded_with_its_lines_and_diagnoses_or_not_at_all() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.new_claim("100");
    let diagnosis =
        NewClaimDiagnosis::builder().claim_id(claim.id).ordinal(1).diagnosis_code("I10".parse().unwrap()).build();
    let halves = [1, 2].map(|number| NewClaimLine {
        line_number: number,
        charge_amount: usd("50"),
        diagnosis_pointer_1: Some(1),
        ..line(&claim)
    });
    let all = WholeClaim { diagnoses: vec![diagnosis], lines: halves.to_vec(), ..WholeClaim::new(claim.clone()) };
    let one_half = WholeClaim { lines: halves[..1].to_vec(), ..all.clone() };
    let without_diagnosis = WholeClaim { diagnoses: vec![], ..all.clone() };

    assert_refused!(
        &mut connection,
        async |connection| record(connection, &one_half).await,
        Error::Rule(Rule::AmountIsNotSumOfLines)
    );
    assert_refused!(
        &mut connection,
        async |connection| record(connection, &WholeClaim::new(claim.clone())).await,
        Error::Rule(Rule::AmountIsNotSumOfLines)
    );
    assert_refused_by!(
        &mut connection,
        async |connection| record(connection, &without_diagnosis).await,
        "claim_lines_diagnosis_pointer_1_exists"
    );
    let recorded = record(&mut connection, &all).await.unwrap();
    assert_eq!((recorded.status, recorded.submitted_on), (ClaimStatus::Pending, None));
    assert_eq!(texts(&mut connection, "select count(*) from claim_lines").await, ["2"]);
    assert_eq!(texts(&mut connection, "select count(*) from claim_diagnoses").await, ["1"]);

    let again = NewClaim { id: ClaimId::new(), ..claim };
    assert_refused_by!(
        &mut connection,
        async |connection| record(connection, &whole(&again)).await,
        "claims_claim_id_unique"
    );
    let sent = NewClaim { submitted_on: Some(day(1)), ..world.new_claim("1") };
    let sent = record(&mut connection, &whole(&sent)).await.unwrap();
    assert_eq!((sent.status, sent.submitted_on), (ClaimStatus::Submitted, Some(day(1))));
}

#[tokio::test]
async fn a_replacement_has_the_patient_and_the_payer_of_its_original() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let original = world.claim(&mut connection, "100").await;
    run(
        &mut connection,
        "insert into payers (payer_id, name, payer_type)
         values ('TEST-002', 'Another', 'medicare')",
    )
    .await;
    let other = rcm_schema::models::Payer::by_payer_id(&mut connection, "TEST-002").await.unwrap().id;
    let replacement = NewClaim {
        frequency_code: FrequencyCode::Replacement,
        replaces_claim_id: Some(original.id),
        ..world.new_claim("100")
    };
    let stranger = NewClaim { patient_reference: "P-2".parse().unwrap(), ..replacement.clone() };
    assert_refused!(
        &mut connection,
        async |connection| record(connection, &whole(&stranger)).await,
        Error::Rule(Rule::OtherPatient)
    );
    let elsewhere = NewClaim { payer_id: other, ..replacement.clone() };
    assert_refused!(
        &mut connection,
        async |connection| record(connection, &whole(&elsewhere)).await,
        Error::Rule(Rule::OtherPayer)
    );
    record(&mut connection, &whole(&replacement)).await.unwrap();
}

#[tokio::test]
async fn the_sum_of_the_lines_is_checked_when_the_callers_transaction_commits() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.new_claim("100");
    let short = NewClaimLine { charge_amount: usd("99.99"), ..line(&claim) };
    let short = WholeClaim { lines: vec![short], ..WholeClaim::new(claim) };
    assert_refused!(
        &mut connection,
        async |connection| {
            let outcome: Result<Claim> = connection
                .transaction(async |connection: &mut AsyncPgConnection| {
                    let recorded = record(connection, &short).await;
                    assert!(recorded.is_ok(), "before the commit nothing is wrong yet");
                    recorded
                })
                .await;
            outcome
        },
        Error::Rule(Rule::AmountIsNotSumOfLines)
    );
}

#[tokio::test]
async fn only_a_pending_claim_is_submitted() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.new_claim("100");
    record(&mut connection, &whole(&claim)).await.unwrap();
    assert_refused_by!(
        &mut connection,
        async |connection| submit(connection, claim.id, "2023-12-31".parse().unwrap()).await,
        "claims_submitted_after_service"
    );
    let submitted = submit(&mut connection, claim.id, day(1)).await.unwrap();
    assert_eq!((submitted.status, submitted.submitted_on), (ClaimStatus::Submitted, Some(day(1))));

    submit(&mut connection, claim.id, day(1)).await.unwrap();
    let denied = world.denial(&mut connection, "CO-197", "100").await.claim_id;
    let voided = world.new_claim("100");
    record(&mut connection, &whole(&voided)).await.unwrap();
    void(&mut connection, voided.id, day(1)).await.unwrap();
    for claim in [claim.id, denied, voided.id] {
        assert_refused!(
            &mut connection,
            async |connection| submit(connection, claim, day(2)).await,
            Error::Rule(Rule::Unchangeable { .. })
        );
    }
    assert_refused!(
        &mut connection,
        async |connection| submit(connection, ClaimId::new(), day(2)).await,
        Error::NotFound
    );
}

#[tokio::test]
async fn a_replacement_answers_a_claim_that_was_submitted_and_not_voided() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let pending = world.new_claim("100");
    record(&mut connection, &whole(&pending)).await.unwrap();
    let voided = world.claim(&mut connection, "100").await.id;
    void(&mut connection, voided, day(3)).await.unwrap();
    for original in [pending.id, voided] {
        let replacement = NewClaim {
            frequency_code: FrequencyCode::Replacement,
            replaces_claim_id: Some(original),
            ..world.new_claim("100")
        };
        let sent = NewClaim { submitted_on: Some(day(4)), ..replacement.clone() };
        assert_refused!(
            &mut connection,
            async |connection| record(connection, &whole(&sent)).await,
            Error::Rule(Rule::ClaimNotSubmitted)
        );
        record(&mut connection, &whole(&replacement)).await.unwrap();
        assert_refused!(
            &mut connection,
            async |connection| submit(connection, replacement.id, day(4)).await,
            Error::Rule(Rule::ClaimNotSubmitted)
        );
    }
}

#[tokio::test]
async fn how_others_name_a_claim_is_noted_piece_by_piece() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await.id;
    let ours = NewClaimDetails::builder().claim_id(claim).patient_control_number("PCN-1").build();
    let theirs = NewClaimDetails::builder().claim_id(claim).payer_claim_control_number("ICN-9").build();
    for details in [&ours, &theirs, &theirs] {
        note_details(&mut connection, details).await.unwrap();
    }
    let noted = ClaimDetails::by_claim(&mut connection, claim).await.unwrap();
    assert_eq!(noted.patient_control_number.as_deref(), Some("PCN-1"));
    assert_eq!(noted.payer_claim_control_number.as_deref(), Some("ICN-9"));
    let nothing = NewClaimDetails::builder().claim_id(claim).build();
    assert_refused!(
        &mut connection,
        async |connection| note_details(connection, &nothing).await,
        Error::Invalid { .. }
    );
}

#[tokio::test]
async fn a_claim_is_voided_unless_something_of_it_is_being_fought_for() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await.id;
    post(&mut connection, &on_claim(claim, PostingKind::Payment, "40")).await.unwrap();
    for _ in 0..2 {
        let voided = void(&mut connection, claim, day(6)).await.unwrap();
        assert_eq!((voided.status, voided.balance().to_string().as_str()), (ClaimStatus::Voided, "0.00"));
    }
    assert_refused!(
        &mut connection,
        async |connection| void(connection, claim, day(7)).await,
        Error::Rule(Rule::Unchangeable { .. })
    );
    let denied = world.claim(&mut connection, "100").await.id;
    deny(&mut connection, denied, "CO-197", "60").await;
    assert_refused!(
        &mut connection,
        async |connection| void(connection, denied, day(6)).await,
        Error::Rule(Rule::DenialStillOpen)
    );
    assert_refused!(
        &mut connection,
        async |connection| void(connection, ClaimId::new(), day(6)).await,
        Error::NotFound
    );
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn nobody_writes_a_total_or_a_status() {
    let world = World::new().await;
    let mut connection = world.writer().await;
    let claim = world.claim(&mut connection, "100").await.id;
    post(&mut connection, &on_claim(claim, PostingKind::Payment, "40")).await.unwrap();
    let totals = texts(
        &mut connection,
        "select attname from pg_attribute where attrelid = 'claims'::regclass and attgenerated = ''
            and (attname ~ '._amount$' or attname in ('answers', 'filed_appeals'))",
    )
    .await;
    assert_eq!(totals.len(), 11, "{totals:?}");
    for total in totals {
        assert_refused!(
            &mut connection,
            async |connection| {
                let change = format!("update claims set {total} = {total} + 1");
                Ok(diesel_async::SimpleAsyncConnection::batch_execute(connection, &change).await?)
            },
            Error::Rule(Rule::KeptByDatabase { .. })
        );
    }
    assert_eq!(read_claim(&mut connection, claim).await.status, ClaimStatus::PartiallyPaid);
}

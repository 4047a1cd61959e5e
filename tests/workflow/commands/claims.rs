use diesel_async::{AsyncConnection, AsyncPgConnection};
use rcm_schema::error::Rule;
use rcm_schema::models::{Claim, NewClaim, NewClaimDiagnosis, NewClaimLine};
use rcm_schema::types::*;
use rcm_schema::workflow::claims::{post_payment, record, submit, void};
use rcm_schema::{Error, Result};

use super::{assert_refused, assert_refused_by};
use crate::world::{World, day, deny, line, run, texts, usd};

async fn status(connection: &mut AsyncPgConnection, claim: &Claim) -> ClaimStatus {
    Claim::by_claim_id(connection, claim.claim_id.as_str()).await.unwrap().status
}

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

    assert_refused!(
        &mut connection,
        async |connection| record(connection, &claim, std::slice::from_ref(&diagnosis), &halves[..1]).await,
        Error::Rule(Rule::AmountIsNotSumOfLines)
    );
    assert_refused!(
        &mut connection,
        async |connection| record(connection, &claim, &[], &[]).await,
        Error::Rule(Rule::AmountIsNotSumOfLines)
    );
    assert_refused_by!(
        &mut connection,
        async |connection| record(connection, &claim, &[], &halves).await,
        "claim_lines_diagnosis_pointer_1_exists"
    );
    let recorded = record(&mut connection, &claim, std::slice::from_ref(&diagnosis), &halves).await.unwrap();
    assert_eq!((recorded.status, recorded.submitted_on), (ClaimStatus::Pending, None));
    assert_eq!(texts(&mut connection, "select count(*) from claim_lines").await, ["2"]);
    assert_eq!(texts(&mut connection, "select count(*) from claim_diagnoses").await, ["1"]);

    let again = NewClaim { id: ClaimId::new(), ..claim };
    assert_refused_by!(
        &mut connection,
        async |connection| record(connection, &again, &[], &[line(&again)]).await,
        "claims_claim_id_unique"
    );
    let sent = NewClaim { submitted_on: Some(day(1)), ..world.new_claim("1") };
    let sent = record(&mut connection, &sent, &[], &[line(&sent)]).await.unwrap();
    assert_eq!((sent.status, sent.submitted_on), (ClaimStatus::Submitted, Some(day(1))));
}

#[tokio::test]
async fn a_replacement_has_the_patient_and_the_payer_of_its_original() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let original = world.claim(&mut connection, "100").await;
    run(
        &mut connection,
        "insert into payers (payer_id, name, payer_type, timely_filing_days, appeal_filing_days)
         values ('TEST-002', 'Another', 'medicare', 1, 1)",
    )
    .await;
    let other = rcm_schema::models::Payer::by_payer_id(&mut connection, "TEST-002").await.unwrap().id;
    let replacement = NewClaim {
        frequency_code: Some(FrequencyCode::Replacement),
        payer_claim_control_number: Some("PCN-1".into()),
        replaces_claim_id: Some(original.id),
        ..world.new_claim("100")
    };
    let stranger = NewClaim { patient_reference: "P-2".parse().unwrap(), ..replacement.clone() };
    assert_refused!(
        &mut connection,
        async |connection| record(connection, &stranger, &[], &[line(&stranger)]).await,
        Error::Rule(Rule::OtherPatient)
    );
    let elsewhere = NewClaim { payer_id: other, ..replacement.clone() };
    assert_refused!(
        &mut connection,
        async |connection| record(connection, &elsewhere, &[], &[line(&elsewhere)]).await,
        Error::Rule(Rule::OtherPayer)
    );
    record(&mut connection, &replacement, &[], &[line(&replacement)]).await.unwrap();
}

#[tokio::test]
async fn the_sum_of_the_lines_is_checked_when_the_callers_transaction_commits() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.new_claim("100");
    let short = NewClaimLine { charge_amount: usd("99.99"), ..line(&claim) };
    assert_refused!(
        &mut connection,
        async |connection| {
            let outcome: Result<Claim> = connection
                .transaction(async |connection: &mut AsyncPgConnection| {
                    let recorded = record(connection, &claim, &[], std::slice::from_ref(&short)).await;
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
    record(&mut connection, &claim, &[], &[line(&claim)]).await.unwrap();
    assert_refused_by!(
        &mut connection,
        async |connection| submit(connection, claim.id, "2023-12-31".parse().unwrap()).await,
        "claims_submitted_after_service"
    );
    let submitted = submit(&mut connection, claim.id, day(1)).await.unwrap();
    assert_eq!((submitted.status, submitted.submitted_on), (ClaimStatus::Submitted, Some(day(1))));

    let denied = world.denial(&mut connection, "CO-197", "100").await.claim_id;
    let paid = world.claim(&mut connection, "100").await.id;
    post_payment(&mut connection, paid, &usd("100"), &Usd::zero()).await.unwrap();
    for claim in [claim.id, denied, paid] {
        assert_refused!(
            &mut connection,
            async |connection| submit(connection, claim, day(2)).await,
            Error::Rule(Rule::IllegalTransition { .. })
        );
    }
    assert_refused!(
        &mut connection,
        async |connection| submit(connection, ClaimId::new(), day(2)).await,
        Error::NotFound
    );
}

#[tokio::test]
async fn payments_add_up_and_decide_the_status() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await;
    for (paid, adjusted, status, balance) in [
        ("0", "20", ClaimStatus::Submitted, "80.00"),
        ("50", "0", ClaimStatus::PartiallyPaid, "30.00"),
        ("29.99", "0", ClaimStatus::PartiallyPaid, "0.01"),
        ("0", "0.01", ClaimStatus::Paid, "0.00"),
        // The payer's mistake, not ours.
        ("5", "0", ClaimStatus::Paid, "-5.00"),
    ] {
        let claim = post_payment(&mut connection, claim.id, &usd(paid), &usd(adjusted)).await.unwrap();
        assert_eq!((claim.status, claim.balance_amount.to_string().as_str()), (status, balance));
    }
    assert_refused!(
        &mut connection,
        async |connection| post_payment(connection, claim.id, &Usd::zero(), &Usd::zero()).await,
        Error::Invalid { .. }
    );
}

#[tokio::test]
async fn a_claim_that_no_payer_has_takes_no_payment() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let pending = world.new_claim("100");
    record(&mut connection, &pending, &[], &[line(&pending)]).await.unwrap();
    let voided = world.claim(&mut connection, "100").await.id;
    void(&mut connection, voided).await.unwrap();
    for claim in [pending.id, voided] {
        for (paid, adjusted) in [("100", "0"), ("10", "0"), ("0", "10"), ("0", "100")] {
            assert_refused!(
                &mut connection,
                async |connection| post_payment(connection, claim, &usd(paid), &usd(adjusted)).await,
                Error::Rule(Rule::IllegalTransition { .. })
            );
        }
    }
    assert_refused!(
        &mut connection,
        async |connection| post_payment(connection, ClaimId::new(), &usd("1"), &usd("0")).await,
        Error::NotFound
    );
}

#[tokio::test]
async fn a_payment_leaves_room_for_what_is_still_denied() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await;
    deny(&mut connection, claim.id, "CO-197", "60").await;
    assert_eq!(status(&mut connection, &claim).await, ClaimStatus::Denied);
    let claim = post_payment(&mut connection, claim.id, &usd("40"), &usd("0")).await.unwrap();
    assert_eq!(claim.status, ClaimStatus::PartiallyPaid);
    for (paid, adjusted) in [("0.01", "0"), ("0", "0.01")] {
        assert_refused!(
            &mut connection,
            async |connection| post_payment(connection, claim.id, &usd(paid), &usd(adjusted)).await,
            Error::Rule(Rule::OverDenied { claim: Some(named) }) if named == claim.id
        );
    }
}

#[tokio::test]
async fn a_claim_is_voided_unless_something_of_it_is_being_fought_for() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await;
    for _ in 0..2 {
        assert_eq!(void(&mut connection, claim.id).await.unwrap().status, ClaimStatus::Voided);
    }
    let denied = world.denial(&mut connection, "CO-197", "100").await.claim_id;
    assert_refused!(
        &mut connection,
        async |connection| void(connection, denied).await,
        Error::Rule(Rule::IllegalTransition { .. })
    );
    let partly = world.claim(&mut connection, "100").await.id;
    post_payment(&mut connection, partly, &usd("40"), &usd("0")).await.unwrap();
    deny(&mut connection, partly, "CO-197", "60").await;
    assert_refused_by!(
        &mut connection,
        async |connection| void(connection, partly).await,
        "claims_voided_has_nothing_open"
    );
    assert_refused!(&mut connection, async |connection| void(connection, ClaimId::new()).await, Error::NotFound);
}

//! Coordination of benefits: a later payer's claim takes over what the payer before left to the patient.

use diesel_async::AsyncPgConnection;
use rcm_schema::error::Rule;
use rcm_schema::models::{Claim, ClaimDetails, NewClaim, NewClaimDetails, NewClaimLine, NewPosting};
use rcm_schema::types::PostingKind::*;
use rcm_schema::types::*;
use rcm_schema::views::PostingToReview;
use rcm_schema::workflow::claims::{self, WholeClaim, note_details, submit, void};
use rcm_schema::workflow::postings;
use rcm_schema::{Error, Result};

use super::{assert_refused, assert_refused_by};
use crate::world::{
    World, assert_reconciled, day, deny, line, on_claim, post, read_claim, record, settling, texts, usd,
};

/// Names the claim of the payer before.
async fn follow(
    connection: &mut AsyncPgConnection,
    claim: ClaimId,
    sequence: i16,
    prior: ClaimId,
) -> Result<ClaimDetails> {
    let details = NewClaimDetails::builder().claim_id(claim).payer_sequence(sequence).prior_claim_id(prior).build();
    note_details(connection, &details).await
}

/// Posts rows of a claim at once, as a remittance comes: kind, amount.
async fn answer(connection: &mut AsyncPgConnection, claim: ClaimId, rows: &[(PostingKind, &str)]) {
    let rows: Vec<NewPosting> = rows.iter().map(|(kind, amount)| on_claim(claim, *kind, amount)).collect();
    postings::post(connection, None, &rows).await.unwrap();
}

/// What the patient is responsible for, what another payer settled, what the payer and the patient owe.
async fn stands(connection: &mut AsyncPgConnection, claim: ClaimId) -> String {
    let claim = read_claim(connection, claim).await;
    format!(
        "patient {}, other payer {}, balances {} {}",
        claim.patient_responsibility_amount,
        claim.other_payer_amount,
        claim.payer_balance_amount,
        claim.patient_balance_amount
    )
}

/// A primary claim of 100.00, of which 70.00 was paid, 10.00 is contractual and 20.00 the patient's.
async fn primary(world: &World, connection: &mut AsyncPgConnection) -> ClaimId {
    let claim = world.claim(connection, "100").await.id;
    answer(connection, claim, &[(Payment, "70"), (ContractualAdjustment, "10"), (PatientResponsibility, "20")]).await;
    claim
}

/// The same, and a secondary claim that follows it, submitted.
async fn two(world: &World, connection: &mut AsyncPgConnection) -> (ClaimId, ClaimId) {
    let primary = primary(world, connection).await;
    let secondary = world.claim(connection, "100").await.id;
    follow(connection, secondary, 2, primary).await.unwrap();
    (primary, secondary)
}

const TAKEN_OVER: &str = "patient 0.00, other payer 20.00, balances 0.00 0.00";
const EXPECTED: &str = "patient 0.00, other payer 80.00, balances 20.00 0.00";

#[tokio::test]
async fn a_secondary_claim_takes_over_the_patients_part_and_its_remittance_says_the_rest() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let a = primary(&world, &mut connection).await;
    assert_eq!(stands(&mut connection, a).await, "patient 20.00, other payer 0.00, balances 0.00 20.00");
    let b = record(&mut connection, &world.new_claim("100")).await.id;
    follow(&mut connection, b, 2, a).await.unwrap();
    assert_eq!(stands(&mut connection, a).await, "patient 20.00, other payer 0.00, balances 0.00 20.00", "pending");

    submit(&mut connection, b, day(4)).await.unwrap();
    assert_eq!(stands(&mut connection, a).await, TAKEN_OVER);
    assert_eq!(stands(&mut connection, b).await, EXPECTED);
    let [first, second] = [read_claim(&mut connection, a).await, read_claim(&mut connection, b).await];
    assert_eq!((first.status, first.answers), (ClaimStatus::Paid, 3), "what the database posts is no answer");
    assert_eq!((second.status, second.answers), (ClaimStatus::Submitted, 0));
    // Named again, it takes over once.
    follow(&mut connection, b, 2, a).await.unwrap();
    assert_eq!(stands(&mut connection, b).await, EXPECTED);

    answer(&mut connection, b, &[(Payment, "15"), (OtherPayer, "80"), (PatientResponsibility, "5")]).await;
    assert_eq!(stands(&mut connection, a).await, TAKEN_OVER);
    assert_eq!(stands(&mut connection, b).await, "patient 5.00, other payer 80.00, balances 0.00 5.00");
    assert_eq!(read_claim(&mut connection, b).await.status, ClaimStatus::Paid);
    let charges = texts(&mut connection, "select sum(charge_amount) from claim_facts").await;
    assert_eq!(charges, ["100.00"], "the service was charged once");
    // A remittance that says what was expected is nothing to look at.
    assert_eq!(PostingToReview::list(&mut connection, None, 9).await.unwrap(), []);
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn what_was_expected_gives_way_to_an_answer_that_needs_the_room() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    // As much as is left leaves it.
    let (_, b) = two(&world, &mut connection).await;
    post(&mut connection, &on_claim(b, Payment, "20")).await.unwrap();
    assert_eq!(stands(&mut connection, b).await, "patient 0.00, other payer 80.00, balances 0.00 0.00");
    let (_, b) = two(&world, &mut connection).await;
    let denial = deny(&mut connection, b, "CO-16", "20").await;
    assert_eq!(stands(&mut connection, b).await, EXPECTED);
    post(&mut connection, &settling(&denial, Payment, "20")).await.unwrap();
    assert_eq!(stands(&mut connection, b).await, "patient 0.00, other payer 80.00, balances 0.00 0.00");

    // More takes all of it back, once, in one row or in several.
    let (_, b) = two(&world, &mut connection).await;
    deny(&mut connection, b, "CO-16", "20.01").await;
    assert_eq!(stands(&mut connection, b).await, "patient 0.00, other payer 0.00, balances 100.00 0.00");
    let (_, b) = two(&world, &mut connection).await;
    post(&mut connection, &on_claim(b, Payment, "30")).await.unwrap();
    assert_eq!(stands(&mut connection, b).await, "patient 0.00, other payer 0.00, balances 70.00 0.00");
    post(&mut connection, &on_claim(b, OtherPayer, "70")).await.unwrap();
    assert_eq!(stands(&mut connection, b).await, "patient 0.00, other payer 70.00, balances 0.00 0.00");
    let (_, b) = two(&world, &mut connection).await;
    answer(&mut connection, b, &[(Payment, "15"), (ContractualAdjustment, "10")]).await;
    assert_eq!(stands(&mut connection, b).await, "patient 0.00, other payer 0.00, balances 75.00 0.00");

    // A real OA-23 takes its place, whatever it says; so does one about a denial.
    let (_, b) = two(&world, &mut connection).await;
    post(&mut connection, &on_claim(b, OtherPayer, "60")).await.unwrap();
    assert_eq!(stands(&mut connection, b).await, "patient 0.00, other payer 60.00, balances 40.00 0.00");
    let (_, b) = two(&world, &mut connection).await;
    let denial = deny(&mut connection, b, "CO-16", "20").await;
    post(&mut connection, &settling(&denial, OtherPayer, "20")).await.unwrap();
    assert_eq!(stands(&mut connection, b).await, "patient 0.00, other payer 20.00, balances 80.00 0.00");
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn voiding_the_secondary_claim_gives_the_patients_part_back() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let (a, b) = two(&world, &mut connection).await;
    void(&mut connection, b, day(6)).await.unwrap();
    assert_eq!(stands(&mut connection, a).await, "patient 20.00, other payer 0.00, balances 0.00 20.00");
    assert!(stands(&mut connection, b).await.ends_with("balances 0.00 0.00"));
    let review = PostingToReview::list(&mut connection, None, 9).await.unwrap();
    assert!(review.len() == 2 && review.iter().all(|row| row.claim_id == a && row.denial_id.is_none()));
    // Another one takes it over in its place.
    let c = world.claim(&mut connection, "100").await.id;
    follow(&mut connection, c, 2, a).await.unwrap();
    assert_eq!(stands(&mut connection, a).await, TAKEN_OVER);
    assert_eq!(stands(&mut connection, c).await, EXPECTED);
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn a_replacement_of_the_secondary_claim_bills_the_same() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    for answered in [false, true] {
        let (a, b) = two(&world, &mut connection).await;
        if answered {
            answer(&mut connection, b, &[(Payment, "15"), (OtherPayer, "80"), (PatientResponsibility, "5")]).await;
        }
        let c = NewClaim {
            frequency_code: FrequencyCode::Replacement,
            replaces_claim_id: Some(b),
            ..world.new_claim("100")
        };
        record(&mut connection, &c).await;
        follow(&mut connection, c.id, 2, a).await.unwrap();
        submit(&mut connection, c.id, day(5)).await.unwrap();
        if answered {
            answer(&mut connection, b, &[(Payment, "-15"), (OtherPayer, "-80"), (PatientResponsibility, "-5")]).await;
        }
        assert_eq!(stands(&mut connection, a).await, TAKEN_OVER);
        assert_eq!(stands(&mut connection, b).await, "patient 0.00, other payer 0.00, balances 0.00 0.00");
        assert_eq!(stands(&mut connection, c.id).await, EXPECTED);
        let review = PostingToReview::list(&mut connection, None, 9).await.unwrap();
        assert_eq!(review, [], "answered: {answered}");
    }
    // One that takes the secondary claim back bills nothing, and takes nothing over.
    let a = primary(&world, &mut connection).await;
    let b = world.claim(&mut connection, "100").await.id;
    let c = NewClaim {
        frequency_code: FrequencyCode::Void,
        replaces_claim_id: Some(b),
        submitted_on: Some(day(5)),
        ..world.new_claim("100")
    };
    record(&mut connection, &c).await;
    follow(&mut connection, c.id, 2, a).await.unwrap();
    assert_eq!(stands(&mut connection, a).await, "patient 20.00, other payer 0.00, balances 0.00 20.00");
    assert_eq!(read_claim(&mut connection, c.id).await.balance().to_string(), "0.00");
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn a_tertiary_claim_takes_over_from_the_secondary() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let (a, b) = two(&world, &mut connection).await;
    answer(&mut connection, b, &[(Payment, "15"), (OtherPayer, "80"), (PatientResponsibility, "5")]).await;
    let c = world.claim(&mut connection, "100").await.id;
    follow(&mut connection, c, 3, b).await.unwrap();
    assert_eq!(stands(&mut connection, a).await, TAKEN_OVER);
    assert_eq!(stands(&mut connection, b).await, "patient 0.00, other payer 85.00, balances 0.00 0.00");
    assert_eq!(stands(&mut connection, c).await, "patient 0.00, other payer 95.00, balances 5.00 0.00");
    answer(&mut connection, c, &[(OtherPayer, "95"), (PatientResponsibility, "5")]).await;
    assert_eq!(stands(&mut connection, c).await, "patient 5.00, other payer 95.00, balances 0.00 5.00");
    let all = texts(&mut connection, "select sum(charge_amount) || ' ' || sum(paid_amount) from claim_facts").await;
    assert_eq!(all, ["100.00 85.00"]);
    let later = ClaimDetails::by_prior_claim(&mut connection, b).await.unwrap();
    assert_eq!(later.iter().map(|details| details.claim_id).collect::<Vec<_>>(), [c]);
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn a_claim_follows_one_of_the_same_patient_that_was_submitted() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let a = primary(&world, &mut connection).await;
    let stranger = NewClaim { patient_reference: "P-2".parse().unwrap(), ..world.new_claim("100") };
    let stranger = record(&mut connection, &stranger).await.id;
    follow(&mut connection, stranger, 2, a).await.unwrap();
    assert_refused!(
        &mut connection,
        async |connection| submit(connection, stranger, day(4)).await,
        Error::Rule(Rule::OtherPatient)
    );
    let pending = record(&mut connection, &world.new_claim("100")).await.id;
    let b = world.claim(&mut connection, "100").await.id;
    for unsubmitted in [pending, {
        let voided = world.claim(&mut connection, "1").await.id;
        void(&mut connection, voided, day(4)).await.unwrap();
        voided
    }] {
        assert_refused!(
            &mut connection,
            async |connection| follow(connection, b, 2, unsubmitted).await,
            Error::Rule(Rule::ClaimNotSubmitted)
        );
    }
    assert_refused_by!(
        &mut connection,
        async |connection| follow(connection, b, 1, a).await,
        "claim_details_prior_claim_of_later_payer"
    );
    follow(&mut connection, b, 2, a).await.unwrap();
    let other = primary(&world, &mut connection).await;
    assert_refused!(
        &mut connection,
        async |connection| follow(connection, b, 2, other).await,
        Error::Rule(Rule::Unchangeable { .. })
    );
    // The rows that moved the patient's part are the database's.
    for kind in [PatientResponsibility, OtherPayer] {
        let mine = NewPosting { moved_to_claim_id: Some(b), ..on_claim(other, kind, "1") };
        assert_refused!(
            &mut connection,
            async |connection| post(connection, &mine).await,
            Error::Rule(Rule::KeptByDatabase { .. })
        );
    }
    let moved = texts(&mut connection, "select id from postings where moved_to_claim_id is not null").await;
    assert_eq!(moved.len(), 2);
    for row in moved {
        let row = PostingId(row.parse().unwrap());
        assert_refused!(
            &mut connection,
            async |connection| postings::reverse(connection, row, day(5), "payment.poster", None).await,
            Error::Rule(Rule::KeptByDatabase { .. })
        );
    }
}

#[tokio::test]
async fn a_claim_is_paid_once_it_is_answered_and_the_payer_owes_nothing() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    // Of an encounter, and of one that has a line without charge beside another.
    let free = world.claim(&mut connection, "0").await;
    assert_eq!(free.status, ClaimStatus::Submitted);
    let partly = NewClaim { submitted_on: Some(day(1)), ..world.new_claim("100") };
    let lines = vec![line(&partly), NewClaimLine { line_number: 2, charge_amount: usd("0"), ..line(&partly) }];
    let partly = WholeClaim { lines, ..WholeClaim::new(partly) };
    let partly: Claim = claims::record(&mut connection, &partly).await.unwrap();
    for (claim, rows) in [
        (free.id, &[(PatientResponsibility, "5"), (PatientResponsibility, "-5")][..]),
        (partly.id, &[(Payment, "80"), (ContractualAdjustment, "20")][..]),
    ] {
        answer(&mut connection, claim, rows).await;
        assert_eq!(read_claim(&mut connection, claim).await.status, ClaimStatus::Paid);
    }
    let deductible = world.claim(&mut connection, "100").await.id;
    post(&mut connection, &on_claim(deductible, PatientPayment, "25")).await.unwrap();
    assert_eq!(
        read_claim(&mut connection, deductible).await.status,
        ClaimStatus::Submitted,
        "a copayment at the visit"
    );
    post(&mut connection, &on_claim(deductible, PatientResponsibility, "100")).await.unwrap();
    let deductible = read_claim(&mut connection, deductible).await;
    assert_eq!(
        (deductible.status, deductible.patient_balance_amount.to_string()),
        (ClaimStatus::Paid, "75.00".to_owned())
    );
    assert_reconciled(&mut connection).await;
}

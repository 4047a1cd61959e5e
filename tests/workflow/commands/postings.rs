use diesel_async::AsyncPgConnection;
use rcm_schema::error::Rule;
use rcm_schema::models::{Denial, NewPosting, Posting};
use rcm_schema::types::PostingKind::*;
use rcm_schema::types::*;
use rcm_schema::views::PostingToReview;
use rcm_schema::workflow::{appeals, claims, postings, write_offs};
use rcm_schema::{Error, Result};

use super::denials::{ledger, read, totals};
use super::{assert_refused, assert_refused_by};
use crate::world::{
    World, assert_reconciled, day, deny, filed, on_claim, post, read_claim, record, settling, texts, usd, write_off,
};

const BY: &str = "payment.poster";

/// Takes a posting back as our own mistake.
pub async fn reverse(connection: &mut AsyncPgConnection, posting: PostingId) -> Result<Posting> {
    let posted = postings::reverse(connection, posting, day(5), BY, None).await?;
    Ok(posted.postings.into_iter().next().unwrap())
}

/// What a person shall look at: kind and amount.
pub async fn to_review(connection: &mut AsyncPgConnection) -> Vec<(PostingKind, String)> {
    let rows = PostingToReview::list(connection, None, 9).await.unwrap();
    rows.into_iter().map(|row| (row.kind, row.amount.to_string())).collect()
}

#[tokio::test]
async fn each_posting_takes_from_what_is_open_until_nothing_is() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "PR-1", "100").await;
    post(&mut connection, &settling(&denial, PatientResponsibility, "50")).await.unwrap();
    post(&mut connection, &settling(&denial, Payment, "30")).await.unwrap();
    for amount in ["20.01", "100"] {
        assert_refused!(
            &mut connection,
            async |connection| post(connection, &settling(&denial, ContractualAdjustment, amount)).await,
            Error::Rule(Rule::OverAllocated { denial: Some(named) }) if named == denial.id
        );
    }
    assert_refused_by!(
        &mut connection,
        async |connection| post(connection, &settling(&denial, Payment, "0")).await,
        "postings_amount_not_zero"
    );
    let nothing = Denial { id: DenialId::new(), ..denial.clone() };
    assert_refused_by!(
        &mut connection,
        async |connection| post(connection, &settling(&nothing, Payment, "1")).await,
        "postings_denial_of_claim"
    );
    let posted = post(&mut connection, &settling(&denial, OtherPayer, "5")).await.unwrap();
    assert_eq!((posted.kind, posted.amount.to_string().as_str()), (OtherPayer, "5.00"));
    post(&mut connection, &settling(&denial, ContractualAdjustment, "5")).await.unwrap();
    post(&mut connection, &settling(&denial, DenialWithdrawn, "10")).await.unwrap();
    assert_eq!(totals(&mut connection, &denial).await, ["30.00", "0.00", "50.00", "10.00", "0.00"]);
    let denial = read(&mut connection, &denial).await;
    assert_eq!((denial.withdrawn_amount, denial.resolution_status), (usd("10"), ResolutionStatus::Resolved));
    let claim = read_claim(&mut connection, denial.claim_id).await;
    assert_eq!(claim.payer_balance_amount.to_string(), "10.00", "the payer owes again what it denied no longer");
    assert_eq!(claim.status, ClaimStatus::PartiallyPaid);
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn a_contractual_obligation_is_never_billed_to_the_patient() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "CO-50", "100").await;
    assert_refused!(
        &mut connection,
        async |connection| post(connection, &settling(&denial, PatientResponsibility, "1")).await,
        Error::Rule(Rule::ContractualObligation)
    );
}

#[tokio::test]
async fn a_posting_is_reversed_once_and_a_reversal_never() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "PR-1", "100").await;
    let posted = post(&mut connection, &settling(&denial, PatientResponsibility, "100")).await.unwrap();
    let reversal = reverse(&mut connection, posted.id).await.unwrap();
    assert_eq!((reversal.reverses_id, reversal.amount.to_string().as_str()), (Some(posted.id), "-100.00"));
    assert_eq!(totals(&mut connection, &denial).await, ["0.00", "0.00", "0.00", "0.00", "100.00"]);
    assert_refused!(
        &mut connection,
        async |connection| reverse(connection, posted.id).await,
        Error::Rule(Rule::AlreadyReversed)
    );
    assert_refused!(
        &mut connection,
        async |connection| reverse(connection, reversal.id).await,
        Error::Rule(Rule::NotTheSamePosting)
    );
    assert_refused!(&mut connection, async |connection| reverse(connection, PostingId::new()).await, Error::NotFound);
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn the_posting_of_an_appeal_is_reversed_that_of_a_write_off_only_with_it() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "CO-197", "100").await;
    let appeal = appeals::open(&mut connection, &filed(&denial, "40")).await.unwrap();
    appeals::decide(&mut connection, appeal.id, appeals::AppealDecision::Approved, day(9), None).await.unwrap();
    post(&mut connection, &NewPosting { appeal_id: Some(appeal.id), ..settling(&denial, Payment, "40") })
        .await
        .unwrap();
    let given_up = write_offs::request(&mut connection, &write_off(&denial, "60")).await.unwrap();
    write_offs::approve(&mut world.approver().await, given_up.id, "billing.manager", day(9)).await.unwrap();
    let ledger = ledger(&mut connection).await;
    let [recovered, written_off] = ledger.as_slice() else { panic!("two postings") };
    assert_refused!(
        &mut connection,
        async |connection| reverse(connection, written_off.id).await,
        Error::Rule(Rule::KeptByDatabase { .. })
    );
    let reversal = reverse(&mut connection, recovered.id).await.unwrap();
    assert_eq!((reversal.appeal_id, reversal.reverses_id), (Some(appeal.id), Some(recovered.id)));
    assert_eq!(totals(&mut connection, &denial).await, ["0.00", "60.00", "0.00", "0.00", "40.00"]);
    assert_eq!(read(&mut connection, &denial).await.granted_amount, usd("40"), "the payer still owes it");
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn a_payment_of_what_was_given_up_takes_that_back_up_to_what_is_paid() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "PR-1", "100").await;
    let given_up = write_offs::request(&mut connection, &write_off(&denial, "60")).await.unwrap();
    write_offs::approve(&mut world.approver().await, given_up.id, "billing.manager", day(4)).await.unwrap();
    post(&mut connection, &settling(&denial, PatientResponsibility, "30")).await.unwrap();

    // 10.00 is open, the write-off goes first, the patient's part after it.
    post(&mut connection, &settling(&denial, Payment, "35")).await.unwrap();
    assert_eq!(totals(&mut connection, &denial).await, ["35.00", "35.00", "30.00", "0.00", "0.00"]);
    post(&mut connection, &settling(&denial, Payment, "45")).await.unwrap();
    assert_eq!(totals(&mut connection, &denial).await, ["80.00", "0.00", "20.00", "0.00", "0.00"]);
    assert_eq!(
        to_review(&mut connection)
            .await
            .into_iter()
            .map(|(kind, amount)| format!("{kind} {amount}"))
            .collect::<Vec<_>>(),
        ["patient_responsibility -10.00", "write_off -35.00", "write_off -25.00"]
    );
    let claim = read_claim(&mut connection, denial.claim_id).await;
    assert_eq!((claim.patient_balance_amount.to_string().as_str(), claim.status), ("20.00", ClaimStatus::Paid));

    assert_refused!(
        &mut connection,
        async |connection| post(connection, &settling(&denial, Payment, "20.01")).await,
        Error::Rule(Rule::OverAllocated { denial: Some(named) }) if named == denial.id
    );
    // Nothing of the write-off is left to take back.
    let reversed =
        write_offs::reverse(&mut world.approver().await, given_up.id, "billing.manager", day(5)).await.unwrap();
    assert_eq!(reversed.status, WriteOffStatus::Reversed);
    assert_eq!(totals(&mut connection, &denial).await, ["80.00", "0.00", "20.00", "0.00", "0.00"]);
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn an_overpaid_claim_takes_a_payment_of_what_was_given_up_too() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "150").await.id;
    let denial = deny(&mut connection, claim, "PR-1", "100").await;
    let given_up = write_offs::request(&mut connection, &write_off(&denial, "100")).await.unwrap();
    write_offs::approve(&mut world.approver().await, given_up.id, "billing.manager", day(4)).await.unwrap();
    post(&mut connection, &on_claim(claim, Payment, "90")).await.unwrap();
    assert_eq!(read_claim(&mut connection, claim).await.balance().to_string(), "-40.00");
    post(&mut connection, &settling(&denial, Payment, "70")).await.unwrap();
    assert_eq!(totals(&mut connection, &denial).await, ["70.00", "30.00", "0.00", "0.00", "0.00"]);
    let claim = read_claim(&mut connection, claim).await;
    assert_eq!((claim.paid_amount.to_string().as_str(), claim.balance().to_string().as_str()), ("160.00", "-40.00"));
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn payers_rows_answer_a_claim_and_decide_its_status() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await.id;
    for (kind, amount, status, balance) in [
        // At the visit; the payer has not answered.
        (PatientPayment, "15", ClaimStatus::Submitted, "85.00"),
        (ContractualAdjustment, "20", ClaimStatus::Submitted, "65.00"),
        (Payment, "50", ClaimStatus::PartiallyPaid, "15.00"),
        (PatientResponsibility, "29.99", ClaimStatus::PartiallyPaid, "15.00"),
        (OtherPayer, "0.01", ClaimStatus::Paid, "14.99"),
        (PatientWriteOff, "14.99", ClaimStatus::Paid, "0.00"),
        // The payer's mistake, not ours.
        (Payment, "5", ClaimStatus::Paid, "-5.00"),
        (Payment, "-5", ClaimStatus::Paid, "0.00"),
    ] {
        post(&mut connection, &on_claim(claim, kind, amount)).await.unwrap();
        let claim = read_claim(&mut connection, claim).await;
        assert_eq!((claim.status, claim.balance().to_string().as_str()), (status, balance), "{kind} {amount}");
    }
    let deductible = world.claim(&mut connection, "100").await.id;
    post(&mut connection, &on_claim(deductible, PatientResponsibility, "100")).await.unwrap();
    assert_eq!(read_claim(&mut connection, deductible).await.status, ClaimStatus::Paid, "the payer owes nothing");
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn a_claim_that_no_payer_has_takes_no_payment() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let pending = world.new_claim("100");
    record(&mut connection, &pending).await;
    let voided = world.claim(&mut connection, "100").await.id;
    let paid = post(&mut connection, &on_claim(voided, Payment, "40")).await.unwrap();
    claims::void(&mut connection, voided, day(4)).await.unwrap();
    for (kind, amount) in [(Payment, "100"), (Payment, "-10"), (ContractualAdjustment, "10")] {
        assert_refused!(
            &mut connection,
            async |connection| post(connection, &on_claim(pending.id, kind, amount)).await,
            Error::Rule(Rule::ClaimNotSubmitted)
        );
        assert_refused!(
            &mut connection,
            async |connection| post(connection, &on_claim(voided, kind, amount)).await,
            Error::Rule(Rule::ClaimVoided)
        );
    }
    let nothing = ClaimId::new();
    assert_refused_by!(
        &mut connection,
        async |connection| post(connection, &on_claim(nothing, Payment, "1")).await,
        "postings_claim_id_exists"
    );
    post(&mut connection, &on_claim(pending.id, PatientPayment, "15")).await.unwrap();
    let back = NewPosting { takes_back_id: Some(paid.id), ..on_claim(voided, Payment, "-40") };
    post(&mut connection, &back).await.unwrap();
    let claim = read_claim(&mut connection, voided).await;
    assert_eq!((claim.paid_amount.to_string().as_str(), claim.balance().to_string().as_str()), ("0.00", "0.00"));
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn a_payment_leaves_room_for_what_is_still_denied() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await.id;
    deny(&mut connection, claim, "CO-197", "60").await;
    post(&mut connection, &on_claim(claim, Payment, "40")).await.unwrap();
    assert_eq!(read_claim(&mut connection, claim).await.status, ClaimStatus::PartiallyPaid);
    for kind in [Payment, ContractualAdjustment, PatientResponsibility, OtherPayer] {
        assert_refused!(
            &mut connection,
            async |connection| post(connection, &on_claim(claim, kind, "0.01")).await,
            Error::Rule(Rule::OverDenied { claim: Some(named) }) if named == claim
        );
    }
}

#[tokio::test]
async fn a_day_is_not_before_the_service_unless_the_patient_paid_ahead_and_not_after_tomorrow() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await.id;
    let before = "2023-12-31".parse().unwrap();
    let ahead = chrono::Utc::now().date_naive() + chrono::Days::new(3);
    for posted_on in [before, ahead] {
        let row = NewPosting { posted_on, ..on_claim(claim, Payment, "1") };
        assert_refused!(
            &mut connection,
            async |connection| post(connection, &row).await,
            Error::Rule(Rule::ImpossibleDay { .. })
        );
    }
    let deposit = NewPosting { posted_on: before, ..on_claim(claim, PatientPayment, "20") };
    post(&mut connection, &deposit).await.unwrap();
}

#[tokio::test]
async fn the_database_says_who_recorded_a_posting() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await.id;
    post(&mut connection, &on_claim(claim, Payment, "1")).await.unwrap();
    let logins = "select cast(recorded_login = session_user and recorded_role = current_user as text) from postings";
    assert_eq!(texts(&mut connection, logins).await, ["true"]);
}

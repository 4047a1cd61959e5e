use diesel_async::AsyncPgConnection;
use rcm_schema::Error;
use rcm_schema::error::Rule;
use rcm_schema::models::{Claim, Denial, DenialTransaction, NewDenial};
use rcm_schema::types::*;
use rcm_schema::workflow::denials::{
    note_cause, post_contractual_adjustment, post_recovery, record, reverse, transfer_to_patient,
};
use rcm_schema::workflow::{appeals, write_offs};

use super::{assert_refused, assert_refused_by};
use crate::world::{World, assert_reconciled, day, deny, filed, record as record_claim, texts, usd, write_off};

pub async fn read(connection: &mut AsyncPgConnection, denial: &Denial) -> Denial {
    Denial::by_claim(connection, denial.claim_id).await.unwrap().into_iter().find(|row| row.id == denial.id).unwrap()
}

/// Recovered, written off, transferred, adjusted, open.
pub async fn totals(connection: &mut AsyncPgConnection, denial: &Denial) -> [String; 5] {
    let denial = read(connection, denial).await;
    let row = [
        denial.recovered_amount,
        denial.written_off_amount,
        denial.transferred_amount,
        denial.adjusted_amount,
        denial.open_amount,
    ];
    row.map(|amount| amount.to_string())
}

#[tokio::test]
async fn a_denial_counts_against_its_claim() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await;
    let denial = deny(&mut connection, claim.id, "CO-197", "60").await;
    assert_eq!(denial.resolution_status, ResolutionStatus::Pending);
    let claim = Claim::by_claim_id(&mut connection, claim.claim_id.as_str()).await.unwrap();
    assert_eq!((claim.status, claim.denied_amount), (ClaimStatus::Denied, usd("60")));

    let more = NewDenial::builder()
        .claim_id(claim.id)
        .denial_code("CO-4".parse().unwrap())
        .denied_on(day(2))
        .denial_amount(usd("40.01"))
        .build();
    assert_refused!(
        &mut connection,
        async |connection| record(connection, &more).await,
        Error::Rule(Rule::OverDenied { claim: Some(named) }) if named == claim.id
    );
    let nothing = NewDenial { denial_amount: Usd::zero(), ..more.clone() };
    assert_refused_by!(
        &mut connection,
        async |connection| record(connection, &nothing).await,
        "denials_denial_amount_positive"
    );
    let pending = record_claim(&mut connection, &world.new_claim("100")).await.id;
    let early = NewDenial { claim_id: pending, ..more };
    assert_refused_by!(
        &mut connection,
        async |connection| record(connection, &early).await,
        "claims_pending_is_not_denied"
    );
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn what_was_settled_is_denied_again_only_after_its_reversal() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await.id;
    let denial = deny(&mut connection, claim, "PR-1", "100").await;
    let given_up = write_offs::request(&mut connection, &write_off(&denial, "60")).await.unwrap().id;
    write_offs::approve(&mut connection, given_up, "billing.manager", day(4)).await.unwrap();
    let moved = transfer_to_patient(&mut connection, denial.id, usd("40"), day(4), "billing.clerk").await.unwrap();
    let again = NewDenial::builder()
        .claim_id(claim)
        .denial_code("CO-197".parse().unwrap())
        .denied_on(day(5))
        .denial_amount(usd("0.01"))
        .build();
    assert_refused!(
        &mut connection,
        async |connection| record(connection, &again).await,
        Error::Rule(Rule::OverDenied { claim: Some(named) }) if named == claim
    );
    write_offs::reverse(&mut connection, given_up, "billing.manager", day(6)).await.unwrap();
    reverse(&mut connection, moved.id, day(6), "billing.clerk").await.unwrap();
    assert_eq!(read(&mut connection, &denial).await.open_amount.to_string(), "100.00");
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn a_code_that_the_library_lacks_is_taken() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    world.denial(&mut connection, "CO-999", "24.99").await;
    assert_eq!(texts(&mut connection, "select denial_code from denial_codes_to_add").await, ["CO-999"]);
}

#[tokio::test]
async fn what_went_wrong_is_noted() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "CO-197", "100").await;
    let noted = note_cause(&mut connection, denial.id, "Nobody asked for it.", true).await.unwrap();
    assert_eq!((noted.root_cause.as_deref(), noted.preventable), (Some("Nobody asked for it."), Some(true)));
    assert_refused!(
        &mut connection,
        async |connection| note_cause(connection, DenialId::new(), "Nothing.", true).await,
        Error::NotFound
    );
}

#[tokio::test]
async fn each_posting_takes_from_what_is_open_until_nothing_is() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "PR-1", "100").await;
    let by = "payment.poster";
    transfer_to_patient(&mut connection, denial.id, usd("50"), day(4), by).await.unwrap();
    post_recovery(&mut connection, denial.id, usd("30"), day(4), by).await.unwrap();
    for amount in ["20.01", "100"] {
        assert_refused!(
            &mut connection,
            async |connection| post_contractual_adjustment(connection, denial.id, usd(amount), day(4), by).await,
            Error::Rule(Rule::OverAllocated { denial: Some(named) }) if named == denial.id
        );
    }
    assert_refused_by!(
        &mut connection,
        async |connection| post_recovery(connection, denial.id, Usd::zero(), day(4), by).await,
        "denial_transactions_amount_positive"
    );
    assert_refused_by!(
        &mut connection,
        async |connection| post_recovery(connection, DenialId::new(), usd("1"), day(4), by).await,
        "denial_transactions_denial_id_exists"
    );
    let posted = post_contractual_adjustment(&mut connection, denial.id, usd("20"), day(4), by).await.unwrap();
    assert_eq!((posted.kind, posted.amount), (TransactionKind::ContractualAdjustment, usd("20")));
    assert_eq!(totals(&mut connection, &denial).await, ["30.00", "0.00", "50.00", "20.00", "0.00"]);
    let denial = read(&mut connection, &denial).await;
    assert_eq!(denial.resolution_status, ResolutionStatus::Resolved);
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn a_contractual_obligation_is_never_billed_to_the_patient() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "CO-50", "100").await;
    assert_refused!(
        &mut connection,
        async |connection| transfer_to_patient(connection, denial.id, usd("1"), day(4), "billing.clerk").await,
        Error::Rule(Rule::ContractualObligation)
    );
}

#[tokio::test]
async fn a_posting_is_reversed_once_and_a_reversal_never() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "PR-1", "100").await;
    let by = "payment.poster";
    let posted = transfer_to_patient(&mut connection, denial.id, usd("100"), day(4), by).await.unwrap();
    let reversal = reverse(&mut connection, posted.id, day(5), by).await.unwrap();
    assert_eq!((reversal.reverses_id, reversal.amount), (Some(posted.id), usd("100")));
    assert_eq!(totals(&mut connection, &denial).await, ["0.00", "0.00", "0.00", "0.00", "100.00"]);
    assert_refused!(
        &mut connection,
        async |connection| reverse(connection, posted.id, day(5), by).await,
        Error::Rule(Rule::AlreadyReversed)
    );
    assert_refused_by!(
        &mut connection,
        async |connection| reverse(connection, reversal.id, day(5), by).await,
        "denial_transactions_reverses_same_posting"
    );
    assert_refused!(
        &mut connection,
        async |connection| reverse(connection, DenialTransactionId::new(), day(5), by).await,
        Error::NotFound
    );
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn the_posting_of_an_appeal_is_reversed_that_of_a_write_off_only_with_it() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "CO-197", "100").await;
    let appeal = appeals::open(&mut connection, &filed(&denial, "40")).await.unwrap();
    appeals::decide(&mut connection, appeal.id, appeals::AppealDecision::Approved, day(9), None).await.unwrap();
    let given_up = write_offs::request(&mut connection, &write_off(&denial, "60")).await.unwrap();
    write_offs::approve(&mut connection, given_up.id, "billing.manager", day(9)).await.unwrap();
    let ledger: Vec<DenialTransaction> = ledger(&mut connection).await;
    let [recovered, written_off] = ledger.as_slice() else { panic!("two postings") };
    assert_refused!(
        &mut connection,
        async |connection| reverse(connection, written_off.id, day(10), "payment.poster").await,
        Error::Rule(Rule::KeptByDatabase { .. })
    );
    let reversal = reverse(&mut connection, recovered.id, day(10), "payment.poster").await.unwrap();
    assert_eq!((reversal.appeal_id, reversal.reverses_id), (Some(appeal.id), Some(recovered.id)));
    assert_eq!(totals(&mut connection, &denial).await, ["0.00", "60.00", "0.00", "0.00", "40.00"]);
    assert_reconciled(&mut connection).await;
}

/// Every posting, in order.
pub async fn ledger(connection: &mut AsyncPgConnection) -> Vec<DenialTransaction> {
    use diesel::prelude::*;
    use diesel_async::RunQueryDsl;
    use rcm_schema::schema::denial_transactions;
    DenialTransaction::query().order(denial_transactions::id).load(connection).await.unwrap()
}

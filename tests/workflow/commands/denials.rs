use diesel_async::AsyncPgConnection;
use rcm_schema::Error;
use rcm_schema::error::Rule;
use rcm_schema::models::{Denial, DenialNote, NewDenial, NewDenialNote, Posting};
use rcm_schema::types::*;
use rcm_schema::workflow::denials::{add_note, note_cause, record};
use rcm_schema::workflow::{claims, postings, write_offs};

use super::{assert_refused, assert_refused_by};
use crate::world::{
    World, assert_reconciled, day, deny, post, read_claim, record as record_claim, settling, texts, usd, write_off,
};

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
    let claim = read_claim(&mut connection, claim.id).await;
    assert_eq!((claim.status, claim.open_denied_amount), (ClaimStatus::Denied, usd("60")));

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
    assert_refused!(
        &mut connection,
        async |connection| record(connection, &early).await,
        Error::Rule(Rule::ClaimNotSubmitted)
    );
    claims::void(&mut connection, pending, day(1)).await.unwrap();
    assert_refused!(
        &mut connection,
        async |connection| record(connection, &early).await,
        Error::Rule(Rule::ClaimVoided)
    );
    let before = NewDenial { denied_on: "2023-12-31".parse().unwrap(), ..NewDenial { claim_id: claim.id, ..early } };
    assert_refused!(
        &mut connection,
        async |connection| record(connection, &before).await,
        Error::Rule(Rule::ImpossibleDay { .. })
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
    write_offs::approve(&mut world.approver().await, given_up, "billing.manager", day(4)).await.unwrap();
    let moved = post(&mut connection, &settling(&denial, PostingKind::PatientResponsibility, "40")).await.unwrap();
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
    write_offs::reverse(&mut world.approver().await, given_up, "billing.manager", day(6)).await.unwrap();
    postings::reverse(&mut connection, moved.id, day(6), "billing.clerk", None).await.unwrap();
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

/// Every posting, in order.
pub async fn ledger(connection: &mut AsyncPgConnection) -> Vec<Posting> {
    use diesel::prelude::*;
    use diesel_async::RunQueryDsl;
    use rcm_schema::schema::postings;
    Posting::query().order(postings::id).load(connection).await.unwrap()
}

#[tokio::test]
async fn notes_are_kept_in_their_order() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let [denial, other] =
        [world.denial(&mut connection, "CO-197", "60").await, world.denial(&mut connection, "CO-4", "40").await];
    for (of, note, noted_by) in [
        (&denial, "Called; the authorization is on file.", "appeals.specialist"),
        (&other, "Modifier 59 was left out.", "coder"),
        (&denial, "Sent by fax.", "biller"),
    ] {
        let new = NewDenialNote::builder().denial_id(of.id).note(note).noted_by(noted_by).build();
        let added = add_note(&mut connection, &new).await.unwrap();
        assert_eq!((added.id, added.note.as_str(), added.noted_by.as_str()), (new.id, note, noted_by));
    }
    let notes = DenialNote::by_denial(&mut connection, denial.id).await.unwrap();
    let said: Vec<_> = notes.iter().map(|note| (note.note.as_str(), note.noted_by.as_str())).collect();
    assert_eq!(said, [("Called; the authorization is on file.", "appeals.specialist"), ("Sent by fax.", "biller")]);
}

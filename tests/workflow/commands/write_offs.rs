use rcm_schema::Error;
use rcm_schema::error::Rule;
use rcm_schema::models::{Claim, NewWriteOff};
use rcm_schema::types::*;
use rcm_schema::workflow::write_offs::{approve, reject, request, reverse};

use super::denials::{ledger, read, totals};
use super::{assert_refused, assert_refused_by};
use crate::world::{World, assert_reconciled, day, deny, write_off};

#[tokio::test]
async fn only_approval_moves_money_and_a_reversal_takes_it_back_each_once() {
    let world = World::new().await;
    let (mut connection, mut approver) = (world.connect().await, world.approver().await);
    let claim = world.claim(&mut connection, "100").await;
    let denial = deny(&mut connection, claim.id, "CO-197", "100").await;
    let status = async |connection: &mut _| {
        let claim = Claim::by_claim_id(connection, claim.claim_id.as_str()).await.unwrap();
        (claim.status, claim.written_off_amount.to_string())
    };

    let asked = request(&mut connection, &write_off(&denial, "100")).await.unwrap();
    assert_eq!(asked.status, WriteOffStatus::PendingApproval);
    assert_eq!(totals(&mut connection, &denial).await[4], "100.00");

    for _ in 0..2 {
        let approved = approve(&mut approver, asked.id, "billing.manager", day(4)).await.unwrap();
        assert_eq!(approved.status, WriteOffStatus::Approved);
        assert_eq!(totals(&mut connection, &denial).await, ["0.00", "100.00", "0.00", "0.00", "0.00"]);
        assert_eq!(ledger(&mut connection).await.len(), 1);
    }
    assert_eq!(read(&mut connection, &denial).await.resolution_status, ResolutionStatus::Abandoned);
    assert_eq!(status(&mut connection).await, (ClaimStatus::WrittenOff, "100.00".to_owned()));

    for _ in 0..2 {
        let reversed = reverse(&mut approver, asked.id, "billing.manager", day(5)).await.unwrap();
        assert_eq!(reversed.status, WriteOffStatus::Reversed);
        assert_eq!(totals(&mut connection, &denial).await, ["0.00", "0.00", "0.00", "0.00", "100.00"]);
        assert_eq!(ledger(&mut connection).await.len(), 2);
    }
    assert_eq!(status(&mut connection).await, (ClaimStatus::Denied, "0.00".to_owned()));
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn a_write_off_needs_an_open_amount_and_asks_for_no_more() {
    let world = World::new().await;
    let (mut connection, mut approver) = (world.connect().await, world.approver().await);
    let denial = world.denial(&mut connection, "CO-197", "100").await;
    assert_refused!(
        &mut connection,
        async |connection| request(connection, &write_off(&denial, "100.01")).await,
        Error::Rule(Rule::MoreThanOpen)
    );
    assert_refused_by!(
        &mut connection,
        async |connection| request(connection, &write_off(&denial, "0")).await,
        "write_offs_amount_positive"
    );
    let other_claim = world.claim(&mut connection, "100").await.id;
    assert_refused_by!(
        &mut connection,
        async |connection| {
            request(connection, &NewWriteOff { claim_id: other_claim, ..write_off(&denial, "1") }).await
        },
        "write_offs_denial_of_claim"
    );
    let all = request(&mut connection, &write_off(&denial, "100")).await.unwrap();
    let part = request(&mut connection, &write_off(&denial, "1")).await.unwrap();
    approve(&mut approver, all.id, "billing.manager", day(4)).await.unwrap();
    assert_refused!(
        &mut connection,
        async |connection| request(connection, &write_off(&denial, "1")).await,
        Error::Rule(Rule::NothingOpen)
    );
    assert_refused!(
        &mut approver,
        async |connection| approve(connection, part.id, "billing.manager", day(4)).await,
        Error::Rule(Rule::OverAllocated { denial: Some(named) }) if named == denial.id
    );
}

#[tokio::test]
async fn who_asks_does_not_approve() {
    let world = World::new().await;
    let (mut connection, mut approver) = (world.connect().await, world.approver().await);
    let denial = world.denial(&mut connection, "CO-197", "100").await;
    let asked = request(&mut connection, &write_off(&denial, "100")).await.unwrap();
    for name in ["write.off.specialist", "Write.Off.Specialist"] {
        assert_refused!(
            &mut approver,
            async |connection| approve(connection, asked.id, name, day(4)).await,
            Error::Rule(Rule::ApproverIsRequester)
        );
    }
    assert_refused_by!(
        &mut approver,
        async |connection| approve(connection, asked.id, "billing.manager", day(2)).await,
        "write_offs_approved_after_request"
    );
}

#[tokio::test]
async fn a_decided_write_off_stays_decided() {
    let world = World::new().await;
    let (mut connection, mut approver) = (world.connect().await, world.approver().await);
    let denial = world.denial(&mut connection, "CO-197", "100").await;
    let (by, other) = ("billing.manager", "finance.director");

    let waiting = request(&mut connection, &write_off(&denial, "10")).await.unwrap().id;
    assert_refused!(
        &mut approver,
        async |connection| reverse(connection, waiting, by, day(5)).await,
        Error::Rule(Rule::IllegalTransition { .. })
    );
    for _ in 0..2 {
        let rejected = reject(&mut approver, waiting, by, day(4)).await.unwrap();
        assert_eq!((rejected.status, rejected.rejected_by.as_deref()), (WriteOffStatus::Rejected, Some(by)));
    }
    assert_eq!(ledger(&mut connection).await.len(), 0);
    assert_refused!(
        &mut approver,
        async |connection| approve(connection, waiting, by, day(4)).await,
        Error::Rule(Rule::IllegalTransition { .. })
    );
    assert_refused!(
        &mut approver,
        async |connection| reject(connection, waiting, other, day(4)).await,
        Error::Rule(Rule::Unchangeable { .. })
    );
    assert_refused!(
        &mut approver,
        async |connection| reverse(connection, waiting, by, day(5)).await,
        Error::Rule(Rule::IllegalTransition { .. })
    );

    let approved = request(&mut connection, &write_off(&denial, "10")).await.unwrap().id;
    approve(&mut approver, approved, by, day(4)).await.unwrap();
    for (name, approved_on) in [(other, day(4)), (by, day(5))] {
        assert_refused!(
            &mut approver,
            async |connection| approve(connection, approved, name, approved_on).await,
            Error::Rule(Rule::Unchangeable { .. })
        );
    }
    assert_refused!(
        &mut approver,
        async |connection| reject(connection, approved, by, day(4)).await,
        Error::Rule(Rule::IllegalTransition { .. })
    );
    assert_refused_by!(
        &mut approver,
        async |connection| reverse(connection, approved, by, day(3)).await,
        "write_offs_reversed_after_approval"
    );
    reverse(&mut approver, approved, by, day(5)).await.unwrap();
    assert_refused!(
        &mut approver,
        async |connection| reverse(connection, approved, other, day(5)).await,
        Error::Rule(Rule::Unchangeable { .. })
    );
    assert_refused!(
        &mut approver,
        async |connection| approve(connection, approved, by, day(4)).await,
        Error::Rule(Rule::IllegalTransition { .. })
    );
    let nobody = WriteOffId::new();
    assert_refused!(&mut approver, async |connection| approve(connection, nobody, by, day(4)).await, Error::NotFound);
    assert_reconciled(&mut connection).await;
}

//! What payers refuse again, and what they say of what was written off.

use diesel_async::AsyncPgConnection;
use rcm_schema::models::{Claim, Denial, NewClaim, NewClaimLine};
use rcm_schema::types::*;
use rcm_schema::views::Unposted;
use rcm_schema::workflow::claims::{self, WholeClaim};
use rcm_schema::workflow::remittances::{Posted, WholeRemittance};
use rcm_schema::workflow::write_offs;

use super::sent::{Says, check, receive};
use super::worked_cases::denied;
use crate::world::{World, assert_reconciled, day, deny, line, read_claim, usd, write_off};

const ALL: Posted = Posted { posted: 1, waiting: 0 };

/// All of 100 is refused or adjusted for one reason.
fn unpaid(world: &World, trace: &str, number: &str, code: &str) -> WholeRemittance {
    check(world.payer, trace, "0").claim(number, "1", "100", "0").service("99213", "100", "0").adjusted(code, "100")
}

#[tokio::test]
async fn what_is_refused_again_is_one_denial_and_another_reason_takes_its_place() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await;
    let number = claim.claim_id.to_string();
    for (trace, code, stands) in [
        ("1", "CO-16", vec!["CO-16 100.00 open 100.00 pending line 1"]),
        ("2", "CO-16", vec!["CO-16 100.00 open 100.00 pending line 1"]),
        ("3", "CO-50", vec!["CO-16 100.00 open 0.00 resolved line 1", "CO-50 100.00 open 100.00 pending line 1"]),
        ("4", "OA-18", vec!["CO-16 100.00 open 0.00 resolved line 1", "CO-50 100.00 open 100.00 pending line 1"]),
    ] {
        assert_eq!(receive(&mut connection, &unpaid(&world, trace, &number, code)).await, ALL, "{trace}");
        assert_eq!(denied(&mut connection, claim.id).await, stands, "{trace}");
        assert_reconciled(&mut connection).await;
    }
}

#[tokio::test]
async fn what_was_written_off_opens_for_every_answer_of_the_payer() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    for (code, patient) in [("PR-1", "100"), ("CO-45", "0")] {
        let claim = world.claim(&mut connection, "100").await;
        let number = claim.claim_id.to_string();
        receive(&mut connection, &unpaid(&world, &format!("{code} 1"), &number, "CO-50")).await;
        let denial = Denial::by_claim(&mut connection, claim.id).await.unwrap().remove(0);
        let requested = write_offs::request(&mut connection, &write_off(&denial, "100")).await.unwrap();
        write_offs::approve(&mut world.approver().await, requested.id, "billing.manager", day(12)).await.unwrap();
        assert_eq!(receive(&mut connection, &unpaid(&world, &format!("{code} 2"), &number, code)).await, ALL);
        let claim = read_claim(&mut connection, claim.id).await;
        assert_eq!((claim.payer_balance_amount, claim.written_off_amount), (SignedUsd::zero(), Usd::zero()), "{code}");
        assert_eq!(claim.patient_balance_amount, patient.parse().unwrap(), "{code}");
        assert_reconciled(&mut connection).await;
    }
}

/// A claim of 300 with two lines of 150.
async fn of_two_lines(world: &World, connection: &mut AsyncPgConnection) -> Claim {
    let claim = NewClaim { submitted_on: Some(day(1)), ..world.new_claim("300") };
    let lines = [(1, "99213"), (2, "70553")].map(|(line_number, code)| NewClaimLine {
        line_number,
        procedure_code: Some(code.parse().unwrap()),
        charge_amount: usd("150"),
        ..line(&claim)
    });
    claims::record(connection, &WholeClaim { lines: lines.into(), ..WholeClaim::new(claim) }).await.unwrap()
}

#[tokio::test]
async fn a_denial_without_a_line_is_not_said_again_by_the_refusal_of_another_line() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = of_two_lines(&world, &mut connection).await;
    let number = claim.claim_id.to_string();
    let refused = |trace: &str, code: &str| {
        let sent = check(world.payer, trace, "0").claim(&number, "1", "150", "0").service(code, "150", "0");
        sent.adjusted("CO-16", "150")
    };
    // The payer names a code that wasn't billed.
    for (trace, code, second) in [("1", "G9999", None), ("2", "70553", Some("line 2")), ("3", "70553", Some("line 2"))]
    {
        assert_eq!(receive(&mut connection, &refused(trace, code)).await, ALL, "{trace}");
        let mut stands = vec!["CO-16 150.00 open 150.00 pending".to_owned()];
        stands.extend(second.map(|line| format!("CO-16 150.00 open 150.00 pending {line}")));
        assert_eq!(denied(&mut connection, claim.id).await, stands, "{trace}");
    }
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn one_denial_is_said_again_once_in_an_answer() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = of_two_lines(&world, &mut connection).await;
    deny(&mut connection, claim.id, "CO-16", "150").await;
    let both = check(world.payer, "1", "0").claim(claim.claim_id.as_str(), "1", "300", "0");
    let both = both.service("99213", "150", "0").adjusted("CO-16", "150");
    assert_eq!(receive(&mut connection, &both.service("70553", "150", "0").adjusted("CO-16", "150")).await, ALL);
    let claim = read_claim(&mut connection, claim.id).await;
    assert_eq!((claim.open_denied_amount, claim.status), (usd("300"), ClaimStatus::Denied));
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn an_answer_for_more_than_was_billed_waits_for_its_claim() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "150").await;
    let mut more = check(world.payer, "1", "700").claim(claim.claim_id.as_str(), "1", "900", "700");
    more = more.service("70553", "900", "700").adjusted("CO-45", "200");
    // On the day of the claim.
    (more.services[0].service_from, more.services[0].service_to) = (Some(day(0)), Some(day(0)));
    assert_eq!(receive(&mut connection, &more).await, Posted { posted: 0, waiting: 1 });
    let waiting = Unposted::by_remittance(&mut connection, more.remittance.id).await.unwrap();
    assert_eq!(waiting[0].waits_for, WaitReason::Claim);
    assert_eq!(read_claim(&mut connection, claim.id).await.paid_amount, SignedUsd::zero());
}

//! What payers refuse again, and what they say of what was written off.

use rcm_schema::models::Denial;
use rcm_schema::types::*;
use rcm_schema::workflow::remittances::{Posted, WholeRemittance};
use rcm_schema::workflow::write_offs;

use super::sent::{Says, check, receive};
use super::worked_cases::denied;
use crate::world::{World, assert_reconciled, day, read_claim, write_off};

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
        write_offs::approve(&mut connection, requested.id, "billing.manager", day(12)).await.unwrap();
        assert_eq!(receive(&mut connection, &unpaid(&world, &format!("{code} 2"), &number, code)).await, ALL);
        let claim = read_claim(&mut connection, claim.id).await;
        assert_eq!((claim.payer_balance_amount, claim.written_off_amount), (SignedUsd::zero(), Usd::zero()), "{code}");
        assert_eq!(claim.patient_balance_amount, patient.parse().unwrap(), "{code}");
        assert_reconciled(&mut connection).await;
    }
}

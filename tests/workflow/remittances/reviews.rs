//! What people decide about remittances, and what happens when things come again.

use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rcm_schema::models::{NewAdjustmentRule, NewClaim, Remittance, RemittanceClaim, RemittanceService};
use rcm_schema::schema::adjustment_rules;
use rcm_schema::types::*;
use rcm_schema::views::{AdjustmentToClassify, RemittanceReport, Unposted};
use rcm_schema::workflow::remittances::{self, Posted, Recorded};
use rcm_schema::workflow::{claims, periods};

use super::sent::{Says, check, receive, store};
use super::worked_cases::{denied, is_closed, ledger};
use crate::world::{World, assert_reconciled, day, read_claim, record, run, texts};

const ALL: Posted = Posted { posted: 1, waiting: 0 };

async fn to_review(connection: &mut AsyncPgConnection) -> Vec<RemittanceId> {
    Remittance::to_review(connection).await.unwrap().iter().map(|remittance| remittance.id).collect()
}

#[tokio::test]
async fn the_same_content_is_here_and_the_same_check_with_other_content_waits_for_a_person() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await;
    let number = claim.claim_id.to_string();
    let sent = check(world.payer, "1", "60").claim(&number, "1", "100", "60").adjusted("CO-45", "40");
    assert_eq!(receive(&mut connection, &sent).await, ALL);
    assert_eq!(store(&mut connection, &sent).await, Recorded::AlreadyHere(sent.remittance.id));
    assert_eq!(
        remittances::post(&mut connection, sent.remittance.id, "remittance.poster").await.unwrap(),
        Posted { posted: 0, waiting: 0 }
    );

    for (accepted, paid) in [(false, "60"), (true, "120")] {
        let other = check(world.payer, "1", "60").claim(&number, "1", "60", "60");
        assert_eq!(store(&mut connection, &other).await, Recorded::Repeats(other.remittance.id));
        let id = other.remittance.id;
        let posted = remittances::post(&mut connection, id, "remittance.poster").await.unwrap();
        assert_eq!(posted, Posted { posted: 0, waiting: 1 });
        assert!(RemittanceReport::by_id(&mut connection, id).await.unwrap().needs_review);
        if accepted {
            remittances::accept(&mut connection, id, day(12), "billing.manager").await.unwrap();
        } else {
            remittances::dismiss(&mut connection, id, day(12), "billing.manager").await.unwrap();
        }
        remittances::post(&mut connection, id, "remittance.poster").await.unwrap();
        assert!(RemittanceReport::by_id(&mut connection, id).await.unwrap().is_closed);
        assert_eq!(read_claim(&mut connection, claim.id).await.paid_amount, paid.parse().unwrap());
    }
    assert!(remittances::dismiss(&mut connection, sent.remittance.id, day(12), "billing.manager").await.is_err());
}

#[tokio::test]
async fn a_check_that_its_claims_do_not_add_up_to_waits_until_a_person_accepts_it() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await;
    let sent = check(world.payer, "1", "99").claim(&claim.claim_id.to_string(), "1", "100", "100");
    assert_eq!(receive(&mut connection, &sent).await, Posted { posted: 0, waiting: 1 });
    let waiting = Unposted::by_remittance(&mut connection, sent.remittance.id).await.unwrap();
    assert!(waiting.iter().all(|row| row.waits_for == WaitReason::BalancedRemittance));
    let amounts: Vec<_> = waiting.iter().map(|row| row.waiting_amount.to_plain_string()).collect();
    assert_eq!(amounts, ["100", "-1"]);
    assert_eq!(waiting[1].waiting_difference, Some("-1".parse().unwrap()));
    assert!(!is_closed(&mut connection, &sent).await);
    assert_eq!(remittances::waiting(&mut connection).await.unwrap(), []);
    assert_eq!(to_review(&mut connection).await, [sent.remittance.id]);
    remittances::accept(&mut connection, sent.remittance.id, day(12), "billing.manager").await.unwrap();
    assert_eq!(remittances::waiting(&mut connection).await.unwrap(), [sent.remittance.id]);
    assert_eq!(remittances::post(&mut connection, sent.remittance.id, "remittance.poster").await.unwrap(), ALL);
    assert!(is_closed(&mut connection, &sent).await);
    assert_eq!(to_review(&mut connection).await, []);

    // A check without claims.
    let withheld = check(world.payer, "2", "0").withheld("WO", "OTHER", "80");
    receive(&mut connection, &withheld).await;
    assert_eq!(to_review(&mut connection).await, [withheld.remittance.id]);
    let report = RemittanceReport::by_id(&mut connection, withheld.remittance.id).await.unwrap();
    assert_eq!((report.waiting_amount.clone(), report.is_closed), (super::sent::number("80"), false));
    assert_eq!(report.unaccounted_amount, super::sent::number("0"));
}

#[tokio::test]
async fn a_match_by_hand_posts_and_unmatching_takes_all_of_it_back() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let [wrong, right] = [world.claim(&mut connection, "100").await.id, world.claim(&mut connection, "100").await.id];
    let sent = check(world.payer, "1", "50")
        .claim("UNKNOWN", "1", "100", "50")
        .service("99213", "100", "50")
        .adjusted("CO-45", "20")
        .adjusted("CO-97", "30");
    assert_eq!(receive(&mut connection, &sent).await, Posted { posted: 0, waiting: 1 });
    let said = sent.claims[0].id;
    let id = sent.remittance.id;
    // Also to the first one again.
    for (turn, claim) in [wrong, right, wrong, wrong].into_iter().enumerate() {
        remittances::match_to(&mut connection, said, claim, "billing.manager").await.unwrap();
        assert_eq!(remittances::post(&mut connection, id, "remittance.poster").await.unwrap(), ALL, "turn {turn}");
        let services = RemittanceService::by_claim(&mut connection, said).await.unwrap();
        assert_eq!((services[0].claim_id, services[0].line_number), (Some(claim), Some(1)));
        let stands = read_claim(&mut connection, claim).await;
        assert_eq!((stands.paid_amount, stands.open_denied_amount), ("50".parse().unwrap(), "30".parse().unwrap()));
        assert_eq!(stands.status, ClaimStatus::PartiallyPaid);
        assert_reconciled(&mut connection).await;
        assert!(
            remittances::match_to(&mut connection, said, right, "billing.manager").await.is_err() || claim == right
        );

        remittances::unmatch(&mut connection, said, day(12), "billing.manager").await.unwrap();
        let stands = read_claim(&mut connection, claim).await;
        assert_eq!((stands.paid_amount, stands.open_denied_amount), (SignedUsd::zero(), Usd::zero()));
        assert_eq!(stands.payer_balance_amount, "100".parse().unwrap());
        assert_reconciled(&mut connection).await;
    }
    // What a person unmatched isn't matched by its number.
    let new = NewClaim { claim_id: "UNKNOWN".parse().unwrap(), submitted_on: Some(day(1)), ..world.new_claim("100") };
    record(&mut connection, &new).await;
    assert_eq!(remittances::waiting(&mut connection).await.unwrap(), []);
    let posted = remittances::post(&mut connection, id, "remittance.poster").await.unwrap();
    assert_eq!(posted, Posted { posted: 0, waiting: 1 });
    let waiting = Unposted::by_remittance(&mut connection, id).await.unwrap().remove(0);
    assert_eq!((waiting.waits_for, waiting.candidate_ids), (WaitReason::Match, vec![new.id]));
    assert_eq!(RemittanceClaim::by_claim(&mut connection, wrong).await.unwrap(), []);
}

#[tokio::test]
async fn group_cr_waits_for_a_rule_and_an_unknown_refusal_is_a_denial_to_classify() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await;
    let sent = check(world.payer, "1", "40")
        .claim(&claim.claim_id.to_string(), "1", "100", "40")
        .adjusted("CR-45", "25")
        .adjusted("CO-888", "35");
    assert_eq!(receive(&mut connection, &sent).await, Posted { posted: 0, waiting: 1 });
    let unknown = AdjustmentToClassify::all(&mut connection).await.unwrap();
    assert_eq!(
        unknown.iter().map(|one| (one.denial_code.as_str(), one.is_waiting)).collect::<Vec<_>>(),
        [("CO-888", false), ("CR-45", true)]
    );
    let rule = NewAdjustmentRule::builder()
        .payer_id(world.payer)
        .group_code("CR")
        .reason_code("45")
        .disposition(Disposition::Contractual)
        .build();
    diesel::insert_into(adjustment_rules::table).values(&rule).execute(&mut world.owner().await).await.unwrap();
    assert_eq!(remittances::waiting(&mut connection).await.unwrap(), [sent.remittance.id]);
    assert_eq!(remittances::post(&mut connection, sent.remittance.id, "remittance.poster").await.unwrap(), ALL);
    assert_eq!(ledger(&mut connection, claim.id).await, ["payment 40.00", "contractual_adjustment 25.00"]);
    assert_eq!(denied(&mut connection, claim.id).await, ["CO-888 35.00 open 35.00 pending"]);
    assert_eq!(remittances::waiting(&mut connection).await.unwrap(), []);
    let unknown = AdjustmentToClassify::all(&mut connection).await.unwrap();
    assert_eq!(unknown.iter().map(|one| one.denial_code.as_str()).collect::<Vec<_>>(), ["CO-888"]);
}

#[tokio::test]
async fn a_person_says_what_one_adjustment_is_and_a_rule_that_comes_meanwhile_counts() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await;
    let sent = check(world.payer, "1", "40")
        .claim(&claim.claim_id.to_string(), "1", "100", "40")
        .adjusted("CR-45", "25")
        .adjusted("CO-888", "35");
    assert_eq!(receive(&mut connection, &sent).await, Posted { posted: 0, waiting: 1 });
    let rule = NewAdjustmentRule::builder().group_code("CO").reason_code("888").disposition(Disposition::None).build();
    diesel::insert_into(adjustment_rules::table).values(&rule).execute(&mut world.owner().await).await.unwrap();
    let said = sent.claims[0].id;
    remittances::classify(&mut connection, said, 1, Disposition::Contractual, "billing.manager").await.unwrap();
    assert_eq!(remittances::post(&mut connection, sent.remittance.id, "remittance.poster").await.unwrap(), ALL);
    assert_eq!(ledger(&mut connection, claim.id).await, ["payment 40.00", "contractual_adjustment 25.00"]);
    assert_eq!(denied(&mut connection, claim.id).await, [""; 0]);
    let late = remittances::classify(&mut connection, said, 2, Disposition::Denial, "billing.manager").await;
    assert_eq!(late.unwrap_err().code(), "unchangeable");
}

#[tokio::test]
async fn what_a_person_said_is_not_said_otherwise_without_a_record() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await;
    let other = world.claim(&mut connection, "100").await;
    let sent =
        check(world.payer, "1", "40").claim(&claim.claim_id.to_string(), "1", "100", "40").adjusted("CR-45", "60");
    assert_eq!(receive(&mut connection, &sent).await, Posted { posted: 0, waiting: 1 });
    let said = sent.claims[0].id;
    remittances::classify(&mut connection, said, 1, Disposition::Contractual, "billing.manager").await.unwrap();
    run(&mut connection, "update remittance_adjustments set disposition = 'patient'").await;
    run(&mut connection, &format!("update remittance_claims set claim_id = '{}'", other.id)).await;
    let changes =
        "select concat_ws(' ', changed_table, array(select jsonb_object_keys(new_values) order by 1)) from audit_log
        order by id";
    assert_eq!(
        texts(&mut world.owner().await, changes).await,
        [
            "remittance_adjustments {classified_by,disposition}",
            "remittance_adjustments {disposition}",
            "remittance_claims {claim_id}"
        ]
    );
}

#[tokio::test]
async fn a_remittance_of_a_closed_day_posts_on_the_first_open_one() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await;
    periods::close(&mut world.owner().await, day(20), "billing.manager").await.unwrap();
    let sent =
        check(world.payer, "1", "0").claim(&claim.claim_id.to_string(), "4", "100", "0").adjusted("CO-50", "100");
    assert_eq!(receive(&mut connection, &sent).await, ALL);
    let said = RemittanceClaim::by_remittance(&mut connection, sent.remittance.id).await.unwrap().remove(0);
    assert_eq!(said.posted_on, Some(day(21)));
}

#[tokio::test]
async fn what_comes_before_its_claim_is_posted_once_the_claim_is_there_and_submitted() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let new = world.new_claim("100");
    let sent = check(world.payer, "1", "100").claim(new.claim_id.as_str(), "1", "100", "100");
    assert_eq!(receive(&mut connection, &sent).await, Posted { posted: 0, waiting: 1 });
    let reason =
        async |connection: &mut _| Unposted::by_remittance(connection, sent.remittance.id).await.unwrap()[0].waits_for;
    assert_eq!(reason(&mut connection).await, WaitReason::Claim);
    record(&mut connection, &new).await;
    remittances::post(&mut connection, sent.remittance.id, "remittance.poster").await.unwrap();
    assert_eq!(reason(&mut connection).await, WaitReason::Submission);
    claims::submit(&mut connection, new.id, day(1)).await.unwrap();
    assert_eq!(remittances::post(&mut connection, sent.remittance.id, "remittance.poster").await.unwrap(), ALL);
}

#[tokio::test]
async fn several_workers_post_a_remittance_once() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let mut sent = check(world.payer, "1", "400");
    let mut numbers = Vec::new();
    for _ in 0..4 {
        let claim = world.claim(&mut connection, "100").await;
        sent = sent.claim(&claim.claim_id.to_string(), "1", "100", "100");
        numbers.push(claim.id);
    }
    let id = sent.remittance.id;
    let worker = async || {
        let mut connection = world.connect().await;
        store(&mut connection, &sent).await;
        remittances::post(&mut connection, id, "remittance.poster").await.unwrap().posted
    };
    let (a, b, c) = tokio::join!(worker(), worker(), worker());
    assert_eq!(a + b + c, 4);
    for claim in numbers {
        assert_eq!(read_claim(&mut connection, claim).await.paid_amount, "100".parse().unwrap());
    }
    assert_reconciled(&mut connection).await;
}

//! What payers send, case by case, with the rows that follow.

use diesel_async::AsyncPgConnection;
use rcm_schema::models::{Claim, Denial, DenialRemark, NewClaim, NewClaimDetails, NewClaimLine, Posting};
use rcm_schema::types::*;
use rcm_schema::views::{DenialToWork, ProviderAdjustmentToReview, RemittanceReport, Unposted, WorkListFilter};
use rcm_schema::workflow::claims::WholeClaim;
use rcm_schema::workflow::remittances::{Posted, WholeRemittance};
use rcm_schema::workflow::{claims, denials, write_offs};

use super::sent::{Says, check, receive};
use crate::world::{World, assert_reconciled, day, line, read_claim, usd, write_off};

/// The rows of a claim's ledger: kind, amount, and whether a denial is settled.
pub async fn ledger(connection: &mut AsyncPgConnection, claim: ClaimId) -> Vec<String> {
    let rows = Posting::by_claim(connection, claim).await.unwrap();
    let row = |row: &Posting| {
        let kind: &str = (&row.kind).into();
        let takes = if row.takes_back_id.is_some() { " taking back" } else { "" };
        format!("{kind} {}{}{takes}", row.amount, if row.denial_id.is_some() { " of a denial" } else { "" })
    };
    rows.iter().map(row).collect()
}

/// The denials of a claim: code, amount, open amount, state.
pub async fn denied(connection: &mut AsyncPgConnection, claim: ClaimId) -> Vec<String> {
    let mut denials = Denial::by_claim(connection, claim).await.unwrap();
    denials.sort_by_key(|denial| denial.id);
    let shown = |denial: &Denial| {
        let state: &str = (&denial.resolution_status).into();
        let line = denial.line_number.map(|line| format!(" line {line}")).unwrap_or_default();
        format!("{} {} open {} {state}{line}", denial.denial_code, denial.denial_amount, denial.open_amount)
    };
    denials.iter().map(shown).collect()
}

pub async fn is_closed(connection: &mut AsyncPgConnection, sent: &WholeRemittance) -> bool {
    let report = RemittanceReport::by_id(connection, sent.remittance.id).await.unwrap();
    assert_eq!(report.unaccounted_amount, super::sent::number("0"));
    report.is_closed
}

/// A claim of one line 99213, submitted.
async fn claim(world: &World, connection: &mut AsyncPgConnection, amount: &str) -> Claim {
    world.claim(connection, amount).await
}

const ALL: Posted = Posted { posted: 1, waiting: 0 };

#[tokio::test]
async fn a_deductible_is_owed_by_the_patient_and_closes_the_claim() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = claim(&world, &mut connection, "100").await;
    let sent = check(world.payer, "1", "60")
        .claim(&claim.claim_id.to_string(), "1", "100", "60")
        .service("99213", "100", "60")
        .adjusted("PR-1", "20")
        .adjusted("CO-45", "20");
    assert_eq!(receive(&mut connection, &sent).await, ALL);
    assert_eq!(
        ledger(&mut connection, claim.id).await,
        ["payment 60.00", "contractual_adjustment 20.00", "patient_responsibility 20.00"]
    );
    let claim = read_claim(&mut connection, claim.id).await;
    assert_eq!((claim.status, claim.patient_balance_amount), (ClaimStatus::Paid, "20".parse().unwrap()));
    assert!(is_closed(&mut connection, &sent).await);
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn what_is_remarked_on_a_service_and_on_its_claim_goes_with_the_denial() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = claim(&world, &mut connection, "100").await;
    let sent = check(world.payer, "1", "60")
        .claim(&claim.claim_id.to_string(), "1", "100", "60")
        .remarked("MOA", "MA130")
        .remarked("MOA", "MA01")
        .service("99213", "60", "60")
        .remarked("HE", "N706")
        .service("99213", "40", "0")
        .adjusted("CO-197", "40")
        .remarked("HE", "N115")
        .remarked("HE", "MA01")
        // A pharmacy's code, and one that no list has.
        .remarked("RX", "M1")
        .remarked("HE", "M 2");
    assert_eq!(receive(&mut connection, &sent).await, ALL);
    let denial = Denial::by_claim(&mut connection, claim.id).await.unwrap().remove(0);
    let remarks = DenialRemark::by_denial(&mut connection, denial.id).await.unwrap();
    let remarks: Vec<_> = remarks.iter().map(|remark| remark.remark_code.as_str()).collect();
    assert_eq!(remarks, ["MA01", "MA130", "N115"]);
    let listed = DenialToWork::list(&mut connection, &WorkListFilter::default(), None, 9).await.unwrap().remove(0);
    assert_eq!((listed.action, listed.decided_by), (Action::Rebill, TriageRule::Remark));
    assert!(!listed.appealable);

    // By hand, once or again.
    let added = ["N517".parse().unwrap(), "MA01".parse().unwrap()];
    denials::add_remarks(&mut connection, denial.id, &added).await.unwrap();
    denials::add_remarks(&mut connection, denial.id, &added).await.unwrap();
    assert_eq!(DenialRemark::by_denial(&mut connection, denial.id).await.unwrap().len(), 4);
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn a_denial_that_is_reversed_and_paid_recovers() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = claim(&world, &mut connection, "100").await;
    let number = claim.claim_id.to_string();
    let first = check(world.payer, "1", "0")
        .claim(&number, "4", "100", "0")
        .service("99213", "100", "0")
        .adjusted("CO-50", "100");
    assert_eq!(receive(&mut connection, &first).await, ALL);
    assert_eq!(denied(&mut connection, claim.id).await, ["CO-50 100.00 open 100.00 pending line 1"]);

    let second = check(world.payer, "2", "80")
        .claim(&number, "22", "-100", "0")
        .service("99213", "-100", "0")
        .adjusted("CO-50", "-100")
        .claim(&number, "1", "100", "80")
        .service("99213", "100", "80")
        .adjusted("CO-45", "20");
    assert_eq!(receive(&mut connection, &second).await, Posted { posted: 2, waiting: 0 });
    assert_eq!(
        ledger(&mut connection, claim.id).await,
        ["payment 80.00 of a denial", "contractual_adjustment 20.00 of a denial"]
    );
    assert_eq!(denied(&mut connection, claim.id).await, ["CO-50 100.00 open 0.00 resolved line 1"]);
    assert_eq!(read_claim(&mut connection, claim.id).await.status, ClaimStatus::Paid);
    assert!(is_closed(&mut connection, &second).await);
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn a_lone_reversal_takes_its_denial_off_the_list_until_the_correction_comes() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = claim(&world, &mut connection, "100").await;
    let number = claim.claim_id.to_string();
    let denies = |trace: &str, status: &str, sign: &str| {
        check(world.payer, trace, "0")
            .claim(&number, status, &format!("{sign}100"), "0")
            .service("99213", &format!("{sign}100"), "0")
            .adjusted("CO-50", &format!("{sign}100"))
    };
    receive(&mut connection, &denies("1", "4", "")).await;
    let listed = "select count(*) from denial_work_list";
    assert_eq!(crate::world::texts(&mut connection, listed).await, ["1"]);
    assert_eq!(receive(&mut connection, &denies("2", "22", "-")).await, ALL);
    assert_eq!(crate::world::texts(&mut connection, listed).await, ["0"]);
    assert_eq!(denied(&mut connection, claim.id).await, ["CO-50 100.00 open 100.00 pending line 1"]);
    // What turned contractual adjusts, the patient's share is withdrawn and owed by the patient, what vanished is withdrawn.
    let correction = check(world.payer, "3", "30")
        .claim(&number, "1", "100", "30")
        .service("99213", "100", "30")
        .adjusted("CO-45", "10")
        .adjusted("PR-2", "20")
        .adjusted("CO-97", "40");
    assert_eq!(receive(&mut connection, &correction).await, ALL);
    assert_eq!(
        ledger(&mut connection, claim.id).await,
        [
            "payment 30.00 of a denial",
            "contractual_adjustment 10.00 of a denial",
            "denial_withdrawn 20.00 of a denial",
            "patient_responsibility 20.00",
            "denial_withdrawn 40.00 of a denial",
        ]
    );
    assert_eq!(
        denied(&mut connection, claim.id).await,
        ["CO-50 100.00 open 0.00 resolved line 1", "CO-97 40.00 open 40.00 pending line 1"]
    );
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn a_payment_that_is_taken_back_opens_the_claim_again_with_or_without_its_original() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    for has_original in [true, false] {
        let claim = claim(&world, &mut connection, "150").await;
        let number = claim.claim_id.to_string();
        if has_original {
            let paid = check(world.payer, &format!("{number} 1"), "50")
                .claim(&number, "1", "150", "50")
                .service("99213", "150", "50")
                .adjusted("CO-45", "75")
                .adjusted("PR-1", "25");
            assert_eq!(receive(&mut connection, &paid).await, ALL);
        }
        // Status 1 with amounts below zero is a take-back, too.
        let back = check(world.payer, &format!("{number} 2"), "0")
            .claim(&number, if has_original { "22" } else { "1" }, "-150", "-50")
            .service("99213", "-150", "-50")
            .adjusted("CO-45", "-75")
            .adjusted("PR-1", "-25")
            .withheld("FB", "2", "-50");
        assert_eq!(receive(&mut connection, &back).await, ALL);
        let rows = ledger(&mut connection, claim.id).await;
        let taking = if has_original { " taking back" } else { "" };
        let back: Vec<_> = rows.iter().filter(|row| row.contains('-')).cloned().collect();
        assert_eq!(
            back,
            [
                format!("payment -50.00{taking}"),
                format!("contractual_adjustment -75.00{taking}"),
                format!("patient_responsibility -25.00{taking}"),
            ]
        );
        let claim = read_claim(&mut connection, claim.id).await;
        assert_eq!(claim.status, ClaimStatus::Submitted);
        let owed = if has_original { "150" } else { "300" };
        assert_eq!(claim.payer_balance_amount, owed.parse().unwrap());
    }
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn the_second_of_three_lines_is_denied() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let new = NewClaim { submitted_on: Some(day(1)), ..world.new_claim("300") };
    let lines: Vec<NewClaimLine> = [(1, "99213"), (2, "11102"), (3, "93000")]
        .into_iter()
        .map(|(number, code)| NewClaimLine {
            line_number: number,
            procedure_code: Some(code.parse().unwrap()),
            charge_amount: usd("100"),
            ..line(&new)
        })
        .collect();
    claims::record(&mut connection, &WholeClaim { lines, ..WholeClaim::new(new.clone()) }).await.unwrap();
    let sent = check(world.payer, "1", "160")
        .claim(new.claim_id.as_str(), "1", "300", "160")
        .service("99213", "100", "80")
        .adjusted("CO-45", "20")
        .service("11102", "100", "0")
        .adjusted("CO-4", "100")
        .service("93000", "100", "80")
        .adjusted("CO-45", "20");
    assert_eq!(receive(&mut connection, &sent).await, ALL);
    assert_eq!(denied(&mut connection, new.id).await, ["CO-4 100.00 open 100.00 pending line 2"]);
    let claim = read_claim(&mut connection, new.id).await;
    assert_eq!((claim.status, claim.payer_balance_amount), (ClaimStatus::PartiallyPaid, "100".parse().unwrap()));
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn what_another_payer_took_and_a_negative_adjustment_balance_with_the_payment() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = claim(&world, &mut connection, "541").await;
    let sent = check(world.payer, "1", "34")
        .claim(&claim.claim_id.to_string(), "2", "541", "34")
        .adjusted("OA-23", "516")
        .adjusted("OA-94", "-9");
    assert_eq!(receive(&mut connection, &sent).await, ALL);
    assert_eq!(
        ledger(&mut connection, claim.id).await,
        ["contractual_adjustment -9.00", "payment 34.00", "other_payer 516.00"]
    );
    assert_eq!(read_claim(&mut connection, claim.id).await.status, ClaimStatus::Paid);
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn interest_is_in_the_check_and_not_on_the_claim() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = claim(&world, &mut connection, "100").await;
    let sent = check(world.payer, "1", "101.25")
        .claim(&claim.claim_id.to_string(), "1", "100", "100")
        .withheld("L6", "1", "-1.25");
    assert_eq!(receive(&mut connection, &sent).await, ALL);
    assert_eq!(read_claim(&mut connection, claim.id).await.paid_amount, "100".parse().unwrap());
    assert!(is_closed(&mut connection, &sent).await);
}

#[tokio::test]
async fn money_withheld_for_a_reversal_that_is_not_here_is_listed_until_it_comes() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let before = claim(&world, &mut connection, "80").await;
    let after = claim(&world, &mut connection, "100").await;
    let sent = check(world.payer, "1", "20").claim(&after.claim_id.to_string(), "1", "100", "100").withheld(
        "WO",
        &before.claim_id.to_string(),
        "80",
    );
    assert_eq!(receive(&mut connection, &sent).await, ALL);
    assert!(is_closed(&mut connection, &sent).await);
    let listed = ProviderAdjustmentToReview::all(&mut connection).await.unwrap();
    assert_eq!(listed.iter().map(|one| one.amount.clone()).collect::<Vec<_>>(), [super::sent::number("80")]);
    let reversal =
        check(world.payer, "2", "0").claim(&before.claim_id.to_string(), "22", "-80", "-80").withheld("FB", "2", "-80");
    receive(&mut connection, &reversal).await;
    let listed = ProviderAdjustmentToReview::all(&mut connection).await.unwrap();
    assert_eq!(listed.iter().map(|one| one.reason_code.clone().unwrap()).collect::<Vec<_>>(), ["FB"]);

    // The balance comes back under the trace number of the payment that carried it forward.
    for (trace, carried_from, listed) in [("3", "9", vec!["2", "9"]), ("4", "2", vec!["9"])] {
        let claim = claim(&world, &mut connection, "80").await;
        let next = check(world.payer, trace, "0").claim(&claim.claim_id.to_string(), "1", "80", "80");
        assert_eq!(receive(&mut connection, &next.withheld("FB", carried_from, "80")).await, ALL);
        let left = ProviderAdjustmentToReview::all(&mut connection).await.unwrap();
        assert_eq!(left.iter().map(|one| one.reference.clone().unwrap()).collect::<Vec<_>>(), listed);
    }
}

#[tokio::test]
async fn a_refusal_that_the_patient_owes_is_a_denial_and_a_prediction_moves_nothing() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = claim(&world, &mut connection, "100").await;
    let number = claim.claim_id.to_string();
    let predicted = check(world.payer, "1", "0").claim(&number, "25", "100", "70").adjusted("CO-45", "30");
    assert_eq!(receive(&mut connection, &predicted).await, Posted { posted: 0, waiting: 0 });
    assert_eq!(read_claim(&mut connection, claim.id).await.status, ClaimStatus::Submitted);
    assert!(is_closed(&mut connection, &predicted).await);

    let refused = check(world.payer, "2", "0").claim(&number, "4", "100", "0").adjusted("PR-96", "100");
    assert_eq!(receive(&mut connection, &refused).await, ALL);
    assert_eq!(denied(&mut connection, claim.id).await, ["PR-96 100.00 open 100.00 pending"]);
    assert_eq!(read_claim(&mut connection, claim.id).await.status, ClaimStatus::Denied);
}

#[tokio::test]
async fn a_denial_that_was_written_off_and_is_paid_takes_the_write_off_back() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = claim(&world, &mut connection, "100").await;
    let number = claim.claim_id.to_string();
    let refused = check(world.payer, "1", "0").claim(&number, "4", "100", "0").adjusted("CO-97", "100");
    receive(&mut connection, &refused).await;
    let denial = Denial::by_claim(&mut connection, claim.id).await.unwrap().remove(0);
    let requested = write_offs::request(&mut connection, &write_off(&denial, "100")).await.unwrap();
    write_offs::approve(&mut world.approver().await, requested.id, "billing.manager", day(11)).await.unwrap();
    let paid =
        check(world.payer, "2", "70").claim(&number, "1", "100", "70").adjusted("CO-45", "20").adjusted("PR-1", "10");
    assert_eq!(receive(&mut connection, &paid).await, ALL);
    let claim = read_claim(&mut connection, claim.id).await;
    assert_eq!(claim.written_off_amount, usd("0"));
    assert_eq!(claim.payer_balance_amount, "0".parse().unwrap());
    assert_eq!((claim.status, claim.patient_balance_amount), (ClaimStatus::Paid, "10".parse().unwrap()));
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn what_does_not_balance_waits_with_its_difference_and_its_neighbours_go_on() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let good = claim(&world, &mut connection, "100").await;
    let bad = claim(&world, &mut connection, "200").await;
    let sent = check(world.payer, "1", "150")
        .claim(&good.claim_id.to_string(), "1", "100", "100")
        .claim(&bad.claim_id.to_string(), "1", "200", "50")
        .adjusted("CO-45", "149.99")
        .claim("NOT-OURS", "1", "5", "0")
        .adjusted("CO-45", "5");
    assert_eq!(receive(&mut connection, &sent).await, Posted { posted: 1, waiting: 2 });
    let waiting = Unposted::by_remittance(&mut connection, sent.remittance.id).await.unwrap();
    let reasons: Vec<_> = waiting.iter().map(|one| (one.waits_for, one.waiting_difference.clone())).collect();
    assert_eq!(reasons, [(WaitReason::BalancedClaim, Some("-0.01".parse().unwrap())), (WaitReason::Claim, None)]);
    assert!(!is_closed(&mut connection, &sent).await);
}

#[tokio::test]
async fn a_claim_is_told_from_others_of_its_number() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let mut numbered = Vec::new();
    for amount in ["100", "200", "200"] {
        let claim = claim(&world, &mut connection, amount).await;
        let details = NewClaimDetails::builder().claim_id(claim.id).patient_control_number("R0399 #01").build();
        claims::note_details(&mut connection, &details).await.unwrap();
        numbered.push(claim.id);
    }
    let sent =
        check(world.payer, "1", "300").claim("R0399 #01", "1", "100", "100").claim("R0399 #01", "1", "200", "200");
    assert_eq!(receive(&mut connection, &sent).await, Posted { posted: 1, waiting: 1 });
    assert_eq!(read_claim(&mut connection, numbered[0]).await.status, ClaimStatus::Paid);
    let waiting = Unposted::by_remittance(&mut connection, sent.remittance.id).await.unwrap();
    assert_eq!(waiting[0].waits_for, WaitReason::OneOfSeveralClaims);
    assert_eq!(waiting[0].candidate_ids, numbered);
}

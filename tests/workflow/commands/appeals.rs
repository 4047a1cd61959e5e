use diesel_async::AsyncPgConnection;
use rcm_schema::error::Rule;
use rcm_schema::models::{Appeal, Claim, Denial, NewAppeal, NewPosting};
use rcm_schema::types::*;
use rcm_schema::workflow::appeals::{AppealDecision, AppealUpdate, decide, file, open, release, update, withdraw};
use rcm_schema::workflow::rebills;
use rcm_schema::{Error, Result};

use super::denials::{ledger, read};
use super::{assert_refused, assert_refused_by};
use crate::world::{World, appeal, assert_reconciled, day, deny, filed, post, rebill, settling, texts, usd};

async fn claim_status(connection: &mut AsyncPgConnection, claim: &Claim) -> ClaimStatus {
    Claim::by_claim_id(connection, claim.claim_id.as_str()).await.unwrap().status
}

/// What the payer pays for an appeal.
fn paying(denial: &Denial, appeal: &Appeal, amount: &str) -> NewPosting {
    NewPosting { appeal_id: Some(appeal.id), ..settling(denial, PostingKind::Payment, amount) }
}

/// A filed appeal of all of a new denial of 100.00.
async fn of_100(world: &World, connection: &mut AsyncPgConnection) -> (Denial, Appeal) {
    let denial = world.denial(connection, "CO-197", "100").await;
    let appeal = open(connection, &filed(&denial, "100")).await.unwrap();
    (denial, appeal)
}

#[tokio::test]
async fn an_appeal_goes_from_draft_to_decision_and_the_claim_follows() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await;
    let denial = deny(&mut connection, claim.id, "CO-197", "100").await;

    let made = open(&mut connection, &appeal(&denial, "100")).await.unwrap();
    assert_eq!((made.status, made.filed_late), (AppealStatus::Pending, false));
    assert_eq!(read(&mut connection, &denial).await.open_action, Some(OpenAction::Appeal));
    assert_eq!(claim_status(&mut connection, &claim).await, ClaimStatus::Denied, "the payer does not have it yet");

    let documents = serde_json::json!([{"name": "authorization.pdf"}]);
    for change in [
        AppealUpdate::Start,
        AppealUpdate::Assign("appeals.specialist".into()),
        AppealUpdate::Priority(Priority::High),
        AppealUpdate::Reason("Authorized in writing.".into()),
        AppealUpdate::SupportingDocuments(documents.clone()),
        AppealUpdate::AppealedAmount(usd("90")),
        AppealUpdate::DueOn(day(4)),
        AppealUpdate::PayerResponse("Received.".into()),
    ] {
        update(&mut connection, made.id, change).await.unwrap();
    }
    let late = file(&mut connection, made.id, day(5)).await.unwrap();
    assert_eq!((late.status, late.filed_late), (AppealStatus::Submitted, true), "late is flagged, not refused");
    assert_eq!(late.assigned_to.as_deref(), Some("appeals.specialist"));
    assert_eq!((late.priority, late.appealed_amount, late.due_on), (Priority::High, usd("90"), day(4)));
    assert_eq!((late.reason.as_str(), late.supporting_documents), ("Authorized in writing.", documents));
    assert_eq!(claim_status(&mut connection, &claim).await, ClaimStatus::Appealed);

    let review = update(&mut connection, made.id, AppealUpdate::ConfirmReview).await.unwrap();
    assert_eq!(review.status, AppealStatus::UnderReview);
    let decided = decide(&mut connection, made.id, AppealDecision::Approved, day(9), Some("Granted.")).await.unwrap();
    assert_eq!((decided.status, &decided.approved_amount), (AppealStatus::Approved, &Some(usd("90"))));
    assert_eq!(decided.payer_response.as_deref(), Some("Granted."));
    let granted = read(&mut connection, &denial).await;
    assert_eq!((granted.granted_amount, granted.open_amount, granted.open_action), (usd("90"), usd("100"), None));
    assert_eq!(claim_status(&mut connection, &claim).await, ClaimStatus::Appealed, "approved is not paid");

    let paid = paying(&denial, &decided, "90");
    post(&mut connection, &paid).await.unwrap();
    let recovered = read(&mut connection, &denial).await;
    assert_eq!((recovered.recovered_amount, recovered.granted_amount), (usd("90"), usd("0")));
    assert_eq!(claim_status(&mut connection, &claim).await, ClaimStatus::PartiallyPaid);
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn the_same_decision_twice_grants_once() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    for (decision, granted) in [
        (AppealDecision::Approved, "100.00"),
        (AppealDecision::PartiallyApproved(usd("30")), "30.00"),
        (AppealDecision::Denied, "0.00"),
    ] {
        let (denial, appeal) = of_100(&world, &mut connection).await;
        let once = decide(&mut connection, appeal.id, decision.clone(), day(9), None).await.unwrap();
        let twice = decide(&mut connection, appeal.id, decision, day(9), None).await.unwrap();
        assert_eq!((once.status, once.approved_amount), (twice.status, twice.approved_amount));
        assert_eq!(read(&mut connection, &denial).await.granted_amount.to_string(), granted);
    }
    assert_eq!(ledger(&mut connection).await.len(), 0);
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn an_appeal_needs_an_open_amount_and_asks_for_no_more() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "PR-1", "100").await;
    for new in [appeal(&denial, "100.01"), filed(&denial, "100.01")] {
        assert_refused!(
            &mut connection,
            async |connection| open(connection, &new).await,
            Error::Rule(Rule::MoreThanOpen)
        );
    }
    assert_refused_by!(
        &mut connection,
        async |connection| open(connection, &appeal(&denial, "0")).await,
        "appeals_appealed_amount_positive"
    );
    let made = open(&mut connection, &appeal(&denial, "100")).await.unwrap();
    assert_refused!(
        &mut connection,
        async |connection| update(connection, made.id, AppealUpdate::AppealedAmount(usd("100.01"))).await,
        Error::Rule(Rule::MoreThanOpen)
    );
    post(&mut connection, &settling(&denial, PostingKind::PatientResponsibility, "1")).await.unwrap();
    assert_refused!(
        &mut connection,
        async |connection| file(connection, made.id, day(3)).await,
        Error::Rule(Rule::MoreThanOpen)
    );
    withdraw(&mut connection, made.id).await.unwrap();
    post(&mut connection, &settling(&denial, PostingKind::PatientResponsibility, "99")).await.unwrap();
    assert_refused!(
        &mut connection,
        async |connection| open(connection, &appeal(&denial, "1")).await,
        Error::Rule(Rule::NothingOpen)
    );
}

#[tokio::test]
async fn one_appeal_of_a_denial_is_open_and_no_rebill_beside_it() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "CO-197", "100").await;
    open(&mut connection, &appeal(&denial, "100")).await.unwrap();
    let second = NewAppeal { appeal_level: AppealLevel::SecondLevel, ..appeal(&denial, "100") };
    assert_refused!(
        &mut connection,
        async |connection| open(connection, &second).await,
        Error::Rule(Rule::AppealStillOpen)
    );
    let rebilled = world.denial(&mut connection, "CO-197", "100").await;
    rebills::open(&mut connection, &rebill(&rebilled)).await.unwrap();
    assert_refused!(
        &mut connection,
        async |connection| open(connection, &appeal(&rebilled, "100")).await,
        Error::Rule(Rule::RebillStillOpen)
    );
    let other_claim = world.claim(&mut connection, "100").await.id;
    let mixed = world.denial(&mut connection, "CO-197", "100").await;
    assert_refused_by!(
        &mut connection,
        async |connection| open(connection, &NewAppeal { claim_id: other_claim, ..appeal(&mixed, "100") }).await,
        "appeals_denial_of_claim"
    );
}

#[tokio::test]
async fn the_next_level_comes_after_the_last_was_denied_partially_approved_or_released() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "CO-197", "100").await;
    let level = |level| NewAppeal { appeal_level: level, ..filed(&denial, "50") };
    let out_of_order = async |connection: &mut AsyncPgConnection, wrong: AppealLevel| {
        let new = level(wrong);
        assert_refused!(
            connection,
            async |connection| open(connection, &new).await,
            Error::Rule(Rule::AppealLevelOutOfOrder)
        );
    };
    let next = async |connection: &mut AsyncPgConnection| Appeal::next_level(connection, denial.id).await;
    let told = |next: Result<AppealLevel>| next.map_err(|error| error.code());
    out_of_order(&mut connection, AppealLevel::SecondLevel).await;
    assert_eq!(next(&mut connection).await.unwrap(), AppealLevel::FirstLevel);

    let first = open(&mut connection, &level(AppealLevel::FirstLevel)).await.unwrap();
    assert_eq!(told(next(&mut connection).await), Err("appeal_still_open"));
    withdraw(&mut connection, first.id).await.unwrap();
    assert_eq!(next(&mut connection).await.unwrap(), AppealLevel::FirstLevel);
    out_of_order(&mut connection, AppealLevel::SecondLevel).await;

    let again = open(&mut connection, &level(AppealLevel::FirstLevel)).await.unwrap();
    decide(&mut connection, again.id, AppealDecision::Denied, day(9), None).await.unwrap();
    for wrong in [AppealLevel::FirstLevel, AppealLevel::ThirdLevel, AppealLevel::ExternalReview] {
        out_of_order(&mut connection, wrong).await;
    }
    assert_eq!(next(&mut connection).await.unwrap(), AppealLevel::SecondLevel);
    let second = open(&mut connection, &level(AppealLevel::SecondLevel)).await.unwrap();
    let partly = AppealDecision::PartiallyApproved(usd("20"));
    decide(&mut connection, second.id, partly, day(9), None).await.unwrap();
    assert_eq!(next(&mut connection).await.unwrap(), AppealLevel::ThirdLevel);
    let third = open(&mut connection, &level(AppealLevel::ThirdLevel)).await.unwrap();
    decide(&mut connection, third.id, AppealDecision::Approved, day(9), None).await.unwrap();
    out_of_order(&mut connection, AppealLevel::ExternalReview).await;
    assert_eq!(told(next(&mut connection).await), Err("appeal_level_out_of_order"), "approved in full");

    // The payer granted and doesn't pay.
    release(&mut connection, third.id, day(10)).await.unwrap();
    assert_eq!(next(&mut connection).await.unwrap(), AppealLevel::ExternalReview);
    let last = open(&mut connection, &level(AppealLevel::ExternalReview)).await.unwrap();
    decide(&mut connection, last.id, AppealDecision::Denied, day(11), None).await.unwrap();
    assert_eq!(told(next(&mut connection).await), Err("appeal_level_out_of_order"), "there are four");
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn what_was_filed_stays() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let (_, appeal) = of_100(&world, &mut connection).await;
    let documents = serde_json::json!([{ "name": "letter.pdf", "kind": "letter" }]);
    for change in [
        AppealUpdate::AppealedAmount(usd("1")),
        AppealUpdate::DueOn(day(40)),
        AppealUpdate::Reason("Necessary.".to_owned()),
        AppealUpdate::SupportingDocuments(documents),
    ] {
        assert_refused!(
            &mut connection,
            async |connection| update(connection, appeal.id, change.clone()).await,
            Error::Rule(Rule::Unchangeable { .. })
        );
    }
    assert_refused!(
        &mut connection,
        async |connection| file(connection, appeal.id, day(4)).await,
        Error::Rule(Rule::Unchangeable { .. })
    );
    assert_refused!(
        &mut connection,
        async |connection| update(connection, appeal.id, AppealUpdate::Start).await,
        Error::Rule(Rule::IllegalTransition { .. })
    );
    update(&mut connection, appeal.id, AppealUpdate::ConfirmReview).await.unwrap();
    assert_refused!(
        &mut connection,
        async |connection| file(connection, appeal.id, day(3)).await,
        Error::Rule(Rule::IllegalTransition { .. })
    );
}

#[tokio::test]
async fn a_decision_follows_the_filing_and_fits_what_was_asked_for() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "CO-197", "100").await;
    let draft = open(&mut connection, &appeal(&denial, "100")).await.unwrap();
    for decision in [AppealDecision::Approved, AppealDecision::PartiallyApproved(usd("1")), AppealDecision::Denied] {
        assert_refused!(
            &mut connection,
            async |connection| decide(connection, draft.id, decision.clone(), day(9), None).await,
            Error::Rule(Rule::IllegalTransition { .. })
        );
    }
    file(&mut connection, draft.id, day(3)).await.unwrap();
    assert_refused_by!(
        &mut connection,
        async |connection| decide(connection, draft.id, AppealDecision::Denied, day(2), None).await,
        "appeals_decided_after_filing"
    );
    for amount in ["0", "100", "100.01"] {
        let decision = AppealDecision::PartiallyApproved(usd(amount));
        assert_refused_by!(
            &mut connection,
            async |connection| decide(connection, draft.id, decision.clone(), day(9), None).await,
            "appeals_approved_amount_fits_status"
        );
    }
}

#[tokio::test]
async fn a_decided_or_withdrawn_appeal_stays_so() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let (_, appeal) = of_100(&world, &mut connection).await;
    decide(&mut connection, appeal.id, AppealDecision::Denied, day(9), None).await.unwrap();
    assert_refused!(
        &mut connection,
        async |connection| decide(connection, appeal.id, AppealDecision::Approved, day(10), None).await,
        Error::Rule(Rule::IllegalTransition { .. })
    );
    assert_refused!(
        &mut connection,
        async |connection| decide(connection, appeal.id, AppealDecision::Denied, day(10), None).await,
        Error::Rule(Rule::Unchangeable { .. })
    );
    let answer = AppealUpdate::PayerResponse("Not necessary.".to_owned());
    assert_refused!(
        &mut connection,
        async |connection| update(connection, appeal.id, answer.clone()).await,
        Error::Rule(Rule::Unchangeable { .. })
    );
    assert_refused!(
        &mut connection,
        async |connection| withdraw(connection, appeal.id).await,
        Error::Rule(Rule::IllegalTransition { .. })
    );
    let (denial, taken_back) = of_100(&world, &mut connection).await;
    let taken_back = withdraw(&mut connection, taken_back.id).await.unwrap();
    assert_eq!(taken_back.status, AppealStatus::Withdrawn);
    assert_eq!(read(&mut connection, &denial).await.open_action, None);
    assert_refused!(
        &mut connection,
        async |connection| decide(connection, taken_back.id, AppealDecision::Denied, day(9), None).await,
        Error::Rule(Rule::IllegalTransition { .. })
    );
}

#[tokio::test]
async fn what_was_granted_is_off_the_work_list_until_it_is_paid_or_released() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let (denial, appeal) = of_100(&world, &mut connection).await;
    let listed = async |connection: &mut AsyncPgConnection| {
        texts(connection, "select action || ' ' || open_amount || ' ' || listed_from from denial_work_items").await
    };
    assert_eq!(listed(&mut connection).await, [""; 0], "the payer has it");

    let partly = AppealDecision::PartiallyApproved(usd("70"));
    let appeal = decide(&mut connection, appeal.id, partly, day(9), None).await.unwrap();
    assert_eq!(listed(&mut connection).await, ["investigate 30.00 2024-01-03"], "the rest");
    post(&mut connection, &paying(&denial, &appeal, "20")).await.unwrap();
    assert_eq!(listed(&mut connection).await, ["investigate 30.00 2024-01-03"]);
    post(&mut connection, &settling(&denial, PostingKind::ContractualAdjustment, "30")).await.unwrap();
    assert_eq!(listed(&mut connection).await, ["follow_up 50.00 2024-02-09"], "30 days after the decision");

    assert_refused_by!(
        &mut connection,
        async |connection| release(connection, appeal.id, day(8)).await,
        "appeals_released_is_approved"
    );
    for _ in 0..2 {
        release(&mut connection, appeal.id, day(20)).await.unwrap();
        assert_eq!(listed(&mut connection).await, ["investigate 50.00 2024-01-03"]);
    }
    assert_refused!(
        &mut connection,
        async |connection| release(connection, appeal.id, day(21)).await,
        Error::Rule(Rule::Unchangeable { .. })
    );
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn an_appeal_is_paid_at_most_what_it_was_approved() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "CO-197", "100").await;
    let draft = open(&mut connection, &appeal(&denial, "60")).await.unwrap();
    let too_much = async |connection: &mut AsyncPgConnection, amount: &str| {
        let row = paying(&denial, &draft, amount);
        assert_refused!(
            connection,
            async |connection| post(connection, &row).await,
            Error::Rule(Rule::MoreThanApproved)
        );
    };
    too_much(&mut connection, "1").await;
    file(&mut connection, draft.id, day(3)).await.unwrap();
    too_much(&mut connection, "60.01").await;
    post(&mut connection, &paying(&denial, &draft, "20")).await.unwrap();
    for decision in [AppealDecision::PartiallyApproved(usd("19.99")), AppealDecision::Denied] {
        assert_refused!(
            &mut connection,
            async |connection| decide(connection, draft.id, decision.clone(), day(9), None).await,
            Error::Rule(Rule::MoreThanApproved)
        );
    }
    let partly = AppealDecision::PartiallyApproved(usd("50"));
    let decided = decide(&mut connection, draft.id, partly, day(9), None).await.unwrap();
    assert_eq!((decided.paid_amount, decided.granted_amount), (usd("20"), usd("30")));
    too_much(&mut connection, "30.01").await;
    post(&mut connection, &paying(&denial, &draft, "30")).await.unwrap();
    let taken_back = paying(&denial, &draft, "-10");
    post(&mut connection, &taken_back).await.unwrap();
    assert_eq!(read(&mut connection, &denial).await.granted_amount, usd("10"), "granted again");
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn an_appeal_that_is_not_there_is_not_found() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let nobody = AppealId::new();
    assert_refused!(&mut connection, async |connection| file(connection, nobody, day(3)).await, Error::NotFound);
    assert_refused!(&mut connection, async |connection| withdraw(connection, nobody).await, Error::NotFound);
    assert_refused!(
        &mut connection,
        async |connection| update(connection, nobody, AppealUpdate::Start).await,
        Error::NotFound
    );
    for decision in [AppealDecision::Approved, AppealDecision::Denied] {
        assert_refused!(
            &mut connection,
            async |connection| decide(connection, nobody, decision.clone(), day(9), None).await,
            Error::NotFound
        );
    }
}

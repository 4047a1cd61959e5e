//! Who approves, what is to be approved, and which login recorded it.

use rcm_schema::Error;
use rcm_schema::error::Rule;
use rcm_schema::models::{NewDenialNote, NewPatientCorrection, NewPosting, NewWriteOff};
use rcm_schema::types::*;
use rcm_schema::views::{DenialToWork, WorkListFilter};
use rcm_schema::workflow::write_offs::{approve, reject, request, reverse};
use rcm_schema::workflow::{Commit, claims, denials, payers, periods, postings};

use super::assert_refused;
use super::denials::{ledger, totals};
use crate::world::{World, assert_reconciled, day, deny, on_claim, post, run, settling, texts, write_off};

#[tokio::test]
async fn a_service_requests_and_an_approver_decides_and_neither_does_both() {
    let world = World::new().await;
    let (mut service, mut approver) = (world.connect().await, world.approver().await);
    let denial = world.denial(&mut service, "CO-197", "100").await;
    let asked = request(&mut service, &write_off(&denial, "50")).await.unwrap();
    let refused = [
        approve(&mut service, asked.id, "billing.manager", day(4)).await,
        reject(&mut service, asked.id, "billing.manager", day(4)).await,
        request(&mut approver, &write_off(&denial, "50")).await,
    ];
    for refused in refused {
        assert_eq!(refused.unwrap_err().code(), "permission_denied");
    }
    approve(&mut approver, asked.id, "billing.manager", day(4)).await.unwrap();
    let refused = reverse(&mut service, asked.id, "billing.manager", day(5)).await;
    assert_eq!(refused.unwrap_err().code(), "permission_denied");
}

#[tokio::test]
async fn of_a_login_that_is_a_person_nothing_is_approved_that_it_requested_under_whatever_name() {
    let world = World::new().await;
    let (mut owner, mut person, mut approver) = (world.owner().await, world.writer().await, world.approver().await);
    let denial = world.denial(&mut person, "CO-197", "100").await;
    let [first, second] = [
        request(&mut person, &write_off(&denial, "10")).await.unwrap(),
        request(&mut person, &write_off(&denial, "10")).await.unwrap(),
    ];
    // A login that many share says nothing of who it is.
    approve(&mut person, first.id, "billing.manager", day(4)).await.unwrap();
    let login = texts(&mut person, "select session_user").await.remove(0);
    assert_eq!(second.recorded_login, login);
    run(&mut owner, &format!("insert into personal_logins (login) values ('{login}')")).await;
    assert_refused!(
        &mut person,
        async |connection| approve(connection, second.id, "billing.manager", day(4)).await,
        Error::Rule(Rule::ApproverIsRequester)
    );
    approve(&mut approver, second.id, "billing.manager", day(4)).await.unwrap();
}

#[tokio::test]
async fn a_row_that_names_who_acts_tells_which_login_and_role_recorded_it() {
    let world = World::new().await;
    let (mut owner, mut service) = (world.owner().await, world.connect().await);
    let denial = world.denial(&mut service, "CO-197", "100").await;
    let login = texts(&mut service, "select session_user").await.remove(0);
    let told = (login.as_str(), login.as_str());
    let asked = request(&mut service, &write_off(&denial, "10")).await.unwrap();
    assert_eq!((asked.recorded_login.as_str(), asked.recorded_role.as_str()), told);
    let note = NewDenialNote::builder().denial_id(denial.id).note("Called.").noted_by("biller").build();
    let note = denials::add_note(&mut service, &note).await.unwrap();
    assert_eq!((note.recorded_login.as_str(), note.recorded_role.as_str()), told);
    let corrected = NewPatientCorrection::builder()
        .from_reference("P-1".parse().unwrap())
        .to_reference("P-2".parse().unwrap())
        .corrected_by("registrar")
        .build();
    let corrected = claims::correct_patient(&mut service, &corrected).await.unwrap();
    assert_eq!((corrected.recorded_login.as_str(), corrected.recorded_role.as_str()), told);

    // With another role, the login stays.
    let mut monitor = world.monitor().await;
    let asked = request(&mut monitor, &write_off(&denial, "10")).await.unwrap();
    assert_eq!(asked.recorded_role, "pg_monitor");
    assert_ne!(asked.recorded_login, asked.recorded_role);

    let login = texts(&mut owner, "select session_user").await.remove(0);
    let closed = periods::close(&mut owner, day(1), "controller").await.unwrap();
    assert_eq!(closed.recorded_login, login);
    run(&mut owner, "insert into payers (payer_id, name, payer_type) values ('TEST-002', 'Same', 'commercial')").await;
    let second = rcm_schema::models::Payer::by_payer_id(&mut owner, "TEST-002").await.unwrap().id;
    let merged = payers::merge(&mut owner, second, world.payer, "administrator").await.unwrap();
    assert_eq!(merged.recorded_login, login);
}

#[tokio::test]
async fn what_people_settle_by_hand_is_requested_and_approved_from_an_amount_on() {
    let world = World::new().await;
    let (mut connection, mut approver) = (world.connect().await, world.approver().await);
    for kind in [PostingKind::ContractualAdjustment, PostingKind::OtherPayer, PostingKind::PatientResponsibility] {
        let denial = world.denial(&mut connection, "PR-1", "2000").await;
        let rows = ["300", "200"].map(|amount| settling(&denial, kind, amount));
        assert_refused!(
            &mut connection,
            async |connection| post(connection, &settling(&denial, kind, "500")).await,
            Error::Rule(Rule::NeedsApproval)
        );
        assert_refused!(
            &mut connection,
            async |connection| postings::post(connection, None, &rows).await,
            Error::Rule(Rule::NeedsApproval)
        );
        let refused = postings::post_many(&mut connection, &rows, Commit::Together).await.unwrap_err();
        assert!(refused.to_string().contains("somebody else approves"), "{refused}");
        // Many small ones are one large one, of whatever kind; what is taken back counts no longer.
        let small = post(&mut connection, &settling(&denial, kind, "499.99")).await.unwrap();
        let more = settling(&denial, PostingKind::ContractualAdjustment, "0.01");
        assert_refused!(
            &mut connection,
            async |connection| post(connection, &more).await,
            Error::Rule(Rule::NeedsApproval)
        );
        postings::reverse(&mut connection, small.id, day(5), "payment.poster", None).await.unwrap();
        post(&mut connection, &more).await.unwrap();
        // A payer's money, and what no denial says, need nobody.
        post(&mut connection, &settling(&denial, PostingKind::Payment, "900")).await.unwrap();

        let asked = request(&mut connection, &NewWriteOff { kind, ..write_off(&denial, "600") }).await.unwrap();
        let approved = approve(&mut approver, asked.id, "billing.manager", day(4)).await.unwrap();
        assert_eq!(approved.kind, kind);
        let posted = ledger(&mut connection).await.pop().unwrap();
        assert_eq!((posted.kind, posted.posted_by.as_str()), (kind, "billing.manager"));
        assert_eq!((posted.write_off_id, posted.amount.to_string().as_str()), (Some(asked.id), "600.00"));
        assert_eq!(totals(&mut connection, &denial).await[1], "0.00", "nothing is written off");
        assert_refused!(
            &mut connection,
            async |connection| postings::reverse(connection, posted.id, day(5), "payment.poster", None).await,
            Error::Rule(Rule::KeptByDatabase { .. })
        );
        reverse(&mut approver, asked.id, "billing.manager", day(5)).await.unwrap();
        assert_eq!(totals(&mut connection, &denial).await[4], "1099.99");
    }
    let claim = world.claim(&mut connection, "2000").await.id;
    post(&mut connection, &on_claim(claim, PostingKind::ContractualAdjustment, "2000")).await.unwrap();
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn room_that_somebody_approved_is_not_filled_by_hand() {
    let world = World::new().await;
    let (mut connection, mut approver) = (world.connect().await, world.approver().await);
    for kind in [PostingKind::ContractualAdjustment, PostingKind::OtherPayer, PostingKind::PatientResponsibility] {
        let denial = world.denial(&mut connection, "PR-1", "500").await;
        let asked = request(&mut connection, &NewWriteOff { kind, ..write_off(&denial, "500") }).await.unwrap();
        approve(&mut approver, asked.id, "billing.manager", day(4)).await.unwrap();
        let approved = ledger(&mut connection).await.pop().unwrap();
        let back = NewPosting { takes_back_id: Some(approved.id), ..settling(&denial, kind, "-500") };
        let back = post(&mut connection, &back).await.unwrap();
        assert_refused!(
            &mut connection,
            async |connection| post(connection, &settling(&denial, kind, "500")).await,
            Error::Rule(Rule::NeedsApproval)
        );
        // What was taken back by mistake is as it was approved, and falls with it.
        postings::reverse(&mut connection, back.id, day(5), "payment.poster", None).await.unwrap();
        assert_eq!(totals(&mut connection, &denial).await[4], "0.00");
        reverse(&mut approver, asked.id, "billing.manager", day(5)).await.unwrap();
        assert_eq!(totals(&mut connection, &denial).await[4], "500.00");
    }
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn what_is_taken_back_in_another_place_counts_as_said_by_hand_all_the_same() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "5000").await.id;
    let denial = deny(&mut connection, claim, "CO-197", "2000").await;
    let alone = |amount| on_claim(denial.claim_id, PostingKind::ContractualAdjustment, amount);
    let of_denial = |amount| settling(&denial, PostingKind::ContractualAdjustment, amount);
    // Taken back of the claim, to be taken back again for the denial.
    post(&mut connection, &alone("1000")).await.unwrap();
    let back = post(&mut connection, &alone("-1000")).await.unwrap();
    let all = NewPosting { takes_back_id: Some(back.id), ..of_denial("1000") };
    assert_refused!(&mut connection, async |connection| post(connection, &all).await, Error::Rule(Rule::NeedsApproval));
    // A small one for the denial, taken back of the claim alone, and once more.
    let small = post(&mut connection, &of_denial("499")).await.unwrap();
    post(&mut connection, &NewPosting { takes_back_id: Some(small.id), ..alone("-499") }).await.unwrap();
    assert_refused!(
        &mut connection,
        async |connection| post(connection, &of_denial("499")).await,
        Error::Rule(Rule::NeedsApproval)
    );
    // Taken back of the denial twice, once without its row, and what had no row undone.
    let untied = post(&mut connection, &of_denial("-499")).await.unwrap();
    post(&mut connection, &of_denial("499")).await.unwrap();
    assert_refused!(
        &mut connection,
        async |connection| postings::reverse(connection, untied.id, day(5), "payment.poster", None).await,
        Error::Rule(Rule::NeedsApproval)
    );
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn the_zone_of_a_session_moves_no_day_of_a_rule() {
    let world = World::new().await;
    let (mut owner, mut connection) = (world.owner().await, world.connect().await);
    let denial = world.denial(&mut connection, "CO-197", "2000").await;
    let utc = "select cast(now() at time zone 'UTC' as date) + ";
    let today = texts(&mut connection, &format!("{utc} 0")).await.remove(0);
    run(
        &mut owner,
        &format!(
            "update org_policies set min_amount = 100, valid_from = '{today}' where policy_type = 'approval_threshold'"
        ),
    )
    .await;
    let later = texts(&mut connection, &format!("{utc} 3")).await.remove(0).parse().unwrap();
    for zone in ["<x>-167:59", "<x>+167:59"] {
        run(&mut connection, &format!("set timezone = '{zone}'")).await;
        let adjusted = settling(&denial, PostingKind::ContractualAdjustment, "100");
        assert_refused!(
            &mut connection,
            async |connection| post(connection, &adjusted).await,
            Error::Rule(Rule::NeedsApproval)
        );
        let early = NewPosting { posted_on: later, ..settling(&denial, PostingKind::Payment, "1") };
        assert_refused!(
            &mut connection,
            async |connection| post(connection, &early).await,
            Error::Rule(Rule::ImpossibleDay { .. })
        );
    }
}

#[tokio::test]
async fn the_first_threshold_that_fits_says_from_which_amount_on_somebody_approves() {
    let world = World::new().await;
    let (mut owner, mut connection) = (world.owner().await, world.connect().await);
    let policy = |name: &str, category: &str, from: &str, rank: &str| {
        format!(
            "insert into org_policies (name, policy_type, denial_category, min_amount, days_to_act, priority_rank)
             values ('{name}', 'approval_threshold', {category}, {from}, 1, {rank})"
        )
    };
    run(&mut owner, &policy("Of authorization", "'authorization'", "50", "10")).await;
    let denial = world.denial(&mut connection, "CO-197", "1000").await;
    let adjusted = |amount| settling(&denial, PostingKind::ContractualAdjustment, amount);
    assert_refused!(
        &mut connection,
        async |connection| post(connection, &adjusted("50")).await,
        Error::Rule(Rule::NeedsApproval)
    );
    let other = world.denial(&mut connection, "CO-16", "1000").await;
    post(&mut connection, &settling(&other, PostingKind::ContractualAdjustment, "50")).await.unwrap();
    run(&mut owner, &policy("Of any", "null", "900", "5")).await;
    post(&mut connection, &adjusted("800")).await.unwrap();
    run(&mut owner, "update org_policies set active = false where policy_type = 'approval_threshold'").await;
    post(&mut connection, &adjusted("200")).await.unwrap();
}

#[tokio::test]
async fn what_a_policy_does_by_itself_it_approves_within_its_limits() {
    let world = World::new().await;
    let (mut connection, mut approver) = (world.connect().await, world.approver().await);
    let denial = world.denial(&mut connection, "CO-197", "100").await;
    let policy = "select id from org_policies where name = 'Small balance write-off'";
    let policy_id: OrgPolicyId = texts(&mut connection, policy).await[0].parse().unwrap();
    let by_policy = |amount| NewWriteOff { policy_id: Some(policy_id), ..write_off(&denial, amount) };
    // Not a part of what is too large for it.
    assert_refused!(
        &mut connection,
        async |connection| request(connection, &by_policy("20")).await,
        Error::Rule(Rule::NotByPolicy)
    );
    post(&mut connection, &settling(&denial, PostingKind::Payment, "80")).await.unwrap();
    let item = DenialToWork::list(&mut connection, &WorkListFilter::default(), None, 9).await.unwrap().remove(0);
    assert_eq!((item.policy_id, item.automatic, item.action), (Some(policy_id), true, Action::WriteOff));
    assert_refused!(
        &mut connection,
        async |connection| {
            let moved = NewWriteOff { kind: PostingKind::ContractualAdjustment, ..by_policy("20") };
            request(connection, &moved).await
        },
        Error::Rule(Rule::NotByPolicy)
    );
    let done = request(&mut connection, &by_policy("20")).await.unwrap();
    assert_eq!((done.status, done.approved_by.as_deref()), (WriteOffStatus::Approved, Some("database")));
    assert_eq!((done.approved_on, done.policy_id), (Some(done.requested_on), Some(policy_id)));
    assert_eq!(ledger(&mut connection).await.pop().unwrap().posted_by, "database");
    assert_eq!(totals(&mut connection, &denial).await, ["80.00", "20.00", "0.00", "0.00", "0.00"]);
    reverse(&mut approver, done.id, "billing.manager", day(5)).await.unwrap();
    assert_eq!(totals(&mut connection, &denial).await[4], "20.00");
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn a_policys_limit_is_of_all_that_it_approves_of_a_denial() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let denial = world.denial(&mut connection, "CO-197", "100").await;
    let policy = "select id from org_policies where name = 'Small balance write-off'";
    let policy_id: OrgPolicyId = texts(&mut connection, policy).await[0].parse().unwrap();
    let by_policy = |amount| NewWriteOff { policy_id: Some(policy_id), ..write_off(&denial, amount) };
    let paid = post(&mut connection, &settling(&denial, PostingKind::Payment, "80")).await.unwrap();
    request(&mut connection, &by_policy("20")).await.unwrap();
    postings::reverse(&mut connection, paid.id, day(5), "payment.poster", None).await.unwrap();
    post(&mut connection, &settling(&denial, PostingKind::Payment, "60")).await.unwrap();
    assert_refused!(
        &mut connection,
        async |connection| request(connection, &by_policy("20")).await,
        Error::Rule(Rule::NotByPolicy)
    );
    request(&mut connection, &by_policy("4.99")).await.unwrap();
    assert_reconciled(&mut connection).await;
}

/// A trigger of a client's own runs deeper than a statement, as the schema's own do.
#[tokio::test]
async fn nobody_posts_in_the_name_of_the_database() {
    let world = World::new().await;
    let (mut connection, mut approver) = (world.connect().await, world.approver().await);
    let denial = world.denial(&mut connection, "CO-197", "1000").await;
    let given_up = request(&mut connection, &write_off(&denial, "100")).await.unwrap();
    approve(&mut approver, given_up.id, "billing.manager", day(4)).await.unwrap();
    let written_off = ledger(&mut connection).await.pop().unwrap();
    run(&mut connection, "create temporary table mine (posting text)").await;
    let schema = texts(&mut connection, "select current_schema()").await.remove(0);
    run(
        &mut connection,
        &format!(
            "create function pg_temp.post() returns trigger language plpgsql set search_path = {schema}, pg_temp as $$
             begin execute 'insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by, write_off_id,
                 takes_back_id) ' || new.posting; return null; end $$;
             create trigger post after insert on mine for each row execute function pg_temp.post()"
        ),
    )
    .await;
    let (claim, id) = (denial.claim_id, denial.id);
    let by_a_caller = || Rule::KeptByDatabase { rule: "postings_posted_by_a_caller".into() };
    for (posting, rule) in [
        (
            format!("values ('{claim}', '{id}', 'other_payer', 600, '2024-02-01', 'database', null, null)"),
            by_a_caller(),
        ),
        (
            format!(
                "values ('{claim}', '{id}', 'write_off', -100, '2024-02-01', 'me', '{}', '{}')",
                given_up.id, written_off.id
            ),
            by_a_caller(),
        ),
        (
            format!("values ('{claim}', '{id}', 'other_payer', 600, '2024-02-01', 'me', null, null)"),
            Rule::NeedsApproval,
        ),
    ] {
        let statement = format!("insert into mine values ($posting${posting}$posting$)");
        let refused = diesel_async::SimpleAsyncConnection::batch_execute(&mut connection, &statement).await;
        let refused = Error::from(refused.unwrap_err());
        assert!(matches!(&refused, Error::Rule(broken) if *broken == rule), "{refused:?}");
    }
    let by_database = NewPosting { posted_by: "database".into(), ..settling(&denial, PostingKind::Payment, "1") };
    assert_refused!(
        &mut connection,
        async |connection| post(connection, &by_database).await,
        Error::Rule(Rule::KeptByDatabase { .. })
    );
}

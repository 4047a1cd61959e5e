//! Many rows by one command: the same rows as one by one, and an error that says which row it is about.

use diesel_async::{AsyncConnection, AsyncPgConnection};
use rcm_schema::error::{QueryErrorKind, Rule};
use rcm_schema::models::{NewClaim, NewClaimDiagnosis, NewClaimLine, NewDenial, NewPosting};
use rcm_schema::types::*;
use rcm_schema::workflow::claims::WholeClaim;
use rcm_schema::workflow::{Commit, claims, denials, postings};
use rcm_schema::{Class, Error, Result};

use super::whole_claims::{dental, institutional};
use super::{contents, refused};
use crate::world::{World, assert_reconciled, day, deny, line, on_claim, run, settling, texts, usd};

/// A submitted claim of 100.00 with a diagnosis and two lines, and everything else that it may have.
fn whole(world: &World) -> WholeClaim {
    let claim = NewClaim { submitted_on: Some(day(1)), ..world.new_claim("100") };
    let diagnosis =
        NewClaimDiagnosis::builder().claim_id(claim.id).ordinal(1).diagnosis_code("I10".parse().unwrap()).build();
    let full = NewClaimLine {
        charge_amount: usd("60"),
        modifier_1: Some("25".parse().unwrap()),
        units: Some("1.5".parse().unwrap()),
        diagnosis_pointer_1: Some(1),
        ..line(&claim)
    };
    let plain = NewClaimLine { line_number: 2, charge_amount: usd("40"), ..line(&claim) };
    WholeClaim { diagnoses: vec![diagnosis], lines: vec![full, plain], ..WholeClaim::new(claim) }
}

fn denial(claim: ClaimId, amount: &str) -> NewDenial {
    let builder = NewDenial::builder().claim_id(claim).denial_code("CO-16".parse().unwrap());
    builder.denied_on(day(2)).denial_amount(usd(amount)).build()
}

fn row_of(error: Error) -> (Option<usize>, usize, Error) {
    match error {
        Error::Bulk { row, recorded, error } => (row, recorded, *error),
        error => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn many_rows_are_recorded_as_one_by_one() {
    let world = World::new().await;
    let mut connection = world.owner().await;
    let mut recorded = vec![institutional(&world), dental(&world)];
    for number in 0..3 {
        let mut whole = whole(&world);
        if number == 2 {
            whole.claim.submitted_on = None;
            whole.diagnoses.clear();
            whole.lines[0].diagnosis_pointer_1 = None;
            whole.lines[0].units = None;
        }
        recorded.push(whole);
    }
    let [first, second] = [recorded[2].claim.id, recorded[3].claim.id];
    let line_denied = NewDenial {
        line_number: Some(2),
        root_cause: Some("Nobody asked.".into()),
        preventable: Some(true),
        ..denial(first, "40")
    };
    let denied = [line_denied, denial(first, "10"), denial(second, "100")];
    let posted = [
        NewPosting { denial_id: Some(denied[0].id), ..on_claim(first, PostingKind::Payment, "30") },
        on_claim(first, PostingKind::ContractualAdjustment, "5"),
        on_claim(second, PostingKind::PatientPayment, "1"),
    ];

    // One transaction, whose time is the time of all rows.
    connection.begin_test_transaction().await.unwrap();
    run(&mut connection, "savepoint empty").await;
    for whole in &recorded {
        claims::record(&mut connection, whole).await.unwrap();
    }
    for row in &denied {
        denials::record(&mut connection, row).await.unwrap();
    }
    for row in &posted {
        postings::post(&mut connection, None, std::slice::from_ref(row)).await.unwrap();
    }
    let one_by_one = contents(&mut connection).await;
    run(&mut connection, "rollback to savepoint empty").await;

    for commit in [Commit::Together, Commit::ByChunk] {
        claims::record_many(&mut connection, &recorded, commit).await.unwrap();
        denials::record_many(&mut connection, &denied, commit).await.unwrap();
        postings::post_many(&mut connection, &posted, commit).await.unwrap();
        assert_eq!(contents(&mut connection).await, one_by_one);
        run(&mut connection, "rollback to savepoint empty").await;
    }
}

#[tokio::test]
async fn nothing_to_record_is_no_error() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    for commit in [Commit::Together, Commit::ByChunk] {
        claims::record_many(&mut connection, &[], commit).await.unwrap();
        denials::record_many(&mut connection, &[], commit).await.unwrap();
        postings::post_many(&mut connection, &[], commit).await.unwrap();
    }
}

/// The error of 50 claims of which the one at position 31 is spoilt.
async fn spoilt_claim(spoil: impl FnOnce(&mut WholeClaim)) -> Error {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let mut recorded: Vec<_> = (0..50).map(|_| whole(&world)).collect();
    spoil(&mut recorded[31]);
    let outcome =
        refused(&mut connection, async |connection| claims::record_many(connection, &recorded, Commit::Together).await);
    let (row, before, error) = row_of(outcome.await);
    assert_eq!((row, before), (Some(31), 0), "{error:?}");
    error
}

#[tokio::test]
async fn the_error_of_a_claim_names_its_position() {
    let check = spoilt_claim(|whole| whole.claim.service_to = "2023-12-31".parse().unwrap()).await;
    assert_eq!(check.constraint(), Some("claims_service_dates_ordered"));
    let key = spoilt_claim(|whole| whole.claim.payer_id = PayerId::new()).await;
    assert_eq!(key.constraint(), Some("claims_payer_id_exists"));
    let key = spoilt_claim(|whole| whole.lines[1].diagnosis_pointer_1 = Some(2)).await;
    assert_eq!(key.constraint(), Some("claim_lines_diagnosis_pointer_1_exists"));
    // Too little only shows at the end.
    let sum = spoilt_claim(|whole| whole.lines[1].charge_amount = usd("39.99")).await;
    assert!(matches!(sum, Error::Rule(Rule::AmountIsNotSumOfLines)), "{sum:?}");
    let rule = spoilt_claim(|whole| whole.lines[0].service_date = day(9)).await;
    assert!(matches!(rule, Error::Rule(Rule::ImpossibleDay { .. })), "{rule:?}");
}

#[tokio::test]
async fn the_error_of_a_denial_or_a_posting_names_its_position() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await.id;
    let denied: Vec<_> = (0..30).map(|_| denial(claim, "4")).collect();
    let outcome =
        refused(&mut connection, async |connection| denials::record_many(connection, &denied, Commit::ByChunk).await);
    let (row, recorded, error) = row_of(outcome.await);
    assert!(matches!(error, Error::Rule(Rule::OverDenied { .. })), "{error:?}");
    assert_eq!((row, recorded), (Some(25), 0), "25 denials of 4.00 are the whole claim");

    let denial = deny(&mut connection, claim, "CO-16", "100").await;
    let mut posted: Vec<_> = (0..20).map(|_| settling(&denial, PostingKind::Payment, "5")).collect();
    posted.extend((0..7).map(|_| on_claim(claim, PostingKind::PatientPayment, "1")));
    posted.insert(8, settling(&denial, PostingKind::DenialWithdrawn, "0.01"));
    let outcome =
        refused(&mut connection, async |connection| postings::post_many(connection, &posted, Commit::Together).await);
    let (row, recorded, error) = row_of(outcome.await);
    assert!(matches!(error, Error::Rule(Rule::OverAllocated { .. })), "{error:?}");
    assert_eq!((row, recorded), (Some(20), 0));
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn chunks_before_a_refused_one_stay_where_they_commit_apart() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await.id;
    let mut posted: Vec<_> = (0..6_000).map(|_| on_claim(claim, PostingKind::Payment, "0.01")).collect();
    posted[5_500].claim_id = ClaimId::new();

    let (row, recorded, error) = row_of(
        refused(&mut connection, async |connection| postings::post_many(connection, &posted, Commit::Together).await)
            .await,
    );
    assert_eq!((row, recorded), (Some(5_500), 0), "{error:?}");
    assert_eq!(error.constraint(), Some("postings_claim_id_exists"));
    assert_eq!(error.class(), Class::Conflict);

    let outcome = postings::post_many(&mut connection, &posted, Commit::ByChunk).await;
    let (row, recorded, _) = row_of(outcome.unwrap_err());
    assert_eq!((row, recorded), (Some(5_500), 5_000));
    let count = "select count(*) from postings";
    assert_eq!(texts(&mut connection, count).await, ["5000"]);

    posted[5_500].claim_id = claim;
    let again = postings::post_many(&mut connection, &posted, Commit::ByChunk).await.unwrap_err();
    assert_eq!((again.code(), again.constraint()), ("unique_violation", Some("postings_pkey")));
    postings::post_many(&mut connection, &posted[recorded..], Commit::ByChunk).await.unwrap();
    assert_eq!(texts(&mut connection, count).await, ["6000"]);
    assert_reconciled(&mut connection).await;
}

#[tokio::test]
async fn in_a_callers_transaction_a_refusal_leaves_it_usable() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let fine = whole(&world);
    let bad = WholeClaim { lines: vec![], ..whole(&world) };
    let kept: Result<()> = connection
        .transaction(async |connection: &mut AsyncPgConnection| {
            claims::record_many(connection, std::slice::from_ref(&fine), Commit::ByChunk).await?;
            let refused = claims::record_many(connection, &[whole(&world), bad.clone()], Commit::ByChunk).await;
            assert_eq!(row_of(refused.unwrap_err()).0, Some(1));
            // The sum of the lines is checked at the commit again.
            claims::record(connection, &bad).await.unwrap();
            run(connection, "set constraints all deferred").await;
            let lines = [line(&bad.claim)];
            diesel_async::RunQueryDsl::execute(
                diesel::insert_into(rcm_schema::schema::claim_lines::table).values(&lines[..]),
                connection,
            )
            .await?;
            Ok(())
        })
        .await;
    kept.unwrap();
    assert_eq!(texts(&mut connection, "select count(*) from claims").await, ["2"]);
}

#[tokio::test]
async fn what_is_about_no_row_names_none() {
    let world = World::new().await;
    let mut connection = world.connect().await;
    let claim = world.claim(&mut connection, "100").await.id;
    let mut other = world.owner().await;
    run(&mut other, "begin; lock table claims").await;
    run(&mut connection, "set lock_timeout = '10ms'").await;
    let posted: Vec<_> = (0..9).map(|_| on_claim(claim, PostingKind::Payment, "1")).collect();
    let error = postings::post_many(&mut connection, &posted, Commit::Together).await.unwrap_err();
    assert_eq!(error.class(), Class::Unavailable);
    let (row, recorded, error) = row_of(error);
    assert_eq!((row, recorded), (None, 0));
    assert!(matches!(error, Error::Query { kind: QueryErrorKind::LockTimeout, .. }), "{error:?}");
}

//! What the database computes: balances, states, variances, times, ids, and the totals of a denial from its ledger.

use crate::catalog::{migrated, run, texts};
use crate::fixture;

const TOTALS: &str = "select concat_ws(' ', recovered_amount, written_off_amount, transferred_amount, adjusted_amount,
    withdrawn_amount, open_amount, resolution_status) from denials where line_number is not null";

/// A posting to the fixture's denial of 1000.
fn post(kind: &str, amount: &str) -> String {
    format!(
        "insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by)
         select claim_id, id, '{kind}', {amount}, '2024-02-01', 'payment.poster' from denials where line_number is not null"
    )
}

const APPROVE: &str =
    "update write_offs set status = 'approved', approved_by = 'billing.manager', approved_on = requested_on";
const REVERSE: &str =
    "update write_offs set status = 'reversed', reversed_by = 'billing.manager', reversed_on = approved_on";

#[tokio::test]
async fn a_denials_totals_follow_its_ledger() {
    let (_database, mut connection) = migrated().await;
    fixture::fill(&mut connection).await;
    run(&mut connection, "update denials set denial_code = 'PR-1'").await;
    assert_eq!(texts(&mut connection, TOTALS).await, ["10 0 0 0 0 990 pending"]);
    for (statement, totals) in [
        (&*post("patient_responsibility", "90.50"), "10 0 90.50 0 0 899.50 pending"),
        (&*post("contractual_adjustment", "49.50"), "10 0 90.50 49.50 0 850.00 pending"),
        (&*post("other_payer", "50"), "10 0 90.50 99.50 0 800.00 pending"),
        (APPROVE, "10 100 90.50 99.50 0 700.00 pending"),
        (&*post("payment", "600"), "610 100 90.50 99.50 0 100.00 pending"),
        (&*post("denial_withdrawn", "100"), "610 100 90.50 99.50 100 0.00 resolved"),
        (REVERSE, "610 0 90.50 99.50 100 100.00 pending"),
    ] {
        run(&mut connection, statement).await;
        assert_eq!(texts(&mut connection, TOTALS).await, [totals]);
    }
    let claim =
        "select concat_ws(' ', paid_amount, contractual_amount, patient_responsibility_amount, other_payer_amount,
        written_off_amount, open_denied_amount, payer_balance_amount, patient_balance_amount, answers, status)
        from claims where claim_id = 'CLM-1'";
    let expected = ["610 49.50 90.50 50 0 100.00 200.00 90.50 7 partially_paid"];
    assert_eq!(texts(&mut connection, claim).await, expected);
}

#[tokio::test]
async fn a_denial_written_off_whole_is_abandoned() {
    let (_database, mut connection) = migrated().await;
    fixture::fill(&mut connection).await;
    run(
        &mut connection,
        "insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by, reverses_id)
         select claim_id, denial_id, kind, -amount, '2024-03-01', 'payment.poster', id from postings where denial_id is not null;
         update write_offs set status = 'rejected', rejected_by = 'billing.manager', rejected_on = requested_on;
         insert into write_offs (denial_id, claim_id, amount, reason, category, requested_by, requested_on)
         select denial_id, claim_id, 1000, reason, category, requested_by, requested_on from write_offs",
    )
    .await;
    run(&mut connection, &format!("{APPROVE} where status = 'pending_approval'")).await;
    assert_eq!(texts(&mut connection, TOTALS).await, ["0 1000 0 0 0 0 abandoned"]);
}

#[tokio::test]
async fn one_statement_may_post_to_many_denials() {
    let (_database, mut connection) = migrated().await;
    fixture::fill(&mut connection).await;
    run(
        &mut connection,
        "insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by)
         select claim_id, id, 'payment', amount, '2024-02-01', 'payment.poster'
         from denials, unnest(array[100, 200.25]) as amount",
    )
    .await;
    let open = "select open_amount from denials order by id";
    assert_eq!(texts(&mut connection, open).await, ["689.75", "699.75"]);
}

#[tokio::test]
async fn a_batch_of_which_one_posting_is_too_much_posts_nothing() {
    let (_database, mut connection) = migrated().await;
    fixture::fill(&mut connection).await;
    let batch = "insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by)
        select claim_id, id, 'payment', 995, '2024-02-01', 'payment.poster' from denials";
    assert!(diesel_async::SimpleAsyncConnection::batch_execute(&mut connection, batch).await.is_err());
    assert_eq!(texts(&mut connection, "select count(*) from postings").await, ["3"]);
    assert_eq!(texts(&mut connection, TOTALS).await, ["10 0 0 0 0 990 pending"]);
}

#[tokio::test]
async fn a_variance_has_its_amount_percentage_and_type() {
    let (_database, mut connection) = migrated().await;
    fixture::fill(&mut connection).await;
    for (expected, actual, computed) in [
        ("500", "425", "-75 -15.00 underpayment"),
        ("100", "100", "0 0.00 expected"),
        ("100", "99.99", "-0.01 -0.01 expected"),
        ("100", "100.01", "0.01 0.01 expected"),
        ("100", "99.98", "-0.02 -0.02 underpayment"),
        ("100", "100.02", "0.02 0.02 overpayment"),
        ("0.01", "9999999999.99", "9999999999.98 99999999999800.00 overpayment"),
        ("300", "0", "-300 -100.00 underpayment"),
    ] {
        run(
            &mut connection,
            &format!(
                "insert into payment_variances (claim_id, paid_on, expected_amount, actual_amount)
                 select claim_id, paid_on, {expected}, {actual} from payment_variances limit 1"
            ),
        )
        .await;
        let query = format!(
            "select concat_ws(' ', variance_amount, variance_percentage, variance_type) from payment_variances
             where (expected_amount, actual_amount) = ({expected}, {actual})"
        );
        assert_eq!(texts(&mut connection, &query).await, [computed], "{expected} {actual}");
    }
}

#[tokio::test]
async fn a_reversal_and_a_prediction_are_told_by_what_was_sent() {
    let (_database, mut connection) = migrated().await;
    fixture::fill(&mut connection).await;
    for (status, charge, paid, computed) in [
        ("'1'", "100", "60", "f f"),
        ("null", "100", "-60", "f f"),
        ("null", "0", "0", "f f"),
        ("'22'", "-100", "-60", "t f"),
        ("'22'", "100", "60", "t f"),
        ("'1'", "-100", "0", "t f"),
        ("null", "0", "-60", "t f"),
        ("'25'", "100", "60", "f t"),
    ] {
        let insert = format!(
            "insert into remittance_claims (remittance_id, claim_number, claim_status, charge_amount, paid_amount)
             select id, 9, {status}, {charge}, {paid} from remittances"
        );
        run(&mut connection, &format!("begin; update remittances set created_at = now(); {insert}")).await;
        let query = "select concat_ws(' ', is_reversal, is_prediction) from remittance_claims where claim_number = 9";
        assert_eq!(texts(&mut connection, query).await, [computed], "{status} {charge} {paid}");
        run(&mut connection, "rollback").await;
    }
}

#[tokio::test]
async fn a_claims_balance_may_fall_below_zero() {
    let (_database, mut connection) = migrated().await;
    fixture::fill(&mut connection).await;
    run(
        &mut connection,
        "insert into postings (claim_id, kind, amount, posted_on, posted_by)
         select id, kind, posted.amount, '2024-02-01', 'payment.poster'
         from claims, (values ('payment', 900.25), ('contractual_adjustment', 100.25)) as posted (kind, amount)
         where claim_id = 'CLM-3'",
    )
    .await;
    let query = "select payer_balance_amount from claims order by claim_id";
    assert_eq!(texts(&mut connection, query).await, ["990", "1000", "-0.50"]);
}

#[tokio::test]
async fn updated_at_follows_a_change_and_nothing_else() {
    let (_database, mut connection) = migrated().await;
    fixture::fill(&mut connection).await;
    let newer = "select updated_at > created_at from payers";
    run(&mut connection, "update payers set name = name").await;
    assert_eq!(texts(&mut connection, newer).await, ["false"]);
    run(&mut connection, "update payers set name = 'Another'").await;
    assert_eq!(texts(&mut connection, newer).await, ["true"]);
    run(&mut connection, "update payers set name = 'A third', updated_at = '2024-01-01'").await;
    assert_eq!(texts(&mut connection, "select updated_at < '2024-01-02' from payers").await, ["true"]);
}

#[tokio::test]
async fn ids_are_version_7_of_now_and_in_order() {
    let (_database, mut connection) = migrated().await;
    // Twice: PostgreSQL 18 has a function of this name, and the migrations bring one for the versions before.
    for function in ["uuidv7", "public.uuidv7"] {
        let ids = texts(&mut connection, &format!("select {function}() from generate_series(1, 5000)")).await;
        let now = chrono::Utc::now().timestamp();
        for id in &ids {
            let id = uuid::Uuid::parse_str(id).unwrap();
            assert_eq!((id.get_version_num(), id.get_variant()), (7, uuid::Variant::RFC4122));
            let made = i64::try_from(id.get_timestamp().unwrap().to_unix().0).unwrap();
            assert!((now - made).abs() < 60, "{id}");
        }
        let mut unique = ids.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), ids.len());
        // Within a microsecond the order is left to chance.
        let microseconds = |id: &String| id[..18].to_owned();
        assert!(ids.is_sorted_by_key(microseconds));
    }
}

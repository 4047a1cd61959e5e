//! reconcile() finds nothing, and every kept value that was made wrong while the triggers were off.

use rcm_schema::workflow::reconcile;

use crate::catalog::{migrated, run};
use crate::fixture;

/// Each difference as the end of the id, its table, column, what is kept and what is expected.
async fn differences(connection: &mut diesel_async::AsyncPgConnection) -> Vec<String> {
    let found = reconcile(connection).await.unwrap();
    let lines = found.into_iter().map(|one| {
        let kept = one.kept.unwrap_or("-".into());
        format!("{} {}.{} {kept} {}", &one.id.to_string()[34..], one.table_name, one.kept_column, one.expected)
    });
    lines.collect()
}

#[tokio::test]
async fn nothing_differs_after_any_step_of_the_work() {
    let (_database, mut connection) = migrated().await;
    assert_eq!(differences(&mut connection).await, Vec::<String>::new());
    fixture::fill(&mut connection).await;
    for step in [
        "select",
        "update appeals set status = 'submitted', filed_on = '2024-02-01'",
        "update appeals set status = 'partially_approved', approved_amount = 100, decided_on = '2024-02-02'",
        "insert into appeals (denial_id, claim_id, appeal_level, status, appealed_amount, due_on, filed_on, reason)
         select denial_id, claim_id, 'second_level', 'submitted', 50, due_on, filed_on, reason from appeals",
        "update claims set paid_amount = 300 where claim_id = 'CLM-3'",
        "update rebills set status = 'submitted', submitted_on = '2024-02-01'",
        "update rebills set status = 'partially_paid', paid_amount = 300, adjusted_amount = 20.50, resolved_on = '2024-02-02'",
        "update write_offs set status = 'approved', approved_by = 'billing.manager', approved_on = requested_on",
        "update write_offs set status = 'reversed', reversed_by = 'billing.manager', reversed_on = approved_on",
        "update denials set denial_code = 'PR-1'",
        "insert into denial_transactions (denial_id, kind, amount, posted_on, posted_by)
         select id, 'patient_transfer', 7.07, '2024-02-01', 'payment.poster' from denials",
        "insert into denial_transactions (denial_id, kind, amount, posted_on, posted_by, reverses_id)
         select denial_id, kind, amount, '2024-02-01', 'payment.poster', id
         from denial_transactions where kind = 'patient_transfer'",
        "insert into denials (claim_id, denial_code, denied_on, denial_amount)
         select id, 'CO-4', '2024-02-01', 30 + number from claims, generate_series(1, 3) as number where claim_id = 'CLM-3'",
        "update denials set denial_amount = denial_amount + 1 where denial_code = 'CO-4'",
        "update claims set amount = 2000; update claim_lines set charge_amount = 2000",
    ] {
        run(&mut connection, step).await;
        assert_eq!(differences(&mut connection).await, Vec::<String>::new(), "{step}");
    }
}

#[tokio::test]
async fn every_kept_value_that_is_wrong_is_told_with_its_row() {
    let (_database, mut connection) = migrated().await;
    fixture::fill(&mut connection).await;
    for (wrong, told) in [
        (
            "denials set recovered_amount = 11",
            vec!["05 denials.recovered_amount 11 10", "02 claims.recovered_amount 10 11"],
        ),
        (
            "denials set written_off_amount = 1",
            vec!["05 denials.written_off_amount 1 0", "02 claims.written_off_amount 0 1"],
        ),
        (
            "denials set transferred_amount = 0.01, denial_code = 'PR-1'",
            vec!["05 denials.transferred_amount 0.01 0", "02 claims.transferred_amount 0 0.01"],
        ),
        (
            "denials set adjusted_amount = 1",
            vec!["05 denials.adjusted_amount 1 0", "02 claims.denial_adjusted_amount 0 1"],
        ),
        ("denials set open_action = null", vec!["05 denials.open_action - appeal"]),
        (
            "denials set open_action = 'filed_appeal'",
            vec!["05 denials.open_action filed_appeal appeal", "02 claims.filed_appeals 0 1"],
        ),
        ("denials set denial_amount = 999", vec!["02 claims.denied_amount 1000 999"]),
        ("claims set denied_amount = 999", vec!["02 claims.denied_amount 999 1000"]),
        ("claims set recovered_amount = 9", vec!["02 claims.recovered_amount 9 10"]),
        ("claims set written_off_amount = 1", vec!["02 claims.written_off_amount 1 0"]),
        ("claims set transferred_amount = 1", vec!["02 claims.transferred_amount 1 0"]),
        ("claims set denial_adjusted_amount = 1", vec!["02 claims.denial_adjusted_amount 1 0"]),
        ("claims set filed_appeals = 1", vec!["02 claims.filed_appeals 1 0"]),
        ("claims set amount = 1000.01", vec!["02 claims.amount 1000.01 1000"]),
    ] {
        let (table, id) = if wrong.starts_with("denials") { ("denials", "05") } else { ("claims", "02") };
        assert!(wrong.starts_with(table));
        let update = format!("update {wrong} where id = '00000000-0000-7000-8000-0000000000{id}'");
        run(&mut connection, &format!("begin; set local session_replication_role = replica; {update}")).await;
        assert_eq!(differences(&mut connection).await, told, "{wrong}");
        run(&mut connection, "rollback").await;
    }
    for (wrong, told) in [
        ("delete from denial_transactions", vec!["05 denials.recovered_amount 10 0"]),
        ("delete from claim_lines where right(claim_id::text, 2) = '22'", vec!["22 claims.amount 1000 0"]),
        (
            "update rebills set status = 'denied_again', submitted_on = '2024-02-01', resolved_on = '2024-02-01'",
            vec!["15 denials.open_action rebill "],
        ),
        (
            "update rebills set denial_id = '00000000-0000-7000-8000-000000000005'",
            vec!["05 denials.open_action appeal appeal and rebill", "15 denials.open_action rebill "],
        ),
    ] {
        run(&mut connection, &format!("begin; set local session_replication_role = replica; {wrong}")).await;
        assert_eq!(differences(&mut connection).await, told, "{wrong}");
        run(&mut connection, "rollback").await;
    }
}

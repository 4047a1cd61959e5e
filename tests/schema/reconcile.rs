//! reconcile() finds nothing, and every kept value that was made wrong while the triggers were off. The work list is repaired.

use rcm_schema::workflow::{reconcile, repair_work_list};

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
        "insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by, appeal_id)
         select claim_id, denial_id, 'payment', 60, '2024-02-03', 'payment.poster', id from appeals where approved_amount > 0",
        "update appeals set released_on = '2024-02-04' where approved_amount > 0",
        "update appeals set status = 'denied', decided_on = '2024-02-05' where status = 'submitted'",
        "insert into postings (claim_id, kind, amount, posted_on, posted_by)
         select id, 'payment', 300, '2024-02-01', 'payment.poster' from claims where claim_id = 'CLM-3'",
        "update rebills set status = 'submitted', submitted_on = '2024-02-01'",
        "update rebills set status = 'partially_paid', resolved_on = '2024-02-02'",
        "update write_offs set status = 'approved', approved_by = 'billing.manager', approved_on = requested_on",
        "insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by)
         select claim_id, id, 'payment', open_amount + 50, '2024-02-06', 'payment.poster' from denials where open_amount > 0",
        "update write_offs set status = 'reversed', reversed_by = 'billing.manager', reversed_on = approved_on",
        "update denials set denial_code = 'PR-1'",
        "insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by)
         select claim_id, id, 'patient_responsibility', 7.07, '2024-02-07', 'payment.poster' from denials where open_amount > 0",
        "insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by, reverses_id)
         select claim_id, denial_id, kind, -amount, '2024-02-08', 'payment.poster', id
         from postings where kind = 'patient_responsibility'",
        "insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by)
         select claim_id, id, 'payment', -5000, '2024-02-09', 'payment.poster' from denials where recovered_amount > 0",
        "insert into denials (claim_id, denial_code, denied_on, denial_amount)
         select id, 'CO-4', '2024-02-01', 30 + number from claims, generate_series(1, 3) as number where claim_id = 'CLM-3'",
        "update denials set denial_amount = denial_amount + 1 where denial_code = 'CO-4'",
        "update org_policies set days_to_act = days_to_act + 1",
        "delete from org_policies where denial_category = 'coding_error'",
        "update denial_code_library set category = 'other' where denial_code = 'CO-4'",
        "update denial_code_library set valid_to = '2023-12-31', not_appealable_by = '{medicare}'",
        "insert into denial_remarks (denial_id, remark_code) select id, 'N517' from denials on conflict do nothing",
        "update remark_code_library set recommended_action = 'investigate', asks_for_new_claim = false where remark_code = 'N517'",
        "delete from remark_code_library where remark_code = 'N517'",
        "insert into remark_code_library (remark_code, description, prevents_appeal, recommended_action, next_steps)
         values ('N517', 'Test.', true, 'rebill', 'Test.')",
        "insert into org_policies (name, policy_type, denial_code, days_to_act, priority_rank)
         values ('Of a code', 'rebill_threshold', 'CO-4', 3, 1)",
        "update org_policies set denial_code = 'PR-1' where name = 'Of a code'",
        "update payers set payer_type = 'medicare'",
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
            vec!["05 denials.recovered_amount 11 10", "02 claims.open_denied_amount 990 989"],
        ),
        (
            "denials set written_off_amount = 1",
            vec!["05 denials.written_off_amount 1 0", "02 claims.open_denied_amount 990 989"],
        ),
        (
            "denials set transferred_amount = 0.01, denial_code = 'PR-1'",
            vec!["05 denials.transferred_amount 0.01 0", "02 claims.open_denied_amount 990 989.99"],
        ),
        (
            "denials set adjusted_amount = 1",
            vec!["05 denials.adjusted_amount 1 0", "02 claims.open_denied_amount 990 989"],
        ),
        (
            "denials set rebilled_amount = 1",
            vec!["05 denials.rebilled_amount 1 0", "02 claims.open_denied_amount 990 989"],
        ),
        (
            "denials set withdrawn_amount = 1",
            vec!["05 denials.withdrawn_amount 1 0", "02 claims.open_denied_amount 990 989"],
        ),
        ("denials set granted_amount = 1", vec!["05 denials.granted_amount 1 0"]),
        ("denials set open_action = 'filed_appeal'", vec!["05 denials.open_action filed_appeal appeal"]),
        ("denials set denial_amount = 999", vec!["02 claims.open_denied_amount 990 989"]),
        ("claims set paid_amount = 9", vec!["22 claims.paid_amount 9 0"]),
        ("claims set contractual_amount = 1", vec!["22 claims.contractual_amount 1 0"]),
        ("claims set patient_responsibility_amount = 1", vec!["22 claims.patient_responsibility_amount 1 0"]),
        ("claims set other_payer_amount = 1", vec!["22 claims.other_payer_amount 1 0"]),
        ("claims set written_off_amount = 1", vec!["22 claims.written_off_amount 1 0"]),
        ("claims set rebilled_amount = 1", vec!["22 claims.rebilled_amount 1 0"]),
        ("claims set patient_paid_amount = 1", vec!["22 claims.patient_paid_amount 1 0"]),
        ("claims set patient_written_off_amount = 1", vec!["22 claims.patient_written_off_amount 1 0"]),
        ("claims set open_denied_amount = 1", vec!["22 claims.open_denied_amount 1 0"]),
        ("claims set answers = 1", vec!["22 claims.answers 1 0"]),
        ("claims set filed_appeals = 1", vec!["22 claims.filed_appeals 1 0"]),
        ("claims set amount = 1000.01", vec!["22 claims.amount 1000.01 1000"]),
    ] {
        let (table, id) = if wrong.starts_with("denials") { ("denials", "05") } else { ("claims", "22") };
        assert!(wrong.starts_with(table));
        let update = format!("update {wrong} where id = '00000000-0000-7000-8000-0000000000{id}'");
        run(&mut connection, &format!("begin; set local session_replication_role = replica; {update}")).await;
        assert_eq!(differences(&mut connection).await, told, "{wrong}");
        run(&mut connection, "rollback").await;
    }
    for (wrong, told) in [
        (
            "delete from postings",
            vec![
                "05 denials.recovered_amount 10 0",
                "02 claims.answers 2 1",
                "02 claims.paid_amount 10 0",
                "12 claims.answers 4 2",
                "12 claims.contractual_amount 100 0",
                "12 claims.paid_amount 100 0",
            ],
        ),
        ("update remittance_claims set posted_on = null, posted_by = null", vec!["12 claims.answers 4 3"]),
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

#[tokio::test]
async fn a_work_list_that_is_wrong_is_told_and_repaired() {
    let (_database, mut connection) = migrated().await;
    fixture::fill(&mut connection).await;
    let item = "05 denial_work_items.item -";
    run(
        &mut connection,
        "update appeals set status = 'withdrawn';
         update write_offs set status = 'rejected', rejected_by = 'billing.manager', rejected_on = requested_on",
    )
    .await;
    for (wrong, told) in [
        ("delete from denial_work_items", vec![format!("{item} missing")]),
        ("update denial_work_items set open_amount = 1", vec![format!("{item} differs")]),
        ("update denial_work_items set action = 'investigate', policy_id = null", vec![format!("{item} differs")]),
        ("update org_policies set days_to_act = 77", vec![format!("{item} differs")]),
        (
            "update denials set open_action = 'rebill' where right(cast(id as text), 2) = '05'",
            vec!["05 denials.open_action rebill ".to_owned(), format!("{item} not to be worked")],
        ),
    ] {
        run(&mut connection, &format!("begin; set local session_replication_role = replica; {wrong}")).await;
        run(&mut connection, "set local session_replication_role = origin").await;
        assert_eq!(differences(&mut connection).await, told, "{wrong}");
        assert_eq!(repair_work_list(&mut connection).await.unwrap(), 1, "{wrong}");
        let left = &told[..told.len() - 1];
        assert_eq!(differences(&mut connection).await, left, "{wrong}");
        run(&mut connection, "rollback").await;
    }
    assert_eq!(repair_work_list(&mut connection).await.unwrap(), 0);
}

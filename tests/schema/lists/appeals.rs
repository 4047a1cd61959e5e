//! The list of appeals.

use super::*;

#[tokio::test]
async fn filters_order_pages_totals_and_indexes() {
    let (_database, mut connection) = migrated().await;
    fill(&mut connection).await;
    let claim = Claim::by_claim_id(&mut connection, "CLM-17").await.unwrap().id;
    let payer = Payer::by_payer_id(&mut connection, "PAYER-1").await.unwrap().id;
    let open = |row: &Appeal| row.decided_on.is_none() && row.status != AppealStatus::Withdrawn;
    let unfiled = |row: &Appeal| matches!(row.status, AppealStatus::Pending | AppealStatus::InProgress);
    let all = check_filters!(Appeal, AppealFilter, connection, |row| row.appealed_amount.as_decimal().clone(), {
        { status: AppealStatus::Denied } => |row| row.status == AppealStatus::Denied;
        { open: true } => open;
        { open: false } => |row| !open(row);
        { priority: Priority::High } => |row| row.priority == Priority::High;
        { claim_id: claim } => |row| row.claim_id == claim;
        { payer_id: payer } => |row| row.payer_id == payer;
        { assigned_to: "appeals.lead".to_owned() } => |row| row.assigned_to.as_deref() == Some("appeals.lead");
        { overdue_on: day("2024-02-02") } => |row| unfiled(row) && row.due_on < day("2024-02-02");
        { assigned_to: "appeals.specialist".to_owned(), open: true, priority: Priority::Low }
            => |row| row.assigned_to.as_deref() == Some("appeals.specialist") && open(row) && row.priority == Priority::Low;
    });
    assert!(all.is_sorted_by_key(|row| (row.due_on, row.id)));
    assert!(all.iter().any(|row| unfiled(row) && row.due_on == day("2024-02-02")));

    check_index!(
        Appeal,
        connection,
        "appeals",
        "appeals_by_status",
        AppealFilter { status: Some(AppealStatus::UnderReview), ..Default::default() }
    );
    check_index!(
        Appeal,
        connection,
        "appeals",
        "appeals_by_claim",
        AppealFilter { claim_id: Some(claim), ..Default::default() }
    );
    check_payers_index!(
        Appeal,
        connection,
        "appeals",
        "appeals_by_due_day",
        "appeals_by_payer",
        AppealFilter { payer_id: Some(payer), ..Default::default() }
    );
    check_index!(
        Appeal,
        connection,
        "appeals",
        "appeals_by_assignee",
        AppealFilter { assigned_to: Some("appeals.specialist".into()), open: Some(true), ..Default::default() }
    );
    check_index!(
        Appeal,
        connection,
        "appeals",
        "appeals_to_file",
        AppealFilter { overdue_on: Some(day("2024-02-01")), ..Default::default() }
    );

    check_pages!(Appeal, AppealFilter, connection, |row| (row.due_on, row.id), |page| {
        format!(
            "insert into appeals (denial_id, claim_id, appeal_level, appealed_amount, due_on, reason)
         select denial_id, claim_id, 'first_level', 1, due_on, 'Later.'
         from unnest(array[date '2023-01-01', date '2024-01-01' + {page} * 13 % 100, date '2025-01-01'])
             with ordinality as day (due_on, position)
         join numbered on number = 3600 + 3 * {page} + position"
        )
    });
}

//! The list of write-offs.

use super::*;

#[tokio::test]
async fn filters_order_pages_totals_and_indexes() {
    let (_database, mut connection) = migrated().await;
    fill(&mut connection).await;
    let claim = Claim::by_claim_id(&mut connection, "CLM-1300").await.unwrap().id;
    let payer = Payer::by_payer_id(&mut connection, "PAYER-1").await.unwrap().id;
    let all = check_filters!(WriteOff, WriteOffFilter, connection, |row| row.amount.as_decimal().clone(), {
        { status: WriteOffStatus::PendingApproval } => |row| row.status == WriteOffStatus::PendingApproval;
        { status: WriteOffStatus::Rejected } => |row| row.status == WriteOffStatus::Rejected;
        { reason: WriteOffReason::Uncollectible } => |row| row.reason == WriteOffReason::Uncollectible;
        { category: WriteOffCategory::Clinical } => |row| row.category == WriteOffCategory::Clinical;
        { preventable: true } => |row| row.preventable == Some(true);
        { preventable: false } => |row| row.preventable == Some(false);
        { claim_id: claim } => |row| row.claim_id == claim;
        { payer_id: payer } => |row| row.payer_id == payer;
        { requested_on: days("2024-02-01", "2024-02-10") }
            => |row| row.requested_on >= day("2024-02-01") && row.requested_on <= day("2024-02-10");
        { requested_on: since("2024-03-01") } => |row| row.requested_on >= day("2024-03-01");
        { reason: WriteOffReason::Other, preventable: true, requested_on: since("2024-02-01") }
            => |row| row.reason == WriteOffReason::Other && row.preventable == Some(true)
                && row.requested_on >= day("2024-02-01");
    });
    assert!(all.is_sorted_by_key(|row| std::cmp::Reverse((row.requested_on, row.id))));
    let nothing = WriteOffFilter { requested_on: days("2024-02-10", "2024-02-01"), ..Default::default() };
    assert_eq!(WriteOff::list(&mut connection, &nothing, None, 10).await.unwrap(), []);
    let totals = WriteOff::totals(&mut connection, &nothing).await.unwrap();
    assert_eq!((totals.count, totals.amount.to_string()), (0, "0.00".into()));

    check_index!(
        WriteOff,
        connection,
        "write_offs",
        "write_offs_by_reason",
        WriteOffFilter { reason: Some(WriteOffReason::Other), ..Default::default() }
    );
    check_payers_index!(
        WriteOff,
        connection,
        "write_offs",
        "write_offs_by_request",
        "write_offs_by_payer",
        WriteOffFilter { payer_id: Some(payer), ..Default::default() }
    );
    check_index!(
        WriteOff,
        connection,
        "write_offs",
        "write_offs_by_claim",
        WriteOffFilter { claim_id: Some(claim), ..Default::default() }
    );
    check_index!(
        WriteOff,
        connection,
        "write_offs",
        "write_offs_to_approve",
        WriteOffFilter { status: Some(WriteOffStatus::PendingApproval), ..Default::default() }
    );
    for filter in [
        WriteOffFilter::default(),
        WriteOffFilter { category: Some(WriteOffCategory::Financial), preventable: Some(true), ..Default::default() },
        WriteOffFilter { requested_on: days("2024-02-01", "2024-02-10"), ..Default::default() },
    ] {
        check_index!(WriteOff, connection, "write_offs", "write_offs_by_request", filter);
    }

    check_pages!(WriteOff, WriteOffFilter, connection, |row| std::cmp::Reverse((row.requested_on, row.id)), |page| {
        format!(
        "insert into write_offs (denial_id, claim_id, amount, reason, category, requested_by, requested_on)
         select denial_id, claim_id, 0.01, 'other', 'financial', 'billing.specialist', requested_on
         from numbered, unnest(array[date '2023-01-01', date '2024-01-01' + {page} * 13 % 100, date '2025-01-01']) as requested_on
         where number = 1302"
    )
    });
}

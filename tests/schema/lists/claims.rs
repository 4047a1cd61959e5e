//! The list of claims.

use super::*;

#[tokio::test]
async fn filters_order_pages_totals_and_indexes() {
    let (_database, mut connection) = migrated().await;
    fill(&mut connection).await;
    run(
        &mut connection,
        "begin; set local session_replication_role = replica;
         update claims set service_from = service_from - number % 100 from numbered where claims.id = numbered.claim_id;
         update claims set paid_amount = amount, answers = 1, open_denied_amount = 0
         from numbered where claims.id = numbered.claim_id and number > 3900;
         commit; analyze claims",
    )
    .await;
    let payer = Payer::by_payer_id(&mut connection, "PAYER-1").await.unwrap().id;
    let denied = ClaimStatus::Denied;
    let all = check_filters!(Claim, ClaimFilter, connection, |row| row.amount.as_decimal().clone(), {
        { payer_id: payer } => |row| row.payer_id == payer;
        { status: denied } => |row| row.status == denied;
        { status: ClaimStatus::Paid } => |row| row.status == ClaimStatus::Paid;
        { service_from: days("2023-10-01", "2023-10-10") }
            => |row| row.service_from >= day("2023-10-01") && row.service_from <= day("2023-10-10");
        { service_from: since("2023-11-01"), payer_id: payer }
            => |row| row.service_from >= day("2023-11-01") && row.payer_id == payer;
        { payer_id: payer, status: denied } => |row| row.payer_id == payer && row.status == denied;
    });
    assert!(all.is_sorted_by_key(|row| std::cmp::Reverse((row.service_from, row.id))));

    let of_payer = ClaimFilter { payer_id: Some(payer), ..Default::default() };
    let of_status = ClaimFilter { status: Some(denied), ..Default::default() };
    let of_both = ClaimFilter { status: Some(denied), ..of_payer.clone() };
    check_index!(Claim, connection, "claims", "claims_by_payer", of_payer.clone());
    check_index!(Claim, connection, "claims", "claims_to_work", of_status.clone());
    check_index!(Claim, connection, "claims", "claims_to_work_by_payer", of_both.clone());
    for filter in
        [ClaimFilter::default(), ClaimFilter { service_from: days("2023-10-01", "2023-10-10"), ..Default::default() }]
    {
        check_index!(Claim, connection, "claims", "claims_by_service", filter);
    }

    check_pages!(Claim, ClaimFilter, connection, |row| std::cmp::Reverse((row.service_from, row.id)), |page| {
        format!(
            "insert into claims (claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to)
             select 'CLM-{page}-' || position, 'PATIENT-1', payers.id, 'professional', 100, day, day
             from unnest(array[date '2023-08-01', date '2023-09-01' + {page} * 13 % 100, date '2024-01-01'])
                 with ordinality as day (day, position)
             join payers on payer_id = 'PAYER-1';
             insert into claim_lines (claim_id, line_number, procedure_code, charge_amount, service_date)
             select id, 1, '99213', 100, service_from from claims where claim_id like 'CLM-{page}-%'"
        )
    });
}

//! The list of denials.

use super::*;

#[tokio::test]
async fn filters_order_pages_totals_and_indexes() {
    let (_database, mut connection) = migrated().await;
    fill(&mut connection).await;
    // The list has 1200.
    run(
        &mut connection,
        "begin; set local session_replication_role = replica;
         delete from denials using numbered where denials.id = numbered.denial_id and number not between 1201 and 2400;
         update claims set open_denied_amount = 0
         from numbered where claims.id = numbered.claim_id and number not between 1201 and 2400;
         update denials set denied_on = denied_on + number % 100,
             denial_code = (array['CO-197', 'CO-50', 'PR-1'])[number / 3 % 3 + 1],
             assigned_to = (array['denials.specialist', 'denials.lead', null, null, null])[number % 5 + 1]
         from numbered where denials.id = numbered.denial_id;
         commit; analyze denials",
    )
    .await;
    let claim = Claim::by_claim_id(&mut connection, "CLM-1300").await.unwrap().id;
    let payer = Payer::by_payer_id(&mut connection, "PAYER-1").await.unwrap().id;
    let code: DenialCode = "CO-50".parse().unwrap();
    let all = check_filters!(Denial, DenialFilter, connection, |row| row.denial_amount.as_decimal().clone(), {
        { payer_id: payer } => |row| row.payer_id == payer;
        { claim_id: claim } => |row| row.claim_id == claim;
        { denial_code: code.clone() } => |row| row.denial_code == code;
        { resolution_status: ResolutionStatus::Rebilled } => |row| row.resolution_status == ResolutionStatus::Rebilled;
        { assigned_to: "denials.lead".to_owned() } => |row| row.assigned_to.as_deref() == Some("denials.lead");
        { denied_on: days("2024-02-01", "2024-02-10") }
            => |row| row.denied_on >= day("2024-02-01") && row.denied_on <= day("2024-02-10");
        { denied_on: since("2024-03-01"), payer_id: payer, denial_code: code.clone() }
            => |row| row.denied_on >= day("2024-03-01") && row.payer_id == payer && row.denial_code == code;
    });
    assert!(all.is_sorted_by_key(|row| std::cmp::Reverse((row.denied_on, row.id))));

    check_index!(
        Denial,
        connection,
        "denials",
        "denials_by_claim",
        DenialFilter { claim_id: Some(claim), ..Default::default() }
    );
    check_payers_index!(
        Denial,
        connection,
        "denials",
        "denials_by_day",
        "denials_by_payer",
        DenialFilter { payer_id: Some(payer), ..Default::default() }
    );
    check_index!(
        Denial,
        connection,
        "denials",
        "denials_by_payer_and_code",
        DenialFilter { payer_id: Some(payer), denial_code: Some(code.clone()), ..Default::default() }
    );
    check_index!(
        Denial,
        connection,
        "denials",
        "denials_by_assignee",
        DenialFilter { assigned_to: Some("denials.lead".to_owned()), ..Default::default() }
    );
    for filter in [
        DenialFilter::default(),
        DenialFilter { denial_code: Some(code.clone()), ..Default::default() },
        DenialFilter { denied_on: days("2024-02-01", "2024-02-10"), ..Default::default() },
    ] {
        check_index!(Denial, connection, "denials", "denials_by_day", filter);
    }

    check_pages!(Denial, DenialFilter, connection, |row| std::cmp::Reverse((row.denied_on, row.id)), |page| {
        format!(
            "insert into denials (claim_id, denial_code, denied_on, denial_amount)
             select claim_id, 'CO-16', denied_on, 1
             from unnest(array[date '2023-12-01', date '2024-01-01' + {page} * 13 % 100, date '2025-01-01'])
                 with ordinality as day (denied_on, position)
             join numbered on number = 3600 + 3 * {page} + position"
        )
    });
}

//! The list of rebills.

use super::*;

#[tokio::test]
async fn filters_order_pages_totals_and_indexes() {
    let (_database, mut connection) = migrated().await;
    fill(&mut connection).await;
    let claim = Claim::by_claim_id(&mut connection, "CLM-1300").await.unwrap().id;
    let payer = Payer::by_payer_id(&mut connection, "PAYER-1").await.unwrap().id;
    let (mut paid, mut rebilled) = (HashMap::<ClaimId, BigDecimal>::new(), HashMap::<RebillId, BigDecimal>::new());
    let postings: Vec<Posting> = Posting::query().load(&mut connection).await.unwrap();
    for posting in postings {
        match (posting.kind, posting.rebill_id) {
            (PostingKind::Payment, _) => *paid.entry(posting.claim_id).or_default() += posting.amount.as_decimal(),
            (PostingKind::Rebilled, Some(rebill)) => {
                *rebilled.entry(rebill).or_default() += posting.amount.as_decimal();
            }
            _ => {}
        }
    }
    // What the new claim was paid, at most what was moved to it.
    let recovered: HashMap<RebillId, BigDecimal> = Rebill::query()
        .load(&mut connection)
        .await
        .unwrap()
        .into_iter()
        .filter_map(|row: Rebill| Some((row.id, paid[&row.new_claim_id?].clone().min(rebilled[&row.id].clone()))))
        .collect();
    let nothing = recovered.values().filter(|amount| **amount == 0).count();
    let all_of_it = recovered.iter().filter(|(rebill, amount)| rebilled[rebill] == **amount).count();
    assert!(nothing > 0 && all_of_it > 0 && nothing + all_of_it < recovered.len());
    let amount = |row: &Rebill| recovered.get(&row.id).cloned().unwrap_or_default();
    let all = check_filters!(Rebill, RebillFilter, connection, amount, {
        { status: RebillStatus::PartiallyPaid } => |row| row.status == RebillStatus::PartiallyPaid;
        { reason: RebillReason::Other } => |row| row.reason == RebillReason::Other;
        { claim_id: claim } => |row| row.original_claim_id == claim;
        { payer_id: payer } => |row| row.payer_id == payer;
        { submitted_on: days("2024-02-01", "2024-02-10") } => |row| row.submitted_on
            .is_some_and(|submitted| submitted >= day("2024-02-01") && submitted <= day("2024-02-10"));
        { submitted_on: since("2024-03-01") }
            => |row| row.submitted_on.is_some_and(|submitted| submitted >= day("2024-03-01"));
        { reason: RebillReason::Other, status: RebillStatus::Pending }
            => |row| row.reason == RebillReason::Other && row.submitted_on.is_none();
    });
    let key = |row: &Rebill| std::cmp::Reverse((row.submitted_on.is_none(), row.submitted_on, row.id));
    assert!(all.is_sorted_by_key(key));

    check_index!(
        Rebill,
        connection,
        "rebills",
        "rebills_by_reason",
        RebillFilter { reason: Some(RebillReason::Other), ..Default::default() }
    );
    check_index!(
        Rebill,
        connection,
        "rebills",
        "rebills_by_original_claim",
        RebillFilter { claim_id: Some(claim), ..Default::default() }
    );
    check_payers_index!(
        Rebill,
        connection,
        "rebills",
        "rebills_by_submission",
        "rebills_by_payer",
        RebillFilter { payer_id: Some(payer), ..Default::default() }
    );
    for filter in [
        RebillFilter::default(),
        RebillFilter { status: Some(RebillStatus::Paid), ..Default::default() },
        RebillFilter { submitted_on: days("2024-02-01", "2024-02-10"), ..Default::default() },
    ] {
        check_index!(Rebill, connection, "rebills", "rebills_by_submission", filter);
    }

    check_pages!(Rebill, RebillFilter, connection, key, |page| {
        format!(
            "insert into rebills (denial_id, original_claim_id, new_claim_id, reason, changes, status, submitted_on)
         select original.denial_id, original.claim_id, new.claim_id, 'other', 'Later.', 'submitted', submitted_on
         from unnest(array[date '2023-12-02', date '2024-01-01' + {page} * 13 % 100, date '2025-01-01'])
             with ordinality as day (submitted_on, position)
         join numbered as original on original.number = 3600 + 3 * {page} + position
         join numbered as new on new.number = original.number - 600;
         insert into rebills (denial_id, original_claim_id, reason, changes)
         select denial_id, claim_id, 'other', 'Later.' from numbered where number = 6 + 8 * {page}"
        )
    });
}

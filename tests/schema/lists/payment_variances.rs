//! The list of payment variances.

use super::*;

#[tokio::test]
async fn filters_order_pages_totals_and_indexes() {
    let (_database, mut connection) = migrated().await;
    fill(&mut connection).await;
    let claim = Claim::by_claim_id(&mut connection, "CLM-17").await.unwrap().id;
    let payer = Payer::by_payer_id(&mut connection, "PAYER-1").await.unwrap().id;
    let amount = |row: &PaymentVariance| row.variance_amount.as_decimal().clone();
    let all = check_filters!(PaymentVariance, PaymentVarianceFilter, connection, amount, {
        { variance_type: VarianceType::Overpayment } => |row| row.variance_type == VarianceType::Overpayment;
        { variance_reason: VarianceReason::Bundling } => |row| row.variance_reason == Some(VarianceReason::Bundling);
        { payer_id: payer } => |row| row.payer_id == payer;
        { claim_id: claim } => |row| row.claim_id == claim;
        { resolved: true } => |row| row.resolved_on.is_some();
        { resolved: false } => |row| row.resolved_on.is_none();
        { needs_appeal: true } => |row| row.needs_appeal;
        { needs_appeal: false } => |row| !row.needs_appeal;
        { at_least_percentage: BigDecimal::from(20) } => |row| row.variance_percentage.abs() >= 20;
        { at_least_percentage: BigDecimal::from(-5) } => |row| row.variance_percentage.abs() >= 5;
        { paid_on: days("2024-02-01", "2024-02-10") }
            => |row| row.paid_on >= day("2024-02-01") && row.paid_on <= day("2024-02-10");
        { variance_type: VarianceType::Underpayment, resolved: false, needs_appeal: true, payer_id: payer }
            => |row| row.variance_type == VarianceType::Underpayment && row.resolved_on.is_none() && row.needs_appeal
                && row.payer_id == payer;
    });
    assert!(all.is_sorted_by_key(|row| std::cmp::Reverse((row.paid_on, row.id))));

    check_index!(
        PaymentVariance,
        connection,
        "payment_variances",
        "payment_variances_by_claim",
        PaymentVarianceFilter { claim_id: Some(claim), ..Default::default() }
    );
    check_payers_index!(
        PaymentVariance,
        connection,
        "payment_variances",
        "payment_variances_by_payment",
        "payment_variances_by_payer",
        PaymentVarianceFilter { payer_id: Some(payer), ..Default::default() }
    );
    check_index!(
        PaymentVariance,
        connection,
        "payment_variances",
        "payment_variances_to_resolve",
        PaymentVarianceFilter { resolved: Some(false), ..Default::default() }
    );
    for filter in [
        PaymentVarianceFilter::default(),
        PaymentVarianceFilter { variance_type: Some(VarianceType::Overpayment), ..Default::default() },
        PaymentVarianceFilter { at_least_percentage: Some(10.into()), ..Default::default() },
        PaymentVarianceFilter { paid_on: days("2024-02-01", "2024-02-10"), ..Default::default() },
    ] {
        check_index!(PaymentVariance, connection, "payment_variances", "payment_variances_by_payment", filter);
    }

    check_pages!(
        PaymentVariance,
        PaymentVarianceFilter,
        connection,
        |row| std::cmp::Reverse((row.paid_on, row.id)),
        |page| {
            format!(
        "insert into payment_variances (claim_id, paid_on, expected_amount, actual_amount)
         select claim_id, paid_on, 100, 100
         from numbered, unnest(array[date '2023-12-02', date '2024-01-01' + {page} * 13 % 100, date '2025-01-01']) as paid_on
         where number = 17"
    )
        }
    );
}

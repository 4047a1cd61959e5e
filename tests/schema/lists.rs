//! The lists: every filter, the order, pages while others write, totals, and the index that the documentation names.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bigdecimal::BigDecimal;
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rcm_schema::models::*;
use rcm_schema::types::*;

use crate::catalog::{migrated, run};
use crate::lookups::{by_index, scans};

/// 1200 of each: appeals of the claims 1 to 1200, write-offs and rebills of the claims 1201 to 2400, rebilled as 2401 to
/// 3600; variances of the claims 1 to 1200. Claims from 3601 on are spare.
const MANY: &str = "
    insert into payers (payer_id, name, payer_type, timely_filing_days, appeal_filing_days)
    select 'PAYER-' || number, 'Payer', 'commercial', 90, 90 from generate_series(0, 2) as number;
    create temporary table numbered as
    select number, uuidv7() as claim_id, uuidv7() as denial_id from generate_series(1, 4000) as number;
    insert into claims (id, claim_id, patient_reference, payer_id, claim_type, status, amount, service_from, service_to, submitted_on)
    select numbered.claim_id, 'CLM-' || number, 'PATIENT-' || number % 30, payers.id, 'professional', 'submitted', 100,
        '2023-12-01', '2023-12-01', '2023-12-02'
    from numbered join payers on payer_id = 'PAYER-' || number % 3;
    insert into claim_lines (claim_id, line_number, procedure_code, charge_amount, service_date)
    select claim_id, 1, '99213', 100, '2023-12-01' from numbered;
    insert into denials (id, claim_id, denial_code, denied_on, denial_amount)
    select denial_id, claim_id, 'CO-197', '2023-12-15', 100 from numbered where number <= 2400;

    insert into appeals (denial_id, claim_id, appeal_level, status, priority, appealed_amount, approved_amount, due_on,
        filed_on, decided_on, reason, assigned_to)
    select denial_id, claim_id, 'first_level', status, (array['high', 'medium', 'low'])[number % 3 + 1],
        50 + number % 50,
        case status when 'approved' then 50 + number % 50 when 'partially_approved' then 10 end,
        date '2024-01-01' + number % 100,
        case when status not in ('pending', 'in_progress', 'withdrawn') then date '2024-01-01' end,
        case when status in ('approved', 'partially_approved', 'denied') then date '2024-02-01' end,
        'Test.', (array['appeals.specialist', 'appeals.lead', null, null, null])[number % 5 + 1]
    from numbered, unnest(array['pending', 'in_progress', 'submitted', 'under_review', 'approved', 'partially_approved',
        'denied', 'withdrawn']) with ordinality as state (status, position)
    where number <= 1200 and position = number % 8 + 1;

    insert into write_offs (denial_id, claim_id, amount, reason, category, status, preventable, requested_by,
        requested_on, approved_by, approved_on, rejected_by, rejected_on)
    select denial_id, claim_id, 1 + number % 7,
        (array['below_threshold', 'timely_filing_expired', 'non_covered_service', 'patient_responsibility',
            'contract_adjustment', 'uncollectible', 'other'])[number % 7 + 1],
        (array['administrative', 'clinical', 'financial', 'patient_responsibility'])[number % 4 + 1],
        status, (array[true, false, null])[number % 3 + 1], 'billing.specialist', date '2024-01-01' + number % 100,
        case when status = 'approved' then 'billing.manager' end, case when status = 'approved' then date '2024-06-01' end,
        case when status = 'rejected' then 'billing.manager' end, case when status = 'rejected' then date '2024-06-01' end
    from numbered, unnest(array['pending_approval', 'approved', 'rejected']) with ordinality as state (status, position)
    where number between 1201 and 2400 and position = number % 9 % 3 + 1;

    insert into rebills (denial_id, original_claim_id, new_claim_id, reason, changes, status, submitted_on, resolved_on)
    select original.denial_id, original.claim_id, case when status <> 'pending' then new.claim_id end,
        (array['corrected_coding', 'added_modifier', 'updated_diagnosis', 'corrected_info', 'resubmit_timely',
            'provider_change', 'other'])[original.number % 7 + 1],
        'Test.', status,
        case when status <> 'pending' then date '2024-01-01' + original.number % 100 end,
        case when status in ('paid', 'partially_paid', 'denied_again') then date '2024-06-01' end
    from numbered as original
    join numbered as new on new.number = original.number + 1200,
    unnest(array['pending', 'submitted', 'accepted', 'paid', 'partially_paid', 'denied_again'])
        with ordinality as state (status, position)
    where original.number between 1201 and 2400 and position = original.number % 6 + 1;
    insert into denial_transactions (denial_id, kind, amount, posted_on, posted_by, rebill_id)
    select denial_id, kind, case kind when 'recovery' then 10.50 else 5 end, '2024-06-01', 'payment.poster', id
    from rebills, unnest(array['recovery', 'contractual_adjustment']) as kind where status = 'partially_paid';
    insert into denial_transactions (denial_id, kind, amount, posted_on, posted_by, rebill_id, reverses_id)
    select denial_id, kind, amount, '2024-06-02', 'payment.poster', rebill_id, denial_transactions.id
    from denial_transactions join rebills using (denial_id)
    where kind = 'recovery' and reason = 'other';

    insert into payment_variances (claim_id, paid_on, expected_amount, actual_amount, variance_reason, needs_appeal,
        resolution, resolved_on)
    select claim_id, date '2024-01-01' + number % 100, 100, 80 + 10 * (number % 5),
        (array['contract_adjustment', 'bundling', 'other', null])[number % 4 + 1], number % 2 = 0,
        case when number % 3 = 0 then 'Test.' end, case when number % 3 = 0 then date '2024-06-01' end
    from numbered where number <= 1200";

async fn fill(connection: &mut AsyncPgConnection) {
    run(connection, MANY).await;
    // On its own: in the transaction of the inserts it would not see all of them.
    run(connection, "analyze").await;
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn days(from: &str, to: &str) -> DateRange {
    DateRange { from: Some(day(from)), to: Some(day(to)) }
}

fn since(from: &str) -> DateRange {
    DateRange { from: Some(day(from)), to: None }
}

/// Each filter finds the rows that the condition names and no other, in the order of the list, and adds them up.
macro_rules! check_filters {
    ($model:ident, $filter:ident, $connection:ident, $amount:expr, { $($fields:tt => $condition:expr;)+ }) => {{
        let all = $model::list(&mut $connection, &$filter::default(), None, u32::MAX).await.unwrap();
        assert_eq!(all.len(), 1200);
        $({
            let filter: $filter = check_filters!(@filter $filter $fields);
            let found = $model::list(&mut $connection, &filter, None, u32::MAX).await.unwrap();
            let condition: &dyn Fn(&$model) -> bool = &$condition;
            let expected: Vec<$model> = all.iter().filter(|row| condition(row)).cloned().collect();
            assert!(!expected.is_empty() && expected.len() < all.len(), "{filter:?} tells nothing apart");
            assert!(found == expected, "{filter:?}: {} rows, {} expected", found.len(), expected.len());
            let amount: &dyn Fn(&$model) -> BigDecimal = &$amount;
            let totals = $model::totals(&mut $connection, &filter).await.unwrap();
            assert_eq!(totals.count, i64::try_from(found.len()).unwrap(), "{filter:?}");
            assert_eq!(*totals.amount.as_decimal(), found.iter().map(amount).sum::<BigDecimal>(), "{filter:?}");
        })+
        all
    }};
    (@filter $filter:ident { $($field:ident: $value:expr),+ }) => {
        $filter { $($field: $value.into(),)+ ..Default::default() }
    };
}

/// Reads page after page while `$insert` adds rows before, at and after the cursor: no row twice, none of the first left
/// out, always in order.
macro_rules! check_pages {
    ($model:ident, $filter:ident, $connection:ident, $key:expr, $insert:expr) => {{
        let filter = $filter::default();
        let first = $model::list(&mut $connection, &filter, None, u32::MAX).await.unwrap();
        assert_eq!($model::list(&mut $connection, &filter, None, 0).await.unwrap(), []);
        let (mut seen, mut after) = (Vec::new(), None);
        for page in 0..1000 {
            let rows = $model::list(&mut $connection, &filter, after, 50).await.unwrap();
            assert!(rows.len() <= 50);
            after = rows.last().map(Into::into);
            let last = rows.len() < 50;
            seen.extend(rows);
            if last {
                break;
            }
            let insert: String = $insert(page);
            run(&mut $connection, &insert).await;
        }
        let ids: BTreeSet<_> = seen.iter().map(|row| row.id).collect();
        assert_eq!(ids.len(), seen.len(), "a row came twice");
        assert!(first.iter().all(|row| ids.contains(&row.id)), "a row was left out");
        assert!(seen.len() > first.len() && after.is_some(), "nothing was inserted after the cursor");
        let key: &dyn Fn(&$model) -> _ = &$key;
        assert!(seen.is_sorted_by(|one, next| key(one) < key(next)));
    }};
}

/// Ten pages: PostgreSQL plans a statement anew five times, then may settle for a plan that knows no values.
macro_rules! check_index {
    ($model:ident, $connection:ident, $table:literal, $index:literal, $filter:expr) => {{
        let (filter, mut after) = ($filter, None);
        for _ in 0..10 {
            let page = by_index!($connection, $table, $index, $model::list(&mut $connection, &filter, after, 5));
            assert!(after.is_some() || !page.is_empty());
            after = page.last().map(Into::into).or(after);
        }
    }};
}

#[tokio::test]
async fn appeals() {
    let (_database, mut connection) = migrated().await;
    fill(&mut connection).await;
    let claim = Claim::by_claim_id(&mut connection, "CLM-17").await.unwrap().id;
    let open = |row: &Appeal| row.decided_on.is_none() && row.status != AppealStatus::Withdrawn;
    let unfiled = |row: &Appeal| matches!(row.status, AppealStatus::Pending | AppealStatus::InProgress);
    let all = check_filters!(Appeal, AppealFilter, connection, |row| row.appealed_amount.as_decimal().clone(), {
        { status: AppealStatus::Denied } => |row| row.status == AppealStatus::Denied;
        { open: true } => open;
        { open: false } => |row| !open(row);
        { priority: Priority::High } => |row| row.priority == Priority::High;
        { claim_id: claim } => |row| row.claim_id == claim;
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
        "insert into appeals (denial_id, claim_id, appeal_level, status, appealed_amount, due_on, reason)
         select denial_id, claim_id, 'second_level', 'withdrawn', 1, due_on, 'Later.'
         from numbered, unnest(array[date '2023-01-01', date '2024-01-01' + {page} * 13 % 100, date '2025-01-01']) as due_on
         where number = 7"
    )
    });
}

#[tokio::test]
async fn write_offs() {
    let (_database, mut connection) = migrated().await;
    fill(&mut connection).await;
    let claim = Claim::by_claim_id(&mut connection, "CLM-1300").await.unwrap().id;
    let all = check_filters!(WriteOff, WriteOffFilter, connection, |row| row.amount.as_decimal().clone(), {
        { status: WriteOffStatus::PendingApproval } => |row| row.status == WriteOffStatus::PendingApproval;
        { status: WriteOffStatus::Rejected } => |row| row.status == WriteOffStatus::Rejected;
        { reason: WriteOffReason::Uncollectible } => |row| row.reason == WriteOffReason::Uncollectible;
        { category: WriteOffCategory::Clinical } => |row| row.category == WriteOffCategory::Clinical;
        { preventable: true } => |row| row.preventable == Some(true);
        { preventable: false } => |row| row.preventable == Some(false);
        { claim_id: claim } => |row| row.claim_id == claim;
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
         where number = 1300"
    )
    });
}

#[tokio::test]
async fn rebills() {
    let (_database, mut connection) = migrated().await;
    fill(&mut connection).await;
    let claim = Claim::by_claim_id(&mut connection, "CLM-1300").await.unwrap().id;
    let mut recovered = HashMap::<RebillId, BigDecimal>::new();
    let postings: Vec<DenialTransaction> = DenialTransaction::query().load(&mut connection).await.unwrap();
    for posting in postings.iter().filter(|posting| posting.kind == TransactionKind::Recovery) {
        let amount = posting.amount.as_decimal();
        *recovered.entry(posting.rebill_id.unwrap()).or_default() +=
            if posting.reverses_id.is_none() { amount.clone() } else { -amount };
    }
    let reversed = recovered.values().filter(|amount| **amount == 0).count();
    assert!(reversed > 0 && reversed < recovered.len());
    let amount = |row: &Rebill| recovered.get(&row.id).cloned().unwrap_or_default();
    let all = check_filters!(Rebill, RebillFilter, connection, amount, {
        { status: RebillStatus::PartiallyPaid } => |row| row.status == RebillStatus::PartiallyPaid;
        { reason: RebillReason::Other } => |row| row.reason == RebillReason::Other;
        { claim_id: claim } => |row| row.original_claim_id == claim;
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
    for filter in [
        RebillFilter::default(),
        RebillFilter { status: Some(RebillStatus::Paid), ..Default::default() },
        RebillFilter { submitted_on: days("2024-02-01", "2024-02-10"), ..Default::default() },
    ] {
        check_index!(Rebill, connection, "rebills", "rebills_by_submission", filter);
    }

    check_pages!(Rebill, RebillFilter, connection, key, |page| {
        format!(
        "insert into rebills (denial_id, original_claim_id, new_claim_id, reason, changes, status, submitted_on, resolved_on)
         select original.denial_id, original.claim_id, new.claim_id, 'other', 'Later.', 'denied_again', submitted_on, '2026-01-01'
         from numbered as original, unnest(array[date '2023-01-01', date '2024-01-01' + {page} * 13 % 100, date '2025-01-01'])
             with ordinality as day (submitted_on, position)
         join numbered as new on new.number = 3600 + 3 * {page} + position
         where original.number = 1300;
         insert into rebills (denial_id, original_claim_id, reason, changes)
         select denial_id, claim_id, 'other', 'Later.' from numbered where number = 6 + 8 * {page}"
    )
    });
}

#[tokio::test]
async fn payment_variances() {
    let (_database, mut connection) = migrated().await;
    fill(&mut connection).await;
    let claim = Claim::by_claim_id(&mut connection, "CLM-17").await.unwrap().id;
    let payer = Payer::by_payer_id(&mut connection, "PAYER-1").await.unwrap().id;
    let claims: Vec<Claim> = Claim::query().load(&mut connection).await.unwrap();
    let payers: BTreeMap<ClaimId, PayerId> = claims.iter().map(|claim| (claim.id, claim.payer_id)).collect();
    let amount = |row: &PaymentVariance| row.variance_amount.as_decimal().clone();
    let all = check_filters!(PaymentVariance, PaymentVarianceFilter, connection, amount, {
        { variance_type: VarianceType::Overpayment } => |row| row.variance_type == VarianceType::Overpayment;
        { variance_reason: VarianceReason::Bundling } => |row| row.variance_reason == Some(VarianceReason::Bundling);
        { payer_id: payer } => |row| payers[&row.claim_id] == payer;
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
                && payers[&row.claim_id] == payer;
    });
    assert!(all.is_sorted_by_key(|row| std::cmp::Reverse((row.paid_on, row.id))));

    check_index!(
        PaymentVariance,
        connection,
        "payment_variances",
        "payment_variances_by_claim",
        PaymentVarianceFilter { claim_id: Some(claim), ..Default::default() }
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
         from numbered, unnest(array[date '2023-01-01', date '2024-01-01' + {page} * 13 % 100, date '2025-01-01']) as paid_on
         where number = 17"
    )
        }
    );
}

//! The lists: every filter, the order, pages while others write, totals, and the index that the documentation names.

use std::collections::{BTreeSet, HashMap};

use bigdecimal::BigDecimal;
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rcm_schema::models::*;
use rcm_schema::types::*;

use crate::catalog::{migrated, run};
use crate::lookups::{by_index, scans};

/// 1200 of each: appeals of the claims 1 to 1200, write-offs and rebills of the claims 1201 to 2400, rebilled as 2401 to
/// 3600; variances of the claims 1 to 1200. Claims from 3601 on are denied and spare.
const MANY: &str = "
    insert into payers (payer_id, name, payer_type)
    select 'PAYER-' || number, 'Payer', 'commercial' from generate_series(0, 2) as number;
    create temporary table numbered as
    select number, uuidv7() as claim_id, uuidv7() as denial_id,
        (array['pending', 'in_progress', 'submitted', 'under_review', 'approved', 'partially_approved', 'denied',
            'withdrawn'])[number % 8 + 1] as appeal,
        (array['pending_approval', 'approved', 'rejected'])[number % 9 % 3 + 1] as write_off,
        (array['pending', 'submitted', 'accepted', 'paid', 'partially_paid', 'denied_again'])[number % 6 + 1] as rebill
    from generate_series(1, 4000) as number;
    insert into claims (id, claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to, submitted_on)
    select numbered.claim_id, 'CLM-' || number, 'PATIENT-' || number % 30, payers.id, 'professional', 100, '2023-12-01',
        '2023-12-01', '2023-12-02'
    from numbered join payers on payer_id = 'PAYER-' || number % 3;
    insert into claim_lines (claim_id, line_number, procedure_code, charge_amount, service_date)
    select claim_id, 1, '99213', 100, '2023-12-01' from numbered;
    insert into postings (claim_id, kind, amount, posted_on, posted_by)
    select claim_id, 'payment', 10 + number % 90, '2024-05-01', 'payment.poster'
    from numbered where number between 2401 and 3600;
    insert into denials (id, claim_id, denial_code, denied_on, denial_amount)
    select denial_id, claim_id, 'CO-197', '2023-12-15', 100 from numbered where number not between 2401 and 3600;

    insert into appeals (denial_id, claim_id, appeal_level, status, priority, appealed_amount, due_on, filed_on, reason,
        assigned_to)
    select denial_id, claim_id, 'first_level',
        case when appeal = 'withdrawn' then 'pending' when appeal in ('pending', 'in_progress') then appeal else 'submitted' end,
        (array['high', 'medium', 'low'])[number % 3 + 1], 50 + number % 50, date '2024-01-01' + number % 100,
        case when appeal not in ('pending', 'in_progress', 'withdrawn') then date '2024-01-01' end,
        'Test.', (array['appeals.specialist', 'appeals.lead', null, null, null])[number % 5 + 1]
    from numbered where number <= 1200;
    update appeals
    set status = appeal,
        approved_amount = case appeal when 'approved' then appealed_amount when 'partially_approved' then 10 end,
        decided_on = case when appeal in ('approved', 'partially_approved', 'denied') then date '2024-02-01' end
    from numbered where numbered.denial_id = appeals.denial_id and appeal <> status;

    insert into write_offs (denial_id, claim_id, amount, reason, category, preventable, requested_by, requested_on)
    select denial_id, claim_id, 1 + number % 7,
        (array['below_threshold', 'timely_filing_expired', 'non_covered_service', 'patient_responsibility',
            'contract_adjustment', 'uncollectible', 'other'])[number % 7 + 1],
        (array['administrative', 'clinical', 'financial', 'patient_responsibility'])[number % 4 + 1],
        (array[true, false, null])[number % 3 + 1], 'billing.specialist', date '2024-01-01' + number % 100
    from numbered where number between 1201 and 2400;
    update write_offs
    set status = write_off,
        approved_by = case write_off when 'approved' then 'billing.manager' end,
        approved_on = case write_off when 'approved' then date '2024-06-01' end,
        rejected_by = case write_off when 'rejected' then 'billing.manager' end,
        rejected_on = case write_off when 'rejected' then date '2024-06-01' end
    from numbered where numbered.denial_id = write_offs.denial_id and write_off <> status;

    insert into rebills (denial_id, original_claim_id, new_claim_id, reason, changes, status, submitted_on)
    select original.denial_id, original.claim_id, case when original.rebill <> 'pending' then new.claim_id end,
        (array['corrected_coding', 'added_modifier', 'updated_diagnosis', 'corrected_info', 'resubmit_timely',
            'provider_change', 'other'])[original.number % 7 + 1],
        'Test.', case original.rebill when 'pending' then 'pending' else 'submitted' end,
        case when original.rebill <> 'pending' then date '2024-01-01' + original.number % 100 end
    from numbered as original join numbered as new on new.number = original.number + 1200
    where original.number between 1201 and 2400;
    update rebills
    set status = rebill,
        resolved_on = case when rebill in ('paid', 'partially_paid', 'denied_again') then date '2024-06-01' end
    from numbered where numbered.denial_id = rebills.denial_id and rebill <> status;
    insert into postings (claim_id, kind, amount, posted_on, posted_by, takes_back_id)
    select claim_id, kind, -amount, '2024-06-02', 'payment.poster', postings.id
    from postings join rebills on new_claim_id = claim_id
    where kind = 'payment' and reason = 'other';

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
        assert!(all.len() >= 1200);
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

/// A payer's page, where reading all rows in their order looks cheap: a payer whose rows are the last would get them all read.
macro_rules! check_payers_index {
    ($model:ident, $connection:ident, $table:literal, $of_all:literal, $index:literal, $filter:expr) => {{
        run(&mut $connection, concat!("cluster ", $table, " using ", $of_all)).await;
        run(&mut $connection, concat!("analyze ", $table)).await;
        let cheap = "set random_page_cost = 1000; set enable_seqscan = off; set enable_bitmapscan = off";
        run(&mut $connection, cheap).await;
        check_index!($model, $connection, $table, $index, $filter);
        run(&mut $connection, "reset random_page_cost; reset enable_seqscan; reset enable_bitmapscan").await;
    }};
}

mod appeals;
mod claims;
mod denials;
mod patient_balances;
mod payment_variances;
mod rebills;
mod write_offs;

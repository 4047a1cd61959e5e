//! How the appeals and rebills went, what write-offs cost, by how much payments differ.

use super::*;

pub async fn appeal_lines(
    connection: &mut AsyncPgConnection,
    grouped_by: AppealGrouping,
    period: DateRange,
    as_of: &str,
) -> Vec<String> {
    let rows = reports::appeals(connection, grouped_by, period, day(as_of)).await.unwrap();
    lines!(rows; appeals appealed_amount open_appeals withdrawn_appeals decided_appeals approved_appeals
        partially_approved_appeals denied_appeals approved_amount success_percentage average_days_to_decision
        overdue_appeals overdue_amount)
}

#[tokio::test]
async fn how_the_appeals_went() {
    let (_database, mut connection) = migrated().await;
    claims(&mut connection).await;
    denials(
        &mut connection,
        "(1, 'CO-197', '2024-01-05', 1000, null), (2, 'CO-50', '2024-01-05', 1000, null),
         (3, 'CO-197', '2024-01-05', 1000, null), (4, 'CO-16', '2024-01-05', 1000, null),
         (5, 'CO-16', '2024-01-05', 1000, null), (6, 'CO-4', '2024-01-05', 1000, null)",
    )
    .await;
    run(
        &mut connection,
        "create temporary table made as
         select denial_id, claim_id, level, status, amount, approved, cast(due_on as date), cast(filed_on as date),
             cast(decided_on as date)
         from given join (values
             (1, 'first_level', 'approved', 500, 500, '2024-04-01', '2024-01-10', '2024-01-20'),
             (2, 'first_level', 'denied', 300, null, '2024-04-01', '2024-01-15', '2024-02-14'),
             (2, 'second_level', 'partially_approved', 300, 120, '2024-04-01', '2024-02-20', '2024-03-01'),
             (3, 'first_level', 'submitted', 200, null, '2024-01-15', '2024-02-01', null),
             (4, 'first_level', 'pending', 100, null, '2024-02-15', null, null),
             (5, 'first_level', 'withdrawn', 50, null, '2024-01-31', null, null),
             (6, 'first_level', 'in_progress', 70, null, '2024-03-10', null, null)
         ) as value (number, level, status, amount, approved, due_on, filed_on, decided_on) using (number)",
    )
    .await;
    for level in ["first_level", "second_level"] {
        run(
            &mut connection,
            &format!(
                "insert into appeals (denial_id, claim_id, appeal_level, status, appealed_amount, due_on, filed_on, reason)
                 select denial_id, claim_id, level, case when filed_on is null then 'pending' else 'submitted' end, amount,
                     due_on, filed_on, 'Test.'
                 from made where level = '{level}';
                 update appeals set status = made.status, approved_amount = approved, decided_on = made.decided_on
                 from made where appeals.denial_id = made.denial_id and level = '{level}' and level = appeal_level
                     and made.status <> appeals.status"
            ),
        )
        .await;
    }
    use AppealGrouping::*;
    let connection = &mut connection;
    assert_eq!(
        appeal_lines(connection, Whole, EVER, "2024-03-01").await,
        ["- 7 1520.00 3 1 3 1 1 1 620.00 66.67 16.67 1 100.00"]
    );
    assert_eq!(
        appeal_lines(connection, Level, EVER, "2024-03-01").await,
        [
            "first_level 6 1220.00 3 1 2 1 0 1 500.00 50.00 20.00 1 100.00",
            "second_level 1 300.00 0 0 1 0 1 0 120.00 100.00 10.00 0 0.00",
        ]
    );
    assert_eq!(
        appeal_lines(connection, Payer, EVER, "2024-03-01").await,
        [
            "PAYER-A 3 750.00 1 1 1 1 0 0 500.00 100.00 10.00 0 0.00",
            "PAYER-B 4 770.00 2 0 2 0 1 1 120.00 50.00 20.00 1 100.00",
        ]
    );
    assert_eq!(
        appeal_lines(connection, Code, EVER, "2024-03-01").await,
        [
            // Nothing is decided: no rate.
            "CO-16 2 150.00 1 1 0 0 0 0 0.00 - - 1 100.00",
            "CO-197 2 700.00 1 0 1 1 0 0 500.00 100.00 10.00 0 0.00",
            "CO-4 1 70.00 1 0 0 0 0 0 0.00 - - 0 0.00",
            "CO-50 2 600.00 0 0 2 0 1 1 120.00 50.00 20.00 0 0.00",
        ]
    );
    // Filed in February, or not filed and due in it.
    assert_eq!(
        appeal_lines(connection, Whole, february(), "2024-03-01").await,
        ["- 3 600.00 2 0 1 0 1 0 120.00 100.00 10.00 1 100.00"]
    );
    for (as_of, overdue) in
        [("2024-02-15", "0 0.00"), ("2024-02-16", "1 100.00"), ("2024-03-10", "1 100.00"), ("2024-03-11", "2 170.00")]
    {
        let line = &appeal_lines(connection, Whole, EVER, as_of).await[0];
        assert!(line.ends_with(&format!("16.67 {overdue}")), "{as_of}: {line}");
        let filter = AppealFilter { overdue_on: Some(day(as_of)), ..Default::default() };
        let totals = Appeal::totals(connection, &filter).await.unwrap();
        assert_eq!(format!("{} {}", totals.count, totals.amount), overdue, "the list agrees");
    }
    groups_add_up(connection, "appeal_report", &names(AppealGrouping::ALL, AppealGrouping::as_str)).await;
    let facts: Vec<AppealFact> = AppealFact::query().order(appeal_facts::due_on).load(connection).await.unwrap();
    assert_eq!(facts.iter().map(|fact| fact.days_to_decision.unwrap_or(0)).sum::<i32>(), 50);
    assert_eq!(facts[0].filed_on, Some(day("2024-02-01")));
}

#[tokio::test]
async fn what_the_write_offs_cost() {
    let (_database, mut connection) = migrated().await;
    claims(&mut connection).await;
    denials(&mut connection, "(1, 'CO-197', '2024-01-05', 1000, null)").await;
    run(
        &mut connection,
        "create temporary table made as
         select uuidv7() as id, denial_id, claim_id, amount, reason, category, status, cast(preventable as boolean),
             cast(requested_on as date)
         from given join (values
             (1, 15, 'below_threshold', 'financial', 'approved', true, '2024-01-25'),
             (1, 10, 'below_threshold', 'financial', 'approved', false, '2024-02-01'),
             (1, 400, 'timely_filing_expired', 'administrative', 'approved', true, '2024-02-10'),
             (1, 50, 'uncollectible', 'financial', 'pending_approval', true, '2024-02-11'),
             (1, 60, 'uncollectible', 'financial', 'rejected', true, '2024-02-12'),
             (1, 300, 'timely_filing_expired', 'administrative', 'reversed', true, '2024-02-29'),
             (1, 5, 'other', 'clinical', 'approved', null, '2024-03-01')
         ) as value (number, amount, reason, category, status, preventable, requested_on) using (number);
         insert into write_offs (id, denial_id, claim_id, amount, reason, category, preventable, requested_by, requested_on)
         select id, denial_id, claim_id, amount, reason, category, preventable, 'billing.specialist', requested_on from made;
         update write_offs set status = 'approved', approved_by = 'billing.manager', approved_on = '2024-03-01'
         from made where write_offs.id = made.id and made.status in ('approved', 'reversed');
         update write_offs set status = 'rejected', rejected_by = 'billing.manager', rejected_on = '2024-03-01'
         from made where write_offs.id = made.id and made.status = 'rejected';
         update write_offs set status = 'reversed', reversed_by = 'billing.manager', reversed_on = '2024-03-01'
         from made where write_offs.id = made.id and made.status = 'reversed'",
    )
    .await;
    async fn lines(connection: &mut AsyncPgConnection, grouped_by: WriteOffGrouping, period: DateRange) -> Vec<String> {
        let rows = reports::write_offs(connection, grouped_by, period).await.unwrap();
        lines!(rows; write_offs pending_write_offs pending_amount approved_write_offs lost_amount rejected_write_offs
            reversed_write_offs judged_write_offs preventable_write_offs preventable_amount preventable_percentage)
    }
    use WriteOffGrouping::*;
    let connection = &mut connection;
    assert_eq!(lines(connection, Whole, EVER).await, ["- 7 1 50.00 4 430.00 1 1 3 2 415.00 66.67"]);
    assert_eq!(
        lines(connection, Reason, EVER).await,
        [
            "below_threshold 2 0 0.00 2 25.00 0 0 2 1 15.00 50.00",
            "other 1 0 0.00 1 5.00 0 0 0 0 0.00 -",
            "timely_filing_expired 2 0 0.00 1 400.00 0 1 1 1 400.00 100.00",
            "uncollectible 2 1 50.00 0 0.00 1 0 0 0 0.00 -",
        ]
    );
    assert_eq!(
        lines(connection, Category, EVER).await,
        [
            "administrative 2 0 0.00 1 400.00 0 1 1 1 400.00 100.00",
            "clinical 1 0 0.00 1 5.00 0 0 0 0 0.00 -",
            "financial 4 1 50.00 2 25.00 1 0 2 1 15.00 50.00",
        ]
    );
    assert_eq!(lines(connection, Whole, february()).await, ["- 5 1 50.00 2 410.00 1 1 2 1 400.00 50.00"]);
    for (period, limit, expected) in [
        (EVER, 10, vec!["timely_filing_expired", "below_threshold"]),
        (EVER, 1, vec!["timely_filing_expired"]),
        (EVER, 0, vec![]),
        (february(), 10, vec!["timely_filing_expired"]),
    ] {
        let top = reports::top_preventable_reasons(connection, period, limit).await.unwrap();
        let reasons: Vec<String> = top.into_iter().filter_map(|row| row.group_value).collect();
        assert_eq!(reasons, expected);
    }
    groups_add_up(connection, "write_off_report", &names(WriteOffGrouping::ALL, WriteOffGrouping::as_str)).await;
    let facts: Vec<WriteOffFact> = WriteOffFact::query().load(connection).await.unwrap();
    assert_eq!(facts.iter().filter(|fact| fact.approved_on.is_none()).count(), 2);
}

#[tokio::test]
async fn how_the_rebills_went() {
    let (_database, mut connection) = migrated().await;
    claims(&mut connection).await;
    denials(
        &mut connection,
        "(1, 'CO-4', '2024-01-05', 250, null), (2, 'CO-4', '2024-01-05', 100, null), (3, 'CO-16', '2024-01-05', 100, null),
         (4, 'CO-16', '2024-01-05', 100, null), (5, 'CO-16', '2024-01-05', 100, null), (6, 'CO-16', '2024-01-05', 100, null)",
    )
    .await;
    run(
        &mut connection,
        "create temporary table made as
         select denial_id, claim_id, new_claim_id, reason, status, cast(submitted_on as date), cast(resolved_on as date), paid
         from given join (values
             (1, 'added_modifier', 'paid', '2024-02-08', '2024-02-18', 200),
             (2, 'added_modifier', 'denied_again', '2024-02-10', '2024-02-15', null),
             (3, 'corrected_info', 'partially_paid', '2024-03-01', '2024-03-04', 60),
             (4, 'corrected_info', 'submitted', '2024-03-05', null, null),
             (5, 'other', 'pending', null, null, null),
             (6, 'other', 'partially_paid', '2024-03-02', '2024-03-05', 80)
         ) as value (number, reason, status, submitted_on, resolved_on, paid) using (number);
         insert into postings (claim_id, kind, amount, posted_on, posted_by)
         select new_claim_id, 'payment', paid, resolved_on, 'payment.poster' from made where paid > 0;
         insert into rebills (denial_id, original_claim_id, new_claim_id, reason, changes, status, submitted_on)
         select denial_id, claim_id, case when status <> 'pending' then new_claim_id end, reason, 'Test.',
             case when submitted_on is null then 'pending' else 'submitted' end, submitted_on
         from made;
         update rebills set status = made.status, resolved_on = made.resolved_on
         from made where rebills.denial_id = made.denial_id and rebills.status <> made.status",
    )
    .await;
    reverse(&mut connection, "amount = 80", "2024-03-11").await;
    // Recovered without a rebill.
    post(&mut connection, "('other', 5, 'payment', 30, '2024-03-10')").await;
    async fn lines(connection: &mut AsyncPgConnection, grouped_by: RebillGrouping, period: DateRange) -> Vec<String> {
        let rows = reports::rebills(connection, grouped_by, period).await.unwrap();
        lines!(rows; rebills open_rebills resolved_rebills paid_rebills partially_paid_rebills denied_again_rebills
            recovered_amount success_percentage average_days_to_resolution)
    }
    use RebillGrouping::*;
    let connection = &mut connection;
    assert_eq!(lines(connection, Whole, EVER).await, ["- 6 2 4 1 2 1 260.00 75.00 5.25"]);
    assert_eq!(
        lines(connection, Reason, EVER).await,
        [
            "added_modifier 2 0 2 1 0 1 200.00 50.00 7.50",
            "corrected_info 2 1 1 0 1 0 60.00 100.00 3.00",
            "other 2 1 1 0 1 0 0.00 100.00 3.00",
        ]
    );
    assert_eq!(lines(connection, Whole, february()).await, ["- 2 0 2 1 0 1 200.00 50.00 7.50"]);
    let totals = Rebill::totals(connection, &RebillFilter::default()).await.unwrap();
    assert_eq!((totals.count, totals.amount.to_string()), (6, "260.00".into()), "the list agrees");
    groups_add_up(connection, "rebill_report", &names(RebillGrouping::ALL, RebillGrouping::as_str)).await;
    let facts: Vec<RebillFact> = RebillFact::query().order(rebill_facts::claim).load(connection).await.unwrap();
    assert_eq!((facts[2].recovered_amount.to_string(), facts[2].days_to_resolution), ("60.00".into(), Some(3)));
    assert_eq!(facts[4].submitted_on, None);
}

#[tokio::test]
async fn by_how_much_payments_differ() {
    let (_database, mut connection) = migrated().await;
    claims(&mut connection).await;
    run(
        &mut connection,
        "insert into payment_variances (claim_id, paid_on, expected_amount, actual_amount, variance_reason, resolution,
             resolved_on)
         select claim_id, cast(paid_on as date), expected, actual, reason, case when resolved then 'Test.' end,
             case when resolved then date '2024-06-01' end
         from given join (values
             (1, '2024-01-31', 500, 425, 'contract_adjustment', false),
             (1, '2024-02-01', 100, 100, 'other', true),
             (2, '2024-02-29', 100, 120, 'duplicate_claim', true),
             (2, '2024-03-01', 200, 150, null, true),
             (2, '2024-03-01', 100, 105, null, false),
             (2, '2024-03-01', 100, 99.99, null, false)
         ) as value (number, paid_on, expected, actual, reason, resolved) using (number)",
    )
    .await;
    async fn lines(connection: &mut AsyncPgConnection, grouped_by: VarianceGrouping, period: DateRange) -> Vec<String> {
        let rows = reports::variances(connection, grouped_by, period).await.unwrap();
        lines!(rows; variances underpayments underpaid_amount overpayments overpaid_amount unresolved_variances
            unresolved_underpaid_amount unresolved_overpaid_amount)
    }
    use VarianceGrouping::*;
    let connection = &mut connection;
    assert_eq!(lines(connection, Whole, EVER).await, ["- 6 2 125.00 2 25.00 2 75.00 5.00"]);
    assert_eq!(
        lines(connection, Payer, EVER).await,
        ["PAYER-A 2 1 75.00 0 0.00 1 75.00 0.00", "PAYER-B 4 1 50.00 2 25.00 1 0.00 5.00"]
    );
    assert_eq!(
        lines(connection, Reason, EVER).await,
        [
            "contract_adjustment 1 1 75.00 0 0.00 1 75.00 0.00",
            "duplicate_claim 1 0 0.00 1 20.00 0 0.00 0.00",
            "other 1 0 0.00 0 0.00 0 0.00 0.00",
            "- 3 1 50.00 1 5.00 1 0.00 5.00",
        ]
    );
    assert_eq!(lines(connection, Whole, february()).await, ["- 2 0 0.00 1 20.00 0 0.00 0.00"]);
    groups_add_up(connection, "variance_report", &names(VarianceGrouping::ALL, VarianceGrouping::as_str)).await;
    let facts: Vec<VarianceFact> = VarianceFact::query().order(variance_facts::paid_on).load(connection).await.unwrap();
    assert_eq!((facts[0].variance_amount.to_string(), facts[0].resolved_on), ("-75.00".into(), None));
}

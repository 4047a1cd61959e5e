//! What became of the denials, and what they are about.

use super::*;

pub async fn denial_lines(
    connection: &mut AsyncPgConnection,
    grouped_by: DenialGrouping,
    period: DateRange,
    as_of: Option<NaiveDate>,
) -> Vec<String> {
    let rows = reports::denials(connection, grouped_by, period, as_of).await.unwrap();
    lines!(rows; denials denied_amount recovered_amount lost_amount transferred_amount adjusted_amount rebilled_amount
        withdrawn_amount open_denials
        open_amount judged_denials preventable_denials preventable_percentage)
}

#[tokio::test]
async fn what_became_of_the_denials() {
    let (_database, mut connection) = migrated().await;
    claims(&mut connection).await;
    denials(
        &mut connection,
        "(1, 'CO-197', '2024-01-10', 1000, true), (2, 'CO-50', '2024-01-31', 500, false),
         (3, 'OA-197', '2024-02-01', 400, null), (4, 'CO-999', '2024-02-29', 100, true)",
    )
    .await;
    post(
        &mut connection,
        "('first', 1, 'payment', 600, '2024-02-01'), ('mistake', 1, 'payment', 300, '2024-02-10'),
         ('patient', 3, 'patient_responsibility', 150, '2024-03-01'), ('contract', 3, 'contractual_adjustment', 250, '2024-03-01')",
    )
    .await;
    reverse(&mut connection, "id = md5('mistake')::uuid", "2024-03-05").await;
    run(
        &mut connection,
        "insert into write_offs (denial_id, claim_id, amount, reason, category, requested_by, requested_on)
         select denial_id, claim_id, 200, 'other', 'financial', 'billing.specialist', '2024-02-14'
         from given where number = 2;
         update write_offs set status = 'approved', approved_by = 'billing.manager', approved_on = '2024-02-15'",
    )
    .await;
    use DenialGrouping::*;
    let connection = &mut connection;
    assert_eq!(
        denial_lines(connection, Whole, EVER, None).await,
        ["- 4 2000.00 600.00 200.00 150.00 250.00 0.00 0.00 3 800.00 3 2 66.67"]
    );
    assert_eq!(
        denial_lines(connection, Category, EVER, None).await,
        [
            "authorization 2 1400.00 600.00 0.00 150.00 250.00 0.00 0.00 1 400.00 1 1 100.00",
            "medical_necessity 1 500.00 0.00 200.00 0.00 0.00 0.00 0.00 1 300.00 1 0 0.00",
            "unknown 1 100.00 0.00 0.00 0.00 0.00 0.00 0.00 1 100.00 1 1 100.00",
        ]
    );
    assert_eq!(
        denial_lines(connection, Payer, EVER, None).await,
        [
            "PAYER-A 2 1400.00 600.00 0.00 150.00 250.00 0.00 0.00 1 400.00 1 1 100.00",
            "PAYER-B 2 600.00 0.00 200.00 0.00 0.00 0.00 0.00 2 400.00 2 1 50.00",
        ]
    );
    assert_eq!(
        denial_lines(connection, Code, EVER, None).await,
        [
            "CO-197 1 1000.00 600.00 0.00 0.00 0.00 0.00 0.00 1 400.00 1 1 100.00",
            "CO-50 1 500.00 0.00 200.00 0.00 0.00 0.00 0.00 1 300.00 1 0 0.00",
            "CO-999 1 100.00 0.00 0.00 0.00 0.00 0.00 0.00 1 100.00 1 1 100.00",
            "OA-197 1 400.00 0.00 0.00 150.00 250.00 0.00 0.00 0 0.00 0 0 -",
        ]
    );
    assert_eq!(
        denial_lines(connection, Procedure, EVER, None).await,
        [
            "70553 1 400.00 0.00 0.00 150.00 250.00 0.00 0.00 0 0.00 0 0 -",
            "99213 2 1100.00 600.00 0.00 0.00 0.00 0.00 0.00 2 500.00 2 2 100.00",
            "- 1 500.00 0.00 200.00 0.00 0.00 0.00 0.00 1 300.00 1 0 0.00",
        ]
    );
    assert_eq!(
        denial_lines(connection, Month, EVER, None).await,
        [
            "2024-01 2 1500.00 600.00 200.00 0.00 0.00 0.00 0.00 2 700.00 2 1 50.00",
            "2024-02 2 500.00 0.00 0.00 150.00 250.00 0.00 0.00 1 100.00 1 1 100.00",
        ]
    );
    assert_eq!(
        denial_lines(connection, Whole, february(), None).await,
        ["- 2 500.00 0.00 0.00 150.00 250.00 0.00 0.00 1 100.00 1 1 100.00"]
    );
    // The mistake still stood, the write-off was still to come, and so was the fourth denial.
    for (as_of, line) in [
        ("2024-02-10", "- 3 1900.00 900.00 0.00 0.00 0.00 0.00 0.00 3 1000.00 2 1 50.00"),
        ("2024-02-09", "- 3 1900.00 600.00 0.00 0.00 0.00 0.00 0.00 3 1300.00 2 1 50.00"),
        ("2024-01-10", "- 1 1000.00 0.00 0.00 0.00 0.00 0.00 0.00 1 1000.00 1 1 100.00"),
        ("2024-01-09", "- 0 0.00 0.00 0.00 0.00 0.00 0.00 0.00 0 0.00 0 0 -"),
    ] {
        assert_eq!(denial_lines(connection, Whole, EVER, Some(day(as_of))).await, [line], "{as_of}");
    }
    groups_add_up(connection, "denial_report", &names(DenialGrouping::ALL, DenialGrouping::as_str)).await;
    let kept = "select concat_ws(' ', sum(recovered_amount), sum(written_off_amount), sum(open_amount)) from denials";
    let reported = "select concat_ws(' ', recovered_amount, lost_amount, open_amount) from denial_report()";
    assert_eq!(texts(connection, kept).await, texts(connection, reported).await);

    let facts: Vec<DenialFact> = DenialFact::query().order(denial_facts::claim).load(connection).await.unwrap();
    assert_eq!((facts[0].open_amount.to_string(), facts[0].payer.as_str()), ("400.00".into(), "PAYER-A"));
    assert_eq!((&facts[1].procedure_code, facts[1].resolution_status), (&None, ResolutionStatus::Pending));
    let postings: Vec<PostingFact> = PostingFact::query().order(posting_facts::amount).load(connection).await.unwrap();
    assert_eq!((postings.len(), postings[0].amount.to_string()), (6, "-300.00".into()));
    // Debug shows no value of the row.
    assert!(!format!("{facts:?}{postings:?}").contains("00.00"));
}

#[tokio::test]
async fn a_denial_takes_the_category_of_its_code_else_of_its_reason() {
    let (_database, mut connection) = migrated().await;
    claims(&mut connection).await;
    run(
        &mut connection,
        "insert into denial_code_library (denial_code, category, description, appealable, recommended_action,
             usual_resolution, prevention)
         values ('PI-18', 'other', 'Test.', true, 'investigate', 'Test.', 'Test.')",
    )
    .await;
    denials(
        &mut connection,
        "(1, 'CO-197', '2024-01-10', 1, true), (2, 'PI-197', '2024-01-10', 1, true), (3, 'PR-1', '2024-01-10', 1, true),
         (4, 'CO-1', '2024-01-10', 1, true), (5, 'PR-18', '2024-01-10', 1, true), (6, 'PI-18', '2024-01-10', 1, true),
         (7, 'CO-999', '2024-01-10', 1, true), (8, 'CO-B7', '2024-01-10', 1, true)",
    )
    .await;
    let query = "select concat_ws(' ', denial_code, category, appealable)
        from classified_denials join denials on denials.id = denial_id join given using (claim_id) order by number";
    assert_eq!(
        texts(&mut connection, query).await,
        [
            "CO-197 authorization t",
            "PI-197 authorization f",
            "PR-1 patient_responsibility f",
            "CO-1 patient_responsibility f",
            "PR-18 duplicate f",
            "PI-18 other t",
            "CO-999 unknown f",
            "CO-B7 provider_enrollment t",
        ]
    );
    let differ = "select denial_id from denial_triage as triage join classified_denials as class using (denial_id)
        where (triage.category, triage.appealable) <> (class.category, class.appealable)";
    assert_eq!(texts(&mut connection, differ).await, Vec::<String>::new());
    let classified: Vec<ClassifiedDenial> = ClassifiedDenial::query().load(&mut connection).await.unwrap();
    assert_eq!(classified.len(), 8);
}

#[tokio::test]
async fn contractual_adjustments_are_no_loss() {
    let (_database, mut connection) = migrated().await;
    claims(&mut connection).await;
    denials(
        &mut connection,
        "(1, 'CO-45', '2024-01-10', 300, null), (2, 'OA-23', '2024-01-10', 200, null), (3, 'CO-253', '2024-01-10', 8, null)",
    )
    .await;
    let waiting = "select action || ' ' || open_amount from denial_work_list order by open_amount";
    assert_eq!(
        texts(&mut connection, waiting).await,
        ["post_adjustment 8", "post_adjustment 200", "post_adjustment 300"]
    );
    post(
        &mut connection,
        "('contract', 1, 'contractual_adjustment', 300, '2024-02-01'), ('prior', 2, 'other_payer', 200, '2024-02-01'),
         ('law', 3, 'contractual_adjustment', 8, '2024-02-01')",
    )
    .await;
    let connection = &mut connection;
    assert_eq!(
        denial_lines(connection, DenialGrouping::Category, EVER, None).await,
        ["contractual_adjustment 3 508.00 0.00 0.00 0.00 508.00 0.00 0.00 0 0.00 0 0 -"]
    );
    let as_of = Some(day("2024-02-01"));
    assert_eq!(
        denial_lines(connection, DenialGrouping::Whole, EVER, as_of).await,
        ["- 3 508.00 0.00 0.00 0.00 508.00 0.00 0.00 0 0.00 0 0 -"]
    );
    let lost = "select cast(lost_amount as text) from write_off_report()
        union all select cast(written_off_amount as text) from claims where written_off_amount > 0";
    assert_eq!(texts(connection, lost).await, ["0"]);
    assert_eq!(texts(connection, "select denial_id from denial_work_items").await, Vec::<String>::new());
}

//! What patients owe: the action by age and policy, the order, pages, and the index that the documentation names.

use rcm_schema::views::PatientBalance;

use super::*;

/// 4000 claims of 100 days and 3 payers, the third of them federal; of 1200, 1.00 to 40.00 is left to the patient, who has paid
/// every tenth.
const CLAIMS: &str = "
    insert into payers (payer_id, name, payer_type)
    select 'PAYER-' || number, 'Payer', case number when 2 then 'medicare' else 'commercial' end
    from generate_series(0, 2) as number;
    create temporary table numbered as select number, uuidv7() as claim_id from generate_series(1, 4000) as number;
    insert into claims (id, claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to, submitted_on)
    select numbered.claim_id, 'CLM-' || number, 'PATIENT-' || number % 30, payers.id, 'professional', 100,
        date '2023-12-01' - number % 100, '2023-12-01', '2023-12-02'
    from numbered join payers on payer_id = 'PAYER-' || number % 3;
    insert into claim_lines (claim_id, line_number, procedure_code, charge_amount, service_date)
    select claim_id, 1, '99213', 100, '2023-12-01' from numbered;
    insert into postings (claim_id, kind, amount, posted_on, posted_by)
    select claim_id, 'patient_responsibility', 1 + number % 40, current_date - number % 180, 'payment.poster'
    from numbered where number <= 1200;
    insert into postings (claim_id, kind, amount, posted_on, posted_by)
    select claim_id, 'patient_payment', 1 + number % 40, current_date, 'payment.poster'
    from numbered where number <= 1200 and number % 10 = 0";

#[tokio::test]
async fn actions_order_pages_and_indexes() {
    let (_database, mut connection) = migrated().await;
    run(&mut connection, CLAIMS).await;
    run(&mut connection, "analyze").await;
    let all = PatientBalance::list(&mut connection, None, None, u32::MAX).await.unwrap();
    assert_eq!(all.len(), 1080);
    assert!(all.is_sorted_by_key(|row| (row.service_from, row.claim_id)));
    let medicare = Payer::by_payer_id(&mut connection, "PAYER-2").await.unwrap().id;
    let small: Usd = "25".parse().unwrap();
    let mut actions = HashMap::new();
    for row in &all {
        let number: i32 = row.claim.as_str().strip_prefix("CLM-").unwrap().parse().unwrap();
        assert_eq!(row.days, Some(number % 180), "{number}");
        assert_eq!(*row.patient_balance_amount.as_decimal(), BigDecimal::from(1 + number % 40));
        let waived = row.patient_balance_amount < small && row.payer_id != medicare;
        let expected = if waived && number % 180 >= 90 { Action::WriteOff } else { Action::FollowUp };
        assert_eq!(row.action, expected, "{number}");
        assert_eq!(row.policy_name.as_deref(), waived.then_some("Small balance write-off"), "{number}");
        assert_eq!(row.policy_id.is_some(), waived);
        *actions.entry((row.action, row.payer_id == medicare)).or_insert(0) += 1;
    }
    assert_eq!(actions.len(), 3, "{actions:?}");

    // Ten pages each: a plan that knows no values does it, too.
    for payer in [None, Some(medicare)] {
        let mut after = None;
        for _ in 0..10 {
            let page = match payer {
                None => by_index!(
                    connection,
                    "claims",
                    "claims_patients_owe",
                    PatientBalance::list(&mut connection, None, after, 5)
                ),
                Some(_) => by_index!(
                    connection,
                    "claims",
                    "claims_patients_owe_by_payer",
                    PatientBalance::list(&mut connection, payer, after, 5)
                ),
            };
            assert!(page.len() == 5 && page.iter().all(|row| payer.is_none_or(|payer| row.payer_id == payer)));
            after = page.last().map(Into::into);
        }
    }
    for payer in [None, Some(medicare)] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = PatientBalance::list(&mut connection, payer, after, 50).await.unwrap();
            after = page.last().map(Into::into).or(after);
            seen.extend(page.iter().cloned());
            if page.len() < 50 {
                break;
            }
        }
        let expected: Vec<_> =
            all.iter().filter(|row| payer.is_none_or(|payer| row.payer_id == payer)).cloned().collect();
        assert_eq!(seen, expected);
    }
}

#[tokio::test]
async fn a_payers_own_policy_and_its_days_decide() {
    let (_database, mut connection) = migrated().await;
    run(&mut connection, CLAIMS).await;
    run(
        &mut connection,
        "insert into org_policies (name, policy_type, payer_id, denial_category, max_amount, days_to_act, priority_rank, active)
         select policy.name, 'write_off_threshold', id, category, 10, days, 10, active
         from payers, (values
             ('Own', null, 30, true), ('Of another category', 'bundling', 1, true), ('Given up', null, 1, false)
         ) as policy (name, category, days, active)
         where payer_id = 'PAYER-1';
         update org_policies set denial_category = 'patient_responsibility' where name = 'Own'",
    )
    .await;
    let payer = Payer::by_payer_id(&mut connection, "PAYER-1").await.unwrap().id;
    let ten: Usd = "10".parse().unwrap();
    let rows = PatientBalance::list(&mut connection, Some(payer), None, u32::MAX).await.unwrap();
    let small: Vec<_> = rows.iter().filter(|row| row.patient_balance_amount < ten).collect();
    assert!(small.len() > 50);
    for row in small {
        assert_eq!(row.policy_name.as_deref(), Some("Own"));
        let expected = if row.days >= Some(30) { Action::WriteOff } else { Action::FollowUp };
        assert_eq!(row.action, expected);
    }
    assert!(rows.iter().any(|row| row.policy_name.as_deref() == Some("Small balance write-off")));

    // What the patient pays takes the claim off; what is refunded beyond puts it on, with no day of responsibility.
    let paid = "insert into postings (claim_id, kind, amount, posted_on, posted_by)
        select claims.id, 'patient_payment', patient_balance_amount, current_date, 'payment.poster'
        from claims where patient_balance_amount > 0";
    run(&mut connection, paid).await;
    assert_eq!(PatientBalance::list(&mut connection, None, None, 9).await.unwrap(), []);
    run(
        &mut connection,
        "insert into postings (claim_id, kind, amount, posted_on, posted_by)
         select claim_id, 'patient_payment', -5, current_date, 'payment.poster' from numbered where number = 4000",
    )
    .await;
    let refunded = PatientBalance::list(&mut connection, None, None, 9).await.unwrap();
    assert_eq!(refunded.len(), 1);
    assert_eq!((refunded[0].responsible_on, refunded[0].days, refunded[0].action), (None, None, Action::FollowUp));
}

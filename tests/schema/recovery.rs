//! What a denial may bring: the share that similar ones brought, where there are enough, and at a cost that doesn't grow.

use diesel_async::AsyncPgConnection;
use rcm_schema::types::*;
use rcm_schema::views::EstimatedRecovery;

use crate::catalog::{migrated, run, texts};

/// Two commercial payers and Medicare.
const PAYERS: &str = "
    insert into payers (payer_id, name, payer_type)
    values ('PAYER-A', 'Payer', 'commercial'), ('PAYER-B', 'Payer', 'commercial'), ('PAYER-M', 'Payer', 'medicare')";

/// So many denials of 100.00, 180 days ago, of which so much was paid and the rest written off so many days ago.
async fn decided(connection: &mut AsyncPgConnection, payer: &str, code: &str, number: i32, paid: i32, days: i32) {
    run(
        connection,
        &format!(
            "create temporary table given on commit drop as
             select uuidv7() as claim_id, uuidv7() as denial_id, number from generate_series(1, {number}) as number;
             insert into claims (id, claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to,
                 submitted_on)
             select given.claim_id, upper(cast(given.claim_id as text)), 'PATIENT-1', payers.id, 'professional', 100,
                 current_date - 900, current_date - 900, current_date - 899
             from given join payers on payer_id = '{payer}';
             insert into claim_lines (claim_id, line_number, procedure_code, charge_amount, service_date)
             select claim_id, 1, '99213', 100, current_date - 900 from given;
             insert into denials (id, claim_id, denial_code, denied_on, denial_amount)
             select denial_id, claim_id, '{code}', current_date - {days} - 90, 100 from given;
             insert into postings (claim_id, denial_id, kind, amount, posted_on, posted_by)
             select claim_id, denial_id, kind, amount, current_date - {days}, 'payment.poster'
             from given, (values ('payment', {paid}), ('contractual_adjustment', 100 - {paid})) as part (kind, amount)
             where amount > 0;
             drop table given"
        ),
    )
    .await;
}

/// An open denial of 50.00.
async fn open(connection: &mut AsyncPgConnection, payer: &str, code: &str) -> DenialId {
    let id = DenialId::new();
    run(
        connection,
        &format!(
            "insert into claims (id, claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to,
                 submitted_on)
             select cast('{id}' as uuid), upper('{id}'), 'PATIENT-1', id, 'professional', 50, current_date - 90,
                 current_date - 90, current_date - 89
             from payers where payer_id = '{payer}';
             insert into claim_lines (claim_id, line_number, procedure_code, charge_amount, service_date)
             values ('{id}', 1, '99213', 50, current_date - 90);
             insert into denials (id, claim_id, denial_code, denied_on, denial_amount)
             values ('{id}', '{id}', '{code}', current_date - 80, 50)"
        ),
    )
    .await;
    id
}

async fn estimate(connection: &mut AsyncPgConnection, denial: DenialId) -> String {
    let found = EstimatedRecovery::of(connection, &[denial]).await.unwrap().remove(0);
    assert_eq!(found.denial_id, denial);
    let amount = found.estimated_recovery.map_or("-".to_owned(), |amount| amount.to_string());
    format!("{amount} of {}{}", found.similar_denials, if found.of_payer_and_code { " alike" } else { "" })
}

#[tokio::test]
async fn an_estimate_is_what_similar_denials_brought_or_nothing() {
    let (_database, mut connection) = migrated().await;
    let connection = &mut connection;
    run(connection, PAYERS).await;
    let of_a = open(connection, "PAYER-A", "CO-197").await;
    assert_eq!(estimate(connection, of_a).await, "- of 0");
    decided(connection, "PAYER-A", "CO-197", 10, 100, 10).await;
    decided(connection, "PAYER-A", "CO-197", 9, 0, 20).await;
    // Decided too long ago, of another payer's type, of another category.
    decided(connection, "PAYER-A", "CO-197", 5, 0, 400).await;
    decided(connection, "PAYER-M", "CO-197", 30, 0, 10).await;
    decided(connection, "PAYER-A", "CO-50", 30, 0, 10).await;
    assert_eq!(estimate(connection, of_a).await, "- of 19");
    // One more of the same type of payer and category: 10 of 20 were paid.
    decided(connection, "PAYER-B", "CO-198", 1, 0, 10).await;
    assert_eq!(estimate(connection, of_a).await, "25.00 of 20");
    let of_b = open(connection, "PAYER-B", "CO-197").await;
    assert_eq!(estimate(connection, of_b).await, "25.00 of 20");
    // One more of its own: now the others are left out. 10.40 of 20 were paid.
    decided(connection, "PAYER-A", "CO-197", 1, 40, 30).await;
    assert_eq!(estimate(connection, of_a).await, "26.00 of 20 alike");
    assert_eq!(estimate(connection, of_b).await, "24.76 of 21");
    let of_m = open(connection, "PAYER-M", "CO-197").await;
    assert_eq!(estimate(connection, of_m).await, "0.00 of 30 alike");
    let page = EstimatedRecovery::of(connection, &[of_a, of_b, of_m]).await.unwrap();
    assert_eq!(page.len(), 3);
    let unknown = open(connection, "PAYER-A", "CO-999").await;
    assert_eq!(estimate(connection, unknown).await, "- of 0");
}

#[tokio::test]
async fn what_was_rebilled_counts_by_what_came_of_it() {
    let (_database, mut connection) = migrated().await;
    let connection = &mut connection;
    run(connection, PAYERS).await;
    // Twenty denials are rebilled; of nineteen the new claim is answered, and paid 60 of 100.
    run(
        connection,
        "create temporary table given on commit drop as
         select uuidv7() as claim_id, uuidv7() as denial_id, uuidv7() as new_id, number from generate_series(1, 20) as number;
         insert into claims (id, claim_id, patient_reference, payer_id, claim_type, amount, service_from, service_to, submitted_on)
         select claim.id, upper(cast(claim.id as text)), 'PATIENT-1', payers.id, 'professional', 100, current_date - 90,
             current_date - 90, current_date - 80
         from given join payers on payer_id = 'PAYER-A' cross join unnest(array[given.claim_id, new_id]) as claim (id);
         insert into claim_lines (claim_id, line_number, procedure_code, charge_amount, service_date)
         select id, 1, '99213', 100, current_date - 90 from claims;
         insert into denials (id, claim_id, denial_code, denied_on, denial_amount)
         select denial_id, claim_id, 'CO-16', current_date - 70, 100 from given;
         insert into rebills (denial_id, original_claim_id, new_claim_id, reason, changes)
         select denial_id, claim_id, new_id, 'corrected_info', 'Test.' from given;
         update rebills set status = 'submitted', submitted_on = current_date - 60;
         insert into postings (claim_id, kind, amount, posted_on, posted_by)
         select new_id, 'payment', 60, current_date - 50, 'payment.poster' from given where number < 20",
    )
    .await;
    let alike = open(connection, "PAYER-A", "CO-16").await;
    assert_eq!(estimate(connection, alike).await, "- of 19");
    decided(connection, "PAYER-A", "CO-16", 1, 0, 10).await;
    // 19 × 60 of 20 × 100.
    assert_eq!(estimate(connection, alike).await, "28.50 of 20 alike");
}

#[tokio::test]
async fn an_estimate_costs_the_same_after_more_decisions() {
    let (_database, mut connection) = migrated().await;
    let connection = &mut connection;
    run(connection, PAYERS).await;
    let alike = open(connection, "PAYER-A", "CO-197").await;
    let mut costs = Vec::new();
    for _ in 0..2 {
        decided(connection, "PAYER-A", "CO-197", 1_500, 100, 10).await;
        run(connection, "vacuum (analyze)").await;
        let pages = "select cast(sum(pg_stat_get_xact_blocks_fetched(oid)) as text) from pg_class
            where relnamespace = cast(current_schema() as regnamespace)";
        run(connection, "begin").await;
        let before: i64 = texts(connection, pages).await[0].parse().unwrap();
        assert_eq!(estimate(connection, alike).await, "50.00 of 100 alike");
        let after: i64 = texts(connection, pages).await[0].parse().unwrap();
        run(connection, "rollback").await;
        costs.push(after - before);
    }
    assert!(costs[1] < 1_200 && costs[1] <= costs[0] + 100, "{costs:?}");
}

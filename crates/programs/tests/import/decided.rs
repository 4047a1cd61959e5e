//! What waits for a person is decided by the documented SQL, by a role of access `app`, and posted by the next import.

use rcm_schema::access::APP;

use crate::made::{Directory, answer, paid, remittance, submission, visit};
use crate::support::World;

#[tokio::test]
async fn what_waits_is_decided_by_the_documented_sql() {
    let world = World::new().await;
    let files = Directory::new();
    let full = |number: &str, group: &str| answer(number, "1", &[("99213", "100", "80", &[(group, "45", "20")])]);
    let claims = ["A1", "A2", "A3"].map(|number| visit(number, &[("99213", "100")]));
    files
        .write("1.837", &[submission("B1", "2024-01-20", claims.into())])
        .write("2.835", &[paid(remittance("T1", "2024-02-01", vec![full("A9", "CO")]))])
        .write("3.835", &[paid(remittance("T2", "2024-02-02", vec![full("A2", "CO")]))])
        .write("4.835", &[paid(remittance("T2", "2024-02-02", vec![full("A3", "CO")]))])
        .write("5.835", &[paid(remittance("T3", "2024-02-03", vec![full("A3", "CR")]))]);
    let (code, told) = world.import(files.path(), &[]);
    assert_eq!(code, 3, "{told:#}");
    let waiting = "select distinct waits_for from unposted order by 1";
    assert_eq!(world.texts(waiting).await, ["claim", "classification", "review"]);

    let page = include_str!("../../../../docs/importing.md");
    let decided = page.split("```sql decide\n").nth(1).unwrap().split("```").next().unwrap();
    let claim = world
        .text("select claims.claim_id from claims join claim_details on claim_details.claim_id = claims.id where patient_control_number = 'A1'")
        .await;
    let decided = decided.replace("X12-0123456789ABCDEF", &claim);
    let app = world.database.database_as(&APP).await.unwrap().connect_client().await.unwrap();
    for statement in decided.split_terminator(";\n").filter(|statement| !statement.trim().is_empty()) {
        assert_eq!(app.execute(statement, &[]).await.unwrap(), 1, "{statement}");
    }
    let (code, told) = world.import(files.path(), &[]);
    assert_eq!(code, 0, "{told:#}");
    assert_eq!(world.texts(waiting).await, [""; 0]);
    let paid = "select paid_amount from claims join claim_details on claim_details.claim_id = claims.id order by patient_control_number";
    assert_eq!(world.texts(paid).await, ["80.00", "80.00", "80.00"]);
}

#[tokio::test]
async fn an_adjustment_of_a_group_that_x12_does_not_know_waits_for_a_person() {
    let world = World::new().await;
    let files = Directory::new();
    let odd = answer("A1", "1", &[("99213", "100", "80", &[("XX", "45", "20")])]);
    files
        .write("1.837", &[submission("B1", "2024-01-20", vec![visit("A1", &[("99213", "100")])])])
        .write("2.835", &[paid(remittance("T1", "2024-02-01", vec![odd]))]);
    assert_eq!(world.import(files.path(), &[]).0, 3);
    assert_eq!(world.text("select waits_for from unposted").await, "classification");
    let listed = "select denial_code || ' ' || is_waiting from adjustments_to_classify";
    assert_eq!(world.text(listed).await, "XX-45 true");
    let denial = "update remittance_adjustments set disposition = 'denial', classified_by = 'payment.poster'";
    let refused = world.client.batch_execute(denial).await.unwrap_err();
    let refused = refused.as_db_error().and_then(|error| error.constraint());
    assert_eq!(refused, Some("remittance_adjustments_denial_has_code"), "no denial could bear that code");
}

#[tokio::test]
async fn what_waits_for_a_rule_on_one_claim_is_posted_on_the_one_that_is_said() {
    let world = World::new().await;
    let files = Directory::new();
    let answered = answer("A1", "1", &[("99213", "100", "80", &[("CO", "45", "20")])]);
    files.write(
        "1.837",
        &[submission("B1", "2024-01-20", ["A1", "A2"].map(|number| visit(number, &[("99213", "100")])).into())],
    );
    assert_eq!(world.import(files.path(), &[]).0, 0);
    let of = |number: &str| format!("(select claim_id from claim_details where patient_control_number = '{number}')");
    let void = format!("update claims set voided_on = current_date where id = {}", of("A1"));
    world.client.batch_execute(&void).await.unwrap();
    files.write("2.835", &[paid(remittance("T1", "2024-02-01", vec![answered]))]);
    assert_eq!(world.import(files.path(), &[]).0, 3);
    assert_eq!(world.text("select waits_for || ' ' || waits_for_rule from unposted").await, "rule claim_voided");
    let said = format!(
        "update remittance_claims set claim_id = {}, matched_by = 'payment.poster', waits_for = null, waits_for_rule = null",
        of("A2")
    );
    world.client.batch_execute(&said).await.unwrap();
    let (code, told) = world.import(files.path(), &[]);
    assert_eq!(code, 0, "{told:#}");
    assert_eq!(world.text(&format!("select paid_amount from claims where id = {}", of("A2"))).await, "80.00");
}

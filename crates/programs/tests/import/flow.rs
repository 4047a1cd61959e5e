//! From the claim to the closed payment.

use serde_json::json;

use crate::made::{Directory, answer, date, paid, remittance, submission, visit};
use crate::support::World;

#[tokio::test]
async fn a_payment_with_a_deductible_is_posted_and_closed() {
    let world = World::new().await;
    let files = Directory::new();
    let claim = answer("A1", "1", &[("99213", "100", "60", &[("PR", "1", "20"), ("CO", "45", "20")])]);
    files
        // The answer is the first by name: claims go first all the same.
        .write("1.835", &[paid(remittance("T1", "2024-02-01", vec![claim]))])
        .write("2.837", &[submission("B1", "2024-01-20", vec![visit("A1", &[("99213", "100")])])]);
    let (code, told) = world.import(files.path(), &[]);
    assert_eq!(code, 0, "{told:#}");
    assert_eq!(told["totals"]["claims_recorded"], 1);
    assert_eq!(told["totals"]["remittances_closed"], 1);
    assert_eq!(told["totals"]["posted"], "60.00");
    assert_eq!(told["totals"]["unaccounted"], "0.00");
    assert_eq!(told["payers_to_complete"], json!(["PI-60054"]));
    let claim = world
        .text("select concat_ws(' ', status, amount, paid_amount, contractual_amount, patient_balance_amount, submitted_on) from claims")
        .await;
    assert_eq!(claim, "paid 100.00 60.00 20.00 20.00 2024-01-20");
    let claim_id = world.text("select claim_id from claims").await;
    assert!(claim_id.starts_with("X12-") && claim_id.len() == 20, "{claim_id}");
    let details = "select concat_ws(' ', patient_control_number, place_of_service, payer_sequence, billing_provider) from claim_details";
    assert_eq!(world.text(details).await, "A1 11 1 1234567893");
    let line = "select concat_ws(' ', procedure_code, charge_amount, service_date, diagnosis_pointer_1, diagnosis_code)
        from claim_lines join claim_diagnoses using (claim_id)";
    assert_eq!(world.text(line).await, "99213 100.00 2024-01-15 1 J06.9");
    let by = world.text("select distinct posted_by from postings").await;
    assert_eq!(by, "import");
}

#[tokio::test]
async fn a_denial_its_reversal_and_the_correction_settle_each_other_in_the_order_of_their_days() {
    let world = World::new().await;
    let files = Directory::new();
    let denied = answer("A1", "4", &[("99213", "100", "0", &[("CO", "197", "100")])]);
    let reversed = answer("A1", "22", &[("99213", "-100", "0", &[("CO", "197", "-100")])]);
    let corrected = answer("A1", "1", &[("99213", "100", "80", &[("CO", "45", "20")])]);
    files
        .write("1.835", &[paid(remittance("T2", "2024-03-01", vec![reversed, corrected]))])
        .write("2.835", &[paid(remittance("T1", "2024-02-01", vec![denied]))])
        .write("3.837", &[submission("B1", "2024-01-20", vec![visit("A1", &[("99213", "100")])])]);
    let (code, told) = world.import(files.path(), &["--by", "night.import"]);
    assert_eq!(code, 0, "{told:#}");
    assert_eq!(told["totals"]["remittances_closed"], 2);
    let claim = "select concat_ws(' ', status, paid_amount, contractual_amount, open_denied_amount) from claims";
    assert_eq!(world.text(claim).await, "paid 80.00 20.00 0.00");
    let denial = "select concat_ws(' ', denial_code, denied_on, resolution_status, recovered_amount) from denials";
    assert_eq!(world.text(denial).await, "CO-197 2024-02-01 resolved 80.00");
}

#[tokio::test]
async fn what_waits_is_posted_when_its_claim_comes() {
    let world = World::new().await;
    let (answers, claims) = (Directory::new(), Directory::new());
    let claim = answer("A1", "1", &[("99213", "100", "100", &[])]);
    answers.write("1.835", &[paid(remittance("T1", "2024-02-01", vec![claim]))]);
    claims.write("1.837", &[submission("B1", "2024-01-20", vec![visit("A1", &[("99213", "100")])])]);
    let (code, told) = world.import(answers.path(), &[]);
    assert_eq!(code, 3, "{told:#}");
    assert_eq!(told["waits_for"], json!([{ "reason": "claim", "claims": 1, "amount": "100.00" }]));
    assert_eq!(told["totals"]["unaccounted"], "0.00");
    let (code, told) = world.import(claims.path(), &[]);
    assert_eq!(code, 0, "{told:#}");
    // Of another file, and posted now.
    assert_eq!((&told["totals"]["payments_posted_now"], &told["totals"]["posted"]), (&json!(1), &json!("100.00")));
    assert_eq!(world.text("select status from claims").await, "paid");
}

/// An account's number is given to each of its visits: a payment for one that isn't here is not the one's that is.
#[tokio::test]
async fn a_payment_for_another_visit_of_the_same_number_waits_for_its_claim() {
    let world = World::new().await;
    let (january, later) = (Directory::new(), Directory::new());
    january.write("1.837", &[submission("B1", "2024-01-20", vec![visit("A1", &[("99213", "100")])])]);
    assert_eq!(world.import(january.path(), &[]).0, 0);
    let mut february = answer("A1", "1", &[("99213", "100", "100", &[])]);
    february.payer_control_number = "ICN2".into();
    for service in &mut february.services {
        service.details.dates = vec![date("472", "2024-02-12")];
    }
    later.write("2.835", &[paid(remittance("T1", "2024-02-20", vec![february]))]);
    let (code, told) = world.import(later.path(), &[]);
    assert_eq!(code, 3, "{told:#}");
    assert_eq!(told["waits_for"], json!([{ "reason": "claim", "claims": 1, "amount": "100.00" }]));
    assert_eq!(world.text("select status from claims").await, "submitted");
}

#[tokio::test]
async fn a_dry_run_tells_the_same_and_leaves_nothing() {
    let world = World::new().await;
    let files = Directory::new();
    let claim = answer("A1", "1", &[("99213", "100", "100", &[])]);
    files
        .write("1.835", &[paid(remittance("T1", "2024-02-01", vec![claim]))])
        .write("2.837", &[submission("B1", "2024-01-20", vec![visit("A1", &[("99213", "100")])])]);
    let before = world.rows().await;
    let (code, mut dry) = world.import(files.path(), &["--dry-run"]);
    assert_eq!(code, 0, "{dry:#}");
    assert_eq!(world.rows().await, before);
    let (_, wet) = world.import(files.path(), &[]);
    dry["dry_run"] = json!(false);
    assert_eq!(dry, wet);
}

//! Claims that replace, void or follow others.

use x12_claims::Reference;
use x12_claims::claim::Claim;
use x12_claims::remittance::RemittanceClaim;

use crate::made::{Directory, answer, paid, remittance, submission, subscriber, visit};
use crate::support::World;

fn correction(frequency: &str, payer_number: Option<&str>, code: &str) -> Claim {
    let mut claim = Claim { frequency: frequency.into(), ..visit("A1", &[(code, "100")]) };
    claim.details.references.extend(payer_number.map(|number| Reference {
        qualifier: "F8".into(),
        value: number.into(),
        ..Reference::default()
    }));
    claim
}

const CLAIMS: &str = "select concat_ws(' ', frequency_code, status, payer_balance_amount, replaces_claim_id is not null) from claims order by frequency_code";

#[tokio::test]
async fn a_replacement_takes_over_from_its_original_in_whatever_file_it_comes() {
    let world = World::new().await;
    let files = Directory::new();
    let denied = answer("A1", "4", &[("99213", "100", "0", &[("CO", "4", "100")])]);
    files
        .write("1.837", &[submission("B2", "2024-02-10", vec![correction("7", Some("ICNA1"), "99214")])])
        .write("2.837", &[submission("B1", "2024-01-20", vec![visit("A1", &[("99213", "100")])])])
        .write("3.835", &[paid(remittance("T1", "2024-02-01", vec![denied]))]);
    let (code, told) = world.import(files.path(), &[]);
    assert_eq!(told["totals"]["claims_recorded"], 2, "{code} {told:#}");
    assert_eq!(world.texts(CLAIMS).await[1], "7 submitted 100.00 t");
    assert_eq!(told["totals"]["unaccounted"], "0.00");

    // The payer takes the denial back under its number, and answers the replacement under a new one.
    let answers = Directory::new();
    let reversed = answer("A1", "22", &[("99213", "-100", "0", &[("CO", "4", "-100")])]);
    let paid_now = answer("A1", "1", &[("99214", "100", "80", &[("CO", "45", "20")])]);
    let paid_now = RemittanceClaim { payer_control_number: "ICN-NEW".into(), ..paid_now };
    answers.write("4.835", &[paid(remittance("T2", "2024-03-01", vec![reversed, paid_now]))]);
    let (code, told) = world.import(answers.path(), &[]);
    assert_eq!(code, 0, "{told:#}");
    assert_eq!(world.texts(CLAIMS).await, ["1 rebilled 0.00 f", "7 paid 0.00 t"]);
}

#[tokio::test]
async fn a_void_cancels_its_original() {
    let world = World::new().await;
    let files = Directory::new();
    files
        .write("1.837", &[submission("B1", "2024-01-20", vec![visit("A1", &[("99213", "100")])])])
        .write("2.837", &[submission("B2", "2024-02-10", vec![correction("8", None, "99213")])]);
    let (code, told) = world.import(files.path(), &[]);
    assert_eq!(code, 0, "{told:#}");
    assert_eq!(world.texts(CLAIMS).await, ["1 voided 0 f", "8 submitted 0 t"]);
    assert_eq!(world.text("select voided_on from claims where frequency_code = '1'").await, "2024-02-10");
    let once = world.rows().await;
    assert_eq!(world.import(files.path(), &[]).0, 0);
    assert_eq!(world.rows().await, once);
}

#[tokio::test]
async fn a_void_of_a_claim_with_an_open_denial_is_refused_and_told_what_to_do() {
    let world = World::new().await;
    let files = Directory::new();
    let denied = answer("A1", "4", &[("99213", "100", "0", &[("CO", "4", "100")])]);
    files
        .write("1.837", &[submission("B1", "2024-01-20", vec![visit("A1", &[("99213", "100")])])])
        .write("2.835", &[paid(remittance("T1", "2024-02-01", vec![denied]))])
        .write("3.837", &[submission("B2", "2024-02-10", vec![correction("8", None, "99213")])]);
    let (code, told) = world.import(files.path(), &[]);
    assert_eq!(code, 3, "{told:#}");
    assert!(
        told["files"][2]["refused"][0]
            .as_str()
            .unwrap()
            .contains("a denial of the claim is open; settle or withdraw it first"),
        "{told:#}"
    );
    assert_eq!(world.texts(CLAIMS).await, ["1 denied 100.00 f"]);
}

#[tokio::test]
async fn without_its_original_it_is_refused_by_name_and_its_neighbour_is_stored() {
    let world = World::new().await;
    let files = Directory::new();
    let claims = vec![correction("7", Some("ICNA1"), "99214"), visit("A2", &[("99213", "100")])];
    files.write("1.837", &[submission("B2", "2024-02-10", claims)]);
    let (code, told) = world.import(files.path(), &[]);
    assert_eq!(code, 3, "{told:#}");
    assert_eq!(told["totals"]["claims_recorded"], 1);
    assert!(
        told["files"][0]["refused"][0]
            .as_str()
            .unwrap()
            .contains("claim 1 of transaction 1: the claim that it replaces")
    );
}

#[tokio::test]
async fn a_claim_for_the_second_payer_follows_that_for_the_first() {
    let world = World::new().await;
    let files = Directory::new();
    let second = Claim { subscriber: subscriber("S", "DOE", "87726").into(), ..visit("A1", &[("99213", "100")]) };
    let claim = answer("A1", "1", &[("99213", "100", "60", &[("PR", "2", "20"), ("CO", "45", "20")])]);
    files.write("1.837", &[submission("B1", "2024-01-20", vec![visit("A1", &[("99213", "100")])])]);
    files.write("2.835", &[paid(remittance("T1", "2024-02-01", vec![claim]))]);
    assert_eq!(world.import(files.path(), &[]).0, 0);
    files.write("3.837", &[submission("B2", "2024-02-10", vec![second])]);
    assert_eq!(world.import(files.path(), &[]).0, 0);
    let balances = "select payer_sequence || ' ' || payer_balance_amount || ' ' || patient_balance_amount from claims
        join claim_details on claim_details.claim_id = claims.id order by payer_sequence";
    assert_eq!(world.texts(balances).await, ["1 0.00 0.00", "2 20.00 0"]);
}

#[tokio::test]
async fn a_claim_for_the_second_payer_that_was_answered_before_it_came_is_that_claim() {
    let world = World::new().await;
    let files = Directory::new();
    let first = answer("A1", "1", &[("99213", "100", "60", &[("PR", "2", "20"), ("CO", "45", "20")])]);
    let second = answer("A1", "2", &[("99213", "100", "20", &[("OA", "23", "80")])]);
    let mut forwarded = remittance("T2", "2024-02-20", vec![second]);
    forwarded.details.parties[0].id = "87726".into();
    forwarded.details.parties[0].references.clear();
    forwarded.originator = "1888888888".into();
    files
        .write("1.837", &[submission("B1", "2024-01-20", vec![visit("A1", &[("99213", "100")])])])
        .write("2.835", &[paid(remittance("T1", "2024-02-01", vec![first]))])
        .write("3.835", &[paid(forwarded)]);
    let (code, told) = world.import(files.path(), &[]);
    assert_eq!(code, 0, "{told:#}");

    let claim = Claim { subscriber: subscriber("S", "DOE", "87726").into(), ..visit("A1", &[("99213", "100")]) };
    files.write("4.837", &[submission("B2", "2024-03-01", vec![claim])]);
    for _ in 0..2 {
        let (code, told) = world.import(files.path(), &[]);
        assert_eq!((code, &told["totals"]["claims_recorded"]), (0, &serde_json::json!(0)), "{told:#}");
    }
    let claims = "select payer_sequence || ' ' || status || ' ' || pseudonym_key from claims
        join claim_details on claim_details.claim_id = claims.id
        join claim_sources on claim_sources.claim_id = claims.id order by payer_sequence";
    let claims = world.texts(claims).await;
    assert!(claims.len() == 2 && claims[0].starts_with("1 paid") && claims[1].starts_with("2 paid"), "{claims:?}");
}

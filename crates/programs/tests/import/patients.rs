//! Pseudonyms: the same for the same patient, of the organization's key alone.

use x12_claims::claim::Claim;

use crate::made::{Directory, PAYER, answer, paid, remittance, submission, subscriber, visit};
use crate::support::{KEY, World};

fn of(number: &str, patient: &str, payer: &str) -> Claim {
    Claim { subscriber: subscriber("P", patient, payer).into(), ..visit(number, &[("99213", "100")]) }
}

#[tokio::test]
async fn a_patient_has_one_reference_in_all_files_and_for_all_payers() {
    let world = World::new().await;
    let files = Directory::new();
    files
        .write("1.837", &[submission("B1", "2024-01-20", vec![of("A1", "DOE", PAYER), of("A2", "ROE", PAYER)])])
        .write("2.837", &[submission("B2", "2024-01-21", vec![of("A3", "Doe ", "87726")])]);
    assert_eq!(world.import(files.path(), &[]).0, 0);
    let same = "select count(*) from claims group by patient_reference order by 1";
    assert_eq!(world.text(same).await, "1 2");
    assert_eq!(world.text("select count(distinct payer_id) from claims").await, "2");
    let keys = world.text("select distinct pseudonym_key from claim_sources").await;
    assert_eq!(keys.len(), 8, "{keys}");
}

#[tokio::test]
async fn without_a_key_claims_are_refused_and_payments_go_on() {
    let world = World::new().await;
    let files = Directory::new();
    let claim = answer("A1", "1", &[("99213", "100", "100", &[])]);
    files
        .write("1.837", &[submission("B1", "2024-01-20", vec![of("A1", "DOE", PAYER)])])
        .write("2.835", &[paid(remittance("T1", "2024-02-01", vec![claim]))]);
    let output = world.command(files.path()).env_remove("RCM_PSEUDONYM_KEY").output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(told.contains("openssl rand -hex 32") && told.contains("1 remittances new"), "{told}");
    let output = world.command(files.path()).env("RCM_PSEUDONYM_KEY", "canary-that-is-short").output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("at least 32 bytes") && !told.contains("canary"), "{told}");
    files.put(".key", KEY);
    let mut with_file = world.command(files.path());
    with_file.env_remove("RCM_PSEUDONYM_KEY").env("RCM_PSEUDONYM_KEY_FILE", files.path().join(".key"));
    assert_eq!(with_file.output().unwrap().status.code(), Some(0));
}

const OTHER: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

#[tokio::test]
async fn a_key_that_made_no_pseudonym_here_is_refused_in_production_unless_told() {
    let world = World::new().await;
    let files = Directory::new();
    files.write("1.837", &[submission("B1", "2024-01-20", vec![of("A1", "DOE", PAYER)])]);
    let import = |key: &str, options: &[&str]| {
        world.command(files.path()).args(options).env("RCM_PSEUDONYM_KEY", key).output().unwrap()
    };
    let is_production = "update database_environment set environment = 'production'";
    world.client.batch_execute(is_production).await.unwrap();
    assert!(import(KEY, &[]).status.success());
    files.write("2.837", &[submission("B2", "2024-01-21", vec![of("A2", "DOE", PAYER)])]);
    let output = import(OTHER, &[]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("--rekey") && !told.contains(OTHER), "{told}");
    assert_eq!(world.text("select count(*) from claims").await, "1");
    // Payments have no pseudonyms.
    let payments = Directory::new();
    payments.write(
        "1.835",
        &[paid(remittance("T1", "2024-02-01", vec![answer("A1", "1", &[("99213", "100", "100", &[])])]))],
    );
    let mut other = world.command(payments.path());
    assert!(other.env("RCM_PSEUDONYM_KEY", OTHER).output().unwrap().status.success());
    assert!(import(OTHER, &["--new-key"]).status.success());
    // Both made some now.
    assert!(import(OTHER, &[]).status.success() && import(KEY, &[]).status.success());
}

#[tokio::test]
async fn a_mapping_gives_the_references_of_another_key() {
    let (world, other) = (World::new().await, World::new().await);
    let files = Directory::new();
    files.write("1.837", &[submission("B1", "2024-01-20", vec![of("A1", "DOE", PAYER), of("A2", "ROE", PAYER)])]);
    assert_eq!(world.import(files.path(), &[]).0, 0);
    assert!(other.command(files.path()).env("RCM_PSEUDONYM_KEY", OTHER).output().unwrap().status.success());
    let references = "select patient_reference from claims join claim_details on claim_details.claim_id = claims.id order by patient_control_number";
    let (old, new) = (world.texts(references).await, other.texts(references).await);
    assert!(old.iter().all(|reference| !new.contains(reference)));
    let mapping = Directory::new();
    let lines: String = old.iter().zip(&new).map(|(old, new)| format!("{old},{new}\n")).collect();
    mapping.put("mapping.csv", format!("old_reference,new_reference\n{lines}NOBODY,SOMEBODY\n"));
    let rekey = |file: &str| {
        let mut command = world.command(std::path::Path::new("--rekey"));
        command.arg(mapping.path().join(file)).env("RCM_PSEUDONYM_KEY", OTHER).output().unwrap()
    };
    let output = rekey("mapping.csv");
    let told = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{told}");
    assert!(told.contains("2 references corrected, 1 of no claim"), "{told}");
    assert_eq!(world.texts(references).await, new);
    let keys = "select distinct pseudonym_key from claim_sources";
    assert_eq!(world.text(keys).await, other.text(keys).await);
    // The same file is here already, by the new key, too.
    let again = world.command(files.path()).env("RCM_PSEUDONYM_KEY", OTHER).output().unwrap();
    assert!(String::from_utf8(again.stdout).unwrap().contains("2 claims already here"));

    for (text, words) in [
        ("A,B\nB,C\n", "line 2: a reference is both old and new"),
        ("A,B\nA,C\n", "line 2: the old reference came before"),
        ("A,B\nC,B\n", "line 2: the new reference came before"),
        ("A\n", "line 1: not two references"),
        ("NOBODY,SOMEBODY\n", "none of its old references is a claim's"),
        ("A,O'CANARY\n", "line 1: not a patient's reference"),
    ] {
        mapping.put("bad.csv", text);
        let output = rekey("bad.csv");
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{text}: {told}");
        assert!(told.contains(words) && !told.contains("CANARY"), "{text}: {told}");
    }
}

//! The same content is stored once: again, in another envelope, by two at once, after a kill.

use std::process::{Command, Stdio};

use x12_claims::{Envelope, write};

use crate::made::{Directory, answer, paid, remittance, submission, visit};
use crate::support::{World, json};

/// Claims, and their answers in several payments: paid in part, denied, unknown.
fn practice(files: &Directory, claims: usize) {
    let number = |at: usize| format!("P{at}");
    let visits = (0..claims).map(|at| visit(&number(at), &[("99213", "100"), ("93000", "50")])).collect();
    files.write("claims.837", &[submission("B1", "2024-01-20", visits)]);
    let answers: Vec<_> = (0..=claims)
        .map(|at| match at % 3 {
            0 => answer(&number(at), "1", &[("99213", "100", "70", &[("CO", "45", "30")]), ("93000", "50", "50", &[])]),
            1 => {
                answer(&number(at), "1", &[("99213", "100", "0", &[("CO", "197", "100")]), ("93000", "50", "50", &[])])
            }
            _ => answer(
                &number(at),
                "4",
                &[("99213", "100", "0", &[("PR", "96", "100")]), ("93000", "50", "0", &[("CO", "50", "50")])],
            ),
        })
        .collect();
    for (at, answers) in answers.chunks(claims / 6 + 1).enumerate() {
        let day = format!("2024-02-{:02}", at + 1);
        files.write(&format!("{at}.835"), &[paid(remittance(&format!("T{at}"), &day, answers.to_vec()))]);
    }
}

#[tokio::test]
async fn a_second_import_changes_nothing() {
    let world = World::new().await;
    let files = Directory::new();
    practice(&files, 12);
    let (code, told) = world.import(files.path(), &[]);
    assert_eq!(code, 3, "one answer has no claim: {told:#}");
    assert_eq!(told["totals"]["claims_recorded"], 12);
    let once = world.rows().await;
    let (code, told) = world.import(files.path(), &[]);
    assert_eq!(code, 3);
    assert_eq!(told["totals"]["claims_already_here"], 12);
    assert_eq!(told["totals"]["remittances_new"], 0);
    assert_eq!(world.rows().await, once);
}

#[tokio::test]
async fn the_same_payment_in_another_envelope_is_here_already() {
    let world = World::new().await;
    let files = Directory::new();
    let claims = vec![answer("A1", "1", &[("99213", "100", "100.00", &[])])];
    files.write("1.835", &[paid(remittance("T1", "2024-02-01", claims.clone()))]);
    let again = remittance("T1", "2024-02-01", vec![answer("A1", "1", &[("99213", "100.0", "100", &[])])]);
    let again = x12_claims::remittance::Remittance { control_number: "77".into(), ..again };
    let envelope = Envelope { sender: "OTHER".into(), control_number: "000000009".into(), ..Envelope::default() };
    files.put("2.835", write(&envelope, &[paid(again)]).unwrap());
    let (_, told) = world.import(files.path(), &[]);
    assert_eq!(told["totals"]["remittances_new"], 1, "{told:#}");
    assert_eq!(told["totals"]["remittances_already_here"], 1);
}

#[tokio::test]
async fn a_repeated_payment_with_other_content_waits_for_a_person() {
    let world = World::new().await;
    let files = Directory::new();
    let visits = vec![visit("A1", &[("99213", "100")]), visit("A2", &[("99213", "100")])];
    files
        .write("1.837", &[submission("B1", "2024-01-20", visits)])
        .write(
            "2.835",
            &[paid(remittance("T1", "2024-02-01", vec![answer("A1", "1", &[("99213", "100", "100", &[])])]))],
        )
        .write(
            "3.835",
            &[paid(remittance("T1", "2024-02-01", vec![answer("A2", "1", &[("99213", "100", "100", &[])])]))],
        );
    let (code, told) = world.import(files.path(), &[]);
    assert_eq!(code, 3, "{told:#}");
    assert_eq!(told["totals"]["remittances_repeating"], 1);
    assert_eq!(told["waits_for"][0]["reason"], "review");
    assert_eq!(told["totals"]["unaccounted"], "0.00");
    assert_eq!(world.text("select sum(paid_amount) from claims").await, "100.00");
}

/// The day of payment may be one that isn't in the calendar.
#[tokio::test]
async fn the_same_payment_with_a_day_that_nobody_can_read_waits_for_a_person() {
    let world = World::new().await;
    let files = Directory::new();
    let sent = [paid(remittance("T1", "2024-02-01", vec![answer("A1", "1", &[("99213", "100", "100", &[])])]))];
    let text = write(&Envelope::default(), &sent).unwrap();
    let start = text.find("BPR*").unwrap();
    let (before, payment) = text.split_at(start);
    files
        .write("1.837", &[submission("B1", "2024-01-20", vec![visit("A1", &[("99213", "100")])])])
        .put("2.835", &text)
        .put("3.835", format!("{before}{}", payment.replacen("20240201", "20240231", 1)));
    let (code, told) = world.import(files.path(), &[]);
    assert_eq!(code, 3, "{told:#}");
    assert_eq!(told["totals"]["remittances_repeating"], 1);
    let told = told["files"][2]["warnings"].to_string();
    assert!(told.contains("(BPR), element 16: not a date"), "{told}");
    assert_eq!(world.text("select sum(paid_amount) from claims").await, "100.00");
}

#[tokio::test]
async fn the_same_claim_with_other_content_or_another_patient_is_refused() {
    let world = World::new().await;
    let files = Directory::new();
    let other = x12_claims::claim::Claim {
        subscriber: crate::made::subscriber("P", "ROE", crate::made::PAYER).into(),
        ..visit("A1", &[("99213", "100")])
    };
    files
        .write("1.837", &[submission("B1", "2024-01-20", vec![visit("A1", &[("99213", "100")])])])
        .write("2.837", &[submission("B1", "2024-01-20", vec![visit("A1", &[("99214", "100")]), other])]);
    let (code, told) = world.import(files.path(), &[]);
    assert_eq!(code, 3, "{told:#}");
    let refused = told["files"][1]["refused"].as_array().unwrap();
    assert!(
        refused[0].as_str().unwrap().contains("claim 1 of transaction 1: the same claim is here with other content"),
        "{told:#}"
    );
    assert!(refused[1].as_str().unwrap().contains("for another patient"), "{told:#}");
}

#[tokio::test]
async fn two_at_once_store_each_file_once() {
    let (single, world) = (World::new().await, World::new().await);
    let files = Directory::new();
    practice(&files, 40);
    single.import(files.path(), &[]);
    let start =
        || world.command(files.path()).arg("--json").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let both = [start(), start()].map(|child| child.wait_with_output().unwrap());
    let told = both.each_ref().map(json);
    for (output, told) in both.iter().zip(&told) {
        assert_eq!(output.status.code(), Some(3), "{told:#}");
    }
    let sum = |what: &str| told.iter().map(|told| told["totals"][what].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("claims_recorded"), sum("claims_already_here"), sum("claims_refused")), (40, 40, 0));
    assert_eq!((sum("remittances_new"), sum("remittances_repeating")), (6, 0));
    assert_eq!(world.content().await, single.content().await);
}

/// Starts an import, sends a signal when something of the payments is stored, and runs it again.
async fn interrupted(signal: &str) {
    let (single, world) = (World::new().await, World::new().await);
    let files = Directory::new();
    practice(&files, 120);
    single.import(files.path(), &[]);
    let mut child = world.command(files.path()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // It may be through by then, on a fast machine.
    while world.text("select count(*) from remittances").await == "0" && child.try_wait().unwrap().is_none() {}
    Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
    let ended = child.wait().unwrap();
    if signal == "INT" {
        assert!([130, 3].contains(&ended.code().unwrap()), "{ended}");
        let parts = "select count(*) from remittances
            where not exists (select from remittance_claims where remittance_id = remittances.id)";
        assert_eq!(world.text(parts).await, "0");
    }
    let (code, told) = world.import(files.path(), &[]);
    assert_eq!(code, 3, "{told:#}");
    assert_eq!(told["totals"]["unaccounted"], "0.00");
    assert_eq!(world.content().await, single.content().await);
}

#[tokio::test]
async fn killed_in_the_middle_and_run_again_it_equals_a_single_run() {
    interrupted("KILL").await;
}

#[tokio::test]
async fn interrupted_it_leaves_whole_remittances_and_goes_on_the_next_time() {
    interrupted("INT").await;
}

//! What can't be read or stored is named, and the rest goes on.

use crate::made::{Directory, answer, paid, remittance, submission, visit};
use crate::support::World;
use x12_claims::{Envelope, write};

fn good() -> String {
    let claim = answer("A1", "1", &[("99213", "100", "100", &[])]);
    write(&Envelope::default(), &[paid(remittance("T1", "2024-02-01", vec![claim]))]).unwrap()
}

/// File, its bytes, exit code, what is told of it.
fn table() -> Vec<(&'static str, Vec<u8>, i32, &'static str)> {
    let good = good();
    let two = {
        let one = |trace: &str| {
            paid(remittance(trace, "2024-02-01", vec![answer("A1", "1", &[("99213", "100", "100", &[])])]))
        };
        write(&Envelope::default(), &[one("T1"), one("T2")]).unwrap()
    };
    vec![
        ("empty", Vec::new(), 6, "not X12"),
        ("letter", b"Dear Sir or Madam,\nthe claims are in the mail.\n".to_vec(), 6, "not X12"),
        ("binary", (0..=255).cycle().take(70_000).collect(), 6, "not X12"),
        ("cut", good.as_bytes()[..good.find("SE*").unwrap() - 30].to_vec(), 6, "it may be cut off"),
        ("other", good.replace("ST*835", "ST*999").into_bytes(), 0, "999"),
        ("amount", good.replace("A1*1*100*100*", "A1*1*100*1oo*").into_bytes(), 6, "element 4: not a decimal"),
        (
            "adjustment",
            good.replace("DTM*472", "CAS*CO*45*x~DTM*472").into_bytes(),
            6,
            "(CAS), element 3: not a decimal",
        ),
        ("check", good.replace("BPR*I*100*", "BPR*I**").into_bytes(), 6, "(BPR), element 2: the element is missing"),
        ("second", two.replacen("BPR*I*100*", "BPR*I*1x0*", 1).into_bytes(), 6, "remittance 1: interchange 1"),
    ]
}

#[tokio::test]
async fn each_is_told_in_one_line_and_nothing_of_it_is_posted() {
    let world = World::new().await;
    let claims = Directory::new();
    claims.write("1.837", &[submission("B1", "2024-01-20", vec![visit("A1", &[("99213", "100")])])]);
    assert_eq!(world.import(claims.path(), &[]).0, 0);
    for (name, bytes, code, words) in table() {
        let files = Directory::new();
        files.put(name, bytes);
        let output = world.command(files.path()).output().unwrap();
        let told = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{name}: {told}");
        assert!(told.lines().any(|line| line.contains(words)), "{name}: {told}");
        assert!(!told.contains("panicked"), "{name}: {told}");
        let remittances = world.text("select count(*) from remittances").await;
        assert_eq!(remittances, if name == "second" { "1" } else { "0" }, "{name}");
    }
}

/// What is there is stored; that more was sent is told.
#[tokio::test]
async fn a_file_that_is_cut_between_two_payments_or_miscounts_says_so() {
    let good = good();
    let (cut, begun) = (good.find("GE*").unwrap(), format!("{}ST*8", &good[..good.find("GE*").unwrap()]));
    let counted = good.replacen("GE*1*", "GE*2*", 1);
    let table = [
        (good[..cut].to_owned(), 6, "the interchange has no end"),
        (begun, 6, "it may be cut off"),
        (counted, 3, "the count is wrong, 1 found"),
    ];
    for (text, code, words) in table {
        let world = World::new().await;
        let files = Directory::new();
        files.put("1.835", text);
        let output = world.command(files.path()).output().unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(code), "{told}");
        assert!(told.contains("1 remittances new") && told.contains(words), "{told}");
    }
}

#[tokio::test]
async fn a_directory_in_a_directory_is_told() {
    let world = World::new().await;
    let files = Directory::new();
    std::fs::create_dir(files.path().join("2024-02-01")).unwrap();
    let output = world.command(files.path()).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("2024-02-01: a directory in a directory is left out; name it, too"), "{told}");
}

#[tokio::test]
async fn an_empty_directory_and_a_missing_file_are_told_and_the_others_go_on() {
    let world = World::new().await;
    let (empty, files) = (Directory::new(), Directory::new());
    files.put("1.835", good());
    let output = world.command(empty.path()).arg(files.path().join("nothing")).arg(files.path()).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(6), "{told}");
    assert!(told.contains("no files in it") || told.contains("nothing"), "{told}");
    assert!(told.contains("1 remittances new"), "{told}");
}

#[tokio::test]
async fn an_unknown_payer_is_made_once_or_refused() {
    let world = World::new().await;
    let files = Directory::new();
    files
        .put("1.835", good())
        .write("2.837", &[submission("B1", "2024-01-20", vec![visit("A1", &[("99213", "100")])])]);
    let (code, told) = world.import(files.path(), &["--known-payers-only"]);
    assert_eq!(code, 3, "{told:#}");
    assert_eq!((&told["totals"]["claims_refused"], &told["totals"]["remittances_refused"]), (&1.into(), &1.into()));
    assert_eq!(world.text("select count(*) from payers").await, "0");
    assert_eq!(world.import(files.path(), &[]).0, 0);
    let payer = "select concat_ws(' ', payer_id, name, payer_type, is_provisional) from payers";
    assert_eq!(world.text(payer).await, "PI-60054 A PAYER other t");
    assert_eq!(world.text("select qualifier || value from payer_identifiers order by 1").await, "PI60054");
}

#[tokio::test]
async fn an_unbalanced_claim_waits_with_its_difference_and_its_neighbour_is_posted() {
    let world = World::new().await;
    let files = Directory::new();
    let off = answer("A1", "1", &[("99213", "100", "60", &[("CO", "45", "39.99")])]);
    let fine = answer("A2", "1", &[("99213", "100", "100", &[])]);
    files
        .write(
            "1.837",
            &[submission("B1", "2024-01-20", vec![visit("A1", &[("99213", "100")]), visit("A2", &[("99213", "100")])])],
        )
        .write("2.835", &[paid(remittance("T1", "2024-02-01", vec![off, fine]))]);
    let (code, told) = world.import(files.path(), &[]);
    assert_eq!(code, 3, "{told:#}");
    assert_eq!(told["waits_for"][0]["reason"], "balanced_service");
    assert_eq!((&told["totals"]["posted"], &told["totals"]["waiting"]), (&"100.00".into(), &"60.00".into()));
    assert_eq!(world.text("select waiting_difference from remittance_claims where posted_on is null").await, "-0.01");
}

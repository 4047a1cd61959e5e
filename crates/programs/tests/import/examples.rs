//! The files of `examples/files`: a payment with a deductible, a denial, its reversal and correction.

use std::path::PathBuf;

use x12_claims::{Content, Envelope, write};

use crate::made::{answer, paid, remittance, submission, visit};

fn files() -> [(&'static str, Content); 3] {
    let visits = vec![visit("V-1001", &[("99213", "125"), ("93000", "75")]), visit("V-1002", &[("99214", "180")])];
    let deductible = answer(
        "V-1001",
        "1",
        &[
            ("99213", "125", "70", &[("PR", "1", "30"), ("CO", "45", "25")]),
            ("93000", "75", "60", &[("CO", "45", "15")]),
        ],
    );
    let denied = answer("V-1002", "4", &[("99214", "180", "0", &[("CO", "197", "180")])]);
    let reversed = answer("V-1002", "22", &[("99214", "-180", "0", &[("CO", "197", "-180")])]);
    let corrected = answer("V-1002", "1", &[("99214", "180", "140", &[("CO", "45", "40")])]);
    [
        ("claims.837", submission("BATCH-7", "2024-01-20", visits)),
        ("february.835", paid(remittance("EFT-2001", "2024-02-01", vec![deductible, denied]))),
        ("march.835", paid(remittance("EFT-2002", "2024-03-01", vec![reversed, corrected]))),
    ]
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/files").join(name)
}

#[test]
fn they_are_what_the_writer_makes() {
    for (name, content) in files() {
        let made = write(&Envelope::default(), &[content]).unwrap();
        assert_eq!(std::fs::read_to_string(path(name)).unwrap(), made, "{name}: run the test that writes them");
    }
}

#[test]
#[ignore = "writes the files"]
fn write_them() {
    for (name, content) in files() {
        std::fs::write(path(name), write(&Envelope::default(), &[content]).unwrap()).unwrap();
    }
}

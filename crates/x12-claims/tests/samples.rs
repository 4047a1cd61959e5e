//! Public sample files: each reads without losing a transaction, adds up as it is known to, and survives being
//! written. Skipped where `../shared/samples` beside the project isn't there, unless RCM_REQUIRE_SAMPLES=1.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use bigdecimal::BigDecimal;
use x12_claims::{Content, Envelope, Problem, ProblemKind, Reader, Severity, Transaction, write};

fn samples(folder: &str) -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples").join(folder);
    let Ok(files) = std::fs::read_dir(&root) else {
        assert!(std::env::var("RCM_REQUIRE_SAMPLES").as_deref() != Ok("1"), "no samples in {}", root.display());
        eprintln!("skipped: no samples in {}", root.display());
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "no samples in {}", root.display());
    paths
        .into_iter()
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect()
}

fn read(bytes: &[u8]) -> (Vec<Transaction>, Vec<Problem>) {
    let mut reader = Reader::new(bytes);
    let transactions = reader.by_ref().map(Result::unwrap).collect();
    (transactions, reader.problems().to_vec())
}

/// How often a segment's name stands at the beginning of a segment, found without the reader.
fn count(bytes: &[u8], name: &str) -> usize {
    let text = String::from_utf8_lossy(bytes).replace(['\r', '\n'], "");
    text.split('~').filter(|segment| segment.starts_with(&format!("{name}*"))).count()
}

#[test]
fn every_sample_reads_whole() {
    for (name, bytes) in ["835", "837"].into_iter().flat_map(samples) {
        let (transactions, outside) = read(&bytes);
        assert_eq!(transactions.len(), count(&bytes, "ST"), "{name}");
        let (mut claims, mut services, mut lines, mut payers) = (0, 0, 0, 0);
        for transaction in &transactions {
            match &transaction.content {
                Content::Remittance(remittance) => {
                    claims += remittance.claims.len();
                    services += remittance.claims.iter().map(|claim| claim.services.len()).sum::<usize>();
                }
                Content::Claims(submission) => {
                    claims += submission.claims.len();
                    for claim in &submission.claims {
                        lines += claim.lines.len();
                        payers += claim.other_payers.len();
                        assert!(claim.billing.party().is_some(), "{name}");
                        assert!(claim.subscriber.insured().is_some(), "{name}");
                        assert!(claim.subscriber.payer().is_some(), "{name}");
                        assert!(claim.patient_party().is_some(), "{name}");
                        assert!(claim.diagnoses().next().is_some(), "{name}");
                        let statement = claim.details.date("434").is_some();
                        assert!(statement || claim.lines.iter().all(|line| line.days().is_some()), "{name}");
                        assert_eq!(claim.charge_difference(), BigDecimal::default(), "{name}");
                    }
                }
                other => panic!("{name}: {other:?}"),
            }
            for problem in transaction.problems.iter().chain(&outside) {
                eprintln!("{name}: {problem}");
            }
        }
        assert_eq!(claims, count(&bytes, "CLP") + count(&bytes, "CLM"), "{name}");
        assert_eq!(services, count(&bytes, "SVC"), "{name}");
        if transactions.iter().any(|transaction| matches!(transaction.content, Content::Claims(_))) {
            assert_eq!(lines, count(&bytes, "LX"), "{name}");
            let text = String::from_utf8_lossy(&bytes);
            let subscribers =
                text.split('~').filter(|segment| segment.contains("HL*") && segment.contains("*22*")).count();
            assert_eq!(payers + subscribers, count(&bytes, "SBR"), "{name}");
        }
    }
}

#[test]
fn samples_have_no_problems_but_the_known_ones() {
    let mut errors = Vec::new();
    for (name, bytes) in ["835", "837"].into_iter().flat_map(samples) {
        let (transactions, outside) = read(&bytes);
        let problems = transactions.iter().flat_map(|transaction| &transaction.problems).chain(&outside);
        errors.extend(
            problems
                .filter(|problem| problem.severity() == Severity::Error)
                .map(|problem| format!("{name}: {} {:?} {}", problem.name, problem.element, problem.kind)),
        );
    }
    // Impossible days of payment, that's all.
    for error in &errors {
        assert!(error.contains("BPR Some(16) not a date"), "{error}");
    }
}

#[test]
fn a_separator_that_the_header_does_not_name_is_found() {
    for (name, bytes) in ["835", "837"].into_iter().flat_map(samples) {
        let evident = count(&bytes, "SVC") > 0 && String::from_utf8_lossy(&bytes).contains("SVC*HC>");
        for transaction in read(&bytes).0 {
            let told = transaction.problems.iter().any(|problem| problem.kind == ProblemKind::ComponentSeparator);
            assert!(told || !evident || name.starts_with("moov"), "{name}");
            if let Content::Remittance(remittance) = transaction.content {
                let services = remittance.claims.iter().flat_map(|claim| &claim.services);
                let without = services.filter(|service| service.procedure.code.is_empty()).count();
                assert_eq!(without, usize::from(name.contains("tertiary")), "{name}");
            }
        }
    }
}

#[test]
fn what_is_known_to_balance_balances() {
    let mut differences = Vec::new();
    for (name, bytes) in samples("835") {
        for transaction in read(&bytes).0 {
            let Content::Remittance(remittance) = transaction.content else { panic!("{name}") };
            let name = name.rsplit(['_', '/']).next().unwrap().to_owned();
            let mut check = |what: &str, difference: BigDecimal| {
                if difference != BigDecimal::default() {
                    differences.push(format!("{name} {what} {}", difference.to_plain_string()));
                }
            };
            check("remittance", remittance.difference());
            for claim in &remittance.claims {
                check("claim", claim.difference());
                check("charges", claim.charge_difference().unwrap_or_default());
                for service in &claim.services {
                    check("service", service.difference());
                }
            }
        }
    }
    if !samples("835").is_empty() {
        assert_eq!(
            differences,
            [
                "tertiary-payment.835 charges -22832.50",
                "tertiary-payment.835 service -21253.50",
                "sample1.txt claim -0.01",
                "sample2.txt claim 1002.00",
            ]
        );
    }
}

#[test]
fn written_and_read_again_they_are_the_same() {
    for (name, bytes) in ["835", "837"].into_iter().flat_map(samples) {
        for mut transaction in read(&bytes).0 {
            if let Content::Claims(submission) = &mut transaction.content {
                // Version 4010 doesn't name its guide in ST, and it is written as 5010.
                submission.version = submission.guide().into();
            }
            let written = write(&Envelope::default(), std::slice::from_ref(&transaction.content)).unwrap();
            let (again, outside) = read(written.as_bytes());
            assert_eq!(again.len(), 1, "{name}");
            assert!(again[0].content == transaction.content, "{name}: {:#?} is not {:#?}", again[0], transaction);
            // Where the day of payment can't be read, there is none to be written.
            let day = |problem: &&Problem| (problem.name, problem.element) != ("BPR", Some(16));
            assert_eq!((again[0].problems.iter().filter(day).count(), outside.len()), (0, 0), "{name}");
        }
    }
}

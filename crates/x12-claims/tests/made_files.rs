//! What is written is read again as it was, and no bytes make the reader panic. More cases run with PROPTEST_CASES.

mod made;

use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use x12_claims::remittance::Remittance;
use x12_claims::{Content, Envelope, Problem, Reader, Transaction, write};

fn read(bytes: &[u8]) -> (Vec<Transaction>, Vec<Problem>) {
    let mut reader = Reader::new(bytes);
    let transactions = reader.by_ref().map(Result::unwrap).collect();
    (transactions, reader.problems().to_vec())
}

/// A byte deleted, inserted, changed, or changed everywhere; a segment deleted or written again elsewhere; neighbours
/// swapped; the rest cut off or written twice.
fn mutate(bytes: &mut Vec<u8>, (how, place, byte): (u8, usize, u8)) {
    let at = place % (bytes.len() + 1);
    match how {
        0 if at < bytes.len() => drop(bytes.remove(at)),
        1 => bytes.insert(at, byte),
        2 if at < bytes.len() => bytes[at] = byte,
        3 | 4 => {
            let start = bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            let end = bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |end| at + end + 1);
            let segment: Vec<u8> =
                if how == 3 { bytes.drain(start..end).collect() } else { bytes[start..end].to_vec() };
            let ends = bytes.iter().enumerate().filter(|(_, end)| **end == b'\n').map(|(at, _)| at + 1);
            let ends: Vec<usize> = ends.collect();
            if how == 4 && !ends.is_empty() {
                let to = ends[place / 7 % ends.len()];
                bytes.splice(to..to, segment);
            }
        }
        7 => {
            let segments: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
            let first = place % segments.len().max(1);
            let mut order: Vec<usize> = (0..segments.len()).collect();
            if first + 1 < order.len() {
                order.swap(first, first + 1);
            }
            *bytes = order.into_iter().flat_map(|at| segments[at].iter().copied()).collect();
        }
        8 if at < bytes.len() => {
            let old = bytes[at];
            bytes.iter_mut().filter(|byte| **byte == old).for_each(|changed| *changed = byte);
        }
        5 if byte < 40 => bytes.truncate(at),
        6 if byte < 40 => bytes.extend_from_within(at..),
        _ => {}
    }
}

fn mutations() -> impl Strategy<Value = Vec<(u8, usize, u8)>> {
    let byte = prop_oneof![any::<u8>(), prop::sample::select(&b"*:~^>|\n\r-.0I"[..])];
    prop::collection::vec((0_u8..9, any::<usize>(), byte), 1..12)
}

/// Reads mutated bytes; what is read without an error is the same when it is written and read again.
fn survives(text: String, mutations: Vec<(u8, usize, u8)>) {
    let mut bytes = text.into_bytes();
    for mutation in mutations {
        mutate(&mut bytes, mutation);
    }
    let (transactions, problems) = read(&bytes);
    for transaction in &transactions {
        let Ok(written) = write(&Envelope::default(), std::slice::from_ref(&transaction.content)) else { continue };
        let (again, _) = read(written.as_bytes());
        if !transaction.has_errors()
            && !matches!(&transaction.content, Content::Claims(claims) if claims.version.is_empty())
        {
            assert!(again[0].content == transaction.content, "{written}\n{}", String::from_utf8_lossy(&bytes));
        }
    }
    for problem in transactions.iter().flat_map(|transaction| &transaction.problems).chain(&problems) {
        let _ = (problem.to_string(), format!("{problem:?}"));
    }
}

fn cases() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(100);
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn a_remittance_is_read_as_it_was_written(remittance in made::remittance()) {
        let content = Content::Remittance(Box::new(remittance));
        let text = write(&Envelope::default(), &[content.clone(), content.clone()]).unwrap();
        let (transactions, problems) = read(text.as_bytes());
        prop_assert_eq!(transactions.len(), 2);
        prop_assert!(transactions[1].content == content, "{}", text);
        prop_assert_eq!((&transactions[0].problems[..], &problems[..]), (&[][..], &[][..]));
    }

    #[test]
    fn claims_are_read_as_they_were_written(submission in made::submission()) {
        let content = Content::Claims(Box::new(submission));
        let text = write(&Envelope::default(), std::slice::from_ref(&content)).unwrap();
        let (transactions, problems) = read(text.as_bytes());
        prop_assert_eq!(transactions.len(), 1);
        prop_assert!(transactions[0].content == content, "{}\n{:#?}", text, transactions[0]);
        prop_assert_eq!((&transactions[0].problems[..], &problems[..]), (&[][..], &[][..]));
    }

    #[test]
    fn no_mutated_remittance_panics(remittance in made::remittance(), mutations in mutations()) {
        survives(write(&Envelope::default(), &[Content::Remittance(Box::new(remittance))]).unwrap(), mutations);
    }

    #[test]
    fn no_mutated_claims_panic(submission in made::submission(), mutations in mutations()) {
        survives(write(&Envelope::default(), &[Content::Claims(Box::new(submission))]).unwrap(), mutations);
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = read(&bytes);
        let _ = read(&[b"ISA*00* *00* *ZZ*A*ZZ*B*200101*0101*^*00501*1*0*P*:~ST*837*1~HL*1**20~CLM~LX~", &bytes[..]].concat());
    }
}

/// Other files each time; one that fails is made small and printed.
#[test]
#[ignore = "runs for as many seconds as X12_FUZZ_SECONDS says, else a minute"]
fn no_mutated_file_panics_for_a_while() {
    let seconds = std::env::var("X12_FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(60);
    let until = Instant::now() + Duration::from_secs(seconds);
    let content = prop_oneof![
        made::remittance().prop_map(|remittance| Content::Remittance(Box::new(remittance))),
        made::submission().prop_map(|submission| Content::Claims(Box::new(submission))),
    ];
    let mutated = (content, mutations());
    let mut files = 0;
    while Instant::now() < until {
        let run = TestRunner::new(cases()).run(&mutated, |(content, mutations)| {
            survives(write(&Envelope::default(), &[content]).unwrap(), mutations);
            Ok(())
        });
        run.unwrap_or_else(|failure| panic!("{failure}"));
        files += cases().cases;
    }
    println!("{files} mutated files");
}

#[test]
fn an_empty_remittance_can_be_written() {
    let content = Content::Remittance(Box::<Remittance>::default());
    let text = write(&Envelope::default(), std::slice::from_ref(&content)).unwrap();
    assert_eq!(read(text.as_bytes()).0[0].content, content);
}

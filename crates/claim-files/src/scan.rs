//! What is in a file, before anything of it is stored.

use std::collections::BTreeMap;
use std::io::{self, Read};

use chrono::NaiveDate;
use sha2::{Digest, Sha256};
use x12_claims::{Content, Problem, ProblemKind, Reader, Severity, Transaction};

use crate::refused::is_refused;

/// What a transaction is; of one day, claims come before what answers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// 837.
    Claims,
    /// 835.
    Remittance,
}

fn kind(content: &Content) -> Option<Kind> {
    match content {
        Content::Claims(_) => Some(Kind::Claims),
        Content::Remittance(_) => Some(Kind::Remittance),
        _ => None,
    }
}

fn is_cut_off(transaction: &Transaction) -> bool {
    transaction.problems.iter().any(|problem| problem.kind == ProblemKind::CutOff)
}

/// What a file holds. A file may hold both kinds.
#[derive(Debug, Clone, Default)]
pub struct Scan {
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// Its bytes.
    pub length: u64,
    /// The first day on which its 837s were sent.
    pub sent_from: Option<NaiveDate>,
    /// The first day of payment of its 835s.
    pub paid_from: Option<NaiveDate>,
    /// 837s.
    pub submissions: usize,
    /// 835s.
    pub remittances: usize,
    /// Transactions that are neither, such as 999 and 277: how many of each.
    pub others: BTreeMap<String, usize>,
    /// Claims of the 837s and of the remittances.
    pub claims: usize,
    /// Whether one of its 837s and 835s is marked as a test (ISA15 `T`).
    pub is_test: bool,
    /// What is wrong outside of transactions, and with 837s and 835s that are too long to be read.
    pub problems: Vec<Problem>,
    /// What is odd in what is stored all the same, such as a count that is wrong, or a day that can't be read.
    pub warnings: Vec<Problem>,
}

impl Scan {
    /// Whether nothing in it is X12.
    pub fn is_not_x12(&self) -> bool {
        self.length == 0 || self.is_empty() && self.problems.iter().any(|problem| problem.kind == ProblemKind::NotX12)
    }

    /// Whether no transaction is in it.
    pub fn is_empty(&self) -> bool {
        self.submissions + self.remittances + self.others.len() + self.problems.len() == 0
    }
}

/// Reads all of a source once, in bounded memory.
///
/// # Errors
/// Those of the source.
pub fn scan(source: impl Read) -> io::Result<Scan> {
    let mut source = Hashing::new(source);
    let mut reader = Reader::new(&mut source);
    let (mut scan, mut unread) = (Scan::default(), Vec::new());
    for transaction in &mut reader {
        let transaction = transaction?;
        let earliest = |one: Option<NaiveDate>, other: Option<NaiveDate>| one.into_iter().chain(other).min();
        if let Some(kind) = kind(&transaction.content) {
            scan.is_test |= transaction.envelope.usage == "T";
            scan.warnings.extend(transaction.problems.iter().filter(|problem| !is_refused(problem, kind)));
        }
        match &transaction.content {
            Content::Claims(submission) => {
                scan.submissions += 1;
                scan.claims += submission.claims.len();
                scan.sent_from = earliest(scan.sent_from, submission.date.or(transaction.envelope.date));
            }
            Content::Remittance(remittance) => {
                scan.remittances += 1;
                scan.claims += remittance.claims.len();
                scan.paid_from = earliest(scan.paid_from, remittance.date.or(transaction.envelope.date));
            }
            Content::Other { set, .. } if set == "835" || set == "837" || is_cut_off(&transaction) => {
                unread.extend(&transaction.problems);
            }
            Content::Other { set, .. } => *scan.others.entry(set.to_string()).or_default() += 1,
            _ => {}
        }
    }
    let (outside, odd): (Vec<Problem>, Vec<Problem>) =
        reader.problems().iter().partition(|problem| problem.severity() == Severity::Error);
    scan.problems = outside.into_iter().chain(unread).collect();
    scan.warnings.extend(odd);
    (scan.sha256, scan.length) = source.finish()?;
    Ok(scan)
}

/// A source whose bytes are hashed while they are read.
pub struct Hashing<R> {
    source: R,
    hash: Sha256,
    length: u64,
}

impl<R: Read> Hashing<R> {
    /// Of a source.
    pub fn new(source: R) -> Self {
        Self { source, hash: Sha256::new(), length: 0 }
    }

    /// The SHA-256 of all its bytes, and how many they are: those that weren't read, too.
    ///
    /// # Errors
    /// Those of the source.
    pub fn finish(mut self) -> io::Result<([u8; 32], u64)> {
        io::copy(&mut self, &mut io::sink())?;
        Ok((self.hash.finalize().into(), self.length))
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.source.read(buffer)?;
        self.hash.update(buffer.get(..length).unwrap_or_default());
        self.length += u64::try_from(length).unwrap_or_default();
        Ok(length)
    }
}

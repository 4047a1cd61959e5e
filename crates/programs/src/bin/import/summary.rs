//! What came of each file, and of all.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use bigdecimal::{BigDecimal, Zero};
use claim_files::store::StoredClaims;
use claim_files::{LeftOut, Refused, Scan};
use diesel_async::AsyncPgConnection;
use rcm_programs::{self as programs, Result};
use rcm_schema::models::Payer;
use rcm_schema::types::RemittanceId;
use rcm_schema::views::{RemittanceReport, Unposted};
use rcm_schema::workflow::remittances::{Posted, Recorded};
use serde_json::{Value, json};

use crate::Import;
use crate::files::Found;

/// Something waits or was refused.
const WAITS: u8 = 3;
/// Something could not be read.
const UNREAD: u8 = 6;

/// More warnings of one file are counted, not printed.
const WARNINGS: usize = 5;

/// The files, in the order in which they were given.
#[derive(Default)]
pub struct Summary {
    pub files: Vec<FileSummary>,
    /// Payments that waited, of other files too, and were posted at the end.
    pub posted_at_the_end: usize,
}

/// What came of a file.
#[derive(Default)]
pub struct FileSummary {
    name: String,
    /// What of it could not be read or isn't stored, but for its claims.
    missing: Missing,
    /// The same of its claims.
    missing_claims: Missing,
    skipped: BTreeMap<String, usize>,
    /// What is odd, and keeps nothing from being stored.
    warnings: Vec<String>,
    claims: Counts,
    remittances: Counts,
    repeating: usize,
    posted: usize,
    waiting: usize,
    left_out: LeftOut,
}

/// Each with its place and reason.
#[derive(Default)]
struct Missing {
    unread: Vec<String>,
    refused: Vec<String>,
}

impl Missing {
    fn note(&mut self, what: &str, refused: &Refused) {
        let why = format!("{what}: {refused}");
        match refused {
            Refused::Problem(_) => self.unread.push(why),
            _ => self.refused.push(why),
        }
    }
}

#[derive(Default)]
struct Counts {
    new: usize,
    already_here: usize,
    refused: usize,
}

impl FileSummary {
    pub fn unread(&mut self, why: &str) {
        self.missing.unread.push(why.to_owned());
    }

    fn all_unread(&self) -> impl Iterator<Item = &String> {
        self.missing.unread.iter().chain(&self.missing_claims.unread)
    }

    fn all_refused(&self) -> impl Iterator<Item = &String> {
        self.missing.refused.iter().chain(&self.missing_claims.refused)
    }

    /// None of its claims is stored.
    pub fn refuse(&mut self, why: &str) {
        self.missing_claims.refused.push(why.to_owned());
    }

    pub fn refuse_transaction(&mut self, number: i32, refused: &Refused) {
        self.remittances.refused += 1;
        self.missing.note(&format!("remittance {number}"), refused);
    }

    /// A transaction that is neither 837 nor 835.
    pub fn skip(&mut self, set: &str, number: usize) {
        let set = if set.is_empty() { "unknown" } else { set };
        *self.skipped.entry(set.to_owned()).or_default() += number;
    }

    /// What isn't looked at.
    pub fn leave_out(&mut self, why: &str) {
        self.warnings.push(why.to_owned());
    }

    pub fn tell_problems(&mut self, scan: &Scan) {
        self.missing.unread.extend(scan.problems.iter().map(ToString::to_string));
        self.warnings
            .extend(scan.is_test.then(|| "marked as a test (ISA15 is T), and imported all the same".to_owned()));
        self.warnings.extend(scan.warnings.iter().map(ToString::to_string));
    }

    /// What was refused is judged anew.
    pub fn claims_again(&mut self) {
        let old = std::mem::take(&mut self.claims);
        self.claims.new = old.new;
        self.claims.already_here = old.already_here;
        self.missing_claims = Missing::default();
    }

    pub fn claims(&mut self, transaction: usize, stored: StoredClaims, again: bool) {
        self.claims.new += stored.recorded;
        if !again {
            self.claims.already_here += stored.already_here;
        }
        self.claims.refused += stored.refused.len();
        for (claim, refused) in &stored.refused {
            self.missing_claims.note(&format!("claim {claim} of transaction {transaction}"), refused);
        }
        for (what, number) in stored.left_out {
            *self.left_out.entry(what).or_default() += number;
        }
    }

    pub fn remittance(&mut self, recorded: Recorded, posted: Posted) {
        match recorded {
            Recorded::New(_) => self.remittances.new += 1,
            Recorded::Repeats(_) => self.repeating += 1,
            Recorded::AlreadyHere(_) => self.remittances.already_here += 1,
        }
        self.posted += posted.posted;
        self.waiting += posted.waiting;
    }

    /// One line, and one for each thing that isn't stored.
    pub fn line(&self) -> String {
        let Counts { new, already_here, refused } = &self.claims;
        let remittances = &self.remittances;
        let mut parts: Vec<String> = [
            (*new, "claims recorded"),
            (*already_here, "claims already here"),
            (*refused, "claims refused"),
            (remittances.new, "remittances new"),
            (remittances.already_here, "remittances already here"),
            (self.repeating, "remittances that repeat another"),
            (remittances.refused, "remittances refused"),
            (self.posted, "payments posted"),
            (self.waiting, "payments waiting"),
        ]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
        parts.extend(self.skipped.iter().map(|(set, number)| format!("{number} {set} skipped")));
        parts.extend(self.left_out.iter().map(|(what, number)| format!("{what} left out {number}×")));
        let told: Vec<&String> =
            self.all_unread().chain(self.all_refused()).chain(self.warnings.iter().take(WARNINGS)).collect();
        if let ([], [only]) = (parts.as_slice(), told.as_slice()) {
            return format!("{}: {only}", self.name);
        }
        let mut line =
            format!("{}: {}", self.name, if parts.is_empty() { "nothing stored".into() } else { parts.join(", ") });
        for why in told {
            let _ = write!(line, "\n  {why}");
        }
        if self.warnings.len() > WARNINGS {
            let _ = write!(line, "\n  and {} more of this kind; --json has them all", self.warnings.len() - WARNINGS);
        }
        line
    }

    fn json(&self) -> Value {
        let counts = |counts: &Counts| json!({ "new": counts.new, "already_here": counts.already_here, "refused": counts.refused });
        json!({
            "file": self.name,
            "claims": counts(&self.claims),
            "remittances": counts(&self.remittances),
            "repeating": self.repeating,
            "posted": self.posted,
            "waiting": self.waiting,
            "skipped": self.skipped,
            "left_out": self.left_out,
            "refused": self.all_refused().collect::<Vec<_>>(),
            "unread": self.all_unread().collect::<Vec<_>>(),
            "warnings": self.warnings,
        })
    }
}

/// What stands in the database of the remittances that came.
#[derive(Default)]
pub struct Totals {
    closed: usize,
    open: usize,
    posted: BigDecimal,
    waiting: BigDecimal,
    unaccounted: BigDecimal,
    /// How many wait for what, and how much was paid for them.
    reasons: BTreeMap<String, (usize, BigDecimal)>,
    /// Payers that are to be completed.
    provisional: Vec<String>,
}

impl Totals {
    pub async fn read(connection: &mut AsyncPgConnection, stored: &[RemittanceId]) -> Result<Self> {
        let mut totals = Self::default();
        for remittance in stored {
            let report = RemittanceReport::by_id(connection, *remittance).await?;
            if report.is_closed {
                totals.closed += 1;
            } else {
                totals.open += 1;
            }
            totals.posted += report.posted_amount;
            totals.waiting += report.waiting_amount;
            totals.unaccounted += report.unaccounted_amount.abs();
            if report.is_closed {
                continue;
            }
            for unposted in Unposted::by_remittance(connection, *remittance).await? {
                let reason = match unposted.waits_for_rule {
                    Some(rule) => format!("{}: {rule}", unposted.waits_for),
                    None => unposted.waits_for.to_string(),
                };
                let (number, amount) = totals.reasons.entry(reason).or_default();
                *number += 1;
                *amount += unposted.waiting_amount;
            }
        }
        let provisional = Payer::provisional(connection).await?;
        totals.provisional = provisional.into_iter().map(|payer| payer.payer_id.to_string()).collect();
        Ok(totals)
    }
}

/// US dollars with two decimals.
fn dollars(amount: &BigDecimal) -> String {
    let amount = if amount.fractional_digit_count() < 2 { amount.with_scale(2) } else { amount.clone() };
    amount.to_plain_string()
}

impl Summary {
    pub fn add(&mut self, path: &Path) -> &mut FileSummary {
        self.files.push(FileSummary { name: path.display().to_string(), ..FileSummary::default() });
        let last = self.files.len() - 1;
        &mut self.files[last]
    }

    /// Prints the line of a file.
    pub fn say(&self, import: &Import, file: &Found) -> Result<()> {
        self.files.get(file.summary).map_or(Ok(()), |file| import.say(&file.line()))
    }

    pub fn exit_code(&self, totals: &Totals) -> ExitCode {
        let refused = self.files.iter().any(|file| file.all_refused().next().is_some());
        if self.files.iter().any(|file| file.all_unread().next().is_some()) {
            ExitCode::from(UNREAD)
        } else if refused || totals.open > 0 || !totals.unaccounted.is_zero() {
            ExitCode::from(WAITS)
        } else {
            ExitCode::SUCCESS
        }
    }

    /// The totals, or all as JSON.
    pub fn print(&self, totals: &Totals, as_json: bool, is_dry_run: bool) -> Result<()> {
        let sum = |number: fn(&FileSummary) -> usize| self.files.iter().map(number).sum::<usize>();
        let rows = [
            ("files", self.files.len()),
            ("files_unread", sum(|file| usize::from(file.all_unread().next().is_some()))),
            ("claims_recorded", sum(|file| file.claims.new)),
            ("claims_already_here", sum(|file| file.claims.already_here)),
            ("claims_refused", sum(|file| file.claims.refused)),
            ("remittances_new", sum(|file| file.remittances.new)),
            ("remittances_already_here", sum(|file| file.remittances.already_here)),
            ("remittances_repeating", sum(|file| file.repeating)),
            ("remittances_refused", sum(|file| file.remittances.refused)),
            ("payments_posted_now", sum(|file| file.posted) + self.posted_at_the_end),
            ("remittances_closed", totals.closed),
            ("remittances_open", totals.open),
        ];
        let amounts = [("posted", &totals.posted), ("waiting", &totals.waiting), ("unaccounted", &totals.unaccounted)];
        if as_json {
            let mut json = json!({
                "dry_run": is_dry_run,
                "files": self.files.iter().map(FileSummary::json).collect::<Vec<_>>(),
                "waits_for": totals.reasons.iter()
                    .map(|(reason, (number, amount))| json!({ "reason": reason, "claims": number, "amount": dollars(amount) }))
                    .collect::<Vec<_>>(),
                "payers_to_complete": totals.provisional,
            });
            let numbers: serde_json::Map<String, Value> = rows
                .iter()
                .map(|(what, number)| ((*what).to_owned(), json!(number)))
                .chain(amounts.iter().map(|(what, amount)| ((*what).to_owned(), json!(dollars(amount)))))
                .collect();
            if let Value::Object(json) = &mut json {
                json.insert("totals".into(), Value::Object(numbers));
            }
            return programs::print(format_args!("{json:#}"));
        }
        programs::print("")?;
        for (what, number) in rows.iter().filter(|(what, number)| *number > 0 || *what == "files") {
            programs::print(format_args!("{:<26}{number:>14}", what.replace('_', " ")))?;
        }
        for (what, amount) in amounts {
            programs::print(format_args!("{what:<26}{:>14}", dollars(amount)))?;
        }
        for (reason, (number, amount)) in &totals.reasons {
            programs::print(format_args!("{number} wait for {reason}: {}", dollars(amount)))?;
        }
        if !totals.provisional.is_empty() {
            programs::print(format_args!("payers to complete: {}", totals.provisional.join(", ")))?;
        }
        if is_dry_run {
            programs::print("this was a dry run: nothing is stored")?;
        }
        Ok(())
    }
}

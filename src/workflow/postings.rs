//! Post to the ledger of a claim: what payers and patients pay and take back, what the contract takes off, what the
//! patient owes. Write-offs, rebills and replacements post by themselves when they are approved, submitted, reversed.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::bulk::{self, Bulk, insert_arrays};
use super::command::record_rows;
use super::{Commit, Parts, command};
use crate::error::{Error, Result, Rule};
use crate::models::{NewPosting, Posting};
use crate::schema::postings;
use crate::types::{IdempotencyKey, PostingId};

/// What a command posted.
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[derive(Debug, Clone, PartialEq)]
pub struct Posted {
    /// The rows, in the order in which they were given.
    pub postings: Vec<Posting>,
    /// They had been posted before with this key; nothing was written.
    pub repeated: bool,
}

/// Posts rows to the ledgers of claims, all of them or none; the totals of claims, denials and appeals follow.
///
/// With a key it posts once, however often it is sent: the same key with the same rows (claim, denial, kind, amount, day,
/// source) returns what was posted, also after the period was closed. A command that was cut off can be sent again.
///
/// What a payer pays for a denial that was written off, moved to the patient or rebilled takes that back first, and what a
/// payer takes back beyond its denial counts for the claim alone: [`PostingToReview`](crate::views::PostingToReview)
/// lists both.
///
/// Errors: [`Rule::KeyUsedOtherwise`]; [`Rule::OverAllocated`] where a denial has less open; [`Rule::OverDenied`] where the
/// open denials of a claim would exceed what its payer owes; [`Rule::ContractualObligation`];
/// [`Rule::MoreThanApproved`]; [`Rule::MoreThanPosted`], [`Rule::NotTheSamePosting`] and [`Rule::AlreadyReversed`] for
/// what takes back; [`Rule::PeriodClosed`], [`Rule::ImpossibleDay`]; [`Rule::ClaimNotSubmitted`],
/// [`Rule::ClaimVoided`]; [`Rule::KeptByDatabase`] for what a write-off, a rebill or a replacement posts.
///
/// ```
/// use rcm_schema::models::{Claim, NewPosting};
/// use rcm_schema::types::PostingKind;
/// use rcm_schema::workflow::postings;
/// # use rcm_schema::{chrono::NaiveDate, diesel_async::AsyncPgConnection};
///
/// /// What a payer paid and took off; sent twice, it is posted once.
/// async fn paid(connection: &mut AsyncPgConnection, claim: &Claim, on: NaiveDate) -> rcm_schema::Result<()> {
///     let row = |kind, amount: &str| {
///         let row = NewPosting::builder().claim_id(claim.id).kind(kind).amount(amount.parse()?);
///         Ok::<_, rcm_schema::Error>(row.posted_on(on).posted_by("payment.poster").build())
///     };
///     let rows = [row(PostingKind::Payment, "120.00")?, row(PostingKind::ContractualAdjustment, "30.00")?];
///     postings::post(connection, Some(&"EFT-4711".parse()?), &rows).await?;
///     Ok(())
/// }
/// ```
pub async fn post(
    connection: &mut AsyncPgConnection,
    key: Option<&IdempotencyKey>,
    rows: &[NewPosting],
) -> Result<Posted> {
    let post = async |connection: &mut AsyncPgConnection| post_rows(connection, key, rows).await;
    command(connection, "postings.post", Parts::One, post).await
}

/// [`post`], as a part of another command.
pub(super) async fn post_rows(
    connection: &mut AsyncPgConnection,
    key: Option<&IdempotencyKey>,
    rows: &[NewPosting],
) -> Result<Posted> {
    let keyed = |(ordinal, row)| {
        let ordinal: Option<i16> = key.map(|_| ordinal);
        (row, postings::idempotency_key.eq(key), postings::idempotency_ordinal.eq(ordinal))
    };
    // Of a key that is there no row is written: the first one conflicts, and the database refuses the others without it.
    macro_rules! insert {
        ($values:expr) => {
            diesel::insert_into(postings::table)
                .values($values)
                .on_conflict((postings::idempotency_key, postings::idempotency_ordinal))
                .filter_target(postings::idempotency_key.is_not_null())
                .do_nothing()
                .returning(Posting::as_returning())
        };
    }
    // One row is a statement of its own, which stays prepared.
    let posted: QueryResult<Vec<Posting>> = match rows {
        [row] => insert!(keyed((1, row))).get_results(connection).await,
        rows => insert!((1..).zip(rows).map(keyed).collect::<Vec<_>>()).get_results(connection).await,
    };
    let posted = posted.map_err(|error| naming(error.into(), rows))?;
    match key {
        Some(key) if posted.len() < rows.len() => repeated(connection, key, rows).await,
        _ => {
            record_rows(posted.len());
            Ok(Posted { postings: posted, repeated: false })
        }
    }
}

/// Posts many rows as [`post`] does, by one statement for thousands of them.
///
/// It takes no key: the ids of the rows do its work. Rows that are sent again with their ids are refused as a unique
/// violation (`postings_pkey`), and none is posted twice. After a connection was lost, the last chunk is there as a whole or
/// not at all; look for the id of its first row.
///
/// Errors: [`Error::Bulk`] around one of [`post`], with the position of the row.
pub async fn post_many(connection: &mut AsyncPgConnection, rows: &[NewPosting], commit: Commit) -> Result<()> {
    bulk::record(connection, "postings.post_many", rows, commit).await
}

impl Bulk for NewPosting {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.posted_by.len()
    }

    async fn insert(connection: &mut AsyncPgConnection, rows: &[Self]) -> QueryResult<()> {
        let insert = insert_arrays!(rows.iter(), NewPosting into postings {
            id, claim_id, denial_id, kind, amount, posted_on, posted_by, appeal_id, write_off_id, rebill_id,
            moved_to_claim_id, reverses_id, takes_back_id, remittance_claim_id, service_number, adjustment_number
        });
        insert.send(connection).await
    }
}

/// Takes back a row that was a mistake of ours, whole and once; what it had settled is open again. What a payer takes back
/// is posted as a row of its own.
///
/// Errors: [`Rule::AlreadyReversed`]; [`Rule::NotTheSamePosting`] for a row that is itself a reversal;
/// [`Rule::KeptByDatabase`] for the row of a write-off, a rebill or a replacement; those of [`post`].
pub async fn reverse(
    connection: &mut AsyncPgConnection,
    posting: PostingId,
    posted_on: NaiveDate,
    posted_by: &str,
    key: Option<&IdempotencyKey>,
) -> Result<Posted> {
    command(connection, "postings.reverse", Parts::One, async |connection: &mut AsyncPgConnection| {
        let mistake: Posting = Posting::query().filter(postings::id.eq(posting)).first(connection).await?;
        post_rows(connection, key, &[reversal(&mistake, posted_on, posted_by)]).await
    })
    .await
}

/// What takes a posting back.
pub(super) fn reversal(mistake: &Posting, posted_on: NaiveDate, posted_by: &str) -> NewPosting {
    NewPosting {
        id: PostingId::new(),
        claim_id: mistake.claim_id,
        denial_id: mistake.denial_id,
        kind: mistake.kind,
        amount: -mistake.amount.clone(),
        posted_on,
        posted_by: posted_by.to_owned(),
        appeal_id: mistake.appeal_id,
        write_off_id: mistake.write_off_id,
        rebill_id: mistake.rebill_id,
        moved_to_claim_id: mistake.moved_to_claim_id,
        reverses_id: Some(mistake.id),
        takes_back_id: None,
        remittance_claim_id: mistake.remittance_claim_id,
        service_number: mistake.service_number,
        adjustment_number: mistake.adjustment_number,
    }
}

/// What the key has posted, if it is the same.
async fn repeated(connection: &mut AsyncPgConnection, key: &IdempotencyKey, rows: &[NewPosting]) -> Result<Posted> {
    let stored: Vec<Posting> = Posting::query()
        .filter(postings::idempotency_key.eq(key))
        .order(postings::idempotency_ordinal)
        .load(connection)
        .await?;
    if stored.len() != rows.len() || stored.iter().zip(rows).any(|(stored, row)| !is_same(stored, row)) {
        return Err(Rule::KeyUsedOtherwise.into());
    }
    Ok(Posted { postings: stored, repeated: true })
}

/// A row that took back too much for its denial has lost the denial and the appeal.
fn is_same(stored: &Posting, row: &NewPosting) -> bool {
    stored.claim_id == row.claim_id
        && stored.denial_id.or(stored.unsettled_denial_id) == row.denial_id
        && stored.kind == row.kind
        && stored.amount == row.amount
        && stored.posted_on == row.posted_on
        && (stored.appeal_id == row.appeal_id || stored.unsettled_denial_id.is_some())
        && stored.reverses_id == row.reverses_id
        && stored.takes_back_id == row.takes_back_id
        && stored.remittance_claim_id == row.remittance_claim_id
}

/// Names the denial or claim where all rows are about one.
fn naming(error: Error, rows: &[NewPosting]) -> Error {
    let [first, rest @ ..] = rows else { return error };
    match (&error, first.denial_id) {
        (Error::Rule(Rule::OverAllocated { .. }), Some(denial))
            if rest.iter().all(|row| row.denial_id == first.denial_id) =>
        {
            error.of_denial(denial)
        }
        (Error::Rule(Rule::OverDenied { .. }), _) if rest.iter().all(|row| row.claim_id == first.claim_id) => {
            error.of_claim(first.claim_id)
        }
        _ => error,
    }
}

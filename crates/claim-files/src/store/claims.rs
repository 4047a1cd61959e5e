//! Store the claims of an 837.

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use rcm_schema::Error;
use rcm_schema::models::{ClaimSource, PatientCorrection};
use rcm_schema::schema::{claim_sources, claims};
use rcm_schema::types::{ClaimId, FrequencyCode, PatientReference, PayerId, PayerIdentifierQualifier};
use rcm_schema::workflow::Commit;
use rcm_schema::workflow::claims as workflow;
use x12_claims::claim::Claim;
use x12_claims::{Content, Problem, Transaction};

use super::{related, stays};
use crate::claim::{self, Draft, LeftOut, Source};
use crate::payers::NamedPayer;
use crate::refused::first;
use crate::{Kind, PseudonymKey, Refused, UnknownPayers, is_refused};

/// What became of the claims of a transaction.
#[derive(Debug, Default)]
pub struct StoredClaims {
    /// Claims that are stored now.
    pub recorded: usize,
    /// Claims that were stored before.
    pub already_here: usize,
    /// Claims that aren't stored, with their places in the transaction, from 1.
    pub refused: Vec<(usize, Refused)>,
    /// Optional values of stored claims that don't fit the schema, by what they are.
    pub left_out: LeftOut,
}

/// Claims that are stored together.
const BATCH: usize = 500;

/// Stores the claims of a transaction, submitted on the file's day: each of them or, where it can't be, the reason. What was
/// stored before stays as it is. Nothing of another transaction than an 837.
///
/// A replacement (frequency 7) takes over from the claim that it names, a void (8) cancels it; a claim for a later payer
/// follows the one for the payer before, where that is here.
///
/// Errors: those of the connection.
pub async fn claims(
    connection: &mut AsyncPgConnection,
    transaction: &Transaction,
    key: &PseudonymKey,
    unknown_payers: UnknownPayers,
) -> rcm_schema::Result<StoredClaims> {
    let Content::Claims(submission) = &transaction.content else { return Ok(StoredClaims::default()) };
    let mut run = Run { key, stored: StoredClaims::default(), batch: Vec::new() };
    let mut payers = HashMap::new();
    let problems = Problems::of(transaction);
    for (place, claim) in submission.claims.iter().enumerate() {
        let number = place + 1;
        if let Some(problem) = problems.of_claim(number) {
            run.stored.refused.push((number, Refused::Problem(problem)));
            continue;
        }
        let payer = payer(connection, &mut payers, claim, unknown_payers).await?;
        let draft = payer.and_then(|payer| {
            let source = Source { submission, sent_on: transaction.envelope.date, number, payer, key };
            claim::draft(claim, &source)
        });
        match draft {
            Err(refused) => run.stored.refused.push((number, refused)),
            Ok(draft) => run.take(connection, draft).await?,
        }
    }
    run.flush(connection).await?;
    run.stored.refused.sort_by_key(|(number, _)| *number);
    Ok(run.stored)
}

/// What keeps claims from being stored.
struct Problems {
    of_all: Option<Problem>,
    of_claims: BTreeMap<usize, Problem>,
}

impl Problems {
    fn of(transaction: &Transaction) -> Self {
        let of_all = first(transaction.problems.iter().filter(|problem| problem.claim.is_none()), Kind::Claims);
        let mut of_claims = BTreeMap::new();
        for problem in transaction.problems.iter().filter(|problem| is_refused(problem, Kind::Claims)) {
            if let Some(claim) = problem.claim {
                of_claims.entry(claim).or_insert(*problem);
            }
        }
        Self { of_all, of_claims }
    }

    fn of_claim(&self, number: usize) -> Option<Problem> {
        self.of_all.or_else(|| self.of_claims.get(&number).copied())
    }
}

type Payers = HashMap<Vec<(PayerIdentifierQualifier, String)>, Result<PayerId, Refused>>;

/// Each payer is looked up once a transaction.
async fn payer(
    connection: &mut AsyncPgConnection,
    known: &mut Payers,
    claim: &Claim,
    unknown: UnknownPayers,
) -> rcm_schema::Result<Result<PayerId, Refused>> {
    let named = NamedPayer::of_claim(&claim.subscriber);
    if let Some(known) = known.get(&named.identifiers) {
        return Ok(known.clone());
    }
    let found = named.find(connection, unknown).await?;
    known.insert(named.identifiers, found.clone());
    Ok(found)
}

struct Run<'a> {
    key: &'a PseudonymKey,
    stored: StoredClaims,
    batch: Vec<Draft>,
}

impl Run<'_> {
    /// Together with others, unless it follows one of them.
    async fn take(&mut self, connection: &mut AsyncPgConnection, draft: Draft) -> rcm_schema::Result<()> {
        let follows = draft.follows();
        if follows || self.batch.len() >= BATCH || self.batch.iter().any(|other| other.identity == draft.identity) {
            self.flush(connection).await?;
        }
        self.batch.push(draft);
        if follows { self.flush(connection).await } else { Ok(()) }
    }

    async fn flush(&mut self, connection: &mut AsyncPgConnection) -> rcm_schema::Result<()> {
        let batch = std::mem::take(&mut self.batch);
        let new = self.sort_out(connection, batch).await?;
        if new.len() > 1 {
            match insert(connection, &new, self.key).await {
                Ok(()) => {
                    new.into_iter().for_each(|draft| self.count(draft));
                    return Ok(());
                }
                Err(error) if stays(&error) && !error.is_retryable() => return Err(error),
                // One by one, so that the others are stored.
                Err(_) => {}
            }
        }
        for draft in new {
            self.store(connection, draft).await?;
        }
        Ok(())
    }

    fn count(&mut self, draft: Draft) {
        self.stored.recorded += 1;
        for (what, number) in draft.left_out {
            *self.stored.left_out.entry(what).or_default() += number;
        }
    }

    /// Stores one, which another importer may store at the same moment.
    async fn store(&mut self, connection: &mut AsyncPgConnection, mut draft: Draft) -> rcm_schema::Result<()> {
        let mut tries = 0;
        loop {
            let number = draft.number;
            if let Some(claim) = related::answered_before(connection, &draft).await? {
                let source = source(&draft, claim, self.key);
                diesel::insert_into(claim_sources::table)
                    .values(&source)
                    .on_conflict_do_nothing()
                    .execute(connection)
                    .await?;
                self.stored.already_here += 1;
                return Ok(());
            }
            if let Err(refused) = related::relate(connection, &mut draft).await? {
                self.stored.refused.push((number, refused));
                return Ok(());
            }
            match insert(connection, std::slice::from_ref(&draft), self.key).await {
                Ok(()) => {
                    self.count(draft);
                    return Ok(());
                }
                Err(error) if error.is_retryable() && tries < super::TRIES => tries += 1,
                Err(error) if stays(&error) => return Err(error),
                Err(error) if is_there(&error) && tries < super::TRIES => {
                    tries += 1;
                    match self.sort_out(connection, vec![draft]).await?.pop() {
                        Some(again) => draft = again,
                        None => return Ok(()),
                    }
                }
                Err(error) => {
                    self.stored.refused.push((number, Refused::Rule(super::why(error))));
                    return Ok(());
                }
            }
        }
    }

    /// Those that aren't here. The others are counted, or refused where they say something else.
    async fn sort_out(
        &mut self,
        connection: &mut AsyncPgConnection,
        batch: Vec<Draft>,
    ) -> rcm_schema::Result<Vec<Draft>> {
        let identities: Vec<Vec<u8>> = batch.iter().map(|draft| draft.identity.to_vec()).collect();
        let here = ClaimSource::by_identities(connection, &identities).await?;
        if here.is_empty() {
            return Ok(batch);
        }
        let ids: Vec<ClaimId> = here.iter().map(|source| source.claim_id).collect();
        let patients: HashMap<ClaimId, PatientReference> = claims::table
            .filter(claims::id.eq_any(ids))
            .select((claims::id, claims::patient_reference))
            .load::<(ClaimId, PatientReference)>(connection)
            .await?
            .into_iter()
            .collect();
        let mut new = Vec::new();
        for draft in batch {
            let Some(source) = here.iter().find(|source| source.identity_sha256 == draft.identity) else {
                new.push(draft);
                continue;
            };
            let patient = &draft.whole.claim.patient_reference;
            let is_other = source.pseudonym_key == self.key.id() && patients.get(&source.claim_id) != Some(patient);
            if source.content_sha256 != draft.content {
                self.stored.refused.push((draft.number, Refused::OtherContent));
            } else if is_other && !was_corrected(connection, patient, source.claim_id).await? {
                self.stored.refused.push((draft.number, Refused::OtherPatient));
            } else {
                self.stored.already_here += 1;
            }
        }
        Ok(new)
    }
}

async fn was_corrected(
    connection: &mut AsyncPgConnection,
    patient: &PatientReference,
    claim: ClaimId,
) -> rcm_schema::Result<bool> {
    let corrections = PatientCorrection::by_reference(connection, patient).await?;
    Ok(corrections.iter().any(|correction| correction.claim_ids.0.contains(&claim)))
}

fn source(draft: &Draft, claim: ClaimId, key: &PseudonymKey) -> ClaimSource {
    ClaimSource::builder()
        .claim_id(claim)
        .identity_sha256(draft.identity.to_vec())
        .content_sha256(draft.content.to_vec())
        .pseudonym_key(key.id())
        .build()
}

/// All of them or none.
async fn insert(connection: &mut AsyncPgConnection, drafts: &[Draft], key: &PseudonymKey) -> rcm_schema::Result<()> {
    let whole: Vec<_> = drafts.iter().map(|draft| draft.whole.clone()).collect();
    let sources: Vec<ClaimSource> = drafts.iter().map(|draft| source(draft, draft.whole.claim.id, key)).collect();
    connection
        .transaction(async |connection: &mut AsyncPgConnection| {
            workflow::record_many(connection, &whole, Commit::Together).await?;
            diesel::insert_into(claim_sources::table).values(&sources).execute(connection).await?;
            for claim in whole.iter().map(|whole| &whole.claim) {
                if let (FrequencyCode::Void, Some(original), Some(day)) =
                    (claim.frequency_code, claim.replaces_claim_id, claim.submitted_on)
                {
                    workflow::void(connection, original, day).await?;
                }
            }
            Ok(())
        })
        .await
}

/// Whether another importer stored the claim.
fn is_there(error: &Error) -> bool {
    matches!(error.constraint(), Some("claims_claim_id_unique" | "claim_sources_identity_unique"))
}

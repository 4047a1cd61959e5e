//! Pseudonyms of another key.

use std::collections::BTreeSet;
use std::fmt;

use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use rcm_schema::models::NewPatientCorrection;
use rcm_schema::schema::{claim_sources, claims};
use rcm_schema::types::PatientReference;
use rcm_schema::workflow::claims::correct_patient;

use crate::PseudonymKey;

/// Which reference each patient had, and has with another key. `Debug` shows how many.
pub struct Mapping(Vec<(PatientReference, PatientReference)>);

/// A text that is no mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct NotAMapping {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: &'static str,
}

/// What changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rekeyed {
    /// References that were corrected.
    pub references: usize,
    /// References of no claim.
    pub unknown: usize,
}

impl Mapping {
    /// Reads a line `old_reference,new_reference` for each; the first may say just that.
    ///
    /// # Errors
    /// A line that has something else, a reference that comes twice, or one that is both old and new: patients would get
    /// mixed up.
    pub fn read(text: &str) -> Result<Self, NotAMapping> {
        let mut pairs = Vec::new();
        let (mut old, mut new) = (BTreeSet::new(), BTreeSet::new());
        let lines = text.trim_start_matches('\u{FEFF}').lines().map(str::trim).enumerate();
        for (place, line) in lines.filter(|(_, line)| !line.is_empty()) {
            let wrong = |what| NotAMapping { line: place + 1, what };
            if place == 0 && line == "old_reference,new_reference" {
                continue;
            }
            let (from, to) = line.split_once(',').ok_or(wrong("not two references"))?;
            let reference = |text: &str| text.trim().parse().map_err(|_| wrong("not a patient's reference"));
            let pair: (PatientReference, PatientReference) = (reference(from)?, reference(to)?);
            if !old.insert(from.trim()) {
                return Err(wrong("the old reference came before"));
            }
            if !new.insert(to.trim()) {
                return Err(wrong("the new reference came before"));
            }
            pairs.push(pair);
            if old.contains(to.trim()) || new.contains(from.trim()) {
                return Err(wrong("a reference is both old and new"));
            }
        }
        Ok(Self(pairs))
    }
}

impl fmt::Debug for Mapping {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Mapping({})", self.0.len())
    }
}

/// The id of a key that pseudonyms here were made with, where none was made with this one: with it, patients who are here would
/// get other references.
///
/// Errors: those of the connection.
pub async fn key_of_others(
    connection: &mut AsyncPgConnection,
    key: &PseudonymKey,
) -> rcm_schema::Result<Option<String>> {
    let by_key = claim_sources::table.filter(claim_sources::pseudonym_key.eq(key.id()));
    if diesel::select(diesel::dsl::exists(by_key)).get_result(connection).await? {
        return Ok(None);
    }
    Ok(claim_sources::table.select(claim_sources::pseudonym_key).first(connection).await.optional()?)
}

/// Gives the claims of each old reference the new one, and notes the key that made it; all of them or none.
///
/// Errors: those of [`correct_patient`].
pub async fn rekey(
    connection: &mut AsyncPgConnection,
    mapping: &Mapping,
    key: &PseudonymKey,
    corrected_by: &str,
) -> rcm_schema::Result<Rekeyed> {
    connection
        .transaction(async |connection: &mut AsyncPgConnection| {
            let mut rekeyed = Rekeyed::default();
            for (old, new) in &mapping.0 {
                let of_old = claims::table.filter(claims::patient_reference.eq(old));
                if !diesel::select(diesel::dsl::exists(of_old)).get_result(connection).await? {
                    rekeyed.unknown += 1;
                    continue;
                }
                let correction = NewPatientCorrection::builder()
                    .from_reference(old.clone())
                    .to_reference(new.clone())
                    .corrected_by(corrected_by)
                    .build();
                let corrected = correct_patient(connection, &correction).await?;
                diesel::update(claim_sources::table.filter(claim_sources::claim_id.eq_any(&corrected.claim_ids.0)))
                    .set(claim_sources::pseudonym_key.eq(key.id()))
                    .execute(connection)
                    .await?;
                rekeyed.references += 1;
            }
            Ok(rekeyed)
        })
        .await
}
